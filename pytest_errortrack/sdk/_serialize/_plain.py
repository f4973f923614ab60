"""Telling quickly that a value can be sent as it is.

Most of what is in an event is short texts and small numbers in dicts and lists. Looking is a third of the price of
writing it anew, and texts and names, whatever they belong to, are looked at together in the end.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from pytest_errortrack.sdk._serialize._scrub import LONGEST_SECRET, says_secret

__all__ = ["is_plain"]

_BIGGEST_INT = 2**63 - 1
_OTHERS = frozenset({float, bool, type(None)})
_CONTAINERS = frozenset({dict, list, tuple})
_MOST_VALUES = 20_000  # more than that is walked, which knows how to stop


def is_plain(value: Any, *, depth: int, breadth: int, text: int, trusted: frozenset[int], scrubs: bool) -> bool:
    """Tell whether a container is JSON already and within all bounds; where it is False, only the walk knows.

    Args:
        value: a dict, list or tuple.
        depth: how many levels of containers there may be.
        breadth: how many values a container may have.
        text: how many characters a text may have.
        trusted: the ids of containers that are not looked into.
        scrubs: whether there must be no name that says that its value is a secret.
    """
    level = [value]
    texts: list[str] = []
    names: set[Any] = set()
    left = _MOST_VALUES
    try:
        for _ in range(depth):
            following: list[Any] = []
            for container in level:
                left -= len(container)
                if left < 0 or len(container) > breadth or not _look(container, texts, names, following, trusted):
                    return False
            if not following:
                return _are_names(names, scrubs=scrubs) and _fit([*texts, *names], text)
            level = following
    except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
        return False
    return False


def _look(container: Any, texts: list[str], names: set[Any], following: list[Any], trusted: frozenset[int]) -> bool:
    """Look at the values in a container, sort out what is looked at later, and tell whether the rest is plain."""
    if type(container) is dict:
        names.update(container)
        container = container.values()
    for value in container:
        kind = type(value)
        if kind is str:
            texts.append(value)
        elif kind in _CONTAINERS:
            if value and id(value) not in trusted:
                following.append(value)
        elif kind is int:
            if not -_BIGGEST_INT <= value <= _BIGGEST_INT:
                return False
        elif kind not in _OTHERS or (kind is float and not isfinite(value)):
            return False
    return True


def _are_names(names: set[Any], *, scrubs: bool) -> bool:
    if set(map(type, names)) - {str}:
        return False
    return not scrubs or not any(says_secret(name) for name in names if len(name) <= LONGEST_SECRET)


def _fit(texts: list[str], longest: int) -> bool:
    """Tell whether texts are short enough, and can be encoded: without lone surrogates."""
    joined = "".join(texts)
    if len(joined) > longest and max(map(len, texts)) > longest:
        return False
    if not joined.isascii():
        try:
            joined.encode()  # two halves that meet are still no character in Python, so that none can hide another
        except UnicodeEncodeError:
            return False
    return True
