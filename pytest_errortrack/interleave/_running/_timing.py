"""Virtual time: what the clocks say, and when it passes.

Time passes to the earliest deadline, free, when nobody can go on. While somebody can, it passes only if the scheduler
says so, once in a schedule: as if all that the others did had taken so long. It never passes a deadline by.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._clock import real_clock
from pytest_errortrack.interleave._running._history import Taken
from pytest_errortrack.interleave._running._identity import CLOCK_READ
from pytest_errortrack.interleave._running._state import State
from pytest_errortrack.interleave._running._watchdog import strangers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._running._actor import Actor

__all__ = ["FOREIGN", "OUTSIDE", "Sleep", "Timing", "waits_outside"]

FOREIGN = "a thread outside the exploration"
OUTSIDE = "data from outside the process"

_IDLE_TIMERS = 100  # how often daemons' timers may fire while everybody else waits without a limit
_FOREIGN_PATIENCE = 1.0
_STRANGERS_PATIENCE = 0.25

_clocks = {"time": time.time_ns, "monotonic": time.monotonic_ns, "perf_counter": time.perf_counter_ns}
_sleep = time.sleep


class Sleep:
    """What a sleeping actor waits for: only its deadline."""

    waiters = 0

    def is_ready(self, actor: Actor) -> bool:
        """Tell that it is never ready before its time."""
        del actor
        return False

    def holder(self) -> None:
        """Return None: nobody can wake it."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "the time"


class Timing(State):
    """The part of a schedule that knows the time."""

    def read_clock(self, clock: str) -> int:
        """Return the reading of one of the three clocks, in nanoseconds."""
        if self.records:
            self.note(CLOCK_READ)
        epoch = self._epoch.get(clock)
        if epoch is None:
            epoch = self._epoch[clock] = _clocks[clock]()
        return epoch + round(self.now * 1_000_000_000)

    def _soonest(self) -> tuple[Actor, ...]:
        """Return those who would go on if time passed although others can; they share the earliest deadline."""
        if self._has_fired or self._has_carriers or self._at_timer is None or self._index > self._limit:
            return ()
        now = self.now
        waiting = [actor for actor in self.actors if actor.deadline is not None and not actor.is_enabled(now)]
        earliest = min([actor.deadline for actor in waiting if actor.deadline is not None], default=None)
        return tuple([actor for actor in waiting if actor.deadline == earliest])

    def _find_early(self, index: int, *, is_possible: bool) -> None:
        """Find out whose time could come at a choice, and at the points after it, although somebody can go on."""
        self._early = self._soonest() if is_possible else ()
        numbers = tuple([actor.index for actor in self._early])
        early = self._live.early
        if numbers or (early and early[-1][1]):
            early.append((index, numbers))

    def _fired(self, index: int, label: int, actor: Actor | None) -> Actor | None:
        """Let time pass although somebody can go on, if the scheduler says so; returns who goes on then."""
        number = None if self._at_timer is None else self._at_timer(index, label, actor, self._early)
        if number is None:
            return None
        target = self.actors[number]
        assert target.deadline is not None
        self.now = target.deadline
        self.needs_timeout = self._has_fired = self._is_stale = True
        self._live.taken.append(Taken(index, number, "timer"))
        return target

    def _let_time_pass(self) -> list[Actor]:
        waiting = [actor for actor in self.actors if not actor.is_done]
        deadlines = [actor.deadline for actor in waiting if actor.deadline is not None]
        if not deadlines or any(waits_outside(actor) for actor in waiting):
            return self._await_foreign(waiting)
        if all(actor.is_daemon or actor.deadline is None for actor in waiting):
            self._idle_timers += 1
            if self._idle_timers > _IDLE_TIMERS:
                return []
        self.now = max(self.now, min(deadlines))
        return [actor for actor in waiting if actor.is_enabled(self.now)]

    def _await_foreign(self, waiting: Sequence[Actor]) -> list[Actor]:
        """Wait in real time for those outside the exploration who have what the actors need."""
        until = real_clock() + _FOREIGN_PATIENCE
        while True:
            holders = {actor.pending.holder() for actor in waiting if actor.pending is not None}
            awaited = [str(holder) for holder in (FOREIGN, OUTSIDE) if holder in holders]
            if not awaited:
                return self._await_strangers(waiting)
            if real_clock() > until:
                self.inconclusive = f"the actors wait for {' and '.join(awaited)}"
                break
            _sleep(0.001)
            enabled = [actor for actor in waiting if actor.is_enabled(self.now)]
            if enabled:
                return enabled
        return []

    def _await_strangers(self, waiting: Sequence[Actor]) -> list[Actor]:
        """Give threads that nobody controls a moment to do what an actor waits for; if one does, nothing is shown."""
        names = strangers({actor.ident for actor in self.actors})
        until = real_clock() + _STRANGERS_PATIENCE
        while names and real_clock() < until:
            _sleep(0.001)
            if any(actor.is_enabled(self.now) for actor in waiting):
                who = ", ".join(names[:3])
                self.inconclusive = f"an actor waits for a thread that no actor started ({who}); start it in the test"
                break
        return []


def waits_outside(actor: Actor) -> bool:
    """Tell whether an actor waits for data from outside the process."""
    pending = actor.pending
    return pending is not None and not actor.is_done and pending.holder() == OUTSIDE
