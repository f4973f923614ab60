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
from pytest_errortrack.interleave._schedule import END, START, THREAD_END

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FrameType

__all__ = ["END_LABEL", "START_LABEL", "THREAD_END_LABEL", "Labels", "Point", "loud"]

START_LABEL = 0
END_LABEL = 1
THREAD_END_LABEL = 2

_STDLIB = tuple(
    os.path.join(sysconfig.get_path(name), "")  # noqa: PTH118 - compared with the plain strings of code objects
    for name in ("stdlib", "platstdlib")
)


# Libraries that carry a request's work, some of them from thread to thread; how they do it is no point of the user's.
_CARRIERS = frozenset(
    ("asyncio", "anyio", "starlette", "fastapi", "flask", "werkzeug", "django", "asgiref", "httpx", "httpcore")
)


def loud(label: int) -> int:
    """Return the number of the point itself, whoever reached it."""
    return ~label if label < 0 else label


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
        is_quiet: whether it is a library's own doing, at which nobody is preempted.
        function: a fingerprint of all statements of the function it is in; empty where there is no source.
    """

    text: str
    name: str = ""
    path: str = ""
    line: int = 0
    module: str = ""
    source: str = ""
    is_quiet: bool = False
    function: str = ""

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

    def __init__(self, is_covered: Callable[[CodeType, Mapping[str, object]], bool] | None = None) -> None:
        self._is_covered = is_covered
        self._is_quiet: dict[int, bool | None] = {}
        self.points: list[Point] = [Point(START), Point(END), Point(THREAD_END)]
        self._same: list[int] = [START_LABEL, END_LABEL, THREAD_END_LABEL]
        self._by_text: dict[str, int] = {START: START_LABEL, END: END_LABEL, THREAD_END: THREAD_END_LABEL}
        self._operations: dict[tuple[str, int, int, bool], int] = {}
        self._direct: dict[tuple[str, int, int], int] = {}
        self._anonymous: dict[tuple[str, bool], int] = {}
        self._statements: dict[int, dict[int, str]] = {}
        self._functions: dict[int, str] = {}
        self._is_user: dict[int, bool] = {}
        self._kept: list[CodeType] = []  # codes are keys by id: a dead one's id might be given to another

    def is_operation(self, label: int) -> bool:
        """Tell whether the point of this number is an operation."""
        return bool(self.points[label].name)

    def same(self, label: int) -> int:
        """Return one number for all points with the same words."""
        return self._same[label]

    def line(self, code: CodeType, line: int, *, module: str, access: int = 0, doing: str = "") -> int:
        """Number the start of a line, or, where the line is split, one of its accesses, counted from 1.

        `doing` says what that access is, for those who read.
        """
        words, source = self._words(code, line), _source(code, line)
        if access:
            words = f"{words}/{access}"
        if doing:
            source = f"{doing} | {source}" if source else doing
        function = self.function_of(code)
        return self._add(Point(words, "", code.co_filename, line, module, source, function=function))

    def operation(self, name: str, frame: FrameType | None, *, is_quiet: bool = False) -> int:
        """Number an operation; `frame` is the innermost frame it was called from."""
        user = self._user_frame(frame)
        if user is None:
            return self._nowhere(name, is_quiet=is_quiet)
        key = (name, id(user.f_code), user.f_lasti, is_quiet)
        label = self._operations.get(key)
        if label is None:
            label = self._operations[key] = self._new_operation(name, user, is_quiet=is_quiet)
        return label

    def reached(self, name: str, frame: FrameType | None, *, is_quiet: bool = False) -> int:
        """Number an operation of a primitive; a negative number if it is a library's own doing, see `loud`.

        Args:
            name: what happens.
            frame: the innermost frame it was called from.
            is_quiet: what holds where nobody but the standard library is to be seen.
        """
        caller = frame
        if caller is not None:
            known = self._direct.get((name, id(caller.f_code), caller.f_lasti))
            if known is not None:
                return known
        while frame is not None:
            code = frame.f_code
            try:
                verdict = self._is_quiet[id(code)]
            except KeyError:
                verdict = self._judge(code, frame.f_globals)
            if verdict is not None:
                is_quiet = verdict
                break
            frame = frame.f_back
        label = self.operation(name, frame, is_quiet=is_quiet)
        if is_quiet:
            return ~label
        if frame is not None and frame is caller and self._is_user.get(id(frame.f_code)):
            self._direct[name, id(frame.f_code), frame.f_lasti] = label  # the caller alone decides
        return label

    def _judge(self, code: CodeType, namespace: Mapping[str, object]) -> bool | None:
        """Tell whether what a function does is a library's own doing; None if its caller has to say."""
        self._kept.append(code)
        module = str(namespace.get("__name__", ""))
        verdict: bool | None = False
        if self._is_covered is None or not self._is_covered(code, namespace):
            if module.partition(".")[0] in _CARRIERS:
                verdict = True
            elif not _is_user_code(code, module):
                verdict = None
        self._is_quiet[id(code)] = verdict
        return verdict

    def _nowhere(self, name: str, *, is_quiet: bool) -> int:
        # A primitive's own method was given as an actor: there is no code of the user's around it.
        key = (name, is_quiet)
        if key not in self._anonymous:
            self._anonymous[key] = self._add(Point(name, name, is_quiet=is_quiet))
        return self._anonymous[key]

    def _new_operation(self, name: str, frame: FrameType, *, is_quiet: bool) -> int:
        code, line = frame.f_code, frame.f_lineno
        self._kept.append(code)
        words = f"{name}@{self._words(code, line)}"
        module = frame.f_globals.get("__name__", "")
        source, function = _source(code, line), self.function_of(code)
        return self._add(Point(words, name, code.co_filename, line, module, source, is_quiet, function))

    def function_of(self, code: CodeType) -> str:
        """Return a fingerprint of all statements of a function, in their order; empty where there is no source."""
        known = self._functions.get(id(code))
        if known is None:
            statements = self._statements_of(code)
            body = " ".join(statements[line] for line in sorted(statements))
            known = self._functions[id(code)] = body and blake2s(body.encode(), digest_size=6).hexdigest()
        return known

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
        statements = self._statements_of(code)
        name = code.co_qualname.rpartition("<locals>.")[2]
        return f"{name}#{statements.get(line, f'+{line - code.co_firstlineno}')}"

    def _statements_of(self, code: CodeType) -> dict[int, str]:
        statements = self._statements.get(id(code))
        if statements is None:
            self._kept.append(code)
            linecache.checkcache(code.co_filename)
            statements = self._statements[id(code)] = _statements(code)
        return statements


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
