"""Which test the thread, task or pool job belongs to that runs here and now.

A test owns what it started. The owner travels in a context variable, which tasks and `asyncio.to_thread` copy; a thread
begins with an empty context, so it is known by a mark beside it; a job of a pool or queue sets the variable while it
runs (`_carriers`). What was handed over with `adopt()` is known by a mark that beats the others.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "NOBODY",
    "Belonging",
    "Owner",
    "adopt_thing",
    "adopted_by",
    "become",
    "belonging",
    "current_task",
    "own_thread",
    "owner_here",
    "owns_here",
]


class Owner(Protocol):
    """Whatever records for one test."""

    nodeid: str
    has_ended: bool


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whom something belongs to: an owner, or nobody, which is known as well.

    Attributes:
        owner: whom.
        beneath: whom the context belonged to before.
    """

    owner: Owner | None
    beneath: Belonging | None = None

    @property
    def is_over(self) -> bool:
        """Whether the owner does not record any more."""
        return self.owner is not None and self.owner.has_ended


NOBODY: Final = Belonging(None)
"""Of what was started while no test could own it: in the set-up of a fixture that serves several tests."""

_belonging: Final[ContextVar[Belonging | None]] = ContextVar("errortrack_belonging", default=None)
_of_threads: Final[WeakKeyDictionary[threading.Thread, Belonging]] = WeakKeyDictionary()


class _Adoptions:
    """What was handed over with `adopt()`, and to whom."""

    __slots__ = ("has_any", "marks")

    def __init__(self) -> None:
        self.marks: WeakKeyDictionary[object, Belonging] = WeakKeyDictionary()
        self.has_any = False  # asked at each operation: far cheaper than the length of the dictionary


_adopted: Final = _Adoptions()


def current_task() -> asyncio.Task[object] | None:
    """Find the task that runs in this thread; None outside of a running event loop."""
    # `asyncio.current_task` raises there; asking for the loop first is the cheap way round.
    return asyncio.current_task() if asyncio._get_running_loop() is not None else None  # noqa: SLF001 - see above


def owner_here() -> Belonging | None:
    """Find out whom belongs what happens here and now; None: nothing is known, as in a raw `_thread`."""
    known = _belonging.get()
    if known is not None and known.owner is not None and not _adopted.has_any:
        return known  # so it is nearly always: the test's own code, asked for it many times an event
    thread = threading.current_thread()
    if _adopted.has_any:
        adopted = _adopted_task() or (adopted_by(thread) if known is None or known.owner is None else None)
        if adopted is not None:
            return adopted
    return known or _of_threads.get(thread)


def owns_here(owner: object) -> bool:
    """Tell whether the context says that what happens here belongs to this owner: the quick answer, where it is yes."""
    known = _belonging.get()
    return known is not None and known.owner is owner and not _adopted.has_any


@contextmanager
def belonging(owner: Owner | None) -> Iterator[None]:
    """Let what the block does and starts belong to an owner, or to nobody, in this context."""
    before = _belonging.get()
    was_over = before is not None and before.is_over
    during = NOBODY if owner is None else Belonging(owner, before)
    _belonging.set(during)
    try:
        yield
    finally:
        # No token: an asynchronous fixture may end in another context than the one it began in.
        if owner is None or _belonging.get() is during:
            # What was in force before may have ended meanwhile: recordings begin and end in any order.
            while not was_over and before is not None and before.is_over:
                before = before.beneath
            _belonging.set(before)


def become(belonging: Belonging) -> None:
    """Let what this context does from now on belong so."""
    _belonging.set(belonging)


def own_thread(thread: threading.Thread, belonging: Belonging) -> None:
    """Remember whom a thread belongs to that is about to start."""
    _of_threads[thread] = belonging


def adopt_thing(thing: object, owner: Owner) -> None:
    """Hand a thread, a pool or a task over to an owner, for as long as that one records."""
    _adopted.marks[thing] = Belonging(owner)
    _adopted.has_any = True


def adopted_by(thing: object) -> Belonging | None:
    """Find who adopted a thread, a pool or a task, and still records."""
    found = _adopted.marks.get(thing)
    return None if found is None or found.owner is None or found.owner.has_ended else found


def _adopted_task() -> Belonging | None:
    task = current_task()
    return None if task is None else adopted_by(task)
