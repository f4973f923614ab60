"""A record of what cells held before a block of code changed them, so that it can be put back.

A cell is a scope or a hub: something that holds one replaceable value. Only cells that existed before the journal was
opened are recorded, each at its first change; cells made later are nobody's past.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Cell", "Journal"]


class Cell(Protocol):
    """Something that holds one value and can be given its old one back."""

    def restore(self, value: object) -> None:
        """Take an earlier value back, without announcing it."""


class Journal:
    """The values that cells had when they were first changed."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[int, tuple[Cell, object]] = {}

    def note(self, cell: Cell, value: object) -> None:
        """Remember a cell's value; only the first one counts."""
        self._values.setdefault(id(cell), (cell, value))

    def changed(self) -> dict[int, tuple[Cell, object]]:
        """Return the recorded cells with their values, by identity."""
        return dict(self._values)

    def put_back(self) -> None:
        """Give every recorded cell its value back."""
        for cell, value in self._values.values():
            cell.restore(value)
