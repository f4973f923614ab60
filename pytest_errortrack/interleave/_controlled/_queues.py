"""The queue that is written in C, under the schedule's control.

The other queues of the standard library are made of locks and conditions, and need nothing of their own. This one
waits where nobody can see it. Each of its operations is atomic, so each is one scheduling point.
"""

from __future__ import annotations

import queue
import sys
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._stand_in import StandIn, identity_for
from pytest_errortrack.interleave._running._actor import Intake, here

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._actor import Actor

__all__ = ["ControlledSimpleQueue"]

_PlainSimpleQueue = queue.SimpleQueue


class ControlledSimpleQueue(Intake, metaclass=StandIn):
    """A `queue.SimpleQueue` under the schedule's control.

    Args:
        raw: the plain queue to shadow.
    """

    _plain_type = _PlainSimpleQueue
    _make_plain = _PlainSimpleQueue

    def __init__(self, raw: queue.SimpleQueue[Any] | None = None) -> None:
        self.waiters = 0
        self.identity = identity_for(self)
        self._raw: queue.SimpleQueue[Any] = _PlainSimpleQueue() if raw is None else raw

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002, ARG002 - as the plain one
        """Put an item on the queue; this never blocks."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at("SimpleQueue.put", sys._getframe(1)))  # noqa: SLF001 - see Labels.reached
            if turns.records:
                turns.note(Access(self.identity))
            if self.waiters:
                turns.changed()
        self._raw.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - as the plain one
        """Take an item from the queue, waiting for one if need be."""
        actor = here.actor
        if actor is None:
            return self._raw.get(block, timeout)
        if block and timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        turns = actor.run
        label = actor.at("SimpleQueue.get", sys._getframe(1))  # noqa: SLF001 - as above
        if block:
            turns.enter(label, self, timeout)
        else:
            turns.point(label)
        if turns.records:
            turns.note(Access(self.identity, is_write=not self._raw.empty()))
        if self.waiters:
            turns.changed()  # what one takes the others wait for again
        return self._raw.get(block=False)

    def put_nowait(self, item: Any) -> None:
        """Put an item on the queue; the same as `put`."""
        self.put(item)

    def get_nowait(self) -> Any:
        """Take an item from the queue if there is one."""
        return self.get(block=False)

    def empty(self) -> bool:
        """Tell whether nothing is on the queue."""
        self._look("SimpleQueue.empty")
        return self._raw.empty()

    def qsize(self) -> int:
        """Return how much is on the queue."""
        self._look("SimpleQueue.qsize")
        return self._raw.qsize()

    def _look(self, name: str) -> None:
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at(name, sys._getframe(2)))  # noqa: SLF001 - as above
            if turns.records:
                turns.note(Access(self.identity, is_write=False))

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether an actor could take something now."""
        del actor
        return not self._raw.empty()

    def holder(self) -> None:
        """Return None: who will put something on it is not known beforehand."""
        return

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "an item of a SimpleQueue"

    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(cls, item)
