"""Who may go on, and who does: the choices of one schedule.

All of it happens in the thread that has the turn. `_turns` adds what carries a choice out.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._labels import END_LABEL
from pytest_errortrack.interleave._running._history import Taken
from pytest_errortrack.interleave._running._spinning import Spinning
from pytest_errortrack.interleave._running._timing import Timing, waits_outside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._running._actor import Actor

__all__ = ["Choices"]

_FAIR_TURN = 50  # points per turn in the fair tail
_MOST_HANDOVERS = 1_000  # one after the other, after which the others get a chance in any case


class Choices(Timing):
    """The part of a schedule that chooses."""

    def _set_horizon(self) -> None:
        if self.is_stopping:
            return
        if self.trace is not None or self._is_choice_due:
            self._horizon = -1
            return
        if self._index <= self._limit:  # at the limit itself, too: that it was reached has to be noted
            decision = min(self._scheduler.next_point, self._limit)
        else:
            decision = (self._index // _FAIR_TURN + 1) * _FAIR_TURN
        self._horizon = min(decision, self._daemon_limit)

    def _refresh(self) -> None:
        """Find out who else can run; asked at the first point after something changed."""
        now, running = self.now, self.running
        # What comes from outside says nothing of itself, so as long as somebody waits for it everybody looks.
        self._is_stale = self._has_carriers and any(waits_outside(actor) for actor in self.actors)
        others = tuple([actor for actor in self.actors if actor is not running and actor.is_enabled(now)])
        self._others = others
        if not self.met_others and others:
            self.met_others = any(not actor.is_inside for actor in others)
        if self._is_watched:
            self._horizon = -1  # who could run may have changed, so the scheduler is asked at this point
        self._live.others.append((self._index, tuple([actor.index for actor in others])))
        if self._has_deadlines:
            self._find_early(self._index, is_possible=True)

    def _preempting(self, index: int, label: int, actor: Actor) -> Actor | None:
        """Return for whom the actor is interrupted at a point, if it is."""
        if index >= self._limit:
            self._note_capped(actor)
            return self._next_after(actor, self._others) if index % _FAIR_TURN == 0 and self._others else None
        if self._early and (fired := self._fired(index, label, actor)) is not None:
            return fired
        number = self._scheduler.at_point(index, label, actor, self._others)
        if number is None:
            return None
        self._live.taken.append(Taken(index, number, "preempt"))
        return self.actors[number]

    def _note_capped(self, actor: Actor | None) -> None:
        # Nothing will be claimed of this schedule, so what the rest of it touches need not be worked out.
        self.is_capped = True
        self.records = False
        if self._index > self._nearly_last and actor is not None and not actor.is_done:
            if self._spinning is None:
                self._spinning = Spinning()
            time = self.now if self._epoch else None
            self._spinning.look(actor.index, sys._getframe(1), time=time)  # noqa: SLF001 - the actor's own frames

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
        enabled, has_passed = self._enabled(actor if yields else None)
        if not enabled or index >= self._last:
            return None
        if self._has_carriers and (forced := self._forced(enabled)) is not None:
            enabled = [forced]
        elif label > END_LABEL and not has_passed and enabled[0] is not actor:
            self.met_others = True
        if index >= self._limit:
            self._note_capped(actor)
            return self._next_after(actor, enabled)
        if self._has_deadlines:
            self._find_early(index, is_possible=not has_passed)
            if self._early and (fired := self._fired(index, label, actor)) is not None:
                self._set_horizon()
                return fired
        return self._chosen(index, label, actor, enabled, yields=yields)

    def _chosen(self, index: int, label: int, actor: Actor | None, enabled: Sequence[Actor], *, yields: bool) -> Actor:
        if len(enabled) > 1:
            self._note_alternatives(index, enabled, actor if yields else None)
        number = self._scheduler.at_switch(index, label, actor, enabled)
        self._set_horizon()
        if number is None or number == enabled[0].index:
            return enabled[0]
        chosen = self.actors[number]
        self._live.taken.append(Taken(index, number, "preempt" if yields and chosen is actor else "next"))
        return chosen

    def _note_alternatives(self, index: int, enabled: Sequence[Actor], yielding: Actor | None) -> None:
        # Not to give the turn away counts as a preemption, or a loop that yields could be gone through for ever, free.
        free = tuple([candidate.index for candidate in enabled if candidate is not yielding])
        self._live.free.append((index, free))
        if yielding is not None:
            self._live.unyielding.append((index, yielding.index))

    def _enabled(self, yielding: Actor | None) -> tuple[list[Actor], bool]:
        """Return who can run, default first, and whether time had to pass for it."""
        now = self.now
        enabled = [actor for actor in self.actors if not actor.is_done and actor.is_enabled(now)]
        if yielding is not None:
            first = yielding.index
            enabled = sorted(enabled, key=lambda actor: (actor.index <= first, actor.index == first, actor.index))
        if enabled:
            self._idle_timers = 0
            return enabled, False
        if all(actor.may_be_left for actor in self.actors):
            return enabled, False
        return self._let_time_pass(), True

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
