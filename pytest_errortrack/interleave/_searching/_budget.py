"""What a search may cost, and how much of it is used up."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_errortrack.interleave._clock import processor_clock, real_clock

__all__ = ["Budget", "Meter"]

_MOST_WAITING = 3  # times as long as the budget of seconds may an exploration take where the processor is not its own


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a search may cost: schedules, and seconds of processor time if they are limited."""

    schedules: int
    seconds: float | None = None


class Meter:
    """Counts what a search has cost so far.

    Attributes:
        schedules: how many were executed.
    """

    def __init__(self, budget: Budget) -> None:
        self.schedules = 0
        self._budget = budget
        self._began = real_clock()
        self._processor_began = processor_clock()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return real_clock() - self._began

    @property
    def fraction_used(self) -> float:
        """How much of the budget is used up, 1.0 when all of it is."""
        schedules = self.schedules / self._budget.schedules
        if self._budget.seconds is None:
            return schedules
        # On a busy machine seconds pass in which nothing is explored; a budget that such seconds use up finds nothing.
        seconds = max(processor_clock() - self._processor_began, self.seconds / _MOST_WAITING)
        return max(schedules, seconds / self._budget.seconds)

    @property
    def spent(self) -> str:
        """Which part of the budget is used up, in words; empty if none is."""
        if self.schedules >= self._budget.schedules:
            return f"the budget of {self._budget.schedules:,} schedules was spent"
        return f"the budget of {self._budget.seconds:g} s was spent" if self.fraction_used >= 1.0 else ""

    def left(self) -> float:
        """Return how many more schedules the rest of the budget allows, at the pace so far."""
        used = self.fraction_used
        return (1.0 - used) * self.schedules / max(used, 1e-9)
