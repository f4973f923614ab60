"""Telling quickly that a value can be sent as it is.

Most of what is in an event is: short texts and small numbers in dicts and lists. Whole levels of a value are looked at
together, by loops that run inside the interpreter, which costs a fifth of walking it value by value.
"""

from __future__ import annotations

from itertools import chain
from math import isfinite
from typing import Any

from pytest_errortrack.sdk._serialize._scrub import LONGEST_SECRET, says_secret

__all__ = ["is_plain"]

_BIGGEST_INT = 2**63 - 1
_KINDS = frozenset({str, int, bool, float, type(None), dict, list, tuple})
_CONTAINERS = frozenset({dict, list, tuple})
_TEXTS = {str}
_MOST_VALUES = 20_000  # more than that is walked, which knows how to stop


def is_plain(value: Any, *, depth: int, breadth: int, text: int, trusted: frozenset[int], scrubs: bool) -> bool:
    """Tell whether a value is JSON already and within all bounds. False may also mean that it has to be walked to know.

    Args:
        value: anything.
        depth: how many levels of containers there may be.
        breadth: how many values a container may have.
        text: how many characters a text may have.
        trusted: the ids of containers that are not looked into.
        scrubs: whether there must be no name that says that its value is a secret.
    """
    level = [value]
    left = _MOST_VALUES
    try:
        for _ in range(depth + 1):
            kinds = set(map(type, level))
            if not (kinds <= _KINDS and _are_bounded(level, kinds, text)):
                return False
            if _CONTAINERS.isdisjoint(kinds):
                return True
            containers = [each for each in level if type(each) in _CONTAINERS and id(each) not in trusted]
            if not containers:
                return True
            sizes = list(map(len, containers))
            left -= sum(sizes)
            if left < 0 or max(sizes) > breadth:
                return False
            following = _inside(containers, text, scrubs=scrubs)
            if following is None:
                return False
            level = following
    except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
        return False
    return not level


def _are_bounded(values: list[Any], kinds: set[type], text: int) -> bool:
    if str in kinds:
        texts = [each for each in values if type(each) is str]
        if not _fit("".join(texts), texts, text):
            return False
    if float in kinds and not all([isfinite(each) for each in values if type(each) is float]):
        return False
    if int in kinds:
        numbers = [each for each in values if type(each) is int]
        return max(numbers) <= _BIGGEST_INT and min(numbers) >= -_BIGGEST_INT
    return True


def _fit(joined: str, texts: list[str], text: int) -> bool:
    """Tell whether texts are short enough, and can be encoded: without lone surrogates."""
    if len(joined) > text and max(map(len, texts)) > text:
        return False
    if joined.isascii():
        return True
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    # two halves that were joined make no character in Python, so that none can hide another
    return True


def _inside(containers: list[Any], text: int, *, scrubs: bool) -> list[Any] | None:
    """Return what is in the containers, or None where a name is no plain one."""
    mappings = [each for each in containers if type(each) is dict]
    values = list(chain.from_iterable([each for each in containers if type(each) is not dict]))
    if not mappings:
        return values
    names = set(chain.from_iterable(mappings))
    if not names:
        return values
    if set(map(type, names)) != _TEXTS or not _fit("".join(names), list(names), text):
        return None
    if scrubs and any([says_secret(name) for name in names if len(name) <= LONGEST_SECRET]):
        return None
    values += chain.from_iterable(map(dict.values, mappings))
    return values
