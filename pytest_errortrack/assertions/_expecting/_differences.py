"""How an expected value is held against what was captured: the one rule that every keyword shares.

A compiled regular expression searches in a string, one of bytes in bytes; a mapping is a recursive subset; a list or
tuple is compared element by element; everything else is `expected == got`, in that order, so that `mock.ANY` and
dirty-equals decide. What is not there is equal to nothing, to `mock.ANY` neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from pytest_errortrack.assertions._wording import said

__all__ = ["MISSING", "Difference", "Unanswerable", "differences", "is_found"]


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


class Unanswerable(Exception):  # noqa: N818 - a state of the question
    """What a test expects could not be asked of a captured thing: the user's own code raised. Says what was asked."""


def differences(expected: object, got: object, *, path: str) -> list[Difference]:
    """List where `got` differs from `expected`; an empty list is a match.

    Raises:
        Unanswerable: a value's own `==` raised.
    """
    if got is MISSING:
        return [Difference(path, expected, got)]
    if isinstance(expected, re.Pattern):
        return [] if is_found(expected, got) else [Difference(path, expected, got)]
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
    return [] if _is_equal(expected, got, path=path) else [Difference(path, expected, got)]


def is_found(pattern: re.Pattern[str] | re.Pattern[bytes], got: object) -> bool:
    """Search for a pattern in a value of its own kind; in a value of another kind nothing is found."""
    if isinstance(got, str if isinstance(pattern.pattern, str) else bytes):
        return pattern.search(got) is not None  # type: ignore[arg-type] # of the pattern's own kind
    return False


def _is_equal(expected: object, got: object, *, path: str) -> bool:
    try:
        return bool(expected == got)
    except Exception as error:
        what = f"comparing {said(expected)} with {path}"
        raise Unanswerable(f"{what} raised {type(error).__name__}: {error}") from error


def _is_plain_sequence(value: object) -> TypeGuard[Sequence[object]]:
    kind = type(value)  # by identity: a class of dirty-equals may itself be equal to `list`
    return kind is list or kind is tuple
