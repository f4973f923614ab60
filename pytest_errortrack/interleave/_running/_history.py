"""What happened in one schedule: the choices taken and those that could have been taken.

Recording is one list append per point; all words (labels, occurrences, fingerprints) are worked out afterwards, and
only for the few schedules where somebody asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2s
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedule import SCENARIO, Deviation, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._labels import Labels

__all__ = ["History", "Taken"]


@dataclass(frozen=True, slots=True)
class Taken:
    """A choice that differs from the default order."""

    index: int
    target: int
    kind: Kind


class History:
    """The record of one schedule, by the index of the choice.

    Attributes:
        labels: for each choice, the number of its point.
        paths: the paths of the actors by number.
        switches: at which index which actor was given its turn; -1 is the scenario.
        others: from which index on which other actors could have run while the running one could go on, too.
        early: from which index on whose time could have come although somebody could go on: all have one deadline.
        free: the choices where the running actor could not go on, and whom there was to choose from, default first.
        unyielding: the choices where an actor gave its turn away, and could have gone on instead.
        taken: the deviations from the default order.
        accesses: what steps touched, with the index of the step, where that was recorded.
        waits: where that was recorded, from which choice on which actor waited for what, by its identity, if not only
            for the time, and whether it had a deadline.
        readiness: for a step and what it touched, whether nobody would have had to wait for that just before.
    """

    __slots__ = (
        "accesses",
        "early",
        "free",
        "labels",
        "others",
        "paths",
        "readiness",
        "switches",
        "taken",
        "unyielding",
        "waits",
    )

    def __init__(self) -> None:
        self.labels: list[int] = []
        self.paths: list[str] = []
        self.switches: list[tuple[int, int]] = []
        self.others: list[tuple[int, tuple[int, ...]]] = []
        self.early: list[tuple[int, tuple[int, ...]]] = []
        self.free: list[tuple[int, tuple[int, ...]]] = []
        self.unyielding: list[tuple[int, int]] = []
        self.taken: list[Taken] = []
        self.accesses: list[tuple[int, tuple[Access, ...]]] = []
        self.waits: list[tuple[int, int, int | None, bool]] = []
        self.readiness: dict[tuple[int, int], bool] = {}

    @property
    def choices(self) -> tuple[tuple[int, int], ...]:
        """The schedule's identity among those of one search."""
        return tuple(self.switches)

    def preemptible(self, start: int, end: int) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield spans of points between two indexes, as start, end, and who else could have run there."""
        return self._spans(self.others, start, end)

    def firable(self, start: int, end: int) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """Yield spans of choices between two indexes, as start, end, and whose time could have come there early."""
        return self._spans(self.early, start, end)

    def _spans(
        self, changes: list[tuple[int, tuple[int, ...]]], start: int, end: int
    ) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        for (since, numbers), (until, _) in pairwise([*changes, (len(self.labels), ())]):
            first, last = max(since, start), min(until, end)
            if numbers and first < last:
                yield first, last, numbers

    def owners(self) -> Iterator[str]:
        """Yield, for each choice, the path of the actor that was at its point."""
        path = SCENARIO
        index = 0
        for at, actor in self.switches:
            for _ in range(index, at + 1):
                yield path
            index, path = at + 1, self.paths[actor] if actor >= 0 else SCENARIO
        for _ in range(index, len(self.labels)):
            yield path

    def deviations(self, labels: Labels) -> tuple[Deviation, ...]:
        """Return the deviations in stable words."""
        wanted = {taken.index: taken for taken in self.taken}
        counts: dict[tuple[str, int], int] = {}
        found: list[Deviation] = []
        for index, (path, label) in enumerate(zip(self.owners(), self.labels, strict=True)):
            key = (path, labels.same(label))
            counts[key] = counts.get(key, 0) + 1
            taken = wanted.get(index)
            if taken is not None:
                words = labels.points[label].text
                found.append(Deviation(path, words, counts[key], taken.kind, self.paths[taken.target]))
        return tuple(found)

    def digest(self, labels: Labels) -> str:
        """Return a fingerprint of every point passed and by whom."""
        state = blake2s(digest_size=8)
        for path, label in zip(self.owners(), self.labels, strict=True):
            state.update(f"{path}\0{labels.points[label].text}\0".encode("utf-8", "replace"))
        return state.hexdigest()
