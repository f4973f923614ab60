"""Text from strangers, made fit for a terminal."""

from __future__ import annotations

from typing import Final

__all__ = ["printable"]

LONGEST: Final = 400


def printable(value: object, *, longest: int = LONGEST) -> str:
    r"""Return a value as one bounded line in which nothing can move the cursor, colour, or turn the direction.

    Whatever Unicode counts as not printable is shown by its escape, and so is half a surrogate pair, which no terminal
    could be sent.

    Example:
        >>> printable("\x1b[2Jgone")
        '\\x1b[2Jgone'
    """
    text = str(value)
    cut = text[:longest]
    shown = "".join(sign if sign.isprintable() else _escape(sign) for sign in cut)
    return f"{shown}..." if len(text) > longest else shown


def _escape(sign: str) -> str:
    return " " if sign in "\n\r\t" else sign.encode("unicode_escape").decode("ascii")
