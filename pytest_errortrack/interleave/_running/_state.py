"""What one schedule is at a moment: its actors, its record, its time.

Whoever has the turn owns all of it, so nothing here needs a lock. What a schedule seldom comes to is a default of the
class: thousands of schedules are made in a second.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._history import History
from pytest_errortrack.interleave._running._identity import Identities
from pytest_errortrack.interleave._schedule import SCENARIO
from pytest_errortrack.interleave._schedulers import NEVER

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._accesses._open_lines import OpenLines
    from pytest_errortrack.interleave._errors import InterleavingFailure
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._actor import Resource
    from pytest_errortrack.interleave._running._spinning import Spinning
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

    AtCall = Callable[[int, object, tuple[object, ...]], None]
    AtTimer = Callable[[int, int, Actor | None, Sequence[Actor]], int | None]

__all__ = ["State"]

_NOBODY: Any = object()  # stands for an actor that holds nothing
_FAIR_FACTOR = 12  # the fair tail is this many times as long as what comes before it
_LAST_PART = 2  # one in so many of its steps is near its end


class State:
    """The state of one schedule.

    Args:
        labels: numbers for the points, shared by all schedules of an exploration.
        scheduler: who decides.
        step_limit: from which step on the fair tail replaces the default order.
        trace: where to record rows; None for the many schedules that nobody will see.
        records: whether the history keeps what steps touch.

    Attributes:
        history: what was chosen, and from what.
        actors: all actors, in the order of creation.
        threads: those that actors started themselves.
        errors: the actors that an exception ended, in that order.
        running: the one that has the turn.
        ident: the thread that has the turn.
        run_id: identifies the schedule.
        now: virtual seconds since the schedule began.
        is_stopping: whether the schedule is over and its actors are being unwound.
        is_capped: whether the fair tail was entered.
        met_others: whether an actor was at a point while another could have run.
        needs_timeout: whether a wait ran out of time, or time passed although somebody could go on.
        finding: why the actors did not come to an end, if they did not.
        inconclusive: why the schedule shows nothing, if it does not.
        open_lines: what actors are in the middle of, where it is recorded what steps touch.
        has_ends: whether just before a thread that an actor started ends others may run; only those can tell who ask
            whether it has ended.
        asks_for_ends: whether anybody asked.
        at_call: is told who is going to call what with which arguments, where no line of the caller's says so; None if
            nobody wants to know.
    """

    running: Actor | None = None
    ident: int = -1
    now: float = 0.0
    is_stopping = False
    is_capped = False
    met_others = False
    needs_timeout = False
    finding: InterleavingFailure | None = None
    inconclusive: str | None = None
    open_lines: OpenLines | None = None
    has_ends = False
    asks_for_ends = False
    at_call: AtCall | None = None

    _index = 0
    _horizon = -1
    _daemon_limit = NEVER
    _others: Sequence[Actor] = ()
    _early: Sequence[Actor] = ()
    _is_stale = True
    _has_daemons = False
    _has_deadlines = False
    _has_fired = False
    _has_carriers = False  # whether anybody waited within a library so far; most schedules are without
    _is_choice_due = False
    _back: Actor | None = None
    _handovers = 0
    _spins = 0
    _idle_timers = 0
    _spinning: Spinning | None = None
    _identities: Identities | None = None
    _orders = 0  # how much was handed over to be called by somebody else

    def __init__(
        self,
        *,
        labels: Labels,
        scheduler: Scheduler,
        step_limit: int,
        trace: Trace | None = None,
        records: bool = False,
    ) -> None:
        self.labels = labels
        self.trace = trace
        self.records = records
        self.history = self._live = History()
        self._seen = self._live.labels
        self.actors: list[Actor] = []
        self.threads: list[threading.Thread] = []
        self.errors: list[Actor] = []
        self.run_id = object()
        self._scheduler = scheduler
        self._is_watched = scheduler.is_watching
        self._at_timer: AtTimer | None = getattr(scheduler, "at_timer", None)
        self._limit = step_limit
        self._last = step_limit * (1 + _FAIR_FACTOR)
        self._nearly_last = self._last - (self._last - step_limit) // _LAST_PART
        self._home = get_ident()
        self._epoch: dict[str, int] = {}
        self._resources: dict[int, Resource] = {}

    @property
    def index(self) -> int:
        """How many choices there have been."""
        return self._index

    def step(self) -> int:
        """Return the raw index of the step that is being done: the choice that let it happen."""
        return self._index - 1

    def shown_step(self, raw: int) -> int:
        """Return the number under which the trace shows a step; without a trace, one near it."""
        shown = None if self.trace is None else self.trace.number(raw)
        return raw + 1 if shown is None else shown

    @property
    def has_carriers(self) -> bool:
        """Whether anybody waited within a library: then not all that was done had points."""
        return self._has_carriers

    def changed(self) -> None:
        """Take note that somebody may have become able to run, or unable."""
        self._is_stale = True

    def note(self, *accesses: Access) -> None:
        """Take note of what the step that is being done touches, or is about to touch."""
        actor = here.actor
        if not self.records or self.is_stopping or actor is None:
            return
        live, step, resources = self._live, self._index - 1, self._resources
        live.accesses.append((step, accesses))
        for access in accesses:
            if access.target in resources and (step, access.target) not in live.readiness:
                live.readiness[step, access.target] = resources[access.target].is_ready(_NOBODY)

    def note_open_lines(self) -> None:
        """Take note of what the step that has just begun may do before its actor is looked at again."""
        if self.open_lines is not None:
            self.note(*self.open_lines.accesses(sys._getframe(1)))  # noqa: SLF001 - the actor's own frames

    def know(self, resource: Resource, identity: int) -> None:
        """Take note of something that actors may have to wait for, so that it is recorded when it is ready."""
        self._resources[identity] = resource

    def note_wait(self, actor: Actor, resource: Resource | None, *, has_deadline: bool) -> None:
        """Take note of what an actor has to wait for at the next choice; None for only the time."""
        identity = None
        if resource is not None:
            identity = _identity_of(resource)
            self._resources[identity] = resource
        self._live.waits.append((self._index, actor.index, identity, has_deadline))

    def identity(self) -> int:
        """Return what identifies the object that is being made, in every schedule in which it is made alike."""
        if self._identities is None:
            self._identities = Identities()
        return self._identities.next_of(SCENARIO if here.actor is None else here.actor.path)

    def note_end_of_wait(self, resource: Resource, *, is_ready: bool) -> None:
        """Take note of whether an actor goes on because it need not wait any more, or because its time has run out."""
        self._live.readiness[self._index - 1, _identity_of(resource)] = is_ready

    def hand_over(self, function: object, *args: object) -> None:
        """Take note of something that a thread of a library is going to call."""
        if self.at_call is not None and not self.is_stopping:
            self._orders += 1
            self.at_call(-1 - self._orders, function, args)  # whoever does it is told apart from all others

    def knows_thread(self, ident: int) -> bool:
        """Tell whether a thread is the scenario's or an actor's."""
        return ident == self._home or any(actor.ident == ident for actor in self.actors)

    def lose_control(self, reason: str) -> None:
        """Note that the schedule shows nothing, whatever its actors make of it."""
        self.inconclusive = reason


def _identity_of(resource: Resource) -> int:
    return getattr(resource, "identity", id(resource))
