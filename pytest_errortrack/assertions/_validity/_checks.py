"""What checks are made of: each takes a value and its path, and yields a sentence for each rule that is broken.

A null counts as absent, as it does for a server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias, TypeGuard

from pytest_errortrack.assertions._wording import said

__all__ = [
    "Check",
    "anything",
    "boolean",
    "both",
    "each",
    "is_number",
    "mapping",
    "mapping_of",
    "must",
    "number",
    "one_of",
    "pairs",
    "primitive",
    "text",
    "thread_id",
    "values",
    "whole",
]

Check: TypeAlias = Callable[[Any, str], Iterator[str]]

_PAIR: Final = 2


def must(expected: str, holds: Callable[[Any], bool]) -> Check:
    """Make a check of one predicate."""

    def check(value: Any, path: str) -> Iterator[str]:
        if value is not None and not holds(value):
            yield f"{path or 'the payload'}: expected {expected}, got {said(value)}"

    return check


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_primitive(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def anything(_: Any, __: str) -> Iterator[str]:
    """Accept any value."""
    return iter(())


text: Final = must("a text", lambda value: isinstance(value, str))
boolean: Final = must("true or false", lambda value: isinstance(value, bool))
number: Final = must("a number", is_number)
whole: Final = must(
    "a whole number from 0", lambda value: is_number(value) and value >= 0 and float(value).is_integer()
)
primitive: Final = must("a text, a number or true or false", _is_primitive)
thread_id: Final = must("a text or a whole number", lambda value: isinstance(value, str) or type(value) is int)
_is_object: Final = must("an object", lambda value: isinstance(value, Mapping))
_is_list: Final = must("a list", lambda value: isinstance(value, list))


def one_of(*words: str) -> Check:
    """Accept only these words."""
    return must(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words)


def both(*checks: Check) -> Check:
    """Ask for several things; the first that is broken is told."""

    def check(value: Any, path: str) -> Iterator[str]:
        for one in checks:
            problems = list(one(value, path))
            yield from problems
            if problems:
                return

    return check


def each(check_one: Check, *, may_be_empty: bool = True) -> Check:
    """Check every element of a list."""

    def check(value: Any, path: str) -> Iterator[str]:
        yield from _is_list(value, path)
        if isinstance(value, list):
            if not value and not may_be_empty:
                yield f"{path}: expected at least 1 element, got none"
            for number_, element in enumerate(value):
                yield from check_one(element, f"{path}[{number_}]")

    return check


def values(check_one: Check) -> Check:
    """Check a list that may stand alone or under `values`; a single object counts as a list of one."""
    check_each = each(check_one)

    def check(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, Mapping):
            if "values" in value:
                if value["values"] is None:
                    yield f"{path}.values: expected a list, got None"
                yield from check_each(value["values"], f"{path}.values")
            elif value:
                yield from check_one(value, path)
        elif isinstance(value, list):
            yield from check_each(value, path)
        elif value is not None:
            yield f"{path}: expected a list, or an object with values, got {said(value)}"

    return check


def mapping_of(check_value: Check, *, check_name: Check = anything) -> Check:
    """Check every name and every value of an object."""

    def check(value: Any, path: str) -> Iterator[str]:
        yield from _is_object(value, path)
        if isinstance(value, Mapping):
            for name, one in value.items():
                yield from check_name(name, f"{path}.{name}")
                yield from check_value(one, f"{path}.{name}")

    return check


def pairs(check_name: Check, check_value: Check) -> Check:
    """Check an object, or the same as a list of pairs."""
    check_mapping = mapping_of(check_value, check_name=check_name)

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield from check_mapping(value, path)
            return
        for number_, pair in enumerate(value):
            if not isinstance(pair, list) or len(pair) != _PAIR:
                yield f"{path}[{number_}]: expected a pair of name and value, got {said(pair)}"
            else:
                yield from check_name(pair[0], f"{path}[{number_}][0]")
                yield from check_value(pair[1], f"{path}[{number_}][1]")

    return check


def mapping(fields: Mapping[str, Check], *, required: tuple[str, ...] = (), is_closed: bool = False) -> Check:
    """Check the fields of an object.

    Args:
        fields: the check of each known field.
        required: those that must be there and not null.
        is_closed: whether an unknown field is a problem: a server drops it.
    """

    def check(value: Any, path: str) -> Iterator[str]:
        yield from _is_object(value, path)
        if not isinstance(value, Mapping):
            return
        dot = f"{path}." if path else ""
        for name in required:
            if value.get(name) is None:
                yield f"{dot}{name}: is missing"
        for name, one in value.items():
            if name in fields:
                yield from fields[name](one, f"{dot}{name}")
            elif is_closed:
                yield f"{dot}{name}: is no field of the data model; a server drops it"

    return check
