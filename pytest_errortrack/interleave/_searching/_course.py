"""A strategy on its way: begun again when what it rests on has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._exploration import Proved
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._searching._strategy import Strategy
    from pytest_errortrack.interleave._session import Outcome

__all__ = ["Course"]

_MOST_DIVERGENCES = 3


class Course:
    """Carries a strategy to its end, over as many beginnings as that takes.

    Args:
        make: begins the strategy.
        version: tells of which version the set of scheduling points is; it only grows.

    Attributes:
        restarts: how often it began again.
        divergence: how the scenario turned out not to repeat itself, where beginning again did not help.
    """

    def __init__(self, make: Callable[[], Strategy], *, version: Callable[[], int]) -> None:
        self.restarts = 0
        self.divergence: str | None = None
        self._make = make
        self._version = version
        self._divergences = 0
        self._strategy = make()
        self._begun_at = version()

    @property
    def records(self) -> bool:
        """Whether its executions have to record what each step touched."""
        return self._strategy.records

    @property
    def pending(self) -> int:
        """How many schedules are known and not yet executed."""
        return self._strategy.pending

    @property
    def _is_outdated(self) -> bool:
        return self._version() != self._begun_at

    def next(self) -> Scheduler | None:
        """Return what is to decide the next schedule; None when there is nothing left, or no use in going on."""
        if self.divergence is not None:
            return None
        if self._is_outdated:
            self._begin_again()
        return self._strategy.next()

    def learn(self, outcome: Outcome) -> None:
        """Hand on how the last schedule went."""
        # Of an execution that met new points the strategy could not say whether it began as it was meant to.
        if self._is_outdated:
            return
        self._strategy.learn(outcome)
        if self._strategy.divergence is not None:
            self._divergences += 1
            if self._divergences >= _MOST_DIVERGENCES:
                self.divergence = self._strategy.divergence
            else:
                self._begin_again()

    def claim(self) -> Proved | None:
        """Return what was proved for the set of points as it is now."""
        if self.divergence is not None or self._is_outdated:
            return None
        return self._strategy.claim()

    def _begin_again(self) -> None:
        self.restarts += 1
        self._begun_at = self._version()
        self._strategy = self._make()
