"""How many different schedules there were, and what that says of those there were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._history import History

__all__ = ["Tally"]


class Tally:
    """Counts schedules by their choices.

    Attributes:
        total: how many were counted.
        singletons: how many came up once.
    """

    def __init__(self) -> None:
        self.total = 0
        self.singletons = 0
        self._times: dict[int, int] = {}

    @property
    def distinct(self) -> int:
        """How many different ones there were."""
        return len(self._times)

    @property
    def unseen(self) -> float:
        """The estimated probability that one more draw brings a schedule that did not come up yet.

        It is the number of those that came up once by the number of all draws (Good, "The Population Frequencies of
        Species and the Estimation of Population Parameters", Biometrika 1953). It speaks of draws of the same kind.
        """
        return self.singletons / self.total if self.total else 1.0

    def count(self, history: History) -> None:
        """Count one schedule."""
        key = hash(history.choices)
        times = self._times[key] = self._times.get(key, 0) + 1
        self.total += 1
        if times == 1:
            self.singletons += 1
        elif times == 2:  # noqa: PLR2004 - it is no singleton any more
            self.singletons -= 1
