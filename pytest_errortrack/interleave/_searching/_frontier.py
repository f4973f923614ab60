"""What a bounded enumeration has still to execute.

Each executed schedule is the default order after a prefix of choices; what else could have been chosen after that
prefix are its children, so every schedule is executed once.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_errortrack.interleave._schedulers import early

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._history import History

Spans = tuple[tuple[int, int, tuple[int, ...]], ...]

__all__ = ["Cost", "Frontier", "Prefix"]


class Cost(NamedTuple):
    """What a schedule takes: how often time passed although somebody could go on, and how many preemptions."""

    timers: int = 0
    preemptions: int = 0


@dataclass(frozen=True, slots=True)
class Prefix:
    """A schedule to execute: choices by index, the default order after the last of them.

    Attributes:
        choices: the deviations from the default order, as `Forced` takes them.
        cost: what they take.
        seen: the points of the schedule it was derived from, up to where it leaves it.
    """

    choices: tuple[tuple[int, int], ...] = ()
    cost: Cost = Cost()  # noqa: RUF009 - it cannot be changed
    seen: array[int] | None = None

    @property
    def last(self) -> int:
        """The index of the last choice, -1 without any."""
        return self.choices[-1][0] if self.choices else -1

    def is_followed_by(self, history: History) -> bool:
        """Tell whether an execution passed the same points as the one it was derived from."""
        if self.seen is None:
            return True
        head = history.labels[: self.last + 1]
        return array("I", head) == self.seen[: self.last + 1]


class _Shelf:
    """The known schedules of one cost."""

    def __init__(self) -> None:
        self.free: deque[Prefix] = deque()
        # Alternatives at operations come before those at plain lines: that is where bugs are.
        self.costly: tuple[deque[Iterator[Prefix]], deque[Iterator[Prefix]]] = (deque(), deque())

    def pop(self) -> Prefix | None:
        if self.free:
            return self.free.popleft()
        for sources in self.costly:
            while sources:
                prefix = next(sources[0], None)
                if prefix is not None:
                    return prefix
                sources.popleft()
        return None


class Frontier:
    """The schedules that are known but not yet executed, by what they take.

    Attributes:
        costs: all costs within the bounds, in the order in which schedules are to be executed: no schedule has
            children that cost less than it does.
        pending: how many schedules there are.
    """

    def __init__(self, labels: Labels, max_preemptions: int, *, max_timers: int) -> None:
        self._labels = labels
        numbers = range(max_preemptions + 1)
        self.costs = tuple(Cost(timers, count) for timers in range(max_timers + 1) for count in numbers)
        self._shelves = {cost: _Shelf() for cost in self.costs}
        self._shelves[Cost()].free.append(Prefix())
        self.pending = 1

    def pop(self, cost: Cost) -> Prefix | None:
        """Return the next schedule of this cost, None when there are no more."""
        prefix = self._shelves[cost].pop()
        self.pending -= prefix is not None
        return prefix

    def expand(self, prefix: Prefix, history: History, *, step_limit: int) -> None:
        """Take note of what else could have been chosen after the prefix, and before the fair tail."""
        seen = array("I", history.labels)
        first, (timers, preemptions) = prefix.last + 1, prefix.cost
        for index, candidates in history.free:
            if index >= first:
                for target in candidates[1:]:
                    choices = (*prefix.choices, (index, target))
                    self._shelves[prefix.cost].free.append(Prefix(choices, prefix.cost, seen))
                    self.pending += 1
        preempted = Cost(timers, preemptions + 1)
        if preempted in self._shelves:
            spans = tuple(history.preemptible(first, step_limit))
            stays = tuple((index, index + 1, (target,)) for index, target in history.unyielding if index >= first)
            self._add(prefix, preempted, spans, seen=seen, others=stays)
        fired = Cost(timers + 1, preemptions)
        if fired in self._shelves and history.early:
            spans = tuple(
                (start, end, tuple([early(number) for number in numbers]))
                for start, end, numbers in history.firable(first, step_limit)
            )
            self._add(prefix, fired, spans, seen=seen)

    def _add(self, prefix: Prefix, cost: Cost, spans: Spans, *, seen: array[int], others: Spans = ()) -> None:
        operations, lines = self._shelves[cost].costly
        operations.append(self._children(prefix, cost, (*others, *spans), seen=seen, of_operations=True))
        lines.append(self._children(prefix, cost, spans, seen=seen, of_operations=False))
        self.pending += sum((end - start) * len(targets) for start, end, targets in (*others, *spans))

    def _children(
        self, prefix: Prefix, cost: Cost, spans: Spans, *, seen: array[int], of_operations: bool
    ) -> Iterator[Prefix]:
        is_operation = self._labels.is_operation
        for start, end, targets in spans:
            for index in range(start, end):
                if is_operation(seen[index]) is of_operations:
                    for target in targets:
                        yield Prefix((*prefix.choices, (index, target)), cost, seen)
