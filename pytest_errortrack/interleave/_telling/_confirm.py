"""Whether a failure comes back: on threads that have run nothing before, time after time.

What does not come back is not passed over. It becomes a `Diverged` that says what was different.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._errors import Diverged
from pytest_errortrack.interleave._telling._fingerprint import difference
from pytest_errortrack.interleave._telling._shrink import failure_key
from pytest_errortrack.interleave._trace import Trace

if TYPE_CHECKING:
    from pytest_errortrack.interleave._session import Outcome
    from pytest_errortrack.interleave._telling._repeating import Repeater
    from pytest_errortrack.interleave._telling._shrink import Deviations

__all__ = ["Confirmed", "confirm"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A failing schedule, executed again.

    Attributes:
        outcome: one of the executions: the first one that was different, or else the last.
        trace: its rows.
        divergence: what was different, None if nothing was.
    """

    outcome: Outcome
    trace: Trace
    divergence: Diverged | None


def confirm(repeater: Repeater, found: BaseException, deviations: Deviations, *, times: int) -> Confirmed:
    """Repeat a failing schedule on fresh threads, once or more; all have to fail alike, at the same steps."""
    first: Outcome | None = None
    lines = repeater.lines_to_show(deviations) if times > 1 else None
    for _ in range(times):
        trace = Trace(lines)
        outcome, _ = repeater.follow(deviations, trace=trace, fresh=True)
        if outcome.failure is None or failure_key(outcome.failure) != failure_key(found):
            return Confirmed(outcome, trace, _unconfirmed(repeater, found, outcome, deviations))
        what = None if first is None else difference(first.run.history, outcome.run.history, repeater.session.labels)
        if what is not None:
            return Confirmed(outcome, trace, _unlike(found, what))
        first = outcome
    return Confirmed(outcome, trace, None)


def _unlike(found: BaseException, what: str) -> Diverged:
    failure = Diverged(
        f"{type(found).__name__} was found ({found}), but with the same choices the scenario does not repeat itself: "
        f"{what}; look for state that outlives it, the clock, ids, or randomness"
    )
    failure.__cause__ = found
    return failure


def _unconfirmed(repeater: Repeater, found: BaseException, fresh: Outcome, deviations: Deviations) -> Diverged:
    again, _ = repeater.follow(deviations)
    instead = "nothing failed" if fresh.failure is None else f"{type(fresh.failure).__name__}: {fresh.failure}"
    if again.failure is not None and failure_key(again.failure) == failure_key(found):
        why = "it fails only on threads that ran earlier schedules, so something is kept per thread"
    else:
        why = "the scenario does not repeat itself: look for state that outlives it, the clock, ids, or randomness"
        what = difference(fresh.run.history, again.run.history, repeater.session.labels)
        why = why if what is None else f"{why}; {what}"
    failure = Diverged(
        f"{type(found).__name__} was found ({found}), but on fresh threads, with the same choices, {instead}: {why}"
    )
    failure.__cause__ = found
    return failure
