"""Bounded search: all schedules with 0, then 1, then 2 preemptions, without any reduction.

What the bound promises is enumerated, so nothing has to be argued about which schedules are alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._exploration import Proved
from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._searching._frontier import Frontier, Prefix

if TYPE_CHECKING:
    from pytest_errortrack.interleave._labels import Point
    from pytest_errortrack.interleave._running._history import History
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["Enumeration"]

_MORE_THAN_ANYBODY_WAITS_FOR = 60  # preemptions, where there is no bound


class Enumeration:
    """Executes every schedule within a bound of preemptions, the fewest first.

    Those in which time passes although somebody can go on come after all others, once with each number of preemptions:
    what they find needs a time-out, and many a test means its time-outs never to be reached.

    Args:
        session: executes schedules.
        max_preemptions: the bound; None for none.
        max_timers: how often time may pass although somebody can go on.
    """

    records = False

    def __init__(self, session: Session, *, max_preemptions: int | None, max_timers: int = 1) -> None:
        self.divergence: str | None = None
        self._session = session
        self._is_bounded = max_preemptions is not None
        self._max_preemptions = _MORE_THAN_ANYBODY_WAITS_FOR if max_preemptions is None else max_preemptions
        self._most = 0  # preemptions of a schedule so far
        self._frontier = Frontier(session.labels, self._max_preemptions, max_timers=max_timers)
        self._done = 0  # with how many of the costs
        self._has_timers = False
        self._prefix = Prefix()
        self._scheduler = Forced()

    @property
    def pending(self) -> int:
        """How many schedules are known and not yet executed; each may bring more."""
        return self._frontier.pending

    def next(self) -> Forced | None:
        """Return the next schedule, taking note of the bounds that are done with."""
        for cost in self._frontier.costs[self._done :]:
            prefix = self._frontier.pop(cost)
            if prefix is not None:
                self._prefix, self._scheduler = prefix, Forced(prefix.choices)
                self._most = max(self._most, cost.preemptions)
                return self._scheduler
            self._done += 1
        return None

    def learn(self, outcome: Outcome) -> None:
        """Note what follows from a schedule, unless it did not begin as the one it derives from."""
        if outcome.inconclusive is not None:
            return
        history = outcome.run.history
        if self._scheduler.missed or not self._prefix.is_followed_by(history):
            self.divergence = self._describe_divergence(history)
            return
        self._has_timers = self._has_timers or bool(history.early)
        self._frontier.expand(self._prefix, history, step_limit=self._session.step_limit)
        if not self.pending:
            self._done = len(self._frontier.costs)

    def claim(self) -> Proved | None:
        """Return the bound up to which all schedules were executed."""
        if not self._done:
            return None
        timers, preemptions = divmod(self._done - 1, self._max_preemptions + 1)
        bound: int | None = preemptions if not timers else self._max_preemptions
        if preemptions < self._max_preemptions:
            timers = max(timers - 1, 0)
        elif not self._is_bounded and self._most < self._max_preemptions:
            bound = None
        return Proved(bound, timers=timers if self._has_timers else None)

    def _describe_divergence(self, history: History) -> str:
        points = self._session.labels.points
        prefix = self._prefix
        before = [] if prefix.seen is None else prefix.seen[: prefix.last + 1].tolist()
        for number, (old, new) in enumerate(zip(before, history.labels, strict=False)):
            if old != new:
                return f"step {number + 1} was {_place(points[old])} before, and {_place(points[new])} this time"
        return f"after {len(history.labels)} steps the actor to choose was not there to be chosen"


def _place(point: Point) -> str:
    return f"{point.name or point.source or point.text} ({point.site})" if point.site else point.text
