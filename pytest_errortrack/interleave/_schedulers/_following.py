"""The scheduler of a replay: recorded deviations, found again by their words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedule import SCENARIO, Deviation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["Following"]


class Following:
    """Follows recorded deviations by label and occurrence: for shrinking, confirming and replaying.

    A deviation that cannot be followed is left out; `unmet` tells, for callers that need to know.
    """

    next_point = 0
    is_watching = False

    def __init__(self, deviations: Sequence[Deviation], labels: Labels) -> None:
        self._labels = labels
        self._wanted = {(d.actor, d.label, d.occurrence): d for d in deviations}
        self._counts: dict[tuple[str, int], int] = {}
        self.unmet: list[Deviation] = list(deviations)

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt where a deviation says so."""
        del index
        return self._follow(actor.path, label, others)

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose as a deviation says."""
        del index
        return self._follow(SCENARIO if actor is None else actor.path, label, enabled)

    def at_timer(self, index: int, label: int, actor: Candidate | None, early: Sequence[Candidate]) -> int | None:
        """Let time pass where a deviation says so."""
        del index
        path = SCENARIO if actor is None else actor.path
        key = (path, self._labels.same(label))
        count = self._counts.get(key, 0) + 1
        deviation = self._wanted.get((path, self._labels.points[label].text, count))
        if deviation is None or deviation.kind != "timer":
            return None
        return self._follow(path, label, early)

    def _follow(self, path: str, label: int, candidates: Sequence[Candidate]) -> int | None:
        key = (path, self._labels.same(label))
        count = self._counts[key] = self._counts.get(key, 0) + 1
        deviation = self._wanted.get((path, self._labels.points[label].text, count))
        if deviation is None:
            return None
        for candidate in candidates:
            if candidate.path == deviation.target:
                self.unmet.remove(deviation)
                return candidate.index
        return None
