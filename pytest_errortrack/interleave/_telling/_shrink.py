"""From a failing schedule to a 1-minimal one: deleting any one deviation makes the failure go away."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._session import Outcome
    from pytest_errortrack.interleave._telling._repeating import Repeater

__all__ = ["Deviations", "Trial", "failure_key", "minimise", "preemptions_of"]

Deviations = tuple["Deviation", ...]


def preemptions_of(deviations: Sequence[Deviation]) -> int:
    """Return how many of the deviations are preemptions."""
    return sum(deviation.is_preemption for deviation in deviations)


def failure_key(failure: BaseException) -> tuple[object, ...]:
    """Return what makes two failures the same one: type, site, and the oracle's own key where it has one."""
    key = getattr(failure, "oracle_key", None)
    if key:
        return (type(failure), tuple(key))
    frames = traceback.extract_tb(failure.__traceback__, limit=-1)
    return (type(failure), *((frame.filename, frame.lineno) for frame in frames))


class Trial:
    """Tells whether a schedule still fails in the same way, as long as it may.

    Attributes:
        key: what makes a failure the same one.
        outcome: the last execution that failed in that way.
    """

    def __init__(self, repeater: Repeater, key: tuple[object, ...], *, executions: int) -> None:
        self.key = key
        self.outcome: Outcome | None = None
        self._repeater = repeater
        self._last = repeater.executions + executions

    @property
    def is_over(self) -> bool:
        """Whether nothing more is tried."""
        return self._repeater.executions >= self._last

    def __call__(self, deviations: Sequence[Deviation]) -> Deviations | None:
        """Execute a schedule; return the deviations it really made if it failed in the same way."""
        if self.is_over:
            return None
        outcome, _ = self._repeater.follow(deviations)
        if outcome.failure is None or failure_key(outcome.failure) != self.key:
            return None
        self.outcome = outcome
        return outcome.run.history.deviations(self._repeater.session.labels)


def minimise(deviations: Deviations, still_fails: Callable[[Sequence[Deviation]], Deviations | None]) -> Deviations:
    """Delete deviations, many at a time and then one by one, as long as the failure stays.

    Args:
        deviations: a failing schedule.
        still_fails: executes a schedule; returns the deviations it really made if it failed in the same way.
    """
    size = max(1, len(deviations) // 2)
    while deviations:
        shorter = _without_some(deviations, size, still_fails)
        if shorter is not None:
            deviations = shorter
        elif size > 1:
            size //= 2
        else:
            break
        size = max(1, min(size, len(deviations)))
    return deviations


def _without_some(
    deviations: Deviations, size: int, still_fails: Callable[[Sequence[Deviation]], Deviations | None]
) -> Deviations | None:
    """Return a shorter failing schedule, or None if no run of `size` deviations can be deleted."""
    starts = range(0, len(deviations), size)
    # A preemption is harder to understand than the choice between actors when one has ended.
    for start in sorted(starts, key=lambda start: not deviations[start].is_preemption):
        shorter = still_fails(deviations[:start] + deviations[start + size :])
        if shorter is not None and len(shorter) < len(deviations):
            return shorter
    return None
