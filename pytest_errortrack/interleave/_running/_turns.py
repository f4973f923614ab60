"""How the turn goes from one actor to another: points, waits, and the hand-off between two threads.

Exactly one thread runs at a time. The running actor asks the scheduler itself, in its own thread; going on costs next
to nothing, and giving the turn away means opening the other's gate and waiting at one's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pytest_errortrack.interleave._accesses._access import UNKNOWN
from pytest_errortrack.interleave._errors import ActorAborted
from pytest_errortrack.interleave._labels import THREAD_END_LABEL, loud
from pytest_errortrack.interleave._running._actor import here
from pytest_errortrack.interleave._running._choices import Choices
from pytest_errortrack.interleave._running._pool import Gate
from pytest_errortrack.interleave._running._timing import Sleep
from pytest_errortrack.interleave._running._waits import explain_length, explain_livelock, explain_standstill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._running._actor import Actor, Resource

__all__ = ["TurnTaking"]

_MANY_REFUSALS = 1_000
_MOST_SPINS = 100  # rounds of an event loop in one turn


class TurnTaking(Choices):
    """The part of a schedule that actors see; see `Turns`."""

    _control: Gate
    _is_signalled = False

    def point(self, label: int, resource: Resource | None = None, deadline: float | None = None) -> None:
        """Let others run here, if the schedule says so; the actor itself could go on."""
        if label < 0:
            return  # a library's own doing: nobody could tell a switch here from one at the next point
        if self._is_stale:
            self._refresh()
            if self._has_carriers and self._stood_aside(label, resource, deadline):
                return
        index = self._index
        self._index = index + 1
        self._seen.append(label)
        if index >= self._horizon:
            self._decide(index, label, resource, deadline)
        if self.records:
            self.note_open_lines()

    def enter(self, label: int, resource: Resource, timeout: float | None = None, *, is_timer: bool = False) -> bool:
        """Wait until the resource is ready; False when the time ran out first, or, for a timer, has come."""
        actor = here.actor
        assert actor is not None
        is_ready = resource.is_ready(actor)
        if self.is_stopping:
            if is_ready:
                return True
            self.refuse(actor)
        deadline = None
        if timeout is not None:
            deadline = round(self.now + timeout, 9)
            self._has_deadlines = True
        if label < 0 or is_timer:
            self._has_carriers = True
        if self.records and (deadline is None or deadline > self.now):
            self.note_wait(actor, resource, has_deadline=deadline is not None)
        if is_ready:
            self.point(label, resource, deadline)
        else:
            self._wait(actor, label, resource, deadline)
            self._show(actor, label, remark="" if is_timer or resource.is_ready(actor) else "timeout")
        is_ready = resource.is_ready(actor)
        if not is_ready and not is_timer:
            self.needs_timeout = True
        if self.records:
            self.note_end_of_wait(resource, is_ready=is_ready)
        if self.records and (is_timer or not is_ready):
            self.note(UNKNOWN)  # that time has passed, or what came from outside, makes a difference to everybody
        return is_ready

    def sleep(self, label: int, seconds: float) -> None:
        """Wait for virtual time to pass; zero seconds give the turn away."""
        actor = here.actor
        assert actor is not None
        if self.is_stopping:
            self.refuse(actor)
        if seconds > 0:
            self._has_deadlines = True
            if self.records:
                self.note_wait(actor, None, has_deadline=True)
            self._wait(actor, label, Sleep(), round(self.now + seconds, 9))
            if self.records:
                self.note(UNKNOWN)
            return
        label = loud(label)
        target = self._choose(label, actor, yields=True)
        if target is None:
            self._give_up(actor, label)
        if target is not actor:
            self._pass_turn(actor, target, label)
        self.note()
        if self.records:
            self.note_open_lines()
        self._show(actor, label)

    def spin(self, label: int) -> None:
        """Take note of a round of an event loop; too many of them in one turn give the turn away."""
        self._spins += 1
        if self._spins > _MOST_SPINS and not self.is_stopping:
            self._spins = 0
            self.sleep(label, 0)

    def refuse(self, actor: Actor) -> NoReturn:
        """Unwind an actor that wants to wait in a schedule that is over."""
        actor.is_unwinding = True
        actor.refusals += 1
        if actor.refusals > _MANY_REFUSALS:
            # It catches everything and tries again. Its thread cannot be ended, but it can be kept quiet.
            actor.is_abandoned = True
            self.inconclusive = f"{actor.name} swallows the exception that unwinds it; its thread was left waiting"
            self._signal()
            Gate().wait()
        raise ActorAborted

    def _decide(self, index: int, label: int, resource: Resource | None, deadline: float | None) -> None:
        actor = here.actor
        if self.is_stopping or actor is None:
            if actor is None or actor.is_unwinding:
                return
            self.refuse(actor)
        if index >= self._daemon_limit or index >= self._last:
            self._give_up(actor, label)
        was_due = self._is_choice_due
        target = self._make_up(index, label, actor) if was_due else self._preempting(index, label, actor)
        if target is not None:
            if self.trace is not None and not was_due:
                self.trace.preempted(actor.path)
            self._stand_aside(actor, target, label, resource=resource, deadline=deadline)
        self._set_horizon()
        self._show(actor, label)

    def _stood_aside(self, label: int, resource: Resource | None, deadline: float | None) -> bool:
        """Let those go first who are in the middle of a library's own doing; True if that took the actor past here."""
        actor = here.actor
        if actor is None or self.is_stopping:
            return False
        while (target := self._first_ahead()) is not None:
            is_passed = self._is_choice_due or self._back is not None
            if not is_passed:
                self._back = actor
            elif target is self._back:
                self._back = None
            self._note_forced(label, actor, target)
            self._stand_aside(actor, target, label, resource=resource, deadline=deadline)
            if is_passed:
                self._set_horizon()
                self._show(actor, label)
                return True
            self._refresh()
        return False

    def _stand_aside(
        self, actor: Actor, target: Actor, label: int, *, resource: Resource | None, deadline: float | None
    ) -> None:
        if resource is None:
            self._pass_turn(actor, target, label)
            return
        actor.pending, actor.deadline = resource, deadline
        resource.waiters += 1
        try:
            self._pass_turn(actor, target, label)
        finally:
            actor.pending = actor.deadline = None
            resource.waiters -= 1

    def _wait(self, actor: Actor, label: int, resource: Resource, deadline: float | None) -> None:
        actor.pending, actor.deadline = resource, deadline
        resource.waiters += 1
        try:
            if self.trace is not None:
                self._show(actor, label, remark="" if isinstance(resource, Sleep) else "waits", at=self._index)
            actor.label, actor.is_inside = loud(label), label < 0
            target = self._choose(actor.label, actor)
            if target is None:
                self._give_up(actor, actor.label)
            if target is not actor:
                self._pass_turn(actor, target, actor.label)
        finally:
            actor.is_inside = False
            resource.waiters -= 1
            actor.pending = actor.deadline = None
        if self.records:
            self.note_open_lines()

    def _pass_turn(self, actor: Actor, target: Actor, label: int) -> None:
        actor.label = label
        actor.is_parked = True
        self._give_turn(target)
        actor.gate.wait()
        if self.is_stopping:
            self.refuse(actor)

    def _give_turn(self, target: Actor) -> None:
        self._live.switches.append((self._index - 1, target.index))
        self._spins = 0
        self.running = target
        self.ident = -1 if target.ident is None else target.ident
        self._is_stale = True
        target.is_parked = False
        target.gate.open()

    def _give_up(self, actor: Actor, label: int) -> NoReturn:
        """End the schedule from within, and wait to be unwound."""
        actor.label = label
        self._note_standstill()
        actor.is_parked = True
        self._signal()
        actor.gate.wait()
        self.refuse(actor)

    def _note_standstill(self) -> None:
        """Say why nobody goes on, unless the schedule is simply over."""
        alive = [actor for actor in self.actors if not actor.is_done]
        if all(actor.may_be_left for actor in alive) or self.inconclusive:
            return
        if self._index > self._last:
            self._note_endless(alive)
        else:
            self.finding = explain_standstill(self.actors, self.labels)

    def _note_endless(self, alive: Sequence[Actor]) -> None:
        """Say that actors did not come to an end; whether they ever will is only known of those that spin."""
        running = [actor for actor in alive if actor.pending is None or actor.pending.is_ready(actor)]
        running = running or [actor for actor in alive if actor.deadline is not None] or list(alive)
        spinning = self._spinning
        if spinning is not None and all(spinning.has_seen(actor.index) for actor in running):
            self.finding = explain_livelock(alive, running, self.labels, steps=self._index)
        else:
            self.inconclusive = explain_length(running, self.labels, steps=self._index)

    def _show(self, actor: Actor, label: int, *, remark: str = "", at: int | None = None) -> None:
        if self.trace is None or self.is_stopping:
            return
        raw = self._index - 1 if at is None else at
        if label < 0 or label == THREAD_END_LABEL:
            self.trace.skip(raw)
        else:
            self.trace.step(raw, actor.path, self.labels.points[label], remark=remark)

    def _signal(self) -> None:
        if not self._is_signalled:
            self._is_signalled = True
            self._control.open()
