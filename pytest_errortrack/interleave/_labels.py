"""Names for scheduling points: cheap numbers while running, stable words in tokens and traces.

A word is the qualified name, a hash of the normalised statement and its ordinal among equal statements of the same
function, so it survives edits elsewhere in the file. Working it out needs the source; it is done once per place.
"""

from __future__ import annotations

import linecache
import os.path
import sysconfig
from dataclasses import dataclass
from hashlib import blake2s
from typing import TYPE_CHECKING

from pytest_errortrack import _points
from pytest_errortrack.interleave._schedule import END, START

if TYPE_CHECKING:
    from types import CodeType, FrameType

__all__ = ["END_LABEL", "START_LABEL", "Labels", "Point"]

START_LABEL = 0
END_LABEL = 1

_STDLIB = tuple(
    os.path.join(sysconfig.get_path(name), "")  # noqa: PTH118 - compared with the plain strings of code objects
    for name in ("stdlib", "platstdlib")
)


@dataclass(frozen=True, slots=True)
class Point:
    """A place where another actor may be given its turn.

    Attributes:
        text: the stable label.
        name: what happens there, `"set_extra"` or `"Lock.acquire"`; empty for a plain line.
        path: the file, empty if there is none.
        line: the line in that file.
        module: the module's name.
        source: the statement, as far as it stands on that line.
    """

    text: str
    name: str = ""
    path: str = ""
    line: int = 0
    module: str = ""
    source: str = ""

    @property
    def is_operation(self) -> bool:
        """Whether it is an operation (a primitive, an SDK's, a `step`) rather than a plain line."""
        return bool(self.name)

    @property
    def site(self) -> str:
        """The place as `file.py:12`."""
        return f"{os.path.basename(self.path)}:{self.line}" if self.path else ""  # noqa: PTH119 - only the name


class Labels:
    """Gives each scheduling point of an exploration a number.

    Attributes:
        points: the points by number.
    """

    def __init__(self) -> None:
        self.points: list[Point] = [Point(START), Point(END)]
        self._same: list[int] = [START_LABEL, END_LABEL]
        self._by_text: dict[str, int] = {START: START_LABEL, END: END_LABEL}
        self._operations: dict[tuple[str, int, int], int] = {}
        self._anonymous: dict[str, int] = {}
        self._statements: dict[int, dict[int, str]] = {}
        self._is_user: dict[int, bool] = {}
        self._kept: list[CodeType] = []  # codes are keys by id: a dead one's id might be given to another

    def is_operation(self, label: int) -> bool:
        """Tell whether the point of this number is an operation."""
        return bool(self.points[label].name)

    def same(self, label: int) -> int:
        """Return one number for all points with the same words."""
        return self._same[label]

    def line(self, code: CodeType, line: int, *, module: str) -> int:
        """Number the start of a line."""
        return self._add(Point(self._words(code, line), "", code.co_filename, line, module, _source(code, line)))

    def operation(self, name: str, frame: FrameType | None) -> int:
        """Number an operation; `frame` is the innermost frame it was called from."""
        user = self._user_frame(frame)
        if user is None:
            return self._nowhere(name)
        key = (name, id(user.f_code), user.f_lasti)
        label = self._operations.get(key)
        if label is None:
            label = self._operations[key] = self._new_operation(name, user)
        return label

    def _nowhere(self, name: str) -> int:
        # A primitive's own method was given as an actor: there is no code of the user's around it.
        if name not in self._anonymous:
            self._anonymous[name] = self._add(Point(name, name))
        return self._anonymous[name]

    def _new_operation(self, name: str, frame: FrameType) -> int:
        code, line = frame.f_code, frame.f_lineno
        self._kept.append(code)
        words = f"{name}@{self._words(code, line)}"
        module = frame.f_globals.get("__name__", "")
        return self._add(Point(words, name, code.co_filename, line, module, _source(code, line)))

    def _add(self, point: Point) -> int:
        label = len(self.points)
        self.points.append(point)
        self._same.append(self._by_text.setdefault(point.text, label))
        return label

    def _user_frame(self, frame: FrameType | None) -> FrameType | None:
        while frame is not None:
            code = frame.f_code
            verdict = self._is_user.get(id(code))
            if verdict is None:
                self._kept.append(code)
                verdict = self._is_user[id(code)] = _is_user_code(code, frame.f_globals.get("__name__", ""))
            if verdict:
                return frame
            frame = frame.f_back
        return None

    def _words(self, code: CodeType, line: int) -> str:
        statements = self._statements.get(id(code))
        if statements is None:
            self._kept.append(code)
            linecache.checkcache(code.co_filename)
            statements = self._statements[id(code)] = _statements(code)
        name = code.co_qualname.rpartition("<locals>.")[2]
        return f"{name}#{statements.get(line, f'+{line - code.co_firstlineno}')}"


def _is_user_code(code: CodeType, module: str) -> bool:
    in_stdlib = code.co_filename.startswith(_STDLIB) and "-packages" not in code.co_filename
    is_frozen = code.co_filename.startswith("<frozen")
    return _points.is_user_module(module) and not in_stdlib and not is_frozen


def _source(code: CodeType, line: int) -> str:
    return linecache.getline(code.co_filename, line).strip()


def _statements(code: CodeType) -> dict[int, str]:
    """Return, for each line of a function, the hash of its statement and its ordinal among equal ones."""
    seen: dict[str, int] = {}
    words: dict[int, str] = {}
    for line in sorted({line for _, _, line in code.co_lines() if line is not None}):
        statement = " ".join(_source(code, line).split())
        if not statement:
            continue  # no source: the caller falls back to the line's distance from the function's head
        ordinal = seen[statement] = seen.get(statement, -1) + 1
        words[line] = f"{blake2s(statement.encode('utf-8', 'replace'), digest_size=3).hexdigest()}.{ordinal}"
    return words
