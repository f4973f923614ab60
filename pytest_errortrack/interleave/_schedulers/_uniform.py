"""Selectively uniform random walk: every order of the interesting events alike.

Huan Zhao, Dylan Wolff, Umang Mathur and Abhik Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS 2025.
The actor of the next interesting event is drawn by how many such events each has still to come, which makes all orders
of them equally likely. Who runs until then is drawn evenly, and an actor that comes to an interesting event before it
is its turn has to stand aside.

The paper counts the events in one run beforehand; here the counts come from the schedules before, and an actor that
turns out to have more than was expected has one to come at each of its events.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import Untimed

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["Uniform", "parent_of"]

_NOBODY = -1


def parent_of(path: str, known: Container[str]) -> str:
    """Return the nearest of the known paths above one; empty if there is none."""
    while path:
        path = path.rpartition(".")[0]
        if path in known:
            break
    return path


class Uniform(Untimed):
    """Draws who goes on by how much each has to do.

    Args:
        seed: every draw derives from it.
        expected: how many interesting events each actor has, by its path, those of the actors it starts included.
        is_interesting: tells so of a point by its label.
    """

    next_point = 0
    is_watching = False

    def __init__(self, seed: int, *, expected: Mapping[str, int], is_interesting: Callable[[int], bool]) -> None:
        self._draw = random.Random(seed).random  # noqa: S311 - repeatable choices are the point
        self._expected = expected
        self._is_interesting = is_interesting
        self._left: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._aside: set[int] = set()
        self._intended = _NOBODY

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt where somebody else was drawn."""
        del index
        pending = [(actor.index, label), *((other.index, other.label) for other in others)]
        self._meet((actor, *others))
        chosen = self._choose(pending)
        return None if chosen == actor.index else chosen

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose who was drawn."""
        del index, label, actor
        self._meet(enabled)
        return self._choose([(each.index, each.label) for each in enabled])

    def _choose(self, pending: Sequence[tuple[int, int]]) -> int:
        while True:
            allowed = [event for event in pending if event[0] not in self._aside]
            if not allowed:
                # Whoever was intended cannot run: somebody of those that can is drawn in its place.
                self._aside.clear()
                self._intended = _NOBODY
                continue
            number, label = allowed[int(self._draw() * len(allowed))]
            if not self._is_interesting(label):
                return number
            self._left[number] = max(self._left[number], 1)
            if self._intended == _NOBODY:
                self._intended = self._draw_intended(allowed)
            if number == self._intended:
                self._left[number] -= 1
                self._aside.clear()
                self._intended = _NOBODY
                return number
            self._aside.add(number)

    def _draw_intended(self, allowed: Sequence[tuple[int, int]]) -> int:
        weights = [self._left[number] for number, _ in allowed]
        left = self._draw() * sum(weights)
        for (number, _), weight in zip(allowed, weights, strict=True):
            left -= weight
            if left < 0:
                return number
        return allowed[-1][0]

    def _meet(self, candidates: Sequence[Candidate]) -> None:
        """Take note of actors that were not there before; what they do was counted as their starter's until now."""
        for candidate in candidates:
            number = candidate.index
            if number in self._left:
                continue
            count = self._left[number] = self._expected.get(candidate.path, 1)
            self._numbers[candidate.path] = number
            parent = self._numbers.get(parent_of(candidate.path, self._numbers), _NOBODY)
            if parent == _NOBODY:
                continue
            if self._intended == parent and self._draw() * max(self._left[parent], 1) < count:
                self._intended = number
            self._left[parent] = max(self._left[parent] - count, 0)
