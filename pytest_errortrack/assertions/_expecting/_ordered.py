"""Ordered sub-sequences: some of the things captured, in this order, whatever else stands between them.

For each step the earliest place after the one before is taken. That is never wrong: of two places for a step, the
earlier one leaves every place for the next step that the later one leaves, and maybe more. So if any choice of places
fits all steps, the earliest ones do; and where they fit only some, no choice fits more of the first steps. Every
thing is looked at once, by the step that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from pytest_errortrack.assertions._wording import said

from ._differences import Difference, differences
from ._values import Asked, decides, is_text

__all__ = ["Steps", "earliest_places", "judge_steps"]

T = TypeVar("T")

MOST_NAMES: Final = 5
"""How many of the things that came instead a sentence names."""


def earliest_places(steps: Iterable[Callable[[T], bool]], things: Sequence[T]) -> list[int]:
    """Find the places of the steps, from the first on as many as can be found in this order."""
    places: list[int] = []
    start = 0
    for is_step in steps:
        place = next((index for index in range(start, len(things)) if is_step(things[index])), None)
        if place is None:
            break
        places.append(place)
        start = place + 1
    return places


def judge_steps(asked: Asked) -> None:
    """Refuse what is no list of names, patterns and mappings."""
    value = asked.value
    if decides(value):
        return
    if not isinstance(value, list | tuple) or not all(_is_step(step) for step in value):
        raise asked.refused("a list, each a string, a compiled regex or a mapping")


def _is_step(step: object) -> bool:
    return is_text(step) or isinstance(step, Mapping)


Step: TypeAlias = Callable[[object, Any, str], list[Difference]]
"""Holds one expected step against one thing; the text is the path to the thing."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How the steps of one keyword are held against what was captured.

    Attributes:
        read: finds the things.
        as_mapping: gives a thing as a mapping, for a step that is one.
        names: gives what a text may be equal to, or a pattern be found in.
        nothing: what is said where there are no things at all.
    """

    read: Callable[[Any], Sequence[Any]]
    as_mapping: Callable[[Any], Mapping[str, object]]
    names: Callable[[Any], Sequence[str]]
    nothing: str

    def compare(self, asked: Asked, captured: object) -> list[Difference]:
        """Tell of the first step that cannot be found after the one before; an empty list: all are there."""
        things = self.read(captured)
        if not isinstance(asked.value, list | tuple):
            return differences(asked.value, [self.as_mapping(thing) for thing in things], path=asked.keyword)
        tests = [self._test(step, asked.keyword) for step in asked.value]
        places = earliest_places(tests, things)
        if len(places) == len(tests):
            return []
        return self._missing(asked.value[len(places)], asked.keyword, things, places)

    def _test(self, step: object, keyword: str) -> Callable[[object], bool]:
        return lambda thing: not self._differences(step, thing, path=keyword)

    def _differences(self, step: object, thing: object, *, path: str) -> list[Difference]:
        if isinstance(step, Mapping):
            return differences(step, self.as_mapping(thing), path=path)
        candidates = [*self.names(thing), *([self.as_mapping(thing)] if decides(step) else [])]
        found = any(not differences(step, candidate, path=path) for candidate in candidates)
        return [] if found else [Difference(path, step, candidates[0])]

    def _missing(self, step: object, keyword: str, things: Sequence[object], places: Sequence[int]) -> list[Difference]:
        """Say what is nearest among the things that come after; for a name, which they are."""
        after = places[-1] + 1 if places else 0
        names = [self._name(thing) for thing in things[after:]]
        nearest: list[Difference] = []
        if isinstance(step, Mapping) and names:
            left = range(after, len(things))
            nearest = min((self._differences(step, things[i], path=f"{keyword}[{i}]") for i in left), key=len)
            if after == 0:
                return nearest
        words = f"{keyword}: expected {said(step)}"
        if not things:
            return [Difference(keyword, step, names, f"{words}, {self.nothing}")]
        if after == 0:
            return [Difference(keyword, step, names, f"{words}, got {_listed(names)}")]
        words += f" after {keyword}[{after - 1}] {said(self._name(things[after - 1]))}, "
        words += _rest(names, nearest) + self._too_early(step, keyword, things, places)
        return [Difference(keyword, step, names, words)]

    def _too_early(self, step: object, keyword: str, things: Sequence[object], places: Sequence[int]) -> str:
        """Say so where there is one before the last place, which no other step has."""
        is_step = self._test(step, keyword)
        taken = frozenset(places)
        early = (index for index in range(places[-1]) if index not in taken and is_step(things[index]))
        place = next(early, None)
        return "" if place is None else f"; one is at {keyword}[{place}], too early"

    def _name(self, thing: object) -> str:
        return next((name for name in self.names(thing) if name), "")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(said, names[:MOST_NAMES])) + (", ..." if len(names) > MOST_NAMES else "")


def _rest(names: Sequence[str], nearest: Sequence[Difference]) -> str:
    """Say what comes after the last place that was found."""
    if nearest:
        return "nearest is " + ", ".join(f"{each.path} {said(each.got)}" for each in nearest[:MOST_NAMES])
    return f"only {_listed(names)} comes there" if names else "nothing comes there"
