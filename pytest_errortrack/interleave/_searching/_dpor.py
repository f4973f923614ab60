"""Unbounded search: one schedule of each class of equivalent ones, by dynamic partial-order reduction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._exploration import Proved
from pytest_errortrack.interleave._schedulers import Led
from pytest_errortrack.interleave._searching._footsteps import footsteps, is_cut_short
from pytest_errortrack.interleave._searching._reduction import Reduction

if TYPE_CHECKING:
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["Dpor"]


class Dpor:
    """Executes one schedule for each order in which the steps that conflict can come.

    Steps of which it is not known what they touch conflict with all others, so nothing is left out that might matter.
    What libraries do on their own while they hand requests on has no points, so it cannot be reduced: then nothing is
    proved.

    Attributes:
        is_fit: whether all schedules so far could be reduced.
    """

    records = True

    def __init__(self, session: Session) -> None:
        self.divergence: str | None = None
        self.is_fit = True
        self._session = session
        self._reduction = Reduction()
        self._led = Led(())
        self._is_done = False
        self._has_deadlines = False

    @property
    def pending(self) -> int:
        """How many schedules are known and not yet executed; each may bring more."""
        return self._reduction.pending

    @property
    def traces(self) -> int:
        """How many schedules there were that are not equivalent."""
        return self._reduction.traces

    def next(self) -> Led | None:
        """Return the next schedule, the one that has most in common with the last."""
        if not self.is_fit:
            return None
        paths = self._reduction.next()
        if paths is None:
            self._is_done = True
            return None
        self._led = Led(paths)
        return self._led

    def learn(self, outcome: Outcome) -> None:
        """Find the races of a schedule, and note what reverses them."""
        run = outcome.run
        if run.has_carriers or run.is_capped or outcome.inconclusive is not None or not self._led.indexes:
            self.is_fit = False
            return
        history = run.history
        if is_cut_short(history):
            self.is_fit = False
            return
        # The one execution of a class may be one in which nobody else was there while somebody waited.
        self._has_deadlines = self._has_deadlines or any(has_deadline for *_, has_deadline in history.waits)
        if not self._reduction.learn(footsteps(history, self._led)):
            self.divergence = self._describe_divergence(outcome)

    def claim(self) -> Proved | None:
        """Return that all was executed, if it was."""
        if not self._is_done or not self.is_fit:
            return None
        return Proved(None, self.traces, 0 if self._has_deadlines else None)

    def _describe_divergence(self, outcome: Outcome) -> str:
        labels, history = self._session.labels, outcome.run.history
        number = self._reduction.diverged_at
        index = self._led.indexes[number] if number < len(self._led.indexes) else len(history.labels) - 1
        point = labels.points[history.labels[index]]
        return f"at step {index + 1} ({point.site or point.text}) the actor to choose was not there to be chosen"
