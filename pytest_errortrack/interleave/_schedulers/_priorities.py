"""Probabilistic concurrency testing: random priorities that change at a few random points.

Sebastian Burckhardt, Pravesh Kothari, Madanlal Musuvathi and Santosh Nagarakatte, "A Randomized Scheduler with
Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. Each actor has a random priority; the highest that can run
does. At d - 1 random points the one about to go on gets a priority below all others. With n actors and k points, one
schedule meets a given bug of depth d with a probability of at least 1 / (n * k ** (d - 1)).

Three things differ from the paper. Points are counted only where somebody else could have run: where there is no
choice, changing a priority early or late comes to the same (its section 4.1). Actors that are started on the way draw
their priority when they first can run, which is the same distribution, since all of them draw alike. And an actor that
gives its turn away (`sleep(0)`) goes behind all others, or it would spin for ever; for such programs there is no
guarantee.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import NEVER, Untimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["Priorities"]


class Priorities(Untimed):
    """Runs the actor of the highest priority.

    Args:
        seed: every draw derives from it.
        depth: how many ordered events a bug may need; one less is how many points change a priority.
        points: how many choices a schedule has at the most.
    """

    is_watching = True

    def __init__(self, seed: int, *, depth: int, points: int) -> None:
        self.next_point = 0
        source = random.Random(seed)  # noqa: S311 - repeatable choices are the point
        self._draw = source.random
        places = source.sample(range(points), min(depth - 1, points))
        # Which of the low priorities is given at which place is random, too: the last need not be the lowest.
        self._changes = {place: float(-rank) for rank, place in enumerate(places, start=1)}
        self._pending = sorted(places)
        self._of: dict[int, float] = {}
        self._lowest = float(-depth)
        self._count = 0  # of the choices before `_since`
        self._since = 0
        self._has_others = False

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt for an actor of a higher priority."""
        del label
        self._pass(index)
        self._has_others = bool(others)
        chosen = self._choose((actor, *others)) if others else actor
        self._pass(index + 1)
        self._ask_again()
        return None if chosen is actor else chosen.index

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose the actor of the highest priority."""
        del label
        self._pass(index)
        self._has_others = len(enabled) > 1
        if actor is not None and self._has_others and actor.pending is None and actor in enabled:
            self._lowest -= 1.0
            self._of[actor.index] = self._lowest  # it gives its turn away: it neither waits nor has ended
        chosen = self._choose(enabled)
        self._pass(index + 1)
        self._has_others = False  # not known before it is asked at the next point, which it is
        self.next_point = index + 1
        return chosen.index

    def _choose(self, candidates: Sequence[Candidate]) -> Candidate:
        chosen = max(candidates, key=self._priority)
        if self._has_others and self._pending and self._count >= self._pending[0]:
            self._of[chosen.index] = self._changes[self._pending.pop(0)]
            chosen = max(candidates, key=self._priority)
        return chosen

    def _priority(self, candidate: Candidate) -> float:
        try:
            return self._of[candidate.index]
        except KeyError:
            drawn = self._of[candidate.index] = self._draw()
            return drawn

    def _pass(self, index: int) -> None:
        """Count the choices up to an index; since the last one nobody came or went."""
        if self._has_others:
            self._count += index - self._since
        self._since = index

    def _ask_again(self) -> None:
        is_due = self._has_others and bool(self._pending)
        self.next_point = self._since + self._pending[0] - self._count if is_due else NEVER
