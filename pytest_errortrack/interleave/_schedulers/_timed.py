"""A scheduler that lets time pass once, at a place given beforehand, and leaves the rest to another."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate, Scheduler

__all__ = ["Timed"]


class Timed:
    """Lets the time of somebody who waits come early, at the first chance from a given choice on.

    Args:
        scheduler: decides everything else.
        seed: whose time comes, if several have the same deadline, derives from it.
        index: from which choice on.
    """

    def __init__(self, scheduler: Scheduler, *, seed: int, index: int) -> None:
        self.is_watching = scheduler.is_watching
        self.at_point = scheduler.at_point
        self.at_switch = scheduler.at_switch
        self._scheduler = scheduler
        self._seed = seed
        self._index = index

    @property
    def next_point(self) -> int:
        """The first choice at which it wants to be asked."""
        return min(self._scheduler.next_point, self._index)

    def at_timer(self, index: int, label: int, actor: Candidate | None, early: Sequence[Candidate]) -> int | None:
        """Let time pass if it is the time for it."""
        del label, actor
        if index < self._index:
            return None
        self._index = NEVER
        return random.Random(f"timer of {self._seed}").choice(early).index  # noqa: S311 - repeatable
