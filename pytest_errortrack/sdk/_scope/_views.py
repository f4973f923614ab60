"""Several views of what there is once per process, for tests that run side by side.

What the SDK keeps once per process is read and written in many places, and none of them should know of tests. So for as
long as views stand beside each other, the class of the one holder, and the few attributes that live longer than a test,
answer for whoever asks: from the asker's view, from those that it is part of, and else from the process itself. What a
view writes stays in it. Before and after nothing stands in the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_errortrack.sdk._scope._process import Process, process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_errortrack.sdk._scope._journal import Journal

__all__ = ["Past", "View", "Views"]

FIELDS: Final = ("client", "journal", "main_hub", "observation", "propagation", "roots")


class View:
    """What one test sees as the state of the process, as far as it differs from what its outer view sees.

    Attributes:
        outer: the view that it is part of; None: the process itself.
        fields: of the process.
        cells: of objects that live longer than a test, each with the object, so that an id cannot be taken twice.
    """

    __slots__ = ("cells", "fields", "outer")

    def __init__(self, outer: View | None = None) -> None:
        self.outer = outer
        self.fields: dict[str, object] = {}
        self.cells: dict[int, tuple[object, Any]] = {}

    def begin_anew(self) -> None:
        """See again what the outer view sees; who observes stays."""
        self.cells.clear()
        for name in FIELDS:
            if name != "observation":
                self.fields.pop(name, None)


class Past(Protocol):
    """What a block found, and put aside in order to put it back."""

    @property
    def journal(self) -> Journal:
        """What scopes and hubs held when the block first changed them."""

    def fields(self) -> Mapping[str, object]:
        """Return what the fields of the process held."""


class Views:
    """Lets views stand beside each other, between `part` and `rejoin`."""

    def __init__(self, cells: Mapping[type, str], *, find: Callable[[], View | None]) -> None:
        """Stand nowhere yet.

        Args:
            cells: which attribute of which class is the view's.
            find: finds the view of whoever asks; None: the process itself.
        """
        self._find = find
        self._slots = {owner: _stored(owner, name) for owner, name in cells.items()}
        self._names = dict(cells)
        self._before = {owner: owner.__dict__.get(name) for owner, name in cells.items()}
        members = {name: _field(name, find) for name in FIELDS}
        self._observation: object = None
        self._process_class: type = type("_ProcessOfViews", (Process,), {"__slots__": (), "is_one": False, **members})

    def part(self, line: Sequence[tuple[View, Sequence[Past]]], *, observation: object) -> None:
        """Give each of those who change the process at present a view of its own, and the process back its past.

        Args:
            line: the views to be, outermost first, each with what its blocks put aside, outermost first.
            observation: who observes where no view is asked for.
        """
        with process.write_lock:  # whoever writes a scope waits for the moment
            past = _Peeled(self._stored_value)
            for view, blocks in reversed(line):
                for block in reversed(blocks):
                    past.peel(block, view)
            for owner, name in self._names.items():
                setattr(owner, name, _cell(*self._slots[owner], self._find))
            process.__class__ = self._process_class
            for cell, value in past.cells.values():
                self._slot_of(cell)[1](cell, value)
            self._observation = past.fields["observation"]
            for name, value in {**past.fields, "observation": observation}.items():
                Process.__dict__[name].__set__(process, value)

    def rejoin(self) -> None:
        """Step aside: what the process itself holds is what counts again."""
        with process.write_lock:
            process.__class__ = Process
            process.observation = self._observation
            for owner, name in self._names.items():
                before = self._before[owner]
                if before is None:
                    delattr(owner, name)
                else:
                    setattr(owner, name, before)

    def _slot_of(self, cell: object) -> Any:
        return next(slot for owner, slot in self._slots.items() if isinstance(cell, owner))

    def _stored_value(self, cell: object) -> Any:
        return self._slot_of(cell)[0](cell)


class _Peeled:
    """The process without what blocks did to it, the innermost block first."""

    def __init__(self, stored: Callable[[object], Any]) -> None:
        self._stored = stored
        self.cells: dict[int, tuple[object, Any]] = {}
        self.fields: dict[str, object] = {name: getattr(process, name) for name in FIELDS}

    def peel(self, block: Past, view: View) -> None:
        """Take off one block, and give its view what it saw."""
        for key, (cell, value) in block.journal.changed().items():
            view.cells.setdefault(key, self.cells.get(key) or (cell, self._stored(cell)))
            self.cells[key] = (cell, value)
        for name, held in self.fields.items():
            view.fields.setdefault(name, held)
        self.fields.update(block.fields())


def _stored(owner: type, name: str) -> tuple[Callable[[Any], Any], Callable[[Any, Any], None]]:
    """Return how to read and write an attribute whatever stands before it."""
    slot = owner.__dict__.get(name)
    if slot is not None:
        return slot.__get__, slot.__set__

    def take(cell: Any) -> Any:
        return cell.__dict__[name]

    def put(cell: Any, value: Any) -> None:
        cell.__dict__[name] = value

    return take, put


def _cell(take: Callable[[Any], Any], put: Callable[[Any, Any], None], find: Callable[[], View | None]) -> property:
    def read(cell: Any) -> Any:
        view, key = find(), id(cell)
        while view is not None:
            known = view.cells.get(key)
            if known is not None:
                return known[1]
            view = view.outer
        return take(cell)

    def write(cell: Any, value: Any) -> None:
        view = find()
        if view is not None and _is_made(cell, take):
            view.cells[id(cell)] = (cell, value)
        else:
            put(cell, value)

    return property(read, write)


def _is_made(cell: Any, take: Callable[[Any], Any]) -> bool:
    try:
        take(cell)
    except (AttributeError, KeyError):
        return False
    return True


def _field(name: str, find: Callable[[], View | None]) -> property:
    slot = Process.__dict__[name]

    def read(holder: Process) -> object:
        view = find()
        while view is not None:
            if name in view.fields:
                return view.fields[name]
            view = view.outer
        return slot.__get__(holder)

    def write(holder: Process, value: object) -> None:
        view = find()
        if view is None:
            slot.__set__(holder, value)
        else:
            view.fields[name] = value

    return property(read, write)
