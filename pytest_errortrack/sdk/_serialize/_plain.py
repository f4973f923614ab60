"""Telling quickly that a value can be sent as it is.

Most of what is in an event is short texts and small numbers in dicts and lists. Looking is a third of the price of
writing it anew, and texts and names, whatever they belong to, are looked at together in the end.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import Any

from pytest_errortrack.sdk._serialize._scrub import is_secret

__all__ = ["is_plain"]

_BIGGEST_INT = 2**63 - 1
_OTHERS = frozenset({float, bool, type(None)})
_CONTAINERS = frozenset({dict, list, tuple})
_FEW_NAMES = 100
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
            sizes = list(map(len, level))
            left -= sum(sizes)
            if left < 0 or max(sizes) > breadth:
                return False
            following = _below(level, texts, names, trusted)
            if not following:
                is_known = following is not None and _are_names(names, scrubs=scrubs)
                return is_known and _fit([*texts, *names], text)
            level = following
    except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
        return False
    return False


def _below(level: list[Any], texts: list[str], names: set[Any], trusted: frozenset[int]) -> list[Any] | None:
    """Return the containers in these, and note texts and names; return None if something else in them is not plain."""
    following: list[Any] = []
    for container in level:
        if type(container) is dict:
            names.update(container)
            container = container.values()  # noqa: PLW2901 - what is in it, of whatever kind it is
        for value in container:
            kind = type(value)
            if kind is str:
                texts.append(value)
            elif kind in _CONTAINERS:
                if value and id(value) not in trusted:
                    following.append(value)
            elif kind is int:
                if not -_BIGGEST_INT <= value <= _BIGGEST_INT:
                    return None
            elif kind not in _OTHERS or (kind is float and not isfinite(value)):
                return None
    return following


def _are_names(names: set[Any], *, scrubs: bool) -> bool:
    if set(map(type, names)) - {str}:
        return False
    if not scrubs:
        return True
    # events of one application have few shapes
    return not (_has_secret(frozenset(names)) if len(names) <= _FEW_NAMES else any(map(is_secret, names)))


@lru_cache(maxsize=256)
def _has_secret(names: frozenset[str]) -> bool:
    return any(map(is_secret, names))


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
