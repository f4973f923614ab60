"""Who may go on, who does, and when time passes: the choices of one schedule.

All of it happens in the thread that has the turn. `Runtime` adds what carries a choice out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._history import History, Taken
from pytest_errortrack.interleave._labels import END_LABEL
from pytest_errortrack.interleave._schedulers import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._actor import Actor
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._schedule import Kind
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["FOREIGN", "Choices"]

FOREIGN = "a thread outside the exploration"

_FAIR_FACTOR = 12  # the fair tail is this many times as long as what comes before it
_FAIR_TURN = 50  # points per turn in the fair tail
_IDLE_TIMERS = 100  # how often daemons' timers may fire while everybody else waits without a limit
_FOREIGN_PATIENCE = 1.0

_clock = time.perf_counter
_time_ns = time.time_ns
_monotonic_ns = time.monotonic_ns
_perf_counter_ns = time.perf_counter_ns
_sleep = time.sleep


class Choices:
    """The part of a schedule that chooses.

    Args:
        labels: numbers for the points, shared by all schedules of an exploration.
        scheduler: who decides.
        step_limit: from which step on the fair tail replaces the default order.
        trace: where to record rows; None for the many schedules that nobody will see.

    Attributes:
        history: what was chosen, and from what.
        actors: all actors, in the order of creation.
        running: the one that has the turn.
        now: virtual seconds since the schedule began.
        is_stopping: whether the schedule is over and its actors are being unwound.
        is_capped: whether the fair tail was entered.
        met_others: whether an actor was at a point while another could have run.
        inconclusive: why the schedule shows nothing, if it does not.
    """

    def __init__(self, *, labels: Labels, scheduler: Scheduler, step_limit: int, trace: Trace | None = None) -> None:
        self.labels = labels
        self.trace = trace
        self.history = self._live = History()
        self.actors: list[Actor] = []
        self.running: Actor | None = None
        self.now = 0.0
        self.is_stopping = False
        self.is_capped = False
        self.met_others = False
        self.inconclusive: str | None = None
        self._epoch = {"time": _time_ns(), "monotonic": _monotonic_ns(), "perf_counter": _perf_counter_ns()}
        self._scheduler = scheduler
        self._limit = step_limit
        self._last = step_limit * (1 + _FAIR_FACTOR)
        self._daemon_limit = NEVER
        self._idle_timers = 0
        self._index = 0
        self._horizon = -1
        self._seen = self._live.labels
        self._others: Sequence[Actor] = ()
        self._is_stale = True
        self._set_horizon()

    def read_clock(self, clock: str) -> int:
        """Return the reading of one of the three clocks, in nanoseconds."""
        return self._epoch[clock] + int(self.now * 1_000_000_000)

    def changed(self) -> None:
        """Take note that somebody may have become able to run, or unable."""
        self._is_stale = True

    def _set_horizon(self) -> None:
        if not self.is_stopping:
            traced = self.trace is not None
            self._horizon = -1 if traced else min(self._next_decision(), self._daemon_limit)

    def _next_decision(self) -> int:
        """Return the first point at which going on is not a matter of course."""
        if self._index < self._limit:
            return min(self._scheduler.next_point, self._limit)
        return (self._index // _FAIR_TURN + 1) * _FAIR_TURN

    def _refresh(self) -> None:
        self._is_stale = False
        now, running = self.now, self.running
        others = tuple([actor for actor in self.actors if actor is not running and actor.is_enabled(now)])
        self._others = others
        self.met_others = self.met_others or bool(others)
        self._live.others.append((self._index, tuple([actor.index for actor in others])))

    def _preempting(self, index: int, label: int, actor: Actor) -> Actor | None:
        if index >= self._limit:
            self.is_capped = True
            return self._next_after(actor, self._others) if index % _FAIR_TURN == 0 and self._others else None
        number = self._scheduler.at_point(index, label, actor, self._others)
        if number is None:
            return None
        self._live.taken.append(Taken(index, number, "preempt"))
        return self.actors[number]

    def _next_after(self, actor: Actor | None, candidates: Sequence[Actor]) -> Actor:
        number = -1 if actor is None else actor.index
        return next((other for other in candidates if other.index > number), candidates[0])

    def _choose(self, label: int, actor: Actor | None, *, yields: bool = False) -> Actor | None:
        """Choose who goes on when the running actor does not; None when nobody can."""
        index = self._index
        self._index = index + 1
        self._seen.append(label)
        self._live.others.append((index, ()))
        self._is_stale = True
        enabled, kind = self._enabled(actor if yields else None)
        if not enabled or index >= self._last:
            return None
        if label > END_LABEL and (kind == "next" and enabled[0] is not actor):
            self.met_others = True
        if index >= self._limit:
            self.is_capped = True
            return self._next_after(actor, enabled)
        if len(enabled) > 1:
            self._note_alternatives(index, enabled, actor if yields else None)
        number = self._scheduler.at_switch(index, label, actor, enabled)
        self._set_horizon()
        if number is None or number == enabled[0].index:
            return enabled[0]
        chosen = self.actors[number]
        self._live.taken.append(Taken(index, number, "preempt" if yields and chosen is actor else kind))
        return chosen

    def _note_alternatives(self, index: int, enabled: Sequence[Actor], yielding: Actor | None) -> None:
        # Not to give the turn away counts as a preemption, or a loop that yields could be gone through for ever, free.
        free = tuple([candidate.index for candidate in enabled if candidate is not yielding])
        self._live.free.append((index, free))
        if yielding is not None:
            self._live.unyielding.append((index, yielding.index))

    def _enabled(self, yielding: Actor | None) -> tuple[list[Actor], Kind]:
        """Return who can run, after letting time pass if need be, default first."""
        now = self.now
        enabled = [actor for actor in self.actors if actor.is_enabled(now)]
        if yielding is not None:
            first = yielding.index
            enabled = sorted(enabled, key=lambda actor: (actor.index <= first, actor.index == first, actor.index))
        if enabled or all(actor.is_done or actor.is_daemon for actor in self.actors):
            self._idle_timers = 0
            return enabled, "next"
        return self._let_time_pass(), "timer"

    def _let_time_pass(self) -> list[Actor]:
        waiting = [actor for actor in self.actors if not actor.is_done]
        deadlines = [actor.deadline for actor in waiting if actor.deadline is not None]
        if not deadlines:
            return self._await_foreign(waiting)
        if all(actor.is_daemon or actor.deadline is None for actor in waiting):
            self._idle_timers += 1
            if self._idle_timers > _IDLE_TIMERS:
                return []
        self.now = max(self.now, min(deadlines))
        return [actor for actor in waiting if actor.is_enabled(self.now)]

    def _await_foreign(self, waiting: Sequence[Actor]) -> list[Actor]:
        """Wait in real time for a thread outside the exploration that holds what the actors need."""
        until = _clock() + _FOREIGN_PATIENCE
        while any(actor.pending is not None and actor.pending.holder() == FOREIGN for actor in waiting):
            if _clock() > until:
                self.inconclusive = f"the actors wait for {FOREIGN}"
                break
            _sleep(0.001)
            enabled = [actor for actor in waiting if actor.is_enabled(self.now)]
            if enabled:
                return enabled
        return []
