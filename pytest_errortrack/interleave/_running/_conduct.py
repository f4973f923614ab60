"""What the scenario's thread does while actors run: start them, watch, and leave nothing behind.

Unwinding is one actor at a time: each is woken, finds that the schedule is over, and ends before the next is woken.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._clock import real_clock
from pytest_errortrack.interleave._errors import ActorAborted
from pytest_errortrack.interleave._running._watchdog import LOOK_EVERY, PATIENCE, Watchdog, signs_of_life

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_errortrack.interleave._running._actor import Actor
    from pytest_errortrack.interleave._running._pool import Pool, Worker
    from pytest_errortrack.interleave._running._runtime import Runtime

__all__ = ["Conductor"]

_join = threading.Thread.join
_JOIN_TIMEOUT = 2.0
_POLL = 0.01


class Conductor:
    """Runs the actors of one schedule.

    Attributes:
        run: the schedule.
    """

    def __init__(self, run: Runtime, pool: Pool) -> None:
        self.run = run
        self._pool = pool
        self._workers: list[tuple[Actor, Worker]] = []
        self._rounds = 0

    def add(self, bodies: Iterable[tuple[str, Callable[[], object]]], *, parent: Actor | None = None) -> list[Actor]:
        """Create actors on threads of the pool; they start when they are given their turn."""
        prefix = self._prefix(parent)
        actors = []
        for name, body in bodies:
            worker = self._pool.take()
            shown = name if parent is None else f"{parent.name}.{name}"
            actor = self.run.add(shown, prefix + name, body=body, parent=parent, gate=worker.gate)
            worker.work = partial(self.run.perform, actor)
            self._workers.append((actor, worker))
            actors.append(actor)
        return actors

    def _prefix(self, parent: Actor | None) -> str:
        if parent is not None:
            parent.children += 1
            return f"{parent.path}.{parent.children - 1}."
        self._rounds += 1
        return "" if self._rounds == 1 else f"{self._rounds}:"

    def conduct(self) -> None:
        """Let the actors run to the end of the schedule."""
        self.run.launch()
        try:
            self._supervise()
        finally:
            if not all(actor.is_done for actor in self.run.actors):
                self._unwind()
            self.run.leave()
            self._clean_up()

    def _supervise(self) -> None:
        if self.run.await_signal(LOOK_EVERY):
            return
        watchdog = Watchdog()  # few schedules take that long
        while not self.run.await_signal(LOOK_EVERY):
            reason = watchdog.look(self.run.index, self.run.ident)
            if reason is not None:
                self.run.inconclusive = reason
                return

    def _unwind(self) -> None:
        self.run.stop()
        self._await_quiet(PATIENCE / 2)
        for patience in (0.0, PATIENCE):
            # One that was stuck may come free when another lets go of a real lock, so they get a second chance.
            for actor in self.run.actors:
                if not actor.is_done and actor.is_parked and not actor.is_abandoned:
                    actor.is_parked = False
                    actor.gate.open()
                    self._await_quiet(PATIENCE)
            self._await_quiet(patience)
        for actor in self._active():
            self._abandon(actor)

    def _active(self) -> Sequence[Actor]:
        return [a for a in self.run.actors if not (a.is_done or a.is_parked or a.is_abandoned)]

    def _await_quiet(self, patience: float) -> None:
        until = real_clock() + patience
        while self._active() and real_clock() < until:
            self.run.await_signal(_POLL)

    def _abandon(self, actor: Actor) -> None:
        actor.is_abandoned = True
        if actor.ident is not None and not self._would_jam(actor.ident):
            # It ends at its next step in Python code.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(actor.ident), ctypes.py_object(ActorAborted))

    def _would_jam(self, ident: int) -> bool:
        """Tell whether an exception sent to a thread would stop all others that are traced.

        CPython 3.11 signals a pending asynchronous exception to all threads, and one that enters a traced function then
        waits at its first instruction until the exception is taken: for ever, where its receiver waits in C.
        """
        if sys.version_info >= (3, 12):
            return False
        before = signs_of_life(ident)
        self.run.await_signal(LOOK_EVERY)
        return signs_of_life(ident) == before

    def _clean_up(self) -> None:
        for actor, worker in self._workers:
            if actor.is_done and not actor.is_abandoned:
                self._pool.give_back(worker)
            else:
                worker.retire()
        self._workers.clear()
        if not any(actor.is_abandoned for actor in self.run.actors):
            for thread in self.run.threads:
                _join(thread, _JOIN_TIMEOUT)
        self.run.threads.clear()
