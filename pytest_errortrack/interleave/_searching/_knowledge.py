"""What the schedules so far say about the next one: how long it is, who does how much, and which points race."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import conflict
from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL
from pytest_errortrack.interleave._schedule import SCENARIO
from pytest_errortrack.interleave._schedulers import parent_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._running._history import History
    from pytest_errortrack.interleave._session import Outcome

__all__ = ["Knowledge", "contested_choices"]

_ENOUGH_RECORDS = 12
_UNKNOWN_TARGET = 0


def contested_choices(history: History) -> int:
    """Return at how many choices of a schedule there was more than one actor to choose from."""
    points = sum(end - start for start, end, _ in history.preemptible(0, len(history.labels)))
    return points + len(history.free)


class Knowledge:
    """Learns from executed schedules what samplers have to know beforehand.

    Attributes:
        points: at how many choices of one schedule there was something to choose, at the most.
        actors: how many actors there were, at the most.
        choices: how many choices a schedule had, at the most.
        has_yields: whether an actor gave its turn away somewhere.
        has_timers: whether somewhere time could have passed although an actor could go on.
        version: grows with `points` and `actors`.
        groups: sets of points, by label, that touched the same object in different actors, one of them to write.
    """

    def __init__(self) -> None:
        self.points = 1
        self.actors = 2
        self.choices = 1
        self.has_yields = False
        self.has_timers = False
        self.version = 0
        self.groups: list[frozenset[int]] = []
        self._recorded = 0
        self._known: set[int] = set()
        self._wild: set[int] = set()
        self._races: set[tuple[int, int]] = set()
        self._profile: dict[str, Counter[int]] = {}

    @property
    def wants_records(self) -> bool:
        """Whether the next schedule should record what each step touches."""
        return self._recorded < _ENOUGH_RECORDS

    def learn(self, outcome: Outcome) -> None:
        """Take note of an executed schedule."""
        run = outcome.run
        history = run.history
        points, actors = max(self.points, contested_choices(history)), max(self.actors, len(run.actors))
        if (points, actors) != (self.points, self.actors):
            self.points, self.actors = points, actors
            self.version += 1
        self.choices = max(self.choices, len(history.labels))
        self.has_yields = self.has_yields or bool(history.unyielding)
        self.has_timers = self.has_timers or bool(history.early)
        if run.records or not self._profile:
            self._profile = _events_of(history)
        if run.records:
            self._recorded += 1
            self._learn_races(history)

    def is_race(self, first: int, second: int) -> bool:
        """Tell of two points, by label, whether their order may matter, as far as that is known."""
        if first <= END_LABEL or second <= END_LABEL:
            return False  # beginning touches nothing
        if first not in self._known or second not in self._known or first in self._wild or second in self._wild:
            return True
        return (first, second) in self._races

    def expected(self, is_interesting: Callable[[int], bool]) -> dict[str, int]:
        """Return how many interesting events each actor has, those of the actors it starts included."""
        counts = {
            path: sum(times for label, times in labels.items() if is_interesting(label))
            for path, labels in self._profile.items()
        }
        for path in sorted(counts, key=len, reverse=True):
            parent = parent_of(path, counts)
            if parent:
                counts[parent] += counts[path]
        return counts

    def _learn_races(self, history: History) -> None:
        by_target: dict[int, set[tuple[str, int, Access]]] = defaultdict(set)
        steps = tuple(_steps_of(history))
        for index, accesses in history.accesses:
            path, label = steps[index]
            self._known.add(label)
            for access in accesses:
                if access.target == _UNKNOWN_TARGET:
                    self._wild.add(label)
                else:
                    by_target[access.target].add((path, label, access))
        for touched in by_target.values():
            group = set(self._races_within(touched))
            if group and frozenset(group) not in self.groups:
                self.groups.append(frozenset(group))

    def _races_within(self, touched: Iterable[tuple[str, int, Access]]) -> Iterable[int]:
        for (one, first, access), (other, second, with_access) in combinations(touched, 2):
            if one != other and conflict(access, with_access):
                self._races.update(((first, second), (second, first)))
                yield from (first, second)


def _steps_of(history: History) -> Iterator[tuple[str, int]]:
    """Yield, for each choice, who went on after it, and the point it had been at."""
    switches = dict(history.switches)
    last: dict[str, int] = {}
    path = SCENARIO
    for index, label in enumerate(history.labels):
        last[path] = label
        if index in switches:
            number = switches[index]
            path = SCENARIO if number < 0 else history.paths[number]
        yield path, last.get(path, START_LABEL)


def _events_of(history: History) -> dict[str, Counter[int]]:
    """Return how often each actor was at each point; its end stands for its beginning."""
    events: dict[str, Counter[int]] = defaultdict(Counter)
    for path, label in zip(history.owners(), history.labels, strict=True):
        if path:
            events[path][label] += 1
    return events
