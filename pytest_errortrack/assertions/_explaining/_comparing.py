"""What a plain `assert` on captured things says when it fails, in place of pytest's own words for it.

pytest shows eight lines of such a text unless it is asked for more: the first ones have to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from pytest_errortrack.assertions._expecting import MISSING, Difference
from pytest_errortrack.assertions._wording import LONGEST, one_line, said

from ._nearest import difference_lines
from ._titles import captured_lines, label, plural, titled
from ._trees import parted

__all__ = ["compared_lines"]

MOST_DIFFERENCES: Final = 5
MOST_KEYS: Final = 8
MOST_SURPLUS: Final = 12
_SUMMARY: Final = 36
_ITSELF: Final = "a captured thing is equal to itself alone: compare payloads, or what normalized() gives"


def compared_lines(operator: str, left: object, right: object, *, noun: str) -> list[str] | None:
    """Say why a comparison does not hold; None for one that is none of ours.

    Args:
        operator: `==` or `in`.
        left: what stands before it.
        right: what stands after it.
        noun: what the captured things are, in the singular.
    """
    if operator == "in" and _is_list(right):
        return _missing_lines(left, list(right), noun=noun)
    if operator != "==":
        return None
    if _is_list(left) and _is_list(right):
        lists = [list(left), list(right)]
        if _holds_captured(right) and not _holds_captured(left):
            lists.reverse()
        return _list_lines(lists[0], lists[1], noun=noun)
    for captured, expected in ((left, right), (right, left)):
        payload = _payload_of(captured)
        if payload is not None and isinstance(expected, Mapping):
            return [f"{_short(captured)} == {_short(expected)}", *_payload_lines(payload, expected)]
    payload, wanted = _payload_of(left), _payload_of(right)
    if payload is not None and wanted is not None:
        return [f"{_short(left)} == {_short(right)}", *_payload_lines(payload, wanted), _ITSELF]
    return None


def _list_lines(captured: Sequence[object], expected: Sequence[object], *, noun: str) -> list[str]:
    total = f"{len(captured)} captured {plural(noun, len(captured))}"
    lines = [f"{total} == {_short(list(expected)) if len(expected) < 2 else f'{len(expected)} expected'}"]  # noqa: PLR2004 - one fits
    if not expected:
        return lines + _listed(captured, noun=noun)
    place = _first_difference(captured, expected)
    if place < min(len(captured), len(expected)):
        lines.append(titled(captured[place], prefix=f"{label(noun, place)} is "))
        payload, wanted = _payload_of(captured[place]), _payload_of(expected[place])
        if payload is not None and wanted is not None:
            return lines + _payload_lines(payload, wanted)
        return [*lines, f"expected there: {said(expected[place], longest=LONGEST - 16)}"]
    if len(captured) > len(expected):
        surplus = [
            titled(item, prefix=f"  {label(noun, index)} ") for index, item in enumerate(captured[place:], place)
        ]
        return [*lines, "not expected:", *surplus[:MOST_SURPLUS]]
    return [*lines, f"missing: {said(expected[place], longest=LONGEST - 10)}"]


def _listed(captured: Sequence[object], *, noun: str) -> list[str]:
    return [line.removeprefix("  ") for line in captured_lines(captured, noun=noun)[1:]]


def _first_difference(captured: Sequence[object], expected: Sequence[object]) -> int:
    pairs = enumerate(zip(captured, expected, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(captured), len(expected)))


def _missing_lines(wanted: object, captured: Sequence[object], *, noun: str) -> list[str]:
    lines = [f"{_short(wanted)} in {len(captured)} captured {plural(noun, len(captured))}"]
    payload = _payload_of(wanted)
    if payload is None or not captured:
        return lines + _listed(captured, noun=noun)
    found = [list(parted(payload, _payload_of(each) or {})) for each in captured]
    index = min(range(len(found)), key=lambda place: (len(found[place]), place))
    told = _payload_lines(_payload_of(captured[index]) or {}, payload)
    return [*lines, titled(captured[index], prefix=f"nearest: {label(noun, index)} "), *told]


def _payload_lines(got: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    """Say in which keys a payload is not what was expected; what is equal is left out."""
    differing = [(path, wanted, found) for path, wanted, found in parted(expected, got) if wanted is not MISSING]
    surplus = [path for path, wanted, _ in parted(expected, got) if wanted is MISSING]
    lines = [line for path, a, b in differing[:MOST_DIFFERENCES] for line in difference_lines(Difference(path, a, b))]
    if len(differing) > MOST_DIFFERENCES:
        lines.append(f"... {len(differing) - MOST_DIFFERENCES} more that differ")
    if surplus:
        more = ", ..." if len(surplus) > MOST_KEYS else ""
        lines.append(one_line(f"not in what was expected: {', '.join(surplus[:MOST_KEYS])}{more}"))
    if surplus and not differing:
        lines.append("== is about the whole payload: keywords, as of one(...), are about a part of it")
    return lines


def _payload_of(value: object) -> Mapping[str, Any] | None:
    payload = value if isinstance(value, Mapping) else getattr(value, "payload", None)
    return payload if isinstance(payload, Mapping) else None


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _holds_captured(value: object) -> bool:
    return _is_list(value) and any(hasattr(each, "payload") for each in value)


def _short(value: object) -> str:
    is_captured = hasattr(value, "payload") and hasattr(value, "title")
    return one_line(repr(value), longest=60) if is_captured else said(value, longest=_SUMMARY)
