"""Operating-system threads that actors run on, kept between the schedules of one exploration.

A thread waits at its gate, a raw lock, until it is given an actor's work and the gate is opened; afterwards the same
gate is where the actor waits for its turn. Starting a thread costs more than a whole short schedule.
"""

from __future__ import annotations

import _thread
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.interleave._errors import ActorAborted

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Gate", "Observer", "Pool", "Worker"]

_allocate = _thread.allocate_lock
_start = threading.Thread.start
_join = threading.Thread.join
_JOIN_TIMEOUT = 2.0


class Gate:
    """A door that is closed until somebody opens it for one."""

    __slots__ = ("open", "wait")

    def __init__(self) -> None:
        lock = _allocate()
        lock.acquire()
        self.wait = lock.acquire
        self.open = lock.release


class Observer(Protocol):
    """Tells of the lines and instructions that the threads of actors run."""

    def enter(self) -> None:
        """Begin to tell of the calling thread; called for each piece of work that begins in it."""

    def leave(self) -> None:
        """Stop telling of the calling thread, and give it back what it had before."""


class Worker:
    """One thread that does one piece of work at a time.

    Attributes:
        gate: opening it starts the work that was assigned.
        work: what to do next; None ends the thread.
    """

    def __init__(self, observer: Observer | None) -> None:
        self.gate = Gate()
        self.work: Callable[[], None] | None = None
        self._observer = observer
        self._thread = threading.Thread(target=self._serve, name="errortrack-actor", daemon=True)
        _start(self._thread)
        # It has begun as a daemon. What actors start inherits the flag, and must not end unseen because of ours.
        self._thread._daemonic = False  # type: ignore[attr-defined]  # noqa: SLF001 - `daemon` cannot be set any more

    def join(self) -> None:
        """Wait until the thread of a retired worker has ended."""
        _join(self._thread, _JOIN_TIMEOUT)

    def retire(self) -> None:
        """Let the thread end, as soon as it comes back from what it is doing."""
        self.work = None
        self.gate.open()

    def _serve(self) -> None:
        with suppress(ActorAborted):  # an abandoned actor may get it late, when its body has just ended
            self._serve_until_stopped()

    def _serve_until_stopped(self) -> None:
        while True:
            self.gate.wait()
            work = self.work
            if work is None:
                return
            self._do(work)
            del work  # an actor's state must not live on in an idle thread

    def _do(self, work: Callable[[], None]) -> None:
        observer = self._observer
        if observer is None:
            work()
            return
        observer.enter()
        try:
            work()
        finally:
            observer.leave()


class Pool:
    """Hands out workers and takes them back.

    Args:
        observer: what tells of the lines and instructions that actors run; None if nobody wants to know.
    """

    def __init__(self, observer: Observer | None = None) -> None:
        self._observer = observer
        self._idle: list[Worker] = []

    def take(self) -> Worker:
        """Return an idle worker, or a new one."""
        return self._idle.pop() if self._idle else Worker(self._observer)

    def give_back(self, worker: Worker) -> None:
        """Keep a worker that did its work for the next taker."""
        worker.work = None
        self._idle.append(worker)

    def close(self) -> None:
        """End all idle workers. One that was abandoned in foreign code is not among them."""
        for worker in self._idle:
            worker.retire()
        while self._idle:
            self._idle.pop().join()
