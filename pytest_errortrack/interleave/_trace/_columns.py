"""Rows as people read them: one column per actor, or a list where there are too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Row", "columns", "shortened"]

_STEP_WIDTH = 11
_GAP = 1
_WIDTH_FOR_TWO = 80
_WIDTH = 100
_MOST_COLUMNS = 5
_MOST_ROWS = 70
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
        is_part: whether it is a part of a line.
        value: what it read or wrote, with an arrow before it.
    """

    number: int | None
    actor: str
    text: str
    site: str = ""
    path: str = ""
    line: int = 0
    is_plain_line: bool = False
    is_part: bool = False
    value: str = ""


def columns(rows: Sequence[Row], actors: Sequence[tuple[str, str]]) -> list[str]:
    """Return the lines of text; `actors` are pairs of path and name."""
    if len(actors) > _MOST_COLUMNS:
        return _as_list(rows, dict(actors))
    total = _WIDTH_FOR_TWO if len(actors) <= 2 else _WIDTH  # noqa: PLR2004 - as its name says
    width = (total - _STEP_WIDTH) // max(1, len(actors)) - _GAP
    places = {path: place for place, (path, _) in enumerate(actors)}
    header = _line("step", [_fit(name, width) for _, name in actors], width)
    return [header, *(_row_line(row, places, width) for row in rows)]


def shortened(rows: Sequence[Row]) -> list[Row]:
    """Leave out rows far from any switch, then from the middle, until a reader can take it in."""
    if len(rows) <= _MOST_ROWS:
        return list(rows)
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
    """Return what was done and where; a file's long name gives way before the line's number and a value do."""
    if row.value:
        site = row.site if len(row.text + row.value) + 1 + len(row.site) <= width else f":{row.line}"
        room = width - len(site) - 1
        shown = _fit(row.text, room - len(row.value)) + row.value
        return f"{shown:<{room}} {site}"
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
