"""One schedule while it runs: who has the turn, who could have it, and what time it is.

Exactly one thread runs at a time. The running actor asks the scheduler itself, in its own thread; going on costs next
to nothing, and giving the turn away means opening the other's gate and waiting at one's own. The scenario's thread
only watches. Nothing here needs a lock: whoever has the turn owns all of this state.
"""

from __future__ import annotations

import contextvars
import sys
from _thread import get_ident
from typing import TYPE_CHECKING, NoReturn

from pytest_errortrack.interleave._errors import ActorAborted, InterleavingFailure, Livelock
from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL, loud
from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._choices import Choices
from pytest_errortrack.interleave._running._history import History
from pytest_errortrack.interleave._running._pool import Gate
from pytest_errortrack.interleave._running._waits import explain_standstill
from pytest_errortrack.interleave._schedulers import NEVER

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._actor import Resource
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["Runtime"]

_DAEMON_STEPS = 1_000  # how long daemons may go on when all others have ended
_MANY_REFUSALS = 1_000
_MOST_SPINS = 100  # rounds of an event loop in one turn

_inherits_context = bool(getattr(sys.flags, "thread_inherit_context", False))


class _Sleep:
    """What a sleeping actor waits for: only its deadline."""

    waiters = 0

    def is_ready(self, actor: Actor) -> bool:
        del actor
        return False

    def holder(self) -> None:
        return None

    def describe(self) -> str:
        return "the time"


class Runtime(Choices):
    """The state of one schedule; see `Turns` for what actors use of it.

    Attributes:
        run_id: identifies the schedule.
        ident: the thread that has the turn.
        threads: those that actors started themselves.
        errors: the actors that an exception ended, in that order.
        needs_timeout: whether a wait ran out of time.
        finding: why the actors did not come to an end, if they did not.
        records: whether the history keeps what steps touch.
    """

    def __init__(
        self,
        *,
        labels: Labels,
        scheduler: Scheduler,
        step_limit: int,
        trace: Trace | None = None,
        records: bool = False,
    ) -> None:
        super().__init__(labels=labels, scheduler=scheduler, step_limit=step_limit, trace=trace)
        self.records = records
        self.run_id = object()
        self.ident = -1
        self.threads: list[threading.Thread] = []
        self.errors: list[Actor] = []
        self.needs_timeout = False
        self.finding: InterleavingFailure | None = None
        self._control = Gate()
        self._is_signalled = False
        self._home = get_ident()
        self._spins = 0

    # --- what the running actor calls -------------------------------------------------------------------------

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

    def enter(self, label: int, resource: Resource, timeout: float | None = None, *, is_timer: bool = False) -> bool:
        """Wait until the resource is ready; False when the time ran out first, or, for a timer, has come."""
        actor = here.actor
        assert actor is not None
        if self.is_stopping:
            if resource.is_ready(actor):
                return True
            self.refuse(actor)
        deadline = None if timeout is None else round(self.now + timeout, 9)
        if label < 0 or is_timer:
            self._has_carriers = True
        if resource.is_ready(actor):
            self.point(label, resource, deadline)
        else:
            self._wait(actor, label, resource, deadline)
            self._show(actor, label, remark="" if is_timer or resource.is_ready(actor) else "timeout")
        is_ready = resource.is_ready(actor)
        if not is_ready and not is_timer:
            self.needs_timeout = True
        return is_ready

    def note(self, *accesses: Access) -> None:
        """Take note of what the step that is being done touches, or is about to touch."""
        if self.records and not self.is_stopping:
            self._live.accesses.append((self._index - 1, accesses))

    def sleep(self, label: int, seconds: float) -> None:
        """Wait for virtual time to pass; zero seconds give the turn away."""
        actor = here.actor
        assert actor is not None
        if self.is_stopping:
            self.refuse(actor)
        if seconds > 0:
            self._wait(actor, label, _Sleep(), round(self.now + seconds, 9))
            return
        label = loud(label)
        target = self._choose(label, actor, yields=True)
        if target is None:
            self._give_up(actor, label)
        if target is not actor:
            self._pass_turn(actor, target, label)
        self._show(actor, label)

    def spin(self, label: int) -> None:
        """Take note of a round of an event loop; too many of them in one turn give the turn away."""
        self._spins += 1
        if self._spins > _MOST_SPINS and not self.is_stopping:
            self._spins = 0
            self.sleep(label, 0)

    def knows_thread(self, ident: int) -> bool:
        """Tell whether a thread is the scenario's or an actor's."""
        return ident == self._home or any(actor.ident == ident for actor in self.actors)

    def lose_control(self, reason: str) -> None:
        """Note that the schedule shows nothing, whatever its actors make of it."""
        self.inconclusive = reason

    def step(self) -> int:
        """Return the raw index of the step that is being done: the choice that let it happen."""
        return self._index - 1

    def shown_step(self, raw: int) -> int:
        """Return the number under which the trace shows a step; without a trace, one near it."""
        shown = None if self.trace is None else self.trace.number(raw)
        return raw + 1 if shown is None else shown

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

    # --- turns ------------------------------------------------------------------------------------------------

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
        actor.pending, actor.deadline = resource, deadline
        if resource is not None:
            resource.waiters += 1
        try:
            self._pass_turn(actor, target, label)
        finally:
            actor.pending = actor.deadline = None
            if resource is not None:
                resource.waiters -= 1

    def _wait(self, actor: Actor, label: int, resource: Resource, deadline: float | None) -> None:
        actor.pending, actor.deadline = resource, deadline
        resource.waiters += 1
        try:
            self._show(actor, label, remark="" if isinstance(resource, _Sleep) else "waits", at=self._index)
            actor.label, actor.is_inside = loud(label), label < 0
            target = self._choose(loud(label), actor)
            if target is None:
                self._give_up(actor, loud(label))
            if target is not actor:
                self._pass_turn(actor, target, loud(label))
        finally:
            actor.is_inside = False
            resource.waiters -= 1
            actor.pending = actor.deadline = None

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
        if all(actor.is_daemon for actor in alive) or self.inconclusive:
            return
        if self._index > self._last:
            names = " and ".join(actor.name for actor in alive)
            self.finding = Livelock(
                f"livelock: {names} still ran after {self._index:,} steps, most of them in fair turns; if they only "
                "have a long way to go, choose level='op' or fewer modules",
                oracle_key=tuple(actor.path for actor in alive),
            )
        else:
            self.finding = explain_standstill(self.actors, self.labels)

    def _show(self, actor: Actor, label: int, *, remark: str = "", at: int | None = None) -> None:
        if self.trace is None or self.is_stopping:
            return
        raw = self._index - 1 if at is None else at
        if label < 0:
            self.trace.skip(raw)
        else:
            self.trace.step(raw, actor.path, self.labels.points[label], remark=remark)

    # --- actors -----------------------------------------------------------------------------------------------

    def add(self, name: str, path: str, *, body: Callable[[], object], parent: Actor | None, gate: Gate) -> Actor:
        """Create an actor that can run as soon as somebody gives it the turn."""
        context = contextvars.copy_context() if _inherits_context else contextvars.Context()
        return self._add(Actor(self, name, path, body=body, context=context, parent=parent), gate)

    def spawn(self, thread: threading.Thread, *, body: Callable[[], object], parent: Actor, is_plumbing: bool) -> Actor:
        """Make an actor of a thread that is about to be started; its context is the thread's own."""
        path = f"{parent.path}.{parent.children}"
        parent.children += 1
        self.threads.append(thread)
        actor = Actor(self, path, path, body=body, context=None, parent=parent)
        actor.is_daemon = thread.daemon
        if is_plumbing:
            self._has_carriers = actor.is_plumbing = actor.is_inside = True
            actor.head = parent.head
        return self._add(actor, Gate())

    def _add(self, actor: Actor, gate: Gate) -> Actor:
        actor.index = len(self.actors)
        actor.gate = gate
        self.actors.append(actor)
        self._live.paths.append(actor.path)
        self._is_stale = True
        return actor

    def perform(self, actor: Actor) -> None:
        """Run an actor's body in the current thread, which was just given the turn."""
        self.begin(actor)
        try:
            if not self.is_stopping:
                actor.result = actor.body() if actor.context is None else actor.context.run(actor.body)
        except ActorAborted:
            actor.result = None
        except BaseException as error:  # noqa: BLE001 - whatever ends an actor is raised again by `run`
            self.fail(actor, error)
        self.finish(actor)

    def begin(self, actor: Actor) -> None:
        """Make the current thread the actor's."""
        actor.ident = self.ident = get_ident()
        actor.is_inside = False
        here.actor = actor

    def fail(self, actor: Actor, error: BaseException) -> None:
        """Remember what ended an actor, for `run` to raise."""
        # Its outermost frame is ours.
        actor.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        if not self.is_stopping:
            self.errors.append(actor)

    def finish(self, actor: Actor) -> None:
        """End an actor in its own thread, and give the turn to another."""
        here.actor = None
        actor.is_done = True
        del actor.body
        if actor.is_abandoned:
            return
        if self.is_stopping:
            self._signal()
            return
        if all(other.is_done or other.is_daemon for other in self.actors):
            self._daemon_limit = min(self._daemon_limit, self._index + _DAEMON_STEPS)
        target = self._choose(END_LABEL, actor)
        if target is None:
            self._note_standstill()
            self._signal()
        else:
            self._give_turn(target)

    # --- what the scenario's thread calls ---------------------------------------------------------------------

    @property
    def index(self) -> int:
        """How many choices there have been."""
        return self._index

    def launch(self) -> None:
        """Give the turn to one of the actors that were added."""
        self._daemon_limit = NEVER
        target = self._choose(START_LABEL, None)
        assert target is not None
        self._give_turn(target)

    def await_signal(self, timeout: float) -> bool:
        """Wait until nobody has the turn any more; False when the time ran out first."""
        if not self._control.wait(True, timeout):
            return False
        self._is_signalled = False
        return True

    def leave(self) -> None:
        """Note that the turn is the scenario's again."""
        self.running = None
        self.ident = -1
        self.history.switches.append((len(self.history.labels) - 1, -1))

    def stop(self) -> None:
        """Make every point inert and every wait raise from now on."""
        self.is_stopping = True
        self._horizon = -1
        self._live = History()  # what happens from here on is not part of the schedule
        self._seen = self._live.labels

    def _signal(self) -> None:
        if not self._is_signalled:
            self._is_signalled = True
            self._control.open()
