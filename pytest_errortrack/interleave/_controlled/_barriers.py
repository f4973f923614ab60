"""What a `Barrier` tells without its lock: each question is a scheduling point of its own."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import UNKNOWN
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["replacements_for_barriers"]

_QUESTIONS = ("n_waiting", "broken")


def replacements_for_barriers() -> list[tuple[type, str, property]]:
    """Return classes, the names of their properties, and properties to stand for these."""
    kind = threading.Barrier
    return [(kind, name, property(_asked(name, vars(kind)[name].fget))) for name in _QUESTIONS]


def _asked(name: str, plain: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def ask(barrier: threading.Barrier) -> Any:
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(actor.at(f"Barrier.{name}", sys._getframe(1)))  # noqa: SLF001 - see Labels.reached
            turns.note(UNKNOWN)  # others change it within steps that touch the barrier's lock only
        return plain(barrier)

    return ask
