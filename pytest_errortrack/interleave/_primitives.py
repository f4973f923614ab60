"""Locks and events whose waiting is decided by the schedule.

Each one shadows a real one. Actors only ever try it without waiting, and wait at their gate when that fails; any other
thread uses the real one directly, so a controlled lock works everywhere as the plain one does.
"""

from __future__ import annotations

import _thread
import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._actor import Actor, here
from pytest_errortrack.interleave._runtime import FOREIGN

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ControlledEvent", "ControlledLock", "ControlledRLock", "is_controlled_thread"]

_PlainEvent = threading.Event
_plain_lock = _thread.allocate_lock
_plain_rlock = threading.RLock
_LockType = _thread.LockType
_RLockType = type(_plain_rlock())
_SCENARIO = "the scenario"


def is_controlled_thread() -> bool:
    """Tell whether the current thread is an actor's, or the scenario's during a schedule."""
    return here.actor is not None or here.run is not None


def _outside() -> str:
    return _SCENARIO if here.run is not None else FOREIGN


class _Stands(type):
    """Lets a controlled class stand for a plain one: same instances, and plain objects for all other threads."""

    def __instancecheck__(cls, instance: object) -> bool:
        plain = cls.__dict__.get("_plain_type")
        return type.__instancecheck__(cls, instance) or (plain is not None and isinstance(instance, plain))

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        make_plain = cls.__dict__.get("_make_plain")
        if make_plain is not None and not is_controlled_thread():
            return make_plain(*args, **kwargs)
        return super().__call__(*args, **kwargs)


class ControlledLock(metaclass=_Stands):
    """A `threading.Lock` under the schedule's control."""

    _plain_type = _LockType
    _make_plain = staticmethod(_plain_lock)

    def __init__(self, raw: _thread.LockType | None = None, *, name: str = "Lock") -> None:
        self.waiters = 0
        self._raw = _plain_lock() if raw is None else raw
        self._owner: Actor | str | None = None
        self._acquire_name = f"{name}.acquire"
        self._release_name = f"{name}.release"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock, blocking or not."""
        actor = here.actor
        if actor is None:
            return self._acquired(self._raw.acquire(blocking, timeout), _outside())
        self._check(blocking=blocking, timeout=timeout)
        turns = actor.run
        label = turns.labels.operation(self._acquire_name, sys._getframe(1))  # noqa: SLF001 - see Labels.operation
        if not blocking or timeout == 0:
            turns.point(label)
            return self._acquired(self._raw.acquire(False), actor)
        until = None if timeout < 0 else turns.now + timeout
        while turns.enter(label, self, None if until is None else max(0.0, until - turns.now)):
            if self._raw.acquire(False):
                return self._acquired(True, actor)
        return False

    def release(self) -> None:
        """Release the lock."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            if turns.is_stopping:
                self._release_stopping(actor)
                return
            turns.point(turns.labels.operation(self._release_name, sys._getframe(1)))  # noqa: SLF001 - as above
            if self.waiters:
                turns.changed()
        self._owner = None
        self._raw.release()

    def locked(self) -> bool:
        """Tell whether it is held."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(turns.labels.operation("Lock.locked", sys._getframe(1)))  # noqa: SLF001 - as above
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

    @staticmethod
    def _check(*, blocking: bool, timeout: float) -> None:
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")

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
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<{'locked' if self._raw.locked() else 'unlocked'} {type(self).__name__}>"


class SignalLock(ControlledLock):
    """The lock by which a waiter of a Condition is woken: to wait for it is to wait for a signal.

    Only its maker and the notifier know it, and the notifier holds the condition's own lock; so neither taking it
    when free nor releasing it is a moment at which somebody else could notice anything.
    """

    _make_plain = staticmethod(_plain_lock)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock; waiting for it is what a trace shows as a wait."""
        actor = here.actor
        if actor is not None and not self._raw.locked():
            return self._acquired(self._raw.acquire(False), actor)
        self._acquire_name = "wait"
        return super().acquire(blocking, timeout)

    def release(self) -> None:
        """Release the lock, which wakes the waiter."""
        actor = here.actor
        if actor is not None and self.waiters:
            actor.run.changed()
        self._owner = None
        self._raw.release()

    def holder(self) -> None:
        """Return None: whoever notifies is not known beforehand."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "a notification of a Condition"


class ControlledRLock(metaclass=_Stands):
    """A `threading.RLock` under the schedule's control.

    Args:
        raw: the plain lock to shadow.
        is_quiet: whether only waiting for it is a scheduling point, and taking and releasing it are not.
    """

    _plain_type = _RLockType
    _make_plain = staticmethod(_plain_rlock)

    def __init__(self, raw: Any = None, *, is_quiet: bool = False) -> None:
        self.waiters = 0
        self._raw = _plain_rlock() if raw is None else raw
        self._owner: Actor | str | None = None
        self._count = 0
        self._is_quiet = is_quiet

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock, blocking or not; its holder may do so again."""
        actor = here.actor
        if actor is None:
            return self._acquired(self._raw.acquire(blocking, timeout), _outside())
        is_quiet = self._is_quiet and self.is_ready(actor)
        if (self._owner is actor or is_quiet) and self._try(actor):
            return True
        turns = actor.run
        label = turns.labels.operation("RLock.acquire", sys._getframe(1))  # noqa: SLF001 - see Labels.operation
        if not blocking or timeout == 0:
            turns.point(label)
            return self._try(actor)
        until = None if timeout < 0 else turns.now + timeout
        while turns.enter(label, self, None if until is None else max(0.0, until - turns.now)):
            if self._try(actor):
                return True
        return False

    def _try(self, actor: Actor) -> bool:
        is_acquired = self._acquired(self._raw.acquire(False), actor)
        if not is_acquired and self._owner is None:
            self._owner = FOREIGN
        return is_acquired

    def release(self) -> None:
        """Release the lock once."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            if turns.is_stopping and self._owner is not actor:
                return
            if self._count == 1 and not self._is_quiet and not turns.is_stopping:
                turns.point(turns.labels.operation("RLock.release", sys._getframe(1)))  # noqa: SLF001 - as above
            if self.waiters:
                turns.changed()
        self._released()

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether an actor could acquire it now."""
        if self._owner is FOREIGN and self._raw.acquire(False):
            # A thread that took the plain lock before it was shadowed let go of it.
            self._raw.release()
            self._owner = None
        return self._owner is None or self._owner is actor

    def holder(self) -> Actor | str | None:
        """Return who has it."""
        return self._owner

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "an RLock"

    def _acquired(self, is_acquired: bool, by: Actor | str) -> bool:  # noqa: FBT001 - a result passed through
        if is_acquired:
            self._owner = by
            self._count += 1
            if self.waiters and isinstance(by, Actor):
                by.run.changed()
        return is_acquired

    def _released(self) -> None:
        # The plain lock is the judge of misuse, and until it is released nobody else writes these two.
        owner, count = self._owner, self._count
        self._count = max(0, count - 1)
        if self._count == 0:
            self._owner = None
        try:
            self._raw.release()
        except RuntimeError:
            self._owner, self._count = owner, count
            raise

    # What Condition needs of a lock that may be held several times over.

    def _is_owned(self) -> bool:
        return bool(self._raw._is_owned())  # noqa: SLF001 - Condition's protocol

    def _release_save(self) -> int:
        count = self._count
        for _ in range(count - 1):
            self._released()
        self.release()
        return count

    def _acquire_restore(self, count: int) -> None:
        for _ in range(count):
            self.acquire()

    def _at_fork_reinit(self) -> None:
        self._owner, self._count = None, 0
        self._raw = _plain_rlock()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class ControlledEvent(_PlainEvent, metaclass=_Stands):
    """A `threading.Event` under the schedule's control."""

    _plain_type = _PlainEvent
    _make_plain = _PlainEvent

    _cond: threading.Condition
    _flag: bool

    def __init__(self) -> None:
        self.waiters = 0
        self._cond = threading.Condition(_plain_lock())
        self._flag = False

    def is_set(self) -> bool:
        """Tell whether the flag is true."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(turns.labels.operation("Event.is_set", sys._getframe(1)))  # noqa: SLF001 - see Labels.operation
        return self._flag

    def set(self) -> None:
        """Set the flag and let those who wait go on."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(turns.labels.operation("Event.set", sys._getframe(1)))  # noqa: SLF001 - as above
            if self.waiters:
                turns.changed()
        super().set()  # its condition's lock is a plain one, and nobody holds it for long

    def clear(self) -> None:
        """Reset the flag."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(turns.labels.operation("Event.clear", sys._getframe(1)))  # noqa: SLF001 - as above
            if self.waiters:
                turns.changed()
        self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is true; False when the time ran out first."""
        actor = here.actor
        if actor is None:
            return super().wait(timeout)
        turns = actor.run
        label = turns.labels.operation("Event.wait", sys._getframe(1))  # noqa: SLF001 - as above
        return turns.enter(label, self, None if timeout is None else max(0.0, timeout))

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether a wait would return."""
        del actor
        return self._flag

    def holder(self) -> None:
        """Return None: who will set it is not known beforehand."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "an Event"

