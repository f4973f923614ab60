"""Which captured thing comes nearest to what was expected, and in what it differs.

The distance is the sum of what each differing place weighs. What tells which report it is weighs most: an event with
the expected exception and a wrong level is nearer than one with the right level and another exception. A place within
`tags`, `user`, `extra` and other mappings weighs 2, all of one keyword together 6 at the most. Of equals, the first
captured is the nearest. All are compared, each once.
"""

from __future__ import annotations

import re
from collections import Counter
from os.path import commonprefix
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._expecting import MISSING, Difference
from pytest_errortrack.assertions._wording import LONGEST, MASK, WIDTH, hides_secret, one_line, said

from ._layout import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["difference_lines", "distance", "nearest_of"]

_HEAVIEST: Final = 12
_WEIGHTS: Final = {
    **dict.fromkeys(("exception",), _HEAVIEST),
    **dict.fromkeys(("message", "match", "name", "body", "monitor_slug", "description", "filename", "event_id"), 8),
    **dict.fromkeys(("op", "category", "status", "transaction", "logger", "fingerprint"), 3),
    **dict.fromkeys(("level", "handled", "mechanism", "where"), 1),
}
_OTHERWISE: Final = 2
_MOST_OF_A_KEYWORD: Final = 6

_KEYWORD: Final = re.compile(r"\w+")
_KEYS: Final = re.compile(r"\[(['\"])(.*?)\1\]")
_CONTEXT: Final = 12
"""How much of two long texts is shown before the place where they part."""


def distance(found: Sequence[Difference]) -> int:
    """Weigh what differs; 0 where nothing does."""
    weights: Counter[str] = Counter()
    for difference in found:
        keyword = _keyword(difference)
        weights[keyword] += _WEIGHTS.get(keyword, _OTHERWISE)
    return sum(min(weight, max(_WEIGHTS.get(keyword, 0), _MOST_OF_A_KEYWORD)) for keyword, weight in weights.items())


def nearest_of(found: Sequence[Sequence[Difference]]) -> int | None:
    """Find which one differs least without being as expected; None where there is none such."""
    candidates = [(distance(each), index) for index, each in enumerate(found) if each]
    return min(candidates)[1] if candidates else None


def difference_lines(difference: Difference, *, instead: str = "") -> list[str]:
    """Say one difference: on one line where it fits, else below each other.

    Args:
        difference: what to say.
        instead: words for what was got, where its value says too little.
    """
    if difference.words:
        return wrapped(difference.words, longest=WIDTH, hanging="  ")
    if difference.got is MISSING:
        ends = ", there is none"
        return [one_line(f"{difference.path}: expected {_wanted(difference)}", longest=LONGEST - len(ends)) + ends]
    expected, got = _both(difference)
    got = instead or got
    line = f"{difference.path}: expected {expected}, got {got}"
    if len(line) <= WIDTH:
        return [line]
    expected, got = _excerpts(expected, got, longest=WIDTH - len("  expected "))
    return [f"{difference.path[:WIDTH]}:", f"  expected {expected}", f"  got      {got}"]


def _keyword(difference: Difference) -> str:
    found = _KEYWORD.match(difference.path)
    return found.group() if found else difference.path


def _both(difference: Difference) -> tuple[str, str]:
    name = _secret_name(difference.path)
    got = said(difference.got, name=name, longest=10 * LONGEST)
    wanted = _wanted(difference, longest=10 * LONGEST)
    if got != wanted:
        return wanted, got
    return wanted, f"another {MASK}" if MASK in got else "another that reads alike"


def _wanted(difference: Difference, *, longest: int = 60) -> str:
    told = said(difference.expected, name=_secret_name(difference.path), longest=longest)
    return f"to find {told}" if isinstance(difference.expected, re.Pattern) else told


def _secret_name(path: str) -> str:
    """Find the key on the way to a value that makes it a secret."""
    names = [name for _, name in _KEYS.findall(path)]
    return next((name for name in names if hides_secret(name, path)), path.rpartition(".")[2])


def _excerpts(expected: str, got: str, *, longest: int) -> tuple[str, str]:
    """Cut two texts to the same length, at the place where they part."""
    parted = len(commonprefix([expected, got]))  # noqa: RUF071 - character by character is what is meant
    start = max(parted - _CONTEXT, 0) if max(len(expected), len(got)) > longest else 0
    return _cut(expected, start, longest), _cut(got, start, longest)


def _cut(text: str, start: int, longest: int) -> str:
    front = "..." if start else ""
    rest = text[start:]
    room = longest - len(front)
    return front + (rest if len(rest) <= room else f"{rest[: room - 3]}...")
