"""Forking in an actor: the child would have one thread, which waits for turns that nobody gives."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["replacements_for_forks"]

_NAMES = ("fork", "forkpty")


def replacements_for_forks() -> list[tuple[str, Callable[[], object]]]:
    """Return names of `os`, and functions to stand for them."""
    return [(name, _refusing(name, getattr(os, name))) for name in _NAMES if hasattr(os, name)]


def _refusing(name: str, plain: Callable[[], object]) -> Callable[[], object]:
    def fork() -> object:
        actor = here.actor
        if actor is not None and not actor.run.is_stopping:
            turns = actor.run
            turns.lose_control(
                f"{actor.name} called os.{name}(), and no schedule reaches into another process; "
                "start processes in the scenario, or let the test put something else in their place"
            )
            turns.refuse(actor)
        return plain()

    return fork
