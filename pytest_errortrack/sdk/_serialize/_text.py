"""Text of anything, however hostile: `repr` and `str` that never fail and never grow beyond a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UNPRINTABLE", "bounded", "clean", "safe_repr", "safe_str"]

UNPRINTABLE = "<unprintable>"

_MOST_INT_BITS = 4096
_ELLIPSIS = "..."
_LONGEST_ESCAPE = 11  # a character may take ten in a repr, and the quotes want room too


def clean(text: str) -> str:
    """Return a text that can be encoded: lone surrogates, which are no characters, become question marks."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def bounded(text: str, limit: int) -> str:
    """Return a text of at most so many characters; one that is cut ends in three dots."""
    return clean(text if len(text) <= limit else text[: limit - len(_ELLIPSIS)] + _ELLIPSIS)


def safe_repr(value: Any, limit: int) -> str:
    """Return a bounded `repr`; values of plain types are cut before their `repr` is made."""
    kind = type(value)
    if kind is str or kind is bytes or kind is bytearray:
        return repr(value) if len(value) * _LONGEST_ESCAPE < limit else _cut_repr(value, limit)
    if kind is int:
        is_long = value.bit_length() > _MOST_INT_BITS
        return bounded(f"<an int of {value.bit_length()} bits>" if is_long else repr(value), limit)
    if value is None or kind is bool or kind is float:
        return repr(value)
    # the value's own words for an error report, as sentry_sdk has it
    own = getattr(kind, "__sentry_repr__", None)
    return _text_of(repr if own is None else own, value, limit)


def safe_str(value: object, limit: int) -> str:
    """Return a bounded `str`."""
    if type(value) is int:
        return safe_repr(value, limit)
    return _text_of(str, value, limit)


def _cut_repr(value: Any, limit: int) -> str:
    if len(value) <= limit:
        return bounded(repr(value), limit)
    return bounded(repr(value[:limit]), limit - len(_ELLIPSIS)) + _ELLIPSIS


def _text_of(make: Callable[[object], object], value: object, limit: int) -> str:
    try:
        text = make(value)
    except Exception:  # noqa: BLE001 - anybody's code, in the middle of an error report about it
        return UNPRINTABLE
    if not isinstance(text, str):
        return UNPRINTABLE
    return bounded(str.__str__(text), limit)
