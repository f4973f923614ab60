"""Who wrote what: the witness that stands beside every operation of an SDK while a test captures.

The SDK keeps the witness's stamp beside each value (`pytest_errortrack._points`), so that a stamp travels wherever the
value travels: through forks, clones and merges. The isolation oracle later compares the stamps of what an event
carries with the actor that captured it.

An actor is the most recently entered of: a declared actor (a callable given to `interleaving.run`, a `with
errortrack.actor(...)` block), an explicitly opened isolation scope; otherwise the task or the thread.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from pytest_errortrack import _points, interleave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Actor", "Declaration", "Witness", "Writer", "declared_actor"]


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Somebody who reads and writes scopes: compared by identity.

    Attributes:
        name: what a failure calls it.
        parent: who started it.
        born: the number of the first operation that the witness counted for it.
    """

    name: str
    parent: Actor | None
    born: int

    def ancestors(self) -> Iterator[Actor]:
        """Yield the parent, its parent, and so on."""
        actor = self.parent
        while actor is not None:
            yield actor
            actor = actor.parent

    def birth_below(self, ancestor: Actor) -> int:
        """Tell when the line from `ancestor` to this actor left the ancestor."""
        actor = self
        while actor.parent is not None and actor.parent is not ancestor:
            actor = actor.parent
        return actor.born


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """The stamp beside a value: who wrote it, where and when.

    Attributes:
        actor: who.
        site: where in the user's code.
        number: which operation of the recording it was, from 1.
        step: the raw step of the interleaving, where one is explored.
        operation: what was called.
    """

    actor: Actor
    site: _points.Site | None
    number: int
    step: int | None
    operation: str


@dataclass(frozen=True, slots=True, eq=False)
class Declaration:
    """An actor that the test declared, and the isolation scope that was open already: an older claim than its own."""

    actor: Actor
    scope: object | None


_declared: Final[ContextVar[Declaration | None]] = ContextVar("errortrack_declared_actor", default=None)
_task_actor: Final[ContextVar[Actor | None]] = ContextVar("errortrack_task_actor", default=None)


class Witness:
    """Remembers who acts, for the time of one recording."""

    def __init__(self, *, scope_of_request: Callable[[], object | None] = lambda: None) -> None:
        """Start with the calling thread as the root of all actors.

        Args:
            scope_of_request: finds the explicitly opened isolation scope of the caller's context, if any.
        """
        self._scope_of_request = scope_of_request
        self.reset()

    def reset(self) -> None:
        """Forget everything, as before a new schedule or example."""
        self._numbers = itertools.count(1)
        self._last_number = 0
        self._root_thread = threading.current_thread()
        self._root = Actor(self._root_thread.name, None, 0)
        self._by_identity: WeakKeyDictionary[object, Actor] = WeakKeyDictionary()
        self._seen: set[Actor] = set()
        self._by_path: dict[str, Actor] = {}
        self._scopes: dict[int, tuple[object, Actor]] = {}

    def reach(self, operation: _points.Operation) -> object | None:
        """Stamp a write; take note of who reads."""
        number = self._next_number()
        actor = self.actor()
        self._seen.add(actor)
        if operation.kind == "read":
            return None
        return Writer(actor, _points.call_site(), number, interleave.current_step(), operation.name)

    def actor(self) -> Actor:
        """Find who is acting here and now."""
        base = self._declared_or_started()
        scope = self._scope_of_request()
        declaration = _declared.get()
        if scope is None or (declaration is not None and declaration.scope is scope and declaration.actor is base):
            return base
        return self._actor_of_scope(scope, base)

    def actors_apart(self) -> set[Actor]:
        """Find the actors that did something, without those that only started others of them."""
        return self._seen - {ancestor for actor in self._seen for ancestor in actor.ancestors()}

    def declare(self, name: str) -> Declaration:
        """Make a new actor below the one that acts here and now."""
        return Declaration(Actor(name, self.actor(), self._last_number), self._scope_of_request())

    def _next_number(self) -> int:
        self._last_number = next(self._numbers)
        return self._last_number

    def _declared_or_started(self) -> Actor:
        controlled = interleave.current_actor()
        started = self._actor_of_task_or_thread() if controlled is None else self._actor_of_path(controlled)
        declaration = _declared.get()
        # A declaration that a controlled actor's context was copied with is older than the actor.
        if declaration is None or (controlled is not None and started not in declaration.actor.ancestors()):
            return started
        return declaration.actor

    def _actor_of_path(self, controlled: interleave.ActorRef) -> Actor:
        actor = self._by_path.get(controlled.path)
        if actor is None:
            parent = self._by_path.get(controlled.parent_path or "", self._root)
            actor = self._by_path[controlled.path] = Actor(controlled.name, parent, self._last_number)
        return actor

    def _actor_of_task_or_thread(self) -> Actor:
        thread = threading.current_thread()
        actor = self._root if thread is self._root_thread else self._known(thread, thread.name, self._root)
        # A loop that never ran needs no look-up; `current_task` outside of one raises.
        task = asyncio.current_task() if asyncio._get_running_loop() is not None else None  # noqa: SLF001 - the documented get_running_loop raises
        if task is None:
            return actor
        starter = _task_actor.get()
        known = self._by_identity.get(task)
        if known is None:
            # The context was copied from whoever made the task, so that it still names that one.
            known = self._known(task, task.get_name(), starter if starter is not None else actor)
            _task_actor.set(known)
        return known

    def _known(self, thing: object, name: str, parent: Actor) -> Actor:
        actor = self._by_identity.get(thing)
        if actor is None:
            actor = self._by_identity[thing] = Actor(name, parent, self._last_number)
        return actor

    def _actor_of_scope(self, scope: object, base: Actor) -> Actor:
        entry = self._scopes.get(id(scope))
        if entry is None:
            # The scope is kept with its actor: an id is only good as long as its object lives.
            entry = self._scopes[id(scope)] = (
                scope,
                Actor(f"{base.name} (isolation scope {len(self._scopes) + 1})", base, self._last_number),
            )
        return entry[1]


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
