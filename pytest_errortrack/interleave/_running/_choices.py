"""Who may go on, who does, and when time passes: the choices of one schedule.

All of it happens in the thread that has the turn. `Runtime` adds what carries a choice out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._clock import real_clock
from pytest_errortrack.interleave._labels import END_LABEL
from pytest_errortrack.interleave._running._history import History, Taken
from pytest_errortrack.interleave._running._watchdog import strangers
from pytest_errortrack.interleave._schedulers import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._actor import Actor
    from pytest_errortrack.interleave._schedule import Kind
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["FOREIGN", "OUTSIDE", "Choices"]

FOREIGN = "a thread outside the exploration"
OUTSIDE = "data from outside the process"

_FAIR_FACTOR = 12  # the fair tail is this many times as long as what comes before it
_FAIR_TURN = 50  # points per turn in the fair tail
_IDLE_TIMERS = 100  # how often daemons' timers may fire while everybody else waits without a limit
_FOREIGN_PATIENCE = 1.0
_STRANGERS_PATIENCE = 0.25
_MOST_HANDOVERS = 1_000  # one after the other, after which the others get a chance in any case

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
        self._has_carriers = False  # whether anybody waited within a library so far; most schedules are without
        self._is_choice_due = False
        self._back: Actor | None = None
        self._handovers = 0
        self._set_horizon()

    def read_clock(self, clock: str) -> int:
        """Return the reading of one of the three clocks, in nanoseconds."""
        return self._epoch[clock] + round(self.now * 1_000_000_000)

    def changed(self) -> None:
        """Take note that somebody may have become able to run, or unable."""
        self._is_stale = True

    def _set_horizon(self) -> None:
        if not self.is_stopping:
            asks_always = self.trace is not None or self._is_choice_due
            self._horizon = -1 if asks_always else min(self._next_decision(), self._daemon_limit)

    def _next_decision(self) -> int:
        """Return the first point at which going on is not a matter of course."""
        if self._index < self._limit:
            return min(self._scheduler.next_point, self._limit)
        return (self._index // _FAIR_TURN + 1) * _FAIR_TURN

    def _refresh(self) -> None:
        now, running = self.now, self.running
        # What comes from outside says nothing of itself, so as long as somebody waits for it everybody looks.
        self._is_stale = self._has_carriers and any(_waits_outside(actor) for actor in self.actors)
        others = tuple([actor for actor in self.actors if actor is not running and actor.is_enabled(now)])
        self._others = others
        if not self.met_others:
            self.met_others = any(not actor.is_inside for actor in others)
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
        forced = self._forced(enabled) if self._has_carriers else None
        if forced is not None:
            enabled = [forced]
        elif label > END_LABEL and (kind == "next" and enabled[0] is not actor):
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

    # An actor in the middle of a library's own doing goes on until it comes to a point that others could notice, or
    # waits. Its steps until then make no difference to anybody, so only then is it chosen who goes on: as freely as it
    # would have been before, or not at all, if somebody was merely asked to wait for it.

    def _forced(self, enabled: Sequence[Actor]) -> Actor | None:
        """Return who goes on when an actor does not, if nothing is to be chosen."""
        inside = self._first_inside(enabled)
        if inside is not None:
            self._is_choice_due = self._back is None
            return inside
        self._is_choice_due = False
        back, self._back = self._back, None
        return back if back in enabled else None

    def _first_ahead(self) -> Actor | None:
        """Return who goes on first when an actor comes to a point, if somebody does."""
        inside, back = self._first_inside(self._others), self._back
        if inside is None and back is not None and back not in self._others:
            self._back, self._is_choice_due = None, True
            self._set_horizon()
            return None
        return back if inside is None else inside

    def _first_inside(self, candidates: Sequence[Actor]) -> Actor | None:
        inside = next((each for each in candidates if each.is_inside), None)
        self._handovers = 0 if inside is None else self._handovers + 1
        return None if self._handovers > _MOST_HANDOVERS or self._index >= self._limit else inside

    def _note_forced(self, label: int, actor: Actor, target: Actor) -> None:
        """Take note of a switch at a point that nobody chose."""
        self._seen.append(label)
        self._live.others.append((self._index, ()))
        self._scheduler.at_switch(self._index, label, actor, [target])  # so that it can count what it follows
        self._index += 1
        self._set_horizon()

    def _make_up(self, index: int, label: int, actor: Actor) -> Actor | None:
        """Choose at a point what was left open before it; None for the actor itself."""
        self._is_choice_due = False
        others = tuple([other.index for other in self._others])
        self._live.others += [(index, ()), (index + 1, others)]
        if others and index < self._limit:
            self._live.free.append((index, (actor.index, *others)))
        number = self._scheduler.at_switch(index, label, actor, [actor, *self._others])
        if number is None or number == actor.index:
            return None
        self._live.taken.append(Taken(index, number, "next"))
        return self.actors[number]

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
        if not deadlines or any(_waits_outside(actor) for actor in waiting):
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


def _waits_outside(actor: Actor) -> bool:
    pending = actor.pending
    return pending is not None and not actor.is_done and pending.holder() == OUTSIDE
