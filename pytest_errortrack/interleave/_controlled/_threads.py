"""Threads that actors start themselves: real threads, whose bodies are actors of the same schedule.

`start`, `join` and `is_alive` of `threading.Thread` are replaced. The thread itself is started by the original, so all
that CPython keeps about it is true in every version; only its body waits for its turn.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager, suppress
from types import MethodType
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pytest_errortrack.interleave._accesses._access import Access, of
from pytest_errortrack.interleave._errors import ActorAborted
from pytest_errortrack.interleave._running._actor import Actor, here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.interleave._running._pool import Observer

__all__ = ["Threads", "as_ordinary_thread"]

_JOIN_TIMEOUT = 2.0  # the actor has ended: only CPython's own epilogue is left


@contextmanager
def as_ordinary_thread() -> Iterator[None]:
    """Make the current thread an ordinary one for a moment, in which the real primitives act for real."""
    actor, here.actor = here.actor, None
    try:
        yield
    finally:
        here.actor = actor


class Threads:
    """Makes threads that actors start into actors.

    Args:
        observer: what tells of the lines and instructions they run; None if nobody wants to know.
    """

    def __init__(self, observer: Observer | None) -> None:
        self._observer = observer
        # Whatever others have put there is kept in the chain: they carry scopes from thread to thread, for example.
        self._plain_start = threading.Thread.start
        self._plain_join = threading.Thread.join
        self._plain_is_alive = threading.Thread.is_alive
        self._actors: WeakKeyDictionary[threading.Thread, Actor] = WeakKeyDictionary()

    def replacements(self) -> dict[str, Callable[..., object]]:
        """Return functions to stand for the methods of `threading.Thread`."""

        def start(thread: threading.Thread) -> None:
            parent = here.actor
            if parent is None or thread.ident is not None:
                self._plain_start(thread)  # which also is the one to complain about a second start
            else:
                self._start(thread, parent)

        def join(thread: threading.Thread, timeout: float | None = None) -> None:
            self._look_for_start(thread, "Thread.join")
            actor = self._actor_of(thread)
            if actor is None or actor is here.actor:
                self._plain_join(thread, timeout)
            else:
                self._join(thread, actor, timeout)

        def is_alive(thread: threading.Thread) -> bool:
            self._look_for_start(thread, "Thread.is_alive")
            actor = self._actor_of(thread)
            if actor is None:
                return self._plain_is_alive(thread)
            caller = here.actor
            assert caller is not None
            caller.run.asks_for_ends = True
            caller.run.point(caller.at("Thread.is_alive", sys._getframe(1)))  # noqa: SLF001 - see Labels.reached
            if caller.run.records:
                caller.run.note(Access(actor.identity, is_write=False))
            return not actor.is_done

        return {"start": start, "join": join, "is_alive": is_alive}

    def _actor_of(self, thread: threading.Thread) -> Actor | None:
        """Return the actor a thread is, if the calling actor shares its schedule."""
        caller, actor = here.actor, self._actors.get(thread)
        return actor if caller is not None and actor is not None and actor.run is caller.run else None

    def _look_for_start(self, thread: threading.Thread, name: str) -> None:
        """Make a question to a thread that nobody has started yet a scheduling point: somebody might just then."""
        caller = here.actor
        if caller is not None and thread.ident is None and not caller.run.is_stopping:
            caller.run.point(caller.at(name, sys._getframe(2)))  # noqa: SLF001 - see Labels.reached
            if caller.run.records:
                caller.run.note(of(thread, is_write=False))

    def _start(self, thread: threading.Thread, parent: Actor) -> None:
        turns = parent.run
        if turns.is_stopping:
            turns.refuse(parent)
        label = parent.at("Thread.start", sys._getframe(2))  # noqa: SLF001 - see Labels.reached
        turns.point(label)
        if turns.records:
            turns.note(of(thread))
        own_run = vars(thread).get("run")  # set on the instance by those who instrument threads
        body = thread.run
        actor = turns.spawn(
            thread,
            body=_without_exit(body),
            parent=parent,
            is_plumbing=label < 0,
            is_worker=_is_worker(thread),
        )
        self._actors[thread] = actor
        thread.run = self._body_of(thread, actor, own_run)  # type: ignore[method-assign]  # for this start only
        with as_ordinary_thread():
            try:
                self._plain_start(thread)
            except BaseException:
                actor.is_done = True
                raise

    def _body_of(self, thread: threading.Thread, actor: Actor, own_run: Any) -> Callable[[], None]:
        def run(_: threading.Thread) -> None:
            if own_run is None:
                del thread.run
            else:
                thread.run = own_run  # type: ignore[method-assign]  # puts back what was there
            actor.gate.wait()
            if self._observer is not None:
                self._observer.enter()
            try:
                with suppress(ActorAborted):  # an abandoned actor may get it late, when its body has just ended
                    actor.run.perform(actor)
            finally:
                if self._observer is not None:
                    self._observer.leave()

        return MethodType(run, thread)  # a method, as those who wrap it expect

    def _join(self, thread: threading.Thread, actor: Actor, timeout: float | None) -> None:
        turns = actor.run
        caller = here.actor
        assert caller is not None
        label = caller.at("Thread.join", sys._getframe(2))  # noqa: SLF001 - see Labels.reached
        turns.asks_for_ends = turns.asks_for_ends or timeout is not None
        has_ended = turns.enter(label, actor, None if timeout is None else max(0.0, timeout))
        if turns.records:
            turns.note(Access(actor.identity, is_write=False))
        if has_ended:
            with as_ordinary_thread():
                self._plain_join(thread, _JOIN_TIMEOUT)


def _is_worker(thread: threading.Thread) -> bool:
    futures = sys.modules.get("concurrent.futures.thread")
    return futures is not None and vars(thread).get("_target") is vars(futures)["_worker"]


def _without_exit(body: Callable[[], object]) -> Callable[[], None]:
    """Return the body of a thread, in which `SystemExit` ends the thread and nothing else."""

    def run() -> None:
        with suppress(SystemExit):
            body()

    return run
