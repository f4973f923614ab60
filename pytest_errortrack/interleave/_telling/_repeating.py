"""Executing a schedule again by its words, with every line of the modules a scheduling point.

A search leaves out the lines at which a switch makes no difference, and what it has learned of them is gone when its
process ends. A schedule that is shrunk, confirmed or replayed counts all lines, so that its words mean the same in
every process. Only lines that a deviation names in part are split into parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers import Following, Forced
from pytest_errortrack.interleave._session import FIRST_STEP_LIMIT
from pytest_errortrack.interleave._telling._shared import shared_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._session import Outcome, Session
    from pytest_errortrack.interleave._trace import Trace

__all__ = ["Repeater", "splits_of"]


def splits_of(deviations: Iterable[Deviation]) -> frozenset[str]:
    """Return the lines of which deviations name a part: `f#3fa2c1.0` for `f#3fa2c1.0/2`."""
    found = set()
    for deviation in deviations:
        line, slash, part = deviation.label.rpartition("/")
        if slash and part.isdecimal() and "#" in line and "@" not in line:
            found.add(line)
    return frozenset(found)


class Repeater:
    """Executes schedules of a session as their deviations tell.

    Attributes:
        session: executes one schedule.
        step_limit: after how many steps the fair tail begins.
        splits: the lines that are split into their parts.
        executions: how many there were.
    """

    def __init__(self, session: Session, *, splits: frozenset[str] = frozenset()) -> None:
        self.session = session
        self.step_limit = FIRST_STEP_LIMIT
        self.splits = splits
        self.executions = 0

    def sequential(self, *, learns: bool = True) -> Outcome:
        """Run the actors in the default order, one after the other as far as they let each other.

        Args:
            learns: whether the usual length of a schedule is taken from it.
        """
        outcome = self._execute(Forced())
        if learns and outcome.failure is None and outcome.inconclusive is None:
            self.step_limit = 2 * outcome.run.index + 1_000
        return outcome

    def follow(
        self, deviations: Sequence[Deviation], *, trace: Trace | None = None, fresh: bool = False
    ) -> tuple[Outcome, Following]:
        """Run as deviations tell; also returns who led, which knows what could not be followed."""
        leader = Following(deviations, self.session.labels)
        return self._execute(leader, trace=trace, fresh=fresh), leader

    def lines_to_show(self, deviations: Sequence[Deviation]) -> frozenset[str] | None:
        """Return the lines of a schedule that are worth showing, the shared ones; None for all."""
        if self.session.options.level != "line":
            return None
        outcome = self._execute(Following(deviations, self.session.labels), records=True)
        return shared_lines(outcome.run.history, self.session.labels)

    def _execute(
        self, scheduler: Scheduler, *, trace: Trace | None = None, fresh: bool = False, records: bool = False
    ) -> Outcome:
        session = self.session
        usual, session.step_limit = session.step_limit, self.step_limit
        self.executions += 1
        try:
            return session.execute(
                scheduler, trace=trace, fresh=fresh, records=records, filtered=False, splits=self.splits
            )
        finally:
            session.step_limit = usual
