"""The search that shows that a counterexample has the fewest preemptions: all below it, or as much as it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._searching._budget import Budget
from pytest_errortrack.interleave._searching._enumeration import Enumeration
from pytest_errortrack.interleave._searching._search import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["search_fewer"]

_BUDGET = Budget(2_000, 1.0)


def search_fewer(session: Session, bound: int, is_same: Callable[[BaseException], bool]) -> tuple[Outcome | None, bool]:
    """Execute all schedules with at most so many preemptions, until one fails in the same way.

    Returns:
        That execution, if there is one, and otherwise whether all were executed.
    """
    found: list[Outcome] = []

    def look(outcome: Outcome) -> None:
        if outcome.failure is not None and is_same(outcome.failure):
            found.append(outcome)

    search = Search(session, _BUDGET, seed=0, on_outcome=look)
    course = search.begin(lambda: Enumeration(session, max_preemptions=bound))
    while not (found or search.is_over) and search.step(course):
        pass
    if found:
        return found[0], False
    proved = search.proved
    return None, proved is not None and proved.bound == bound and proved.timers != 0
