"""A vocabulary: the keywords that one kind of expectation knows, and how each is read and compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import hint

from ._differences import Difference, differences
from ._links import LINK_JUDGES, link_mismatches
from ._ordered import Steps, judge_steps
from ._values import Asked, Judge, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Comparison", "Reading", "Vocabulary", "in_order", "searched", "valued"]

Comparison: TypeAlias = Callable[[Any], list[Difference]]
"""Lists where a captured thing is not as expected."""

Reading: TypeAlias = Callable[[Asked], Comparison]
"""Judges an expected value, and makes its comparison."""


def valued(judge: Judge, read: Callable[[Any], object] | None = None) -> Reading:
    """Compare with a value of what was captured; by default with the attribute that has the keyword's name."""

    def reading(asked: Asked) -> Comparison:
        judge(asked)
        got = read or attrgetter(asked.keyword)
        return lambda captured: differences(asked.value, got(captured), path=asked.keyword)

    return reading


def searched(name: str) -> Reading:
    """Search for a regular expression in a text of what was captured."""

    def reading(asked: Asked) -> Comparison:
        pattern = compiled(asked)
        return lambda captured: differences(pattern, getattr(captured, name), path=asked.keyword)

    return reading


def in_order(steps: Steps) -> Reading:
    """Look for an ordered sub-sequence."""

    def reading(asked: Asked) -> Comparison:
        judge_steps(asked)
        return lambda captured: steps.compare(asked, captured)

    return reading


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The keywords that a kind of expectation knows.

    Attributes:
        noun: what is expected, in the singular.
        values: keywords that are compared each for itself, with how they are read.
        links: keywords that are compared together with each link of the chain of exceptions.
    """

    noun: str
    values: Mapping[str, Reading]
    links: tuple[str, ...] = ()

    @property
    def keywords(self) -> tuple[str, ...]:
        """Every keyword, in the order of the reference page."""
        return (*self.links, *self.values, "where", "count")

    def check(self, keyword: str, *, asked_by: str) -> None:
        """Raise an error that names the nearest right keyword unless this one is known."""
        if keyword not in self.keywords:
            meant = hint(keyword, self.keywords, otherwise=f"known are {', '.join(self.keywords)}")
            raise ExpectationError(f"{asked_by} got an unknown keyword {keyword!r}: {meant}")

    def comparisons(self, criteria: Mapping[str, object], *, asked_by: str) -> Iterator[tuple[str, Comparison]]:
        """Judge the expected values, and make the comparisons, each under a keyword of it.

        Raises:
            ExpectationError: a value that nothing captured can have.
        """
        wanted = {keyword: value for keyword, value in criteria.items() if keyword in self.links}
        for keyword, value in wanted.items():
            LINK_JUDGES[keyword](Asked(asked_by, keyword, value))
        if wanted:
            yield next(iter(wanted)), lambda event: link_mismatches(wanted, event)
        for keyword, value in criteria.items():
            if keyword not in wanted:
                yield keyword, self.values[keyword](Asked(asked_by, keyword, value))
