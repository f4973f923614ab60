"""How an expected value is held against what was captured: the one rule that every keyword shares.

A compiled regular expression searches in a string; a mapping is a recursive subset; a list or tuple is compared
element by element; everything else is `expected == got`, in that order, so that `mock.ANY` and dirty-equals decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

__all__ = ["MISSING", "Difference", "differences"]


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which what was captured is not what was expected.

    Attributes:
        path: where, as a user would write it: `tags["tenant"]`.
        expected: the value asked for.
        got: the value found; `MISSING` where there is none.
        words: the difference as a sentence, where "expected this, got that" would not say it.
    """

    path: str
    expected: object
    got: object
    words: str = ""


def differences(expected: object, got: object, *, path: str) -> list[Difference]:
    """List where `got` differs from `expected`; an empty list is a match."""
    if isinstance(expected, re.Pattern):
        found = isinstance(got, str) and expected.search(got) is not None
        return [] if found else [Difference(path, expected, got)]
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        found_differences = []
        for key, value in expected.items():
            found_differences += differences(value, got.get(key, MISSING), path=f"{path}[{key!r}]")
        return found_differences
    if _is_plain_sequence(expected) and _is_plain_sequence(got) and len(expected) == len(got):
        return [
            difference
            for index, (wanted, found) in enumerate(zip(expected, got, strict=True))
            for difference in differences(wanted, found, path=f"{path}[{index}]")
        ]
    return [] if bool(expected == got) else [Difference(path, expected, got)]


def _is_plain_sequence(value: object) -> TypeGuard[Sequence[object]]:
    return type(value) in (list, tuple)
