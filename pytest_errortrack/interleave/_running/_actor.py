"""An actor: one of the concurrent activities whose order is explored, and the way a thread finds out that it is one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from pytest_errortrack.interleave._schedule import ActorRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from types import FrameType

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._pool import Gate

__all__ = ["Actor", "Intake", "Resource", "Turns", "here"]


class Resource(Protocol):
    """Something an actor may have to wait for.

    Attributes:
        waiters: how many actors wait for it or were preempted just before taking it.
    """

    waiters: int

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether the actor could go on now."""

    def holder(self) -> Actor | str | None:
        """Return who has to act first: an actor, a word for somebody outside, or None for whoever signals."""

    def describe(self) -> str:
        """Return a noun phrase for messages."""


class Intake:
    """Marks a resource at which the threads of a pool wait for something to do."""


class Turns(Protocol):
    """What an actor sees of its schedule.

    Attributes:
        labels: numbers for the points.
        now: virtual seconds since the schedule began.
        is_stopping: whether the schedule is over and its actors are being unwound.
        run_id: identifies the schedule.
        records: whether the history keeps what steps touch.
        asks_for_ends: whether anybody asked whether a thread had ended.
    """

    labels: Labels
    now: float
    is_stopping: bool
    run_id: object
    records: bool
    asks_for_ends: bool

    def identity(self) -> int:
        """Return what identifies the object that is being made, in every schedule in which it is made alike."""

    def know(self, resource: Resource, identity: int) -> None:
        """Take note of something that actors may have to wait for, so that it is recorded when it is ready."""

    def note(self, *accesses: Access) -> None:
        """Take note of what the step that is being done touches, or is about to touch."""

    def point(self, label: int, resource: Resource | None = None, deadline: float | None = None) -> None:
        """Let others run here, if the schedule says so."""

    def enter(self, label: int, resource: Resource, timeout: float | None = None, *, is_timer: bool = False) -> bool:
        """Wait until the resource is ready; False when the time ran out first, or, for a timer, has come."""

    def sleep(self, label: int, seconds: float) -> None:
        """Wait for virtual time to pass; zero seconds give the turn away."""

    def spawn(
        self, thread: threading.Thread, *, body: Callable[[], object], parent: Actor, is_plumbing: bool, is_worker: bool
    ) -> Actor:
        """Make an actor of a thread that is about to be started."""

    def perform(self, actor: Actor) -> None:
        """Run an actor's body in the current thread, which was just given the turn."""

    def changed(self) -> None:
        """Take note that somebody may have become able to run, or unable."""

    def refuse(self, actor: Actor) -> NoReturn:
        """Unwind an actor that wants to wait in a schedule that is over."""

    def read_clock(self, clock: str) -> int:
        """Return the reading of one of the three clocks, in nanoseconds."""

    def spin(self, label: int) -> None:
        """Take note of a round of an event loop; too many of them in one turn give the turn away."""

    def hand_over(self, function: object, *args: object) -> None:
        """Take note of something that a thread of a library is going to call."""

    def knows_thread(self, ident: int) -> bool:
        """Tell whether a thread is the scenario's or an actor's."""

    def lose_control(self, reason: str) -> None:
        """Note that the schedule shows nothing, whatever its actors make of it."""

    def step(self) -> int:
        """Return the raw index of the step that is being done."""

    def shown_step(self, raw: int) -> int:
        """Return the number under which the trace shows a step."""


class Actor:
    """One of the concurrent activities of a schedule.

    Attributes:
        index: its number, in the order of creation.
        identity: what identifies it as something that steps touch, in every schedule.
        path: its place in the tree of actors, which identifies it over schedules.
        name: what it is called.
        parent: who started it, None for the scenario.
        is_daemon: whether the schedule may end without it.
        is_worker: whether it is a thread of a pool, and the schedule may end without it when it has nothing to do.
        is_plumbing: whether a library started it to do its starter's work: an event loop's thread, or a pool's.
        head: the actor whose work it does; itself, unless it is plumbing.
        entry: what it runs first that is not the engine's.
        call: what it is there to call, and the arguments; None for its entry, without any.
        run: the schedule it belongs to.
        gate: where it waits for its turn.
        pending: what it waits for, if anything.
        deadline: until when it waits, in virtual seconds.
        label: the point it is at while it does not run.
        is_inside: whether it is in the middle of a library's own doing while it does not run.
        is_parked: whether it waits at its gate.
        is_done: whether its body ended.
    """

    # Defaults of the class: an actor is made anew for every schedule.
    index = 0
    identity = 0
    ident: int | None = None
    is_daemon = False
    is_worker = False
    is_plumbing = False
    is_inside = False
    is_done = False
    is_parked = True
    is_unwinding = False
    is_abandoned = False
    pending: Resource | None = None
    deadline: float | None = None
    label = 0
    children = 0
    waiters = 0
    refusals = 0
    result: object = None
    entry: object = None
    call: tuple[object, tuple[object, ...]] | None = None
    error: BaseException | None = None
    gate: Gate

    def __init__(
        self,
        run: Turns,
        name: str,
        path: str,
        *,
        body: Callable[[], object],
        context: Context | None,
        parent: Actor | None,
    ) -> None:
        self.run = run
        self.name = name
        self.path = path
        self.body = body
        self.context = context
        self.parent = parent
        self.head = self

    @property
    def ref(self) -> ActorRef:
        """The actor as others see it."""
        return ActorRef(self.name, self.path, None if self.parent is None else self.parent.path)

    def at(self, name: str, frame: FrameType) -> int:
        """Return the number of an operation that it does; `frame` is the innermost frame it was called from."""
        return self.run.labels.reached(name, frame, is_quiet=self.is_plumbing)

    def is_enabled(self, now: float) -> bool:
        """Tell whether it could run if it were its turn."""
        if self.is_done:
            return False
        pending = self.pending
        if pending is None or pending.is_ready(self):
            return True
        return self.deadline is not None and self.deadline <= now

    @property
    def may_be_left(self) -> bool:
        """Whether the schedule may end without it."""
        return self.is_done or self.is_daemon or self.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether it is a thread of a pool that has nothing to do."""
        pending: Any = self.pending  # an intake is a resource, too, which its type does not say
        return self.is_worker and type(pending).__mro__[1] is Intake and not pending.is_ready(self)

    # An actor is itself something to wait for: that is what joining a thread does.

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether a join of this actor returns."""
        del actor
        return self.is_done

    def holder(self) -> Actor:
        """Return the actor itself: it has to end."""
        return self

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return f"the end of {self.name}"


class _Here(threading.local):
    """What the current thread is to the engine.

    Attributes:
        actor: the actor that runs in this thread.
        run: the schedule whose scenario runs in this thread.
    """

    actor: Actor | None = None
    run: Turns | None = None


here = _Here()
