"""The ids of a run, numbered in the order in which they are met: equal ids stay equal."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Ids"]

_ID: Final = re.compile(r"[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SOMEWHERE: Final = re.compile(rf"(?<![0-9A-Za-z])(?:{_ID.pattern})(?![0-9A-Za-z])", re.IGNORECASE)
_SHORTEST: Final = 16


class Ids:
    """Names the ids that were met; whatever else stands where an id should is left as it is."""

    __slots__ = ("_counts", "_names")

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def meet(self, value: object, *, kind: str) -> None:
        """Give an id its name, unless it has one: `<event 1>`."""
        if not isinstance(value, str) or not _ID.fullmatch(value):
            return
        plain = _plain(value)
        if plain not in self._names:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._names[plain] = f"<{kind} {self._counts[kind]}>"

    def named(self, text: str) -> str:
        """Replace every id that was met by its name, wherever in a text it stands."""
        if not self._names or len(text) < _SHORTEST:
            return text
        return _SOMEWHERE.sub(lambda found: self._names.get(_plain(found[0]), found[0]), text)


def _plain(text: str) -> str:
    return text.replace("-", "").lower()
