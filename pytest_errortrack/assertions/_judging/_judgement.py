"""Whether a set of expectations, as markers make it, holds for what was captured.

Each captured thing answers to one expectation, and an expectation wants a number of them. The set holds when *some*
assignment exists: a wide expectation never takes from a narrow one the only thing that fits it.

Two questions suffice: can every expectation have its least number, and can every thing that fits any expectation find
a place within the most? When both hold, one assignment does both (Mendelsohn and Dulmage, "Some generalizations of
the problem of distinct representatives", 1958).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions._explaining import explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._captured import Payload
    from pytest_errortrack.assertions._expecting import Count, Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["judge"]


def judge(expectations: Sequence[Expectation], captured: Sequence[Payload], *, recorder: Recorder) -> str | None:
    """Compose the message of the first expectation that does not hold, or return None when all do.

    Args:
        expectations: each with a count.
        captured: what was captured, in order.
        recorder: for what the SDK dropped.
    """
    places = [[number for number, each in enumerate(expectations) if each.matches(item)] for item in captured]
    counts = [_count(each) for each in expectations]
    loads, _ = _assign([count.least for count in counts], places)
    short = next((number for number, load in enumerate(loads) if load < counts[number].least), None)
    if short is None:
        _, homeless = _assign([count.most for count in counts], places)
        short = places[homeless][0] if homeless is not None else None
    if short is None:
        return None
    found = sum(short in fitting for fitting in places)
    return _message(expectations[short], found, captured, recorder=recorder)


def _count(expectation: Expectation) -> Count:
    if expectation.count is None:
        raise ValueError(f"an expectation without a count cannot be judged: {expectation}")
    return expectation.count


def _message(expectation: Expectation, found: int, captured: Sequence[Payload], *, recorder: Recorder) -> str:
    count = _count(expectation)
    headline = f"expected {count.of(expectation.vocabulary.noun)}, found {found}"
    if found in count:
        headline += ", which another expectation of this test needs or adds to"
    return explain(headline, expectation, captured, recorder=recorder, nearest=found < count.least)


def _assign(capacities: Sequence[int | None], places: Sequence[Sequence[int]]) -> tuple[list[int], int | None]:
    """Assign as many things as possible, each to one of its places, no place over its capacity.

    Returns:
        How many things each place got, and the first thing that has places but could get none.
    """
    members: list[set[int]] = [set() for _ in capacities]
    full: set[int] = set()  # places from which no path leads to a free one; they stay so
    homeless = None
    for thing, fitting in enumerate(places):
        if not fitting:
            continue
        reached = set() if full.issuperset(fitting) else _settle(thing, capacities, places, members)
        if reached is not None:
            full |= reached
            homeless = thing if homeless is None else homeless
    return [len(things) for things in members], homeless


def _settle(
    thing: int, capacities: Sequence[int | None], places: Sequence[Sequence[int]], members: list[set[int]]
) -> set[int] | None:
    """Find a place for one more thing, moving others along a path where that helps.

    Returns:
        None when it has a place; else all places that could be reached, which are full.
    """
    newcomer = dict.fromkeys(places[thing], thing)  # place -> who would move in, each place tried once
    pending = list(newcomer)
    while pending:
        place = pending.pop(0)
        capacity = capacities[place]
        if capacity is None or len(members[place]) < capacity:
            _move(place, newcomer, members)
            return None
        for member in members[place]:
            for other in places[member]:
                if other not in newcomer:
                    newcomer[other] = member
                    pending.append(other)
    return set(newcomer)


def _move(place: int, newcomer: dict[int, int], members: list[set[int]]) -> None:
    """Let everybody on the path move in, from its free end back to the new thing."""
    while True:
        moving = newcomer[place]
        left = next((number for number, things in enumerate(members) if moving in things), None)
        members[place].add(moving)
        if left is None:
            return
        members[left].discard(moving)
        place = left
