"""Locks whose waiting is decided by the schedule.

Each one shadows a real one. Actors only ever try it without waiting, and wait at their gate when that fails; any other
thread uses the real one directly, so a controlled lock works everywhere as the plain one does.
"""

from __future__ import annotations

import _thread
import sys
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._stand_in import StandIn, check_arguments, identity_for, outsider
from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._timing import FOREIGN

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ControlledLock", "SignalLock"]

_plain_lock = _thread.allocate_lock


class ControlledLock(metaclass=StandIn):
    """A `threading.Lock` under the schedule's control.

    Args:
        raw: the plain lock to shadow.
    """

    _plain_type = _thread.LockType
    _make_plain = staticmethod(_plain_lock)

    _acquire_name = "Lock.acquire"

    def __init__(self, raw: _thread.LockType | None = None) -> None:
        self.waiters = 0
        self.identity = identity_for(self)
        self._raw = _plain_lock() if raw is None else raw
        self._owner: Actor | str | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock, blocking or not."""
        actor = here.actor
        if actor is None:
            return self._acquired(self._raw.acquire(blocking, timeout), outsider())
        label = actor.at(self._acquire_name, sys._getframe(1))  # noqa: SLF001 - see Labels.reached
        if blocking and timeout == -1:
            return self._taken(actor, label)
        check_arguments(blocking=blocking, timeout=timeout)
        turns = actor.run
        if not blocking or timeout == 0:
            turns.point(label)
            if turns.records:
                turns.note(Access(self.identity, is_write=not self._raw.locked()))
            return self._acquired(self._raw.acquire(False), actor)
        return self._taken(actor, label, until=turns.now + timeout)

    def _taken(self, actor: Actor, label: int, *, until: float | None = None) -> bool:
        """Wait for the lock and take it; False when the time ran out first."""
        turns = actor.run
        while turns.enter(label, self, None if until is None else max(0.0, until - turns.now)):
            if self._raw.acquire(False):
                if turns.records:
                    turns.note(Access(self.identity))
                self._owner = actor
                if self.waiters:
                    turns.changed()
                return True
        return False

    def release(self) -> None:
        """Release the lock."""
        actor = here.actor
        if actor is None:
            self._owner = None
            self._raw.release()
        else:
            self._let_go(actor, actor.at("Lock.release", sys._getframe(1)))  # noqa: SLF001 - as above

    def _let_go(self, actor: Actor, label: int) -> None:
        turns = actor.run
        if turns.is_stopping:
            self._release_stopping(actor)
            return
        turns.point(label)
        if turns.records:
            turns.note(Access(self.identity))
        if self.waiters:
            turns.changed()
        self._owner = None
        self._raw.release()

    def locked(self) -> bool:
        """Tell whether it is held."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at("Lock.locked", sys._getframe(1)))  # noqa: SLF001 - as above
            if turns.records:
                turns.note(Access(self.identity, is_write=False))
        return self._raw.locked()

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether an actor could acquire it now."""
        del actor
        return not self._raw.locked()

    def holder(self) -> Actor | str | None:
        """Return who has it."""
        return self._owner if self._owner is not None else FOREIGN

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "a Lock"

    def _acquired(self, is_acquired: bool, by: Actor | str) -> bool:  # noqa: FBT001 - a result passed through
        if is_acquired:
            self._owner = by
            if self.waiters and isinstance(by, Actor):
                by.run.changed()
        return is_acquired

    def _release_stopping(self, actor: Actor) -> None:
        # What outlives the schedule must not stay locked by an actor that is unwound; anything else is none of its.
        if self._owner is actor and self._raw.locked():
            self._owner = None
            self._raw.release()

    def _is_owned(self) -> bool:
        """Answer Condition's question without its trial acquisition, which would be a scheduling point."""
        return self._raw.locked()

    def _at_fork_reinit(self) -> None:
        self._owner = None
        self._raw = _plain_lock()

    def __enter__(self) -> bool:
        actor = here.actor
        if actor is None:
            return self._acquired(self._raw.acquire(), outsider())
        return self._taken(actor, actor.at("Lock.acquire", sys._getframe(1)))  # noqa: SLF001 - as above

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        actor = here.actor
        if actor is None:
            self.release()
        else:
            self._let_go(actor, actor.at("Lock.release", sys._getframe(1)))  # noqa: SLF001 - as above

    def __repr__(self) -> str:
        return f"<{'locked' if self._raw.locked() else 'unlocked'} {type(self).__name__}>"


class SignalLock(ControlledLock):
    """The lock by which a waiter of a Condition is woken: to wait for it is to wait for a signal.

    Only its maker and the notifier know it, and the notifier holds the condition's own lock; so neither taking it
    when free nor releasing it is a moment at which somebody else could notice anything.
    """

    _make_plain = staticmethod(_plain_lock)
    _acquire_name = "Condition.wait"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock; waiting for it is what a trace shows as a wait."""
        actor = here.actor
        if actor is not None and not self._raw.locked():
            if actor.run.records:
                actor.run.note(Access(self.identity))
            return self._acquired(self._raw.acquire(False), actor)
        return super().acquire(blocking, timeout)

    def release(self) -> None:
        """Release the lock, which wakes the waiter."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            if turns.records:
                turns.note(Access(self.identity))
            if self.waiters:
                turns.changed()
        self._owner = None
        self._raw.release()

    def holder(self) -> None:
        """Return None: whoever notifies is not known beforehand."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "a notification of a Condition"
