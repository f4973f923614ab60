"""The random walk: the sampler that all others are measured by."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import Untimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["RandomWalk"]


class RandomWalk(Untimed):
    """Chooses evenly among those that can go on, at every point."""

    next_point = 0
    is_watching = False

    def __init__(self, seed: int) -> None:
        self._pick = random.Random(seed).random  # noqa: S311 - repeatable choices are the point

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt for one of the others, or go on, all alike."""
        del index, label, actor
        choice = int(self._pick() * (len(others) + 1))
        return None if choice == 0 else others[choice - 1].index

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose any."""
        del index, label, actor
        return enabled[int(self._pick() * len(enabled))].index
