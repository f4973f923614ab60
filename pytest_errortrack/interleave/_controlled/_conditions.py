"""A notification is a scheduling point: who has come to it holds the condition's lock, and time can pass there.

Only those of the user's code are. The conditions inside queues, semaphores and barriers guard what nobody touches
without their lock.
"""

from __future__ import annotations

import functools
import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._primitives import ControlledLock
from pytest_errortrack.interleave._controlled._reentrant import ControlledRLock
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["replacements_for_conditions"]

_METHODS = ("notify", "notify_all")
_CONTROLLED: tuple[object, ...] = (ControlledLock, ControlledRLock)  # plain locks are instances of these, too
_OWNERS = ("threading", "queue", "concurrent.", "multiprocessing.")
"""Modules of the standard library that notify under a lock of their own."""


def replacements_for_conditions() -> list[tuple[type, str, Callable[..., object]]]:
    """Return the class, the names of its methods, and functions to stand for these."""
    kind = threading.Condition
    return [(kind, name, _pointed(name, vars(kind)[name])) for name in _METHODS]


def _pointed(name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def notify(condition: threading.Condition, *args: Any, **kwargs: Any) -> Any:
        actor = here.actor
        if actor is not None:
            lock = vars(condition)["_lock"]
            frame = sys._getframe(1)  # noqa: SLF001 - see Labels.reached
            if type(lock) in _CONTROLLED and not str(frame.f_globals.get("__name__")).startswith(_OWNERS):
                turns = actor.run
                turns.point(actor.at(f"Condition.{name}", frame))
                if turns.records:
                    # Who waits changes under the lock only, so all there is to notice is who holds that.
                    turns.note(Access(lock.identity, is_write=False))
        return plain(condition, *args, **kwargs)

    return notify
