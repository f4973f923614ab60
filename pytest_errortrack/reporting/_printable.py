"""Text from strangers, made fit for a terminal: visible, bounded, without its secrets."""

from __future__ import annotations

from typing import Final

from pytest_errortrack.assertions import visible, without_secrets

__all__ = ["printable"]

LONGEST: Final = 400
_SPACES: Final = str.maketrans("\n\r\t", "   ")


def printable(value: object, *, longest: int = LONGEST) -> str:
    r"""Return a value as one bounded line in which nothing can move the cursor, colour, or turn the direction.

    Whatever Unicode counts as not printable is shown by its escape, but for line breaks and tabs, which are spaces.

    Example:
        >>> printable("\x1b[2Jgone")
        '\\x1b[2Jgone'
    """
    text = str(value)
    shown = visible(without_secrets(text[:longest]).translate(_SPACES))
    return f"{shown}..." if len(text) > longest else shown
