"""How a value is said in a message: as a user wrote it, on one line, bounded."""

from __future__ import annotations

import re
import reprlib
from typing import Final

__all__ = ["one_line", "said"]

LONGEST: Final = 120

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 100
_short.maxdict = _short.maxlist = _short.maxtuple = 6


def said(value: object) -> str:
    """Say a value: a class by its name, a pattern between slashes, a function by its name, all else by its repr."""
    if isinstance(value, type):
        return value.__qualname__
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    name = getattr(value, "__qualname__", None)
    return str(name) if callable(value) and name else one_line(_short.repr(value))


def one_line(text: str) -> str:
    """Cut a text to one line of at most 120 characters."""
    flat = text.replace("\n", "\\n")
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 3]}..."
