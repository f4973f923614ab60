"""A schedule as it is drawn by others, as numbers that are all valid; and the scheduler that goes by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._labels import START_LABEL
from pytest_errortrack.interleave._schedulers._protocol import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["AsDrawn", "DrawnSchedule"]


@dataclass(frozen=True, slots=True)
class DrawnSchedule:
    """A schedule as it is drawn; every combination of numbers is one.

    Attributes:
        first: who begins.
        preemptions: where the running actor is preempted, for which of the others, and in which round. Where is told by
            how many points are new since the preemption before, and zero is nowhere; the round is how often that point
            was passed already, so that a loop's length makes no difference.
        turns: who goes on at the first few blocks and ends.
    """

    first: int
    preemptions: tuple[tuple[int, int, int], ...]
    turns: tuple[int, ...]

    def __str__(self) -> str:
        """Say it without what is the default."""
        real = [each[: 3 if each[2] else 2] for each in self.preemptions if each[0]]
        turns = list(self.turns)
        while turns and not turns[-1]:
            turns.pop()
        parts = [f"first={self.first}", f"preemptions={real}", *([f"turns={turns}"] if turns else [])]
        return ", ".join(parts)


class AsDrawn:
    """The scheduler of a drawn schedule.

    Args:
        drawn: the schedule.
    """

    is_watching = False

    def __init__(self, drawn: DrawnSchedule) -> None:
        self._first = drawn.first
        self._preemptions = iter([each for each in drawn.preemptions if each[0]])
        self._turns = iter(drawn.turns)
        self._advance()

    def _advance(self) -> None:
        self._place, self._target, self._round = next(self._preemptions, (0, 0, 0))
        self._passed: dict[int, int] = {}
        self._awaited = -1
        self.next_point = 0 if self._place else NEVER

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt at the point that was drawn, in the round that was drawn."""
        del index, actor
        if not (others and self._place):
            return None
        times = self._passed[label] = self._passed.get(label, 0) + 1
        if times == 1 and len(self._passed) == self._place:
            self._awaited = label
        if label != self._awaited or times <= self._round:
            return None
        target = others[min(self._target, len(others) - 1)].index
        self._advance()
        return target

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose as drawn, or the first."""
        del index, actor
        if len(enabled) == 1:
            return None
        number = self._first if label == START_LABEL else next(self._turns, 0)
        return enabled[min(number, len(enabled) - 1)].index
