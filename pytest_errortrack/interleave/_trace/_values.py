"""The values that simple assignments read and write, where looking at them runs no code of the user's.

A line `value = self.value` is shown with what it read, once the next line of its function runs. A line
`self.value = value + 1` is shown with what it is about to write. Only local variables are looked at, and only numbers,
short texts, None and truth values are shown; what has a name like a secret's is not.
"""

from __future__ import annotations

import ast
import operator
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from pytest_errortrack.interleave._labels import Point
    from pytest_errortrack.interleave._trace._columns import Row

__all__ = ["Values"]

_SHOWN: Final = (int, float, str, bool, type(None))
_MOST_CHARACTERS = 20
_LARGEST = 10**12
_LARGEST_FLOAT = 10**6
_MOST_DIGITS = 10
_MAY_BE_SECRET: Final = re.compile(r"passw|secret|token|api_?key|auth|credential|cookie|session|private", re.IGNORECASE)
_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


class _Unknown(Exception):  # noqa: N818 - never seen outside
    """The value of an expression cannot be known without running code."""


class Values:
    """Looks at the values of each actor's assignments."""

    def __init__(self) -> None:
        self._awaited: dict[str, tuple[FrameType, str, Row | None]] = {}

    def at_line(self, actor: str, point: Point) -> tuple[str, tuple[Row, str] | None]:
        """Look at a line that is about to run.

        Returns:
            What it is about to write; and what the line before assigned, with the row of that line.
        """
        frame = _frame_at(point)
        if frame is None:
            return "", None
        # On some versions looking at a frame's variables has effects later on, but not while its own line is traced.
        variables = frame.f_locals
        awaited = self._awaited.pop(actor, None)
        assigned = None
        if awaited is not None and awaited[0] is frame and awaited[2] is not None:
            value = _told(variables.get(awaited[1], ...))
            assigned = (awaited[2], value) if value else None
        statement = _statement(point.source)
        if statement is None or _MAY_BE_SECRET.search(point.source):
            return "", assigned
        target = statement.targets[0]
        plain = set(frame.f_code.co_varnames) - set(frame.f_code.co_cellvars)
        if isinstance(target, ast.Name):
            if target.id in plain and not isinstance(statement.value, ast.Constant):
                self._awaited[actor] = (frame, target.id, None)
            return "", assigned
        try:
            written = _told(_value(statement.value, variables, plain))
        except _Unknown:
            written = ""
        return ("" if isinstance(statement.value, ast.Constant) else written), assigned

    def await_value(self, actor: str, row: Row) -> None:
        """Remember in which row the assignment is shown that was just looked at."""
        awaited = self._awaited.get(actor)
        if awaited is not None:
            self._awaited[actor] = (awaited[0], awaited[1], row)


def _frame_at(point: Point) -> FrameType | None:
    """Return the frame that is about to run the line of a point, in the current thread."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to look at one's callers
    while frame is not None and (frame.f_code.co_filename != point.path or frame.f_lineno != point.line):
        frame = frame.f_back
    return frame


@lru_cache(maxsize=512)
def _statement(source: str) -> ast.Assign | None:
    """Return the simple assignment that a line is, if it is one."""
    try:
        found = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    if len(found) != 1 or not isinstance(found[0], ast.Assign) or len(found[0].targets) != 1:
        return None
    return found[0]


def _value(node: ast.expr, variables: Any, plain: set[str]) -> object:
    """Return the value of an expression of plain local variables."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name) and node.id in plain:
        value = variables.get(node.id, ...)
        if type(value) in _SHOWN:
            return value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, variables, plain), _value(node.right, variables, plain)
        if _is_small(left) and _is_small(right):
            try:
                return _OPERATORS[type(node.op)](left, right)
            except (ArithmeticError, TypeError) as error:
                raise _Unknown from error
    raise _Unknown


def _is_small(value: object) -> bool:
    return type(value) in {int, float} and abs(value) < _LARGEST  # type: ignore[arg-type]  # told apart just before


def _told(value: object) -> str:
    """Return what is put behind a line; nothing where a value is not to be shown."""
    if type(value) not in _SHOWN or (isinstance(value, int) and abs(value) >= _LARGEST):
        return ""
    if isinstance(value, float) and abs(value) >= _LARGEST_FLOAT:
        return ""  # what a clock says tells nobody anything
    text = repr(value[: _MOST_CHARACTERS + 1]) if isinstance(value, str) else repr(value)
    if isinstance(value, float) and len(text) > _MOST_DIGITS:
        text = f"{value:.6g}"
    return f" -> {text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 3] + '...'}"
