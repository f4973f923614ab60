"""One schedule while it runs: its actors from the first step to the last, and what the scenario's thread does.

The scenario's thread only watches: it gives the first turn away, and waits until nobody has it any more.
"""

from __future__ import annotations

import contextvars
import sys
import threading
from _thread import get_ident
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import UNKNOWN, Access
from pytest_errortrack.interleave._errors import ActorAborted
from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL, THREAD_END_LABEL
from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._history import History
from pytest_errortrack.interleave._running._identity import FAILED, identity_of
from pytest_errortrack.interleave._running._pool import Gate
from pytest_errortrack.interleave._running._turns import TurnTaking
from pytest_errortrack.interleave._schedulers import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["Runtime"]

_DAEMON_STEPS = 1_000  # how long daemons may go on when all others have ended

_inherits_context = bool(getattr(sys.flags, "thread_inherit_context", False))


class Runtime(TurnTaking):
    """One schedule; see `State` for what it is told and what it tells."""

    def __init__(
        self,
        *,
        labels: Labels,
        scheduler: Scheduler,
        step_limit: int,
        trace: Trace | None = None,
        records: bool = False,
    ) -> None:
        super().__init__(labels=labels, scheduler=scheduler, step_limit=step_limit, trace=trace, records=records)
        self._control = Gate()

    # --- actors -----------------------------------------------------------------------------------------------

    def add(self, name: str, path: str, *, body: Callable[[], object], parent: Actor | None, gate: Gate) -> Actor:
        """Create an actor that can run as soon as somebody gives it the turn."""
        context = contextvars.copy_context() if _inherits_context else contextvars.Context()
        return self._add(Actor(self, name, path, body=body, context=context, parent=parent), gate)

    def spawn(
        self, thread: threading.Thread, *, body: Callable[[], object], parent: Actor, is_plumbing: bool, is_worker: bool
    ) -> Actor:
        """Make an actor of a thread that is about to be started; its context is the thread's own."""
        path = f"{parent.path}.{parent.children}"
        parent.children += 1
        self.threads.append(thread)
        actor = Actor(self, path, path, body=body, context=None, parent=parent)
        actor.entry, actor.call = entry_of(thread), call_of(thread)
        actor.is_daemon, actor.is_worker = thread.daemon, is_worker
        self._has_daemons = self._has_daemons or actor.is_daemon
        if is_plumbing:
            self._has_carriers = actor.is_plumbing = actor.is_inside = True
            actor.head = parent.head
        self._add(actor, Gate())
        if self.records:
            self.note(Access(actor.identity))
        return actor

    def _add(self, actor: Actor, gate: Gate) -> Actor:
        actor.index = len(self.actors)
        if actor.entry is None:
            actor.entry = actor.body
        actor.gate = gate
        if self.records:
            actor.identity = identity_of("actor", actor.path)
            self.know(actor, actor.identity)
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
        if self.has_ends and actor.call is not None and not (actor.is_worker or actor.is_plumbing or self.is_stopping):
            self._come_to_end(actor)
        self.finish(actor)

    def _come_to_end(self, actor: Actor) -> None:
        """Let others run while a thread has done all it had to do, and is still alive."""
        try:
            self.point(THREAD_END_LABEL)
        except ActorAborted:
            actor.result = None
        else:
            self.note()

    def begin(self, actor: Actor) -> None:
        """Make the current thread the actor's."""
        actor.ident = self.ident = get_ident()
        actor.is_inside = False
        here.actor = actor
        if self.at_call is not None and not self.is_stopping:
            self.at_call(actor.index, *(actor.call or (actor.entry, ())))
        if self.records:
            self.note(Access(actor.identity, is_write=False))
            if self.open_lines is not None and not self.open_lines.follows(actor.entry):
                self.note(UNKNOWN)

    def fail(self, actor: Actor, error: BaseException) -> None:
        """Remember what ended an actor, for `run` to raise."""
        # Its outermost frame is ours.
        actor.error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        if not self.is_stopping:
            self.errors.append(actor)
            self.note(FAILED)

    def finish(self, actor: Actor) -> None:
        """End an actor in its own thread, and give the turn to another."""
        if self.records:
            self.note(Access(actor.identity))
        here.actor = None
        actor.is_done = True
        actor.body = actor.entry = _nothing
        actor.call = None  # what a body holds must not live as long as the record of the schedule
        if actor.is_abandoned:
            return
        if self.is_stopping:
            self._signal()
            return
        if self._has_daemons and all(other.may_be_left for other in self.actors):
            self._daemon_limit = min(self._daemon_limit, self._index + _DAEMON_STEPS)
        target = self._choose(END_LABEL, actor)
        if target is None:
            self._note_standstill()
            self._signal()
        else:
            self._give_turn(target)

    # --- what the scenario's thread calls ---------------------------------------------------------------------

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


def entry_of(thread: threading.Thread) -> object:
    """Return what a thread will run: what it was given, or its own method."""
    own = vars(thread).get("run")
    if own is not None:
        return own
    method = type(thread).run
    is_plain = method.__code__.co_filename == threading.__file__ and method.__qualname__ == "Thread.run"
    return vars(thread).get("_target") if is_plain else method


def call_of(thread: threading.Thread) -> tuple[object, tuple[object, ...]]:
    """Return what a thread is there to call, as far as it says so, and the arguments."""
    own = vars(thread)
    if isinstance(thread, threading.Timer):
        return thread.function, (*(thread.args or ()), *(thread.kwargs or {}).values())
    if "run" in own or type(thread).run is not threading.Thread.run:
        return thread.run, ()
    return own.get("_target"), (*own.get("_args", ()), *own.get("_kwargs", {}).values())


def _nothing() -> None:
    """Stand for the body of an actor that has ended."""
