"""From a failing schedule to a 1-minimal one: deleting any one deviation makes the failure go away."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers import Following

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["failure_key", "minimise", "shrink"]

_MOST_EXECUTIONS = 500

Deviations = tuple["Deviation", ...]


def failure_key(failure: BaseException) -> tuple[object, ...]:
    """Return what makes two failures the same one: type, site, and the oracle's own key where it has one."""
    key = getattr(failure, "oracle_key", None)
    if key:
        return (type(failure), tuple(key))
    frames = traceback.extract_tb(failure.__traceback__, limit=-1)
    return (type(failure), *((frame.filename, frame.lineno) for frame in frames))


def shrink(session: Session, outcome: Outcome) -> Deviations:
    """Return the deviations of a 1-minimal failing schedule; all of them, if the failure cannot be repeated."""
    assert outcome.failure is not None
    key = failure_key(outcome.failure)
    left = _MOST_EXECUTIONS

    def still_fails(deviations: Sequence[Deviation]) -> Deviations | None:
        nonlocal left
        left -= 1
        if left < 0:
            return None
        again = session.execute(Following(deviations, session.labels))
        if again.failure is None or failure_key(again.failure) != key:
            return None
        return again.run.history.deviations(session.labels)

    found = outcome.run.history.deviations(session.labels)
    if not found:
        return found
    followed = still_fails(found)
    return found if followed is None else minimise(followed, still_fails)


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
