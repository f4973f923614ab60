"""The event whose waiting is decided by the schedule.

To begin to wait is something that others can notice: whoever waits when the event is set goes on, also when it is
cleared before he runs, and whoever comes later does not. So a wait has a point before it begins, and each has a signal
of its own.
"""

from __future__ import annotations

import _thread
import sys
import threading
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._stand_in import StandIn, bare_identity_for, identity_for
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._actor import Actor, Turns

__all__ = ["ControlledEvent"]

_PlainEvent = threading.Event
_plain_lock = _thread.allocate_lock


class _Signal:
    """What one wait for an event waits for.

    Attributes:
        is_given: whether the event was set since the wait began.
    """

    def __init__(self) -> None:
        self.waiters = 0
        self.is_given = False
        self.identity = identity_for(self)

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether the wait would return."""
        del actor
        return self.is_given

    def holder(self) -> None:
        """Return None: who will set the event is not known beforehand."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "an Event"


class ControlledEvent(_PlainEvent, metaclass=StandIn):
    """A `threading.Event` under the schedule's control."""

    _plain_type = _PlainEvent
    _make_plain = _PlainEvent

    _cond: threading.Condition
    _flag: bool

    def __init__(self) -> None:
        self.identity = bare_identity_for(self)  # it is the signals that actors wait for
        self._cond = threading.Condition(_plain_lock())
        self._flag = False
        self._signals: list[_Signal] = []

    def is_set(self) -> bool:
        """Tell whether the flag is true."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at("Event.is_set", sys._getframe(1)))  # noqa: SLF001 - see Labels.reached
            if turns.records:
                turns.note(Access(self.identity, is_write=False))
        return self._flag

    def set(self) -> None:
        """Set the flag and let those who wait at this moment go on."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at("Event.set", sys._getframe(1)))  # noqa: SLF001 - as above
            if turns.records:
                turns.note(Access(self.identity), *[Access(signal.identity) for signal in self._signals])
            if self._signals:
                turns.changed()
        super().set()  # its condition's lock is a plain one, and nobody holds it for long
        signals, self._signals = self._signals, []
        for signal in signals:
            signal.is_given = True

    def clear(self) -> None:
        """Reset the flag."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at("Event.clear", sys._getframe(1)))  # noqa: SLF001 - as above
            if turns.records:
                turns.note(Access(self.identity))
        self._flag = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the flag is true; False when the time ran out first."""
        actor = here.actor
        if actor is None:
            return super().wait(timeout)
        turns = actor.run
        label = actor.at("Event.wait", sys._getframe(1))  # noqa: SLF001 - as above
        turns.point(label)
        if turns.records:
            turns.note(Access(self.identity, is_write=False))
        return self._flag or self._signalled(turns, label, timeout)

    def _signalled(self, turns: Turns, label: int, timeout: float | None) -> bool:
        """Wait to be told that the event is set; False when the time ran out first."""
        signal = _Signal()
        self._signals.append(signal)
        if self._flag:
            signal.is_given = True  # by a thread outside the exploration, just now
        try:
            is_given = turns.enter(label, signal, None if timeout is None else max(0.0, timeout))
        finally:
            if signal in self._signals:
                self._signals.remove(signal)
        if turns.records:
            turns.note(Access(signal.identity, is_write=False))
        return is_given
