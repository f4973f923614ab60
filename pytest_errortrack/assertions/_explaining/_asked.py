"""What was asked, as the first lines of a failure say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import said

if TYPE_CHECKING:
    from pytest_errortrack.assertions._expecting import Expectation

__all__ = ["asked_lines"]

ASKED_WIDTH: Final = 82
LONGEST_ASKED: Final = 44
"""How much of a value is said where it is asked for: where it differs there is more of it."""


def asked_lines(expectation: Expectation) -> list[str]:
    """Say what was asked, on as few lines as hold it."""
    criteria = expectation.criteria.items()
    words = [f"{key}={said(value, name=key, longest=LONGEST_ASKED)}" for key, value in criteria]
    if expectation.where is not None:
        words.append(f"where={said(expectation.where)}")
    lines = [f"  asked by {expectation.asked_by}:"]
    for word in [*(f"{word}," for word in words[:-1]), *words[-1:]] or ["anything"]:
        if len(lines[-1]) + 1 + len(word) > ASKED_WIDTH and not lines[-1].endswith(":"):
            lines.append("   ")
        lines[-1] += f" {word}"
    return lines
