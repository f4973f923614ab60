"""Judging an expected value at once: what no captured thing can ever be is a mistake in the test, not a mismatch.

A compiled regular expression is fine where a string stands, and so is any value that decides by an `==` of its own:
`mock.ANY`, dirty-equals, a class of the application's that defines it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import hint, said
from pytest_errortrack.sdk.testing import LEVELS

__all__ = [
    "Asked",
    "Judge",
    "compiled",
    "decides",
    "is_text",
    "judge_bytes",
    "judge_exception",
    "judge_flag",
    "judge_level",
    "judge_list",
    "judge_mapping",
    "judge_number",
    "judge_text",
    "judge_word",
    "one_of",
    "or_none",
]

_LEVELS: Final = (*LEVELS, "critical")
"""What SDKs send for the level of an event; `critical` is `sentry_sdk`'s, our own SDK makes `fatal` of it."""

_PLAIN: Final = (str, bytes, bytearray, int, float, complex, bool, type(None), list, tuple, dict, set, frozenset)


@dataclass(frozen=True, slots=True)
class Asked:
    """One keyword with the value it was given.

    Attributes:
        by: the call or marker.
        keyword: the keyword.
        value: what is expected of it.
    """

    by: str
    keyword: str
    value: object

    def refused(self, expected: str) -> ExpectationError:
        """Make the error that says what was expected in its place."""
        return ExpectationError(f"{self.by} got {self.keyword}={said(self.value)}: expected {expected}")


Judge: TypeAlias = Callable[[Asked], None]
"""Raises an ExpectationError where the value is one that nothing captured can have."""


def decides(value: object) -> bool:
    """Tell whether a value decides by an `==` of its own whether something is as expected."""
    kind = type(value)
    if isinstance(value, re.Pattern) or any(kind is plain for plain in _PLAIN):  # a metaclass may have an `==` too
        return False
    return kind.__eq__ is not object.__eq__


def is_text(value: object) -> bool:
    """Tell whether a value can stand for a string: a string, a pattern, or what decides by itself."""
    if isinstance(value, re.Pattern):
        return isinstance(value.pattern, str)
    return type(value) is str or decides(value)


def judge_text(asked: Asked) -> None:
    """Refuse what no string can be equal to."""
    if not is_text(asked.value):
        raise asked.refused("a string or a compiled regex")


def or_none(judge: Judge) -> Judge:
    """Let None pass too: the payload may say nothing."""

    def judge_or_none(asked: Asked) -> None:
        if asked.value is not None:
            judge(asked)

    return judge_or_none


def judge_word(asked: Asked) -> None:
    """Refuse what is neither a name nor a mapping: a mechanism."""
    if not isinstance(asked.value, Mapping) and asked.value is not None and not is_text(asked.value):
        raise asked.refused("a string, a compiled regex or a mapping")


def judge_mapping(asked: Asked) -> None:
    """Refuse what no mapping can have as a subset."""
    if not isinstance(asked.value, Mapping) and not decides(asked.value):
        raise asked.refused("a mapping: a subset of what was captured")


def judge_flag(asked: Asked) -> None:
    """Refuse what is neither true, false, nor nothing."""
    if not (asked.value is None or isinstance(asked.value, bool) or decides(asked.value)):
        raise asked.refused("True, False or None")


def judge_list(asked: Asked) -> None:
    """Refuse what no list can be equal to."""
    if not isinstance(asked.value, list | tuple) and asked.value is not None and not decides(asked.value):
        raise asked.refused("a list")


def judge_number(asked: Asked) -> None:
    """Refuse what no number can be equal to."""
    is_number = isinstance(asked.value, int | float) and not isinstance(asked.value, bool)
    if not (is_number or decides(asked.value)):
        raise asked.refused("a number")


def judge_bytes(asked: Asked) -> None:
    """Refuse what no bytes can be equal to."""
    is_pattern = isinstance(asked.value, re.Pattern) and isinstance(asked.value.pattern, bytes)
    if not (is_pattern or isinstance(asked.value, bytes) or decides(asked.value)):
        raise asked.refused("bytes or a compiled regex of bytes")


def judge_level(asked: Asked) -> None:
    """Refuse what is the level of no event, with the nearest that is one.

    The names of an application's own levels of `logging` are levels too: they are sent as they are.
    """
    own = {name.lower() for name in logging.getLevelNamesMapping()} - {"notset"}
    if isinstance(asked.value, int) and not isinstance(asked.value, bool) and asked.value in _numbers():
        raise asked.refused(f"a level's name: {_numbers()[asked.value]!r}")
    _judge_choice(asked, _LEVELS, also=own)


def one_of(*choices: str) -> Judge:
    """Make the judge of a word that has to be one of these."""
    return lambda asked: _judge_choice(asked, choices)


def _judge_choice(asked: Asked, choices: tuple[str, ...], *, also: set[str] | frozenset[str] = frozenset()) -> None:
    judge_text(asked)
    value = asked.value
    if type(value) is not str or value in choices or value in also:
        return
    meant = hint(value, choices, otherwise="for a word of your own give a compiled regex")
    raise asked.refused(f"one of {', '.join(choices)}; {meant}")


def _numbers() -> dict[int, str]:
    names = {number: name.lower() for name, number in logging.getLevelNamesMapping().items()}
    return {**names, logging.CRITICAL: "fatal", logging.WARNING: "warning"}


def judge_exception(asked: Asked) -> None:
    """Refuse what looks like an exception and could never match."""
    value = asked.value
    is_exception = isinstance(value, type) and issubclass(value, BaseException)
    if isinstance(value, BaseException) or not (is_exception or is_text(value)):
        none = "; for an event without one: where=lambda event: event.exception is None" if value is None else ""
        raise asked.refused(f"one exception class, a name, or a compiled regex{none}")


def compiled(asked: Asked) -> re.Pattern[str]:
    """Read a regular expression.

    Raises:
        ExpectationError: it is none.
    """
    value = asked.value
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return value
    if not isinstance(value, str):
        raise asked.refused("a regular expression")
    try:
        return re.compile(value)
    except re.error as error:
        raise ExpectationError(f"{asked.by} got match={value!r}, which is no regular expression: {error}") from None
