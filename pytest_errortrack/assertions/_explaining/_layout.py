"""How a text is laid out: no line too wide, not too many lines."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import LONGEST, visible, without_hidden, without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["bounded", "wrapped"]

MOST_LINES: Final = 60


def wrapped(text: str, *, longest: int, hanging: str = "") -> list[str]:
    """Break a sentence into lines, without its secrets; those after the first begin with `hanging`."""
    lines = textwrap.wrap(
        without_secrets(text[: 12 * LONGEST]),
        longest,
        subsequent_indent=hanging,
        break_on_hyphens=False,
        max_lines=6,
        placeholder=" ...",
    )
    return [visible(line) for line in lines]


def bounded(lines: Sequence[str], *, most: int = MOST_LINES) -> list[str]:
    """Leave out what is too much, and say how much that is; show what a terminal would not."""
    lines = [visible(without_hidden(line, is_ours=True)) for line in lines]
    cut = [line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..." for line in lines]
    return cut if len(cut) <= most else [*cut[: most - 1], f"  ... {len(cut) - most + 1} more lines"]
