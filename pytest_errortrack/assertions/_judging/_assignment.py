"""How many things can be given to places of limited room, where each thing fits some of the places.

Things that fit the same places are alike, so the work grows with the number of places and of kinds of things, not with
the number of things.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Kind", "assign"]

Kind: TypeAlias = tuple[int, ...]
"""The places that a thing fits."""


def assign(capacities: Sequence[int | None], things: Mapping[Kind, int]) -> tuple[list[int], Kind | None]:
    """Give as many things as possible a place, no place more than its capacity; None is room for all.

    Returns:
        How many things each place got, and the first kind of which not all could be given a place.
    """
    holdings: list[Counter[Kind]] = [Counter() for _ in capacities]
    rooms = [float("inf") if capacity is None else capacity for capacity in capacities]
    full: set[int] = set()  # places from which no path leads to a free one; they stay so
    homeless = None
    for kind, number in things.items():
        left = number
        while left and not full.issuperset(kind):
            came_from, free = _search(kind, rooms, holdings)
            if free is None:
                full |= came_from.keys()
            else:
                left -= _move(_path(free, came_from), left, rooms, holdings)
        if left and kind and homeless is None:
            homeless = kind
    return [holding.total() for holding in holdings], homeless


_Moves: TypeAlias = dict[int, tuple[int | None, Kind]]
"""Of each place that was reached: from which other one (None: from outside), and the kind that would move in."""

_Path: TypeAlias = list[tuple[int, Kind]]
"""From the newcomer's place to a free one: each place, with the kind that moves into it."""


def _search(kind: Kind, rooms: Sequence[float], holdings: Sequence[Counter[Kind]]) -> tuple[_Moves, int | None]:
    """Find the nearest place with room for one more of a kind, be it by moving others; None where there is none."""
    came_from: _Moves = dict.fromkeys(kind, (None, kind))
    pending = list(came_from)
    for place in pending:  # grows meanwhile
        if rooms[place] > 0:
            return came_from, place
        for member, number in holdings[place].items():
            for other in member if number else ():
                if other not in came_from:
                    came_from[other] = (place, member)
                    pending.append(other)
    return came_from, None


def _path(place: int, came_from: _Moves) -> _Path:
    path: _Path = []
    at: int | None = place
    while at is not None:
        before, moving = came_from[at]
        path.append((at, moving))
        at = before
    return path[::-1]


def _move(path: _Path, wanted: int, rooms: list[float], holdings: Sequence[Counter[Kind]]) -> int:
    """Let as many as possible move along a path; return how many."""
    last, _ = path[-1]
    leaving = [holdings[place][moving] for (place, _), (_, moving) in pairwise(path)]
    number = int(min([wanted, rooms[last], *leaving]))
    for (place, moving), after in zip(path, [*path[1:], None], strict=True):
        holdings[place][moving] += number
        if after is not None:
            holdings[place][after[1]] -= number
    rooms[last] -= number
    return number
