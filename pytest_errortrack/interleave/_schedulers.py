"""Schedulers: oracles that are asked, at a scheduling point, who goes on.

A scheduler says from which choice on it wants to be asked at points; before that, going on costs one comparison. At
choices where the running actor cannot go on it is always asked. None means: as in the default order.
"""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.interleave._schedule import SCENARIO, Deviation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._labels import Labels

__all__ = ["Candidate", "Following", "Forced", "RandomWalk", "Scheduler"]

NEVER = sys.maxsize


class Candidate(Protocol):
    """What a scheduler knows of an actor."""

    index: int
    path: str


class Scheduler(Protocol):
    """Decides who goes on.

    Attributes:
        next_point: the first choice at which `at_point` wants to be asked.
    """

    next_point: int

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Return the number of the actor to preempt for, or None to go on."""

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Return the number of one of `enabled` (never empty), or None for the default."""


class Forced:
    """Takes given choices by their index and the default everywhere else: the bounded search's scheduler."""

    def __init__(self, choices: Sequence[tuple[int, int]] = ()) -> None:
        self._choices = iter(choices)
        self.missed = False
        self._advance()

    def _advance(self) -> None:
        self.next_point, self._target = next(self._choices, (NEVER, 0))

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt where it was chosen to."""
        del label, actor
        return self._take(index, others)

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose whom it was chosen to."""
        del label, actor
        return self._take(index, enabled)

    def _take(self, index: int, candidates: Sequence[Candidate]) -> int | None:
        if index < self.next_point:
            return None
        target = self._target
        self._advance()
        if any(candidate.index == target for candidate in candidates):
            return target
        self.missed = True
        return None


class RandomWalk:
    """Chooses evenly among those that can go on, at every point: the sampler all others are measured by."""

    next_point = 0

    def __init__(self, seed: int) -> None:
        self._pick = random.Random(seed).random  # noqa: S311 - repeatable choices are the point

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt for one of the others, or go on, all alike."""
        del index, label, actor
        choice = int(self._pick() * (len(others) + 1))
        return None if choice == 0 else others[choice - 1].index

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose any."""
        del index, label, actor
        return enabled[int(self._pick() * len(enabled))].index


class Following:
    """Follows recorded deviations by label and occurrence: for shrinking, confirming and replaying.

    A deviation that cannot be followed is left out; `unmet` tells, for callers that need to know.
    """

    next_point = 0

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
