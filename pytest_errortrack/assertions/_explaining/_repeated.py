"""In what captured things differ from each other where fewer of them were expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions._captured import CapturedEvent, Payload, mapping_of
from pytest_errortrack.assertions._expecting import MISSING
from pytest_errortrack.assertions._wording import WIDTH, one_line, said

from ._titles import label
from ._trees import parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["parted_lines", "partings"]

MOST_LINES: Final = 6
_CHAIN: Final = "exception"

_VOLATILE: Final = frozenset(
    {"event_id", "timestamp", "start_timestamp", "sdk", "modules", "received", "_meta", "span_id", "parent_span_id"}
)
"""What differs between any two reports of the same."""

_TOLD: Final = frozenset({"exception", "threads", "stacktrace"})
"""What is told in other words: frames differ where the same thing is reported from two places."""


def parted_lines(captured: Sequence[object], indices: Sequence[int], *, noun: str) -> list[str]:
    """Say in what the first two of several differ, or that they do not."""
    if len(indices) < 2:  # noqa: PLR2004 - one has nothing to differ from
        return []
    first, second = (captured[index] for index in indices[:2])
    if not isinstance(first, Payload) or not isinstance(second, Payload):
        return []
    names = label(noun, indices[0]), label(noun, indices[1])
    places = list(partings(first, second))
    same = _same(first, second)
    if not places:
        return [f"  {names[0]} and {names[1]} {same or 'are equal, but for ids and times'}"]
    more = [f"    ... {len(places) - MOST_LINES} more"] if len(places) > MOST_LINES else []
    told = f"{same}; they differ in" if same else "differ in"
    lines = [line for path, a, b in places[:MOST_LINES] for line in _place_lines(path, a, b, names=names)]
    return [f"  {names[0]} and {names[1]} {told}", *lines, *more]


def partings(first: Payload, second: Payload) -> Iterator[tuple[str, object, object]]:
    """Yield each place at which two payloads differ, but for what differs between any two reports."""
    if isinstance(first, CapturedEvent) and isinstance(second, CapturedEvent):
        yield from parted(_links(first), _links(second), path=_CHAIN)
    yield from parted(_plain(first.payload), _plain(second.payload), ignored=_VOLATILE)


def _same(first: Payload, second: Payload) -> str:
    live = [each.live_exception if isinstance(each, CapturedEvent) else None for each in (first, second)]
    return "report the same exception object" if live[0] is not None and live[0] is live[1] else ""


def _links(event: CapturedEvent) -> str:
    return " <- ".join(f"{link.type}: {link.value}" for link in reversed(event.exceptions))


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in payload.items() if key not in _VOLATILE | _TOLD}
    crumbs = payload.get("breadcrumbs")
    listed = crumbs.get("values") if isinstance(crumbs, dict) else crumbs
    if isinstance(listed, list):
        plain["breadcrumbs"] = [mapping_of(crumb).get("message") for crumb in listed]
    if isinstance(payload.get("spans"), list):
        plain["spans"] = [mapping_of(span).get("description") for span in payload["spans"]]
    return plain


def _place_lines(path: str, first: object, second: object, *, names: tuple[str, str]) -> list[str]:
    one, other = f"{names[0]} {_said(path, first)}", f"{names[1]} {_said(path, second)}"
    line = f"    {path}: {one}, {other}"
    if len(line) <= WIDTH:
        return [line]
    return [f"    {path[:WIDTH]}:", f"      {one_line(one)}", f"      {one_line(other)}"]


def _said(path: str, value: object) -> str:
    if value is MISSING:
        return "has none"
    # A chain is words already.
    return f"has {one_line(str(value)) if path == _CHAIN else said(value, name=path)}"
