"""What is replaced for a while, and how it is put back.

It is put back in reverse order, unless somebody else has meanwhile put their own in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import CellType

__all__ = ["Changes"]

_ABSENT: Final = object()


class Changes:
    """Replaces values and remembers what was there."""

    def __init__(self) -> None:
        self._done: list[tuple[_Place, object, object]] = []

    def attribute(self, owner: Any, name: str, new: object) -> None:
        """Replace what a module or a class calls by a name."""
        self._change(_Attribute(owner, name), new)

    def item(self, container: Any, key: Any, new: object) -> None:
        """Replace an item of a dictionary, such as that of an instance's attributes, or of a list."""
        self._change(_Item(container, key), new)

    def slot(self, owner: object, name: str, new: object) -> None:
        """Replace what an instance holds in a slot."""
        self._change(_Slot(owner, name), new)

    def cell(self, cell: CellType, new: object) -> None:
        """Replace a variable of a closure."""
        self._change(_Cell(cell), new)

    def _change(self, place: _Place, new: object) -> None:
        old = place.read()
        place.write(new)
        self._done.append((place, old, new))

    def undo(self) -> None:
        """Put everything back."""
        while self._done:
            place, old, new = self._done.pop()
            if place.read() is new:
                place.write(old)


class _Attribute:
    """A name in a module or a class."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = owner
        self._name = name

    def read(self) -> object:
        return vars(self._owner).get(self._name, _ABSENT)

    def write(self, value: object) -> None:
        if value is _ABSENT:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, value)


class _Item:
    """A key of a dictionary, or a place in a list."""

    __slots__ = ("_container", "_key")

    def __init__(self, container: Any, key: Any) -> None:
        self._container = container
        self._key = key

    def read(self) -> object:
        try:
            return self._container[self._key]
        except LookupError:
            return _ABSENT

    def write(self, value: object) -> None:
        if value is _ABSENT:
            del self._container[self._key]
        else:
            self._container[self._key] = value


class _Slot:
    """A slot of an instance, whatever its class does when attributes are set."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: object, name: str) -> None:
        self._owner = owner
        self._name = name

    def read(self) -> object:
        return getattr(self._owner, self._name, _ABSENT)

    def write(self, value: object) -> None:
        object.__setattr__(self._owner, self._name, value)


class _Cell:
    """A variable of a closure."""

    __slots__ = ("_cell",)

    def __init__(self, cell: CellType) -> None:
        self._cell = cell

    def read(self) -> object:
        return self._cell.cell_contents

    def write(self, value: object) -> None:
        self._cell.cell_contents = value


_Place = _Attribute | _Item | _Slot | _Cell
