"""The interleaving as people read it: one column per actor, one numbered row per step.

Rows are recorded only in the executions that are shown. An operation's row stands where the operation took effect,
which is after the others' steps if the actor was preempted just before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._labels import Point

__all__ = ["Row", "Trace"]

_STEP_WIDTH = 11
_GAP = 1
_WIDTH_FOR_TWO = 80
_WIDTH = 100
_MOST_COLUMNS = 5
_MOST_ROWS = 70
_MOST_KEPT = 3_000
_AROUND_SWITCH = 3  # rows kept before and after a switch when a trace is too long


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a numbered step, or a mark between steps.

    Attributes:
        number: the step's number, None for a mark.
        actor: the actor's path.
        text: what it did.
        site: where, as `file.py:12`.
        path: that file.
        line: that line.
        is_plain_line: whether it is a line rather than an operation.
    """

    number: int | None
    actor: str
    text: str
    site: str = ""
    path: str = ""
    line: int = 0
    is_plain_line: bool = False


class Trace:
    """Records the rows of one schedule."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._numbers: dict[int, int] = {}
        self._count = 0
        self._forgotten = 0

    def step(self, raw: int, actor: str, point: Point, *, remark: str = "") -> None:
        """Record that an actor goes through a point; `raw` is the index of the choice that let it."""
        text = point.name or point.source or point.text
        text = f"{text} ({remark})" if remark else text
        row = Row(0, actor, text, point.site, point.path, point.line, is_plain_line=not point.is_operation)
        last = self.rows[-1] if self.rows else None
        if last is not None and point.is_operation and _is_line_of(last, row):
            # The line and the operation on it are one step to a reader.
            self.rows[-1] = replace(row, number=last.number)
        else:
            self._count += 1
            self.rows.append(replace(row, number=self._count))
            if len(self.rows) > _MOST_KEPT:
                self._forget_middle()
        self._numbers[raw] = self._count

    def skip(self, raw: int) -> None:
        """Note a choice that is not shown; what happens on it counts as part of the step before."""
        self._numbers[raw] = self._count

    def _forget_middle(self) -> None:
        # Only a livelock comes here; nobody reads its half a million steps.
        third = _MOST_KEPT // 3
        forgotten = self.rows[third : 2 * third]
        self._forgotten += sum(row.number is not None for row in forgotten)
        self.rows[third : 2 * third] = [Row(None, forgotten[0].actor, f"  ... {self._forgotten:,} more")]

    def preempted(self, actor: str) -> None:
        """Record that an actor was interrupted."""
        self.rows.append(Row(None, actor, "  -- preempted --"))

    def number(self, raw: int) -> int | None:
        """Return the number shown for a raw step index, None if it is not shown."""
        return self._numbers.get(raw)

    def shown(self) -> list[Row]:
        """Return the rows that a reader can take in: all of them, or those near the switches."""
        return _shortened(self.rows)

    def render(self, columns: Sequence[tuple[str, str]]) -> list[str]:
        """Return the lines of text; `columns` are the actors as pairs of path and name."""
        rows = self.shown()
        if len(columns) > _MOST_COLUMNS:
            return _as_list(rows, dict(columns))
        total = _WIDTH_FOR_TWO if len(columns) <= 2 else _WIDTH  # noqa: PLR2004 - as its name says
        width = (total - _STEP_WIDTH) // max(1, len(columns)) - _GAP
        places = {path: place for place, (path, _) in enumerate(columns)}
        header = _line("step", [_fit(name, width) for _, name in columns], width)
        return [header, *(_row_line(row, places, width) for row in rows)]


def _is_line_of(last: Row, row: Row) -> bool:
    return last.is_plain_line and (last.actor, last.path, last.line) == (row.actor, row.path, row.line)


def _shortened(rows: list[Row]) -> list[Row]:
    """Leave out rows far from any switch, then from the middle, until a reader can take it in."""
    if len(rows) <= _MOST_ROWS:
        return rows
    switches = [at for at in range(1, len(rows)) if rows[at].actor != rows[at - 1].actor]
    near = {0, len(rows) - 1}
    for at in switches:
        near.update(range(at - _AROUND_SWITCH, at + _AROUND_SWITCH))
    kept = [at for at in range(len(rows)) if at in near or not (rows[at].is_plain_line or rows[at].number is None)]
    if len(kept) > _MOST_ROWS:
        kept = kept[: _MOST_ROWS // 2] + kept[-_MOST_ROWS // 2 :]
    shown: list[Row] = []
    previous = -1
    for at in kept:
        if at > previous + 1:
            shown.append(Row(None, rows[at].actor, f"  ... {at - previous - 1} more"))
        shown.append(rows[at])
        previous = at
    return shown


def _row_line(row: Row, places: dict[str, int], width: int) -> str:
    cells = [""] * len(places)
    cells[places[row.actor]] = _cell(row, width)
    return _line("" if row.number is None else str(row.number), cells, width)


def _cell(row: Row, width: int) -> str:
    """Return what was done and where; a file's long name gives way before the line's number does."""
    for site in (row.site, f":{row.line}"):
        fits = len(row.text) + 1 + len(site) <= width or len(site) <= width // 2
        if row.site and fits:
            room = width - len(site) - 1
            return f"{_fit(row.text, room):<{room}} {site}"
    return _fit(row.text, width)


def _line(step: str, cells: Sequence[str], width: int) -> str:
    columns = (" " * _GAP).join(f"{cell:<{width}}" for cell in cells)
    return f"{step:>{_STEP_WIDTH - 2}}  {columns}".rstrip()


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def _as_list(rows: Sequence[Row], names: dict[str, str]) -> list[str]:
    width = min(20, max(len(name) for name in names.values()))
    room = _WIDTH - _STEP_WIDTH - width - 1
    lines = [f"{'step':>{_STEP_WIDTH - 2}}  {'actor':<{width}}"]
    for row in rows:
        number = "" if row.number is None else str(row.number)
        actor = f"{_fit(names[row.actor], width):<{width}}"
        lines.append(f"{number:>{_STEP_WIDTH - 2}}  {actor} {_cell(row, room)}".rstrip())
    return lines
