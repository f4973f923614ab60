"""Which lines of one schedule touch what another of its actors touches: those that are worth showing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import UNKNOWN, conflict
from pytest_errortrack.interleave._trace import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._history import History

    Touched = tuple[int, str, Access]  # in which step, by whom, and what

__all__ = ["shared_lines"]

_MOST_ACCESSES = 20_000
_MOST_OF_ONE = 400  # of one object; nobody compares more of them to read a trace


def shared_lines(history: History, labels: Labels) -> frozenset[str] | None:
    """Return the stable labels of lines that conflict with a step of another actor; None for all lines.

    What a step touches may be unknown. It is shown then, and says nothing of the others.

    Args:
        history: of an execution that recorded what its steps touched.
        labels: its words.
    """
    if len(history.accesses) > _MOST_ACCESSES:
        return None
    steps: set[int] = set()
    by_target: dict[int, list[Touched]] = {}
    for step, owner, access in _touched(history):
        if access.target == UNKNOWN.target:
            steps.add(step)
        else:
            by_target.setdefault(access.target, []).append((step, owner, access))
    for touched in by_target.values():
        if len(touched) > _MOST_OF_ONE:
            steps.update(step for step, _, _ in touched)
        else:
            steps.update(_in_conflict(touched))
    steps.update(taken.index for taken in history.taken)  # where it was interrupted
    points = labels.points
    found = {points[history.labels[step]] for step in steps if 0 <= step < len(history.labels)}
    lines = frozenset(line_of(point.text) for point in found if not point.is_operation)
    return lines if any(point.site for point in found) else None


def _touched(history: History) -> Iterator[Touched]:
    owners = list(history.owners())
    resumed = _resumed(history, owners)
    for step, accesses in history.accesses:
        if 0 <= step < len(owners):
            point, owner = resumed.get(step, (step, owners[step]))
            for access in accesses:
                yield point, owner, access


def _resumed(history: History, owners: Sequence[str]) -> dict[int, tuple[int, str]]:
    """Return, for each choice that gave the turn away, at which point the one that got it was, and who that is.

    What an actor touches when it goes on belongs to the point at which it was interrupted.
    """
    found: dict[int, tuple[int, str]] = {}
    last: dict[str, int] = {}
    targets = {index: actor for index, actor in history.switches if actor >= 0}
    for index, owner in enumerate(owners):
        last[owner] = index
        if index in targets:
            path = history.paths[targets[index]]
            found[index] = (last.get(path, index), path)
    return found


def _in_conflict(touched: list[Touched]) -> Iterator[int]:
    if not any(access.is_write for _, _, access in touched) or len({owner for _, owner, _ in touched}) == 1:
        return
    for step, owner, access in touched:
        if any(owner != other and conflict(access, theirs) for _, other, theirs in touched):
            yield step
