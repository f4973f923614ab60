"""Who wrote what: the witness that stands beside every operation of an SDK while a test captures.

The SDK keeps the witness's stamp beside each value (`pytest_errortrack._points`), so that a stamp travels wherever the
value travels: through forks, clones and merges. The isolation oracle later compares the stamps of what an event
carries with the actor that captured it.

An actor is the most recently entered of: a declared actor (a callable given to `interleaving.run`, a `with
errortrack.actor(...)` block), a job taken from a queue or a pool, an explicitly opened isolation scope; otherwise the
task or the thread.
"""

from __future__ import annotations

import itertools
import math
import threading
from bisect import bisect_left, insort
from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

from pytest_errortrack import _points, interleave

from ._actor import Actor, Writer
from ._ownership import current_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Declaration", "Witness", "declared_actor", "enter_job", "in_job"]


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """An actor that is not the thread or task itself, and the isolation scopes that were open already when it began.

    A block of the test declares one; a job that is taken from a queue is one until the next is taken, and only in the
    recording in which it was.
    """

    actor: Actor
    scopes: tuple[object, ...]
    job_of: Witness | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _TaskClaim:
    """Which task a context was last seen in, and by which witness: a context outlives recordings."""

    actor: Actor
    witness: Witness


_Place: TypeAlias = tuple[str, str | None, Actor]
"""A field, a key of it, and who wrote there."""

_number: Final = attrgetter("number")

_declared: Final[ContextVar[Declaration | None]] = ContextVar("errortrack_declared_actor", default=None)
_task_claim: Final[ContextVar[_TaskClaim | None]] = ContextVar("errortrack_task", default=None)
_OPENED: Final = frozenset({"span", "spans"})
_PLAIN: Final = frozenset({str, int, float, bool})
_OF_SCOPE: Final = " (isolation scope)"
_of_thread: Final = threading.local()
"""Which job a thread does: what it runs in a copied context (`asyncio.to_thread`) finds no declaration there."""
_numbers: Final = itertools.count(1)
"""The order of all operations of the process, so that the stamps of nested recordings can be compared."""


class Witness:
    """Remembers who acts, for the time of one recording."""

    def __init__(
        self,
        *,
        scopes_in_force: Callable[[], tuple[object, ...]] = tuple,
        parent: Actor | None = None,
        is_concerned: Callable[[], bool] = lambda: True,
    ) -> None:
        """Start with the calling thread as the root of all actors.

        Args:
            scopes_in_force: finds the explicitly opened isolation scopes of the caller's context, outermost first.
            parent: who acts in the recording around this one.
            is_concerned: tells whether what happens here and now belongs to this recording; a thread that another test
                left behind takes no part in this one.
        """
        self._scopes_in_force = scopes_in_force
        self._is_concerned = is_concerned
        self._jobs: Counter[Actor] = Counter()
        self._root_thread = threading.current_thread()
        self._root = Actor(self._root_thread.name, parent, next(_numbers))
        self._by_identity: WeakKeyDictionary[object, Actor] = WeakKeyDictionary()
        self._writes: dict[_Place, list[Writer]] = {}
        self.reset()

    def reset(self) -> None:
        """Forget the actors of the last schedule or example; what the set-up wrote keeps its writer."""
        self._seen: set[Actor] = set()
        self._jobs.clear()
        self._by_path: dict[str, Actor] = {}
        for place in list(self._writes):
            if place[2] is not self._root:
                self._writes.pop(place, None)

    def reach(self, operation: _points.Operation) -> object | None:
        """Stamp a write; take note of who reads."""
        if not self._is_concerned():
            return None
        number = next(_numbers)
        actor = self.actor()
        self._seen.add(actor)
        if operation.kind == "read" and operation.field not in _OPENED:
            return None
        site, step = _points.call_site(), interleave.current_step()
        writer = Writer(actor, site, number, step, operation.name, _kept(operation.value))
        if operation.kind == "write":
            # The threads of one actor may be a little out of order.
            insort(self._writes.setdefault((operation.field, operation.key, actor), []), writer, key=_number)
        return writer  # also of a span that is opened: nothing is written, but there is something new

    def last_write(
        self,
        field: str,
        key: str | None,
        *,
        by: Actor,
        before: float = math.inf,
        is_of_it: Callable[[Writer], bool] = lambda _: True,
    ) -> Writer | None:
        """Find the last write of an actor to a field, to a key of it, or to everything (`clear()`), on whatever scope.

        Args:
            field: the field.
            key: the key; None for the whole field.
            by: the actor.
            before: the number of the moment before which it was.
            is_of_it: tells whether a write of the field is one of what is looked for.
        """
        last = []
        for place in ((field, key, by), ("*", None, by)):
            writers = self._writes.get(place, [])
            earlier = (writers[at] for at in range(bisect_left(writers, before, key=_number) - 1, -1, -1))
            last.append(next(filter(is_of_it, earlier), None))
        return max(filter(None, last), key=_number, default=None)

    def actor(self) -> Actor:
        """Find who is acting here and now."""
        actor = self._declared_or_started()
        declaration = _declared.get()
        older = declaration.scopes if declaration is not None and declaration.actor is actor else ()
        for scope in self._scopes_in_force():
            if not any(scope is known for known in older):
                name = actor.name if actor.name.endswith(_OF_SCOPE) else f"{actor.name}{_OF_SCOPE}"
                actor = self._known(scope, name, actor)
        return actor

    def actors_apart(self) -> set[Actor]:
        """Find the actors that did something, without those that only started others of them."""
        seen = self._seen.copy()
        return seen - {ancestor for actor in seen for ancestor in actor.ancestors()}

    def declare(self, name: str) -> Declaration:
        """Make a new actor below the one that acts here and now."""
        return Declaration(Actor(name, self.actor(), next(_numbers)), self._scopes_in_force())

    def starting(self, thread: threading.Thread) -> None:
        """Take note that whoever acts here and now starts a thread, or takes one over."""
        parent = self._root if _serves_all(thread) else self.actor()
        self._by_identity[thread] = Actor(thread.name, parent, next(_numbers))

    def taking(self, submitter: Actor, *, handed_over: int) -> Declaration | None:
        """Take note that whoever acts here and now takes a job; None where it is an answer to what it handed over.

        Args:
            submitter: who handed the job over.
            handed_over: when that was.
        """
        host = self._host()
        if not {self._started(), self.actor()}.isdisjoint((submitter, *submitter.line())):
            return None
        self._jobs[host] += 1
        name = f"job {self._jobs[host]} of {host.name}"
        job = Actor(name, submitter, handed_over, host=host, taken=next(_numbers))
        return Declaration(job, self._scopes_in_force(), job_of=self)

    def _host(self) -> Actor:
        """Find who takes a job: whoever acts here, apart from the job before."""
        declaration = _declared.get()
        if declaration is None or declaration.job_of is None:
            return self.actor()
        return declaration.actor.host or self._started()

    def is_root_thread(self) -> bool:
        """Tell whether the recording began in this thread."""
        return threading.current_thread() is self._root_thread

    def tick(self) -> int:
        """Tell the number of the moment."""
        return next(_numbers)

    def _declared_or_started(self) -> Actor:
        started = self._started()
        declaration = _declared.get()
        if declaration is None or declaration.job_of not in {None, self}:
            return started
        # A declaration that a controlled actor's context was copied with is older than the actor.
        if interleave.current_actor() is not None and started not in declaration.actor.ancestors():
            return started
        return declaration.actor

    def _started(self) -> Actor:
        controlled = interleave.current_actor()
        return self._actor_of_task_or_thread() if controlled is None else self._actor_of_path(controlled)

    def _actor_of_path(self, controlled: interleave.ActorRef) -> Actor:
        actor = self._by_path.get(controlled.path)
        if actor is None:
            parent = self._by_path.get(controlled.parent_path or "", self._root)
            actor = self._by_path[controlled.path] = Actor(controlled.name, parent, next(_numbers))
        return actor

    def _actor_of_task_or_thread(self) -> Actor:
        thread = threading.current_thread()
        claim = _task_claim.get()
        starter = claim.actor if claim is not None and claim.witness is self else None
        actor = self._root if thread is self._root_thread else self._known(thread, thread.name, self._root)
        task = current_task()
        if task is None:
            # A thread in a copied context (`asyncio.to_thread`) works for the task that the context names, and where
            # that one had done nothing yet, for whoever handed the job over.
            return starter or self._job_here() or actor
        known = self._by_identity.get(task)
        if known is None:
            # The context was copied from whoever made the task, so that it still names that one.
            known = self._known(task, task.get_name(), starter or actor)
            _task_claim.set(_TaskClaim(known, self))
        return known

    def _job_here(self) -> Actor | None:
        job: Declaration | None = getattr(_of_thread, "job", None)
        return job.actor if job is not None and job.job_of is self else None

    def _known(self, thing: object, name: str, parent: Actor) -> Actor:
        actor = self._by_identity.get(thing)
        if actor is None:
            actor = self._by_identity[thing] = Actor(name, parent, next(_numbers))
        return actor


def _serves_all(thread: threading.Thread) -> bool:
    """Tell whether a thread is a pool's: whoever happens to need it first is not whom its later jobs inherit from."""
    target = getattr(thread, "_target", None)
    return "concurrent.futures.thread" in {type(thread).__module__, getattr(target, "__module__", "")} or (
        type(thread).__module__.startswith("anyio.")
    )


def _kept(value: object) -> object:
    """Return what to remember of a value: nothing that an application could still change, or wants to see freed."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: held for key, held in list(value.items()) if type(held) in _PLAIN}
    if isinstance(value, list | tuple):
        return tuple(each for each in value if type(each) in _PLAIN)
    return None


@contextmanager
def declared_actor(witness: Witness, name: str) -> Iterator[None]:
    """Let everything in the block count as done by a new actor of this name."""
    declaration = witness.declare(name)
    token = _declared.set(declaration)
    try:
        yield
    finally:
        if _declared.get() is declaration:
            _declared.reset(token)


def enter_job(witness: Witness, submitter: Actor, handed_over: int) -> bool:
    """Let what this context does from now on count as a job, until the next; False where it is none but an answer."""
    job = witness.taking(submitter, handed_over=handed_over)
    if job is not None:
        _declared.set(job)
        if current_task() is None:
            _of_thread.job = job
    return job is not None


@contextmanager
def in_job(witness: Witness, submitter: Actor, handed_over: int) -> Iterator[None]:
    """Let what the block does count as a job."""
    job, before = witness.taking(submitter, handed_over=handed_over), getattr(_of_thread, "job", None)
    token = _declared.set(job or _declared.get())
    _of_thread.job = job or before
    try:
        yield
    finally:
        _of_thread.job = before
        _declared.reset(token)
