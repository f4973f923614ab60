"""The lock that its holder may take again, under the schedule's control."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._stand_in import StandIn, check_arguments, identity_for, outsider
from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._timing import FOREIGN

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ControlledRLock"]

_plain_rlock = threading.RLock


class ControlledRLock(metaclass=StandIn):
    """A `threading.RLock` under the schedule's control.

    Args:
        raw: the plain lock to shadow.
        is_quiet: whether only waiting for it is a scheduling point, and taking and releasing it are not.
    """

    _plain_type = type(_plain_rlock())
    _make_plain = staticmethod(_plain_rlock)

    def __init__(self, raw: Any = None, *, is_quiet: bool = False) -> None:
        self.waiters = 0
        self.identity = identity_for(self)
        self._raw: Any = _plain_rlock() if raw is None else raw
        self._owner: Actor | str | None = None
        self._count = 0
        self._is_quiet = is_quiet

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as the plain one
        """Acquire the lock, blocking or not; its holder may do so again."""
        actor = here.actor
        if actor is None:
            return self._acquired(self._raw.acquire(blocking, timeout), outsider())
        check_arguments(blocking=blocking, timeout=timeout)
        is_quiet = self._is_quiet and self.is_ready(actor)
        if (self._owner is actor or is_quiet) and self._try(actor):
            return True
        turns = actor.run
        label = actor.at("RLock.acquire", sys._getframe(1))  # noqa: SLF001 - see Labels.reached
        if not blocking or timeout == 0:
            turns.point(label)
            return self._try(actor)
        until = None if timeout < 0 else turns.now + timeout
        while turns.enter(label, self, None if until is None else max(0.0, until - turns.now)):
            if self._try(actor):
                return True
        return False

    def _try(self, actor: Actor) -> bool:
        if actor.run.records:
            # To take it once more changes nothing for others, and neither does it to try in vain.
            actor.run.note(Access(self.identity, is_write=self._owner is None))
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
                turns.point(actor.at("RLock.release", sys._getframe(1)))  # noqa: SLF001 - as above
            if turns.records:
                turns.note(Access(self.identity, is_write=self._count == 1))
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
