"""Partial order sampling: random priorities of events, drawn again where events race.

Xinhao Yuan, Junfeng Yang and Ronghui Gu, "Partial Order Aware Concurrency Sampling", CAV 2018. Each pending event has
a random priority, and the highest goes first. When one was executed, those that race with it draw again, so that the
order of events that do not race costs no luck.

One thing differs from the paper: what an event will touch is known only from earlier schedules, by its point. Two
points race if that was seen once; as long as nothing is known of them, they do.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import Untimed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["PartialOrder"]


class PartialOrder(Untimed):
    """Executes the pending event of the highest priority.

    Args:
        seed: every draw derives from it.
        is_race: tells of two points, by their labels, whether their order may matter.
    """

    next_point = 0
    is_watching = False

    def __init__(self, seed: int, *, is_race: Callable[[int, int], bool]) -> None:
        self._draw = random.Random(seed).random  # noqa: S311 - repeatable choices are the point
        self._is_race = is_race
        self._of: dict[int, float] = {}  # the priority of each actor's pending event, once it is needed

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt where another's event goes first."""
        del index
        pending = [(actor.index, label), *((other.index, other.label) for other in others)]
        chosen = self._choose(pending)
        return None if chosen == actor.index else chosen

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose whose event goes first."""
        del index, label, actor
        return self._choose([(each.index, each.label) for each in enabled])

    def _choose(self, pending: Sequence[tuple[int, int]]) -> int:
        chosen, executed = max(pending, key=self._priority)
        for number, label in pending:
            if number == chosen or self._is_race(executed, label):
                del self._of[number]
        return chosen

    def _priority(self, event: tuple[int, int]) -> float:
        number = event[0]
        if number not in self._of:
            self._of[number] = self._draw()
        return self._of[number]
