"""What is written down of one schedule, in the few executions that are shown.

An operation's row stands where the operation took effect, which is after the others' steps if the actor was preempted
just before it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._trace._columns import Row, columns, shortened
from pytest_errortrack.interleave._trace._values import Values

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_errortrack.interleave._labels import Point

__all__ = ["Trace", "line_of"]

_MOST_KEPT = 3_000


def line_of(text: str) -> str:
    """Return the stable label of the line of which a label names a part, or the label itself."""
    line, slash, part = text.rpartition("/")
    return line if slash and part.isdecimal() else text


class Trace:
    """Records the rows of one schedule.

    Args:
        lines: the stable labels of the lines that are worth showing; None for all. Operations are always shown.
    """

    def __init__(self, lines: Collection[str] | None = None) -> None:
        self.rows: list[Row] = []
        self._lines = lines
        self._values = Values()
        self._numbers: dict[int, int] = {}
        self._count = 0
        self._forgotten = 0

    def step(self, raw: int, actor: str, point: Point, *, remark: str = "") -> None:
        """Record that an actor goes through a point; `raw` is the index of the choice that let it."""
        text = point.name or point.source or point.text
        value = ""
        if not point.is_operation:
            value = self._look(actor, point)
            if self._lines is not None and line_of(point.text) not in self._lines:
                self.skip(raw)
                return
        row = Row(
            0,
            actor,
            f"{text} ({remark})" if remark else text,
            point.site,
            point.path,
            point.line,
            is_plain_line=not point.is_operation,
            is_part=line_of(point.text) != point.text and not point.is_operation,
            value=value,
        )
        last = self.rows[-1] if self.rows else None
        is_repeated = last is not None and row.is_part and row.text == last.text  # not so where instructions are told
        if last is not None and (point.is_operation or is_repeated) and _is_line_of(last, row):
            # The line and what happens on it are one step to a reader.
            self._replace(last, replace(row, number=last.number))
        else:
            self._count += 1
            self.rows.append(replace(row, number=self._count))
            if len(self.rows) > _MOST_KEPT:
                self._forget_middle()
        self._numbers[raw] = self._count
        if not point.is_operation:
            self._values.await_value(actor, self.rows[-1])

    def _look(self, actor: str, point: Point) -> str:
        """Look at the line that is about to run, and at what came of the one before; return what is to be said."""
        written, assigned = self._values.at_line(actor, point)
        if assigned is not None:
            row, value = assigned
            self._replace(row, replace(row, value=value))
        return written

    def _replace(self, old: Row, new: Row) -> None:
        for at in range(len(self.rows) - 1, -1, -1):
            if self.rows[at] is old:
                self.rows[at] = new
                break

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
        return shortened(self.rows)

    def render(self, actors: Sequence[tuple[str, str]]) -> list[str]:
        """Return the lines of text; `actors` are the columns, as pairs of path and name."""
        return columns(self.shown(), actors)


def _is_line_of(last: Row, row: Row) -> bool:
    return last.is_plain_line and (last.actor, last.path, last.line) == (row.actor, row.path, row.line)
