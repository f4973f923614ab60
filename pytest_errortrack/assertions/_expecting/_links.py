"""What must hold for one and the same link of a chain of exceptions, or for the event's own message."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ._differences import MISSING, Difference, differences
from ._values import judge_exception, judge_flag, judge_text, judge_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._captured import CapturedEvent, CapturedException

    from ._values import Judge

__all__ = ["LINK_JUDGES", "link_mismatches"]

LINK_JUDGES: Final[Mapping[str, Judge]] = {
    "exception": judge_exception,
    "message": judge_text,
    "match": judge_text,
    "handled": judge_flag,
    "mechanism": judge_word,
}
"""The keywords that are held against links, with the judge of what is expected."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Something that the keywords may all hold for.

    Attributes:
        title: what it is, for a reader.
        differences: by keyword, where it is not as expected.
    """

    title: str
    differences: Mapping[str, list[Difference]]

    @property
    def distance(self) -> int:
        """How many differences there are."""
        return sum(map(len, self.differences.values()))


def link_mismatches(wanted: Mapping[str, object], event: CapturedEvent) -> list[Difference]:
    """Compare with the link that comes nearest; of equals, the outermost."""
    candidates = [_of_link(wanted, link, event, place) for place, link in enumerate(reversed(event.exceptions))]
    if not event.exceptions or event.message is not None:
        candidates.append(_of_message(wanted, event))
    nearest = min(candidates, key=lambda candidate: candidate.distance)
    return [
        _with_elsewhere(difference, keyword, nearest=nearest, candidates=candidates)
        for keyword, found in nearest.differences.items()
        for difference in found
    ]


def _with_elsewhere(
    difference: Difference, keyword: str, *, nearest: _Candidate, candidates: Sequence[_Candidate]
) -> Difference:
    """Say so where another link has what this one has not: each keyword alone holds, not all for the same link."""
    other = next((each for each in candidates if not each.differences[keyword]), None)
    held = [name for name, found in nearest.differences.items() if not found]
    if other is None or not held:
        return difference
    words = (
        f"{keyword}: {other.title} has it, but not the {held[0]}; {nearest.title} has the {held[0]}. "
        f"Both must hold for the same link"
    )
    return replace(difference, words=words)


def _of_link(wanted: Mapping[str, object], link: CapturedException, event: CapturedEvent, place: int) -> _Candidate:
    compare: Mapping[str, Callable[[object], list[Difference]]] = {
        "exception": lambda expected: _of_exception(expected, link, _classes_of(link, event, place)),
        "mechanism": lambda expected: _of_mechanism(expected, link),
        "handled": lambda expected: differences(expected, link.mechanism.get("handled"), path="handled"),
        "message": lambda expected: differences(expected, link.value, path="message"),
        "match": lambda expected: differences(expected, link.value, path="match"),
    }
    found = {keyword: compare[keyword](expected) for keyword, expected in wanted.items()}
    return _Candidate(link.qualified_name or "an exception", found)


def _of_message(wanted: Mapping[str, object], event: CapturedEvent) -> _Candidate:
    said = MISSING if event.message is None else event.message
    found = {
        keyword: differences(expected, said if keyword in {"message", "match"} else MISSING, path=keyword)
        for keyword, expected in wanted.items()
    }
    return _Candidate("the event's own message", found)


def _of_mechanism(expected: object, link: CapturedException) -> list[Difference]:
    got = link.mechanism if isinstance(expected, Mapping) else link.mechanism.get("type")
    return differences(expected, got, path="mechanism")


def _of_exception(expected: object, link: CapturedException, classes: Sequence[type]) -> list[Difference]:
    if isinstance(expected, type) and issubclass(expected, BaseException):
        found = _is_instance(expected, link, classes)
    elif isinstance(expected, re.Pattern):
        found = not differences(expected, link.qualified_name, path="exception")
    else:
        found = any(not differences(expected, name, path="exception") for name in _names(link))
    return [] if found else [Difference("exception", expected, _Words(f"{link.qualified_name}: {link.value}"))]


class _Words(str):
    """What is no value, but says one: without quotes around it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _names(link: CapturedException) -> tuple[str, ...]:
    """List the names of a link's class: plain, qualified, a builtin's with its module; in a function its own."""
    local = link.type.rpartition("<locals>.")[2]  # as no other name of it can be written in code
    return (link.type, local, link.qualified_name if link.module else f"builtins.{link.type}")


def _classes_of(link: CapturedException, event: CapturedEvent, place: int) -> list[type]:
    """Find the class of a link's live exception; where the chain was changed, all of its name; none: from elsewhere."""
    known = event.exception_types
    if _is_class_of(link, known[place : place + 1]):
        return [known[place]]
    return [kind for kind in known if _is_class_of(link, [kind])]


def _is_class_of(link: CapturedException, kinds: Sequence[type]) -> bool:
    return any(_has_name(kind, link) and link.module in {_module(kind), ""} for kind in kinds)


def _is_instance(expected: type[BaseException], link: CapturedException, classes: Sequence[type]) -> bool:
    """Ask the class of the live exception; where the event came from elsewhere, compare names."""
    if classes:
        return any(issubclass(kind, expected) for kind in classes)
    return _has_name(expected, link) and link.module == _module(expected)


def _has_name(kind: type, link: CapturedException) -> bool:
    return link.type in {kind.__name__, kind.__qualname__}


def _module(kind: type) -> str:
    return "" if kind.__module__ == "builtins" else kind.__module__
