"""Stack traces: from traceback and frame objects to the frames of an event.

No frame object is kept: what is taken from one is copied at once.
https://develop.sentry.dev/sdk/data-model/event-payloads/stacktrace/
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_errortrack.sdk._stacktrace._source import SourceLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import CodeType, FrameType, TracebackType

    from pytest_errortrack.sdk.protocol import Event

__all__ = ["FrameBuilder", "FrameRules"]

_MOST_FRAMES = 100
_MOST_PLACES = 4096
_HIDING_NAMES = ("__tracebackhide__", "__traceback_hide__")
_OURS = "pytest_errortrack.sdk"
_STDLIB = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib would cost this module more than it saves
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_IS_CACHING_LOCALS = sys.version_info < (3, 13)
_IS_OPTIMIZED = 1  # inspect.CO_OPTIMIZED
_REFERENCES_OF_A_CACHE = 3  # the frame's, ours, and the argument of getrefcount


@dataclass(frozen=True, slots=True)
class FrameRules:
    """What a user said about frames.

    Attributes:
        in_app_include: names of modules and packages that are the application.
        in_app_exclude: names of those that are not.
        project_root: files below it are the application.
        with_source: whether to show lines of source.
    """

    in_app_include: tuple[str, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    project_root: str | None = None
    with_source: bool = True


class _Place(NamedTuple):
    """What all events have in common that pass one line of one code object, in one module.

    Attributes:
        code: keeps the object alive while its id stands for it.
        shown: the frame but for its variables; None where the frame is not shown at all.
        hides: whether a variable may say that the frame is hidden.
    """

    code: CodeType
    shown: Event | None
    hides: bool


class FrameBuilder:
    """Builds the frames of events; one per client, since it keeps what it learned about places in the code.

    Not locked: the worst that two threads can do is to learn the same place twice.
    """

    __slots__ = ("_places", "_rules", "_source")

    def __init__(self, rules: FrameRules) -> None:
        self._rules = rules
        self._source = SourceLines()
        # code objects are compared by all they hold, which takes long; their ids are not
        self._places: dict[tuple[int, int, object], _Place] = {}

    def from_traceback(
        self,
        traceback: TracebackType | None,
        write: Callable[[Mapping[str, object]], Event] | None,
        *,
        shares: bool = False,
    ) -> list[Event]:
        """Return the frames of a traceback, outermost first.

        Args:
            traceback: where the exception went through.
            write: turns a frame's variables into JSON; None leaves them out.
            shares: whether frames of several events may share lines of source, since nobody will change them.
        """
        return self._build(list(_steps(traceback)), write, shares=shares)

    def from_stack(self, frame: FrameType | None) -> list[Event]:
        """Return the frames of a running stack, outermost first and without variables."""
        steps = []
        while frame is not None:
            steps.append((frame, frame.f_lineno))
            frame = frame.f_back
        steps.reverse()
        return self._build(steps, None, shares=False)

    def _build(
        self,
        steps: Sequence[tuple[FrameType, int]],
        write: Callable[[Mapping[str, object]], Event] | None,
        *,
        shares: bool,
    ) -> list[Event]:
        if len(steps) > _MOST_FRAMES:  # before anything is done for any of them
            half = _MOST_FRAMES // 2
            steps = [*steps[:half], *steps[-half:]]
        frames = []
        for frame, lineno in steps:
            built = self._frame(frame, lineno, write)
            if built is not None:
                frames.append(built if shares else _with_own_lines(built))
        return frames

    def _frame(
        self, frame: FrameType, lineno: int, write: Callable[[Mapping[str, object]], Event] | None
    ) -> Event | None:
        code = frame.f_code
        module = frame.f_globals.get("__name__")
        if type(module) is not str:
            module = None
        place = self._places.get((id(code), lineno, module)) or self._learn(frame, lineno, module)
        if place.shown is None:
            return None
        if write is None and not place.hides:
            return place.shown.copy()
        variables = _variables(frame, code)
        if place.hides and any(_is_set(variables.get(name)) for name in _HIDING_NAMES):
            return None
        built = place.shown.copy()
        if write is not None:
            built["vars"] = write(variables)
        return built

    def _learn(self, frame: FrameType, lineno: int, module: str | None) -> _Place:
        code = frame.f_code
        hides = any(name in code.co_varnames or name in code.co_cellvars for name in _HIDING_NAMES)
        is_ours = module is not None and (module == _OURS or module.startswith(f"{_OURS}."))
        place = _Place(code, None if is_ours else self._shown(frame, lineno, module), hides)
        if len(self._places) >= _MOST_PLACES:
            self._places = {}
        self._places[id(code), lineno, module] = place
        return place

    def _shown(self, frame: FrameType, lineno: int, module: str | None) -> Event:
        code = frame.f_code
        filename = code.co_filename
        abs_path = filename if filename.startswith("<") else os.path.abspath(filename)  # noqa: PTH100 - as above
        shown: Event = {
            "filename": _encodable(_shown_filename(abs_path, module)),
            "abs_path": _encodable(abs_path),
            "function": _encodable(code.co_qualname),
            "module": module if module is None else _encodable(module),
            "lineno": lineno,
            "in_app": _is_in_app(abs_path, module, self._rules),
        }
        if self._rules.with_source:
            self._source.add_to(shown, filename, frame.f_globals)
        return shown


def _with_own_lines(frame: Event) -> Event:
    """Return a frame that shares no lists with another one."""
    if "context_line" in frame:
        frame["pre_context"] = frame["pre_context"].copy()
        frame["post_context"] = frame["post_context"].copy()
    return frame


def _steps(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _encodable(text: str) -> str:
    """Return a name or path that JSON can carry: file systems have names that are no Unicode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_set(value: object) -> bool:
    """Tell whether a hiding local is switched on; a value of any other type is not asked for its truth."""
    return type(value) in {bool, int} and bool(value)


def _variables(frame: FrameType, code: CodeType) -> dict[str, Any]:
    """Return a copy of a frame's variables, and leave nothing behind.

    Before Python 3.13 a frame keeps the dict that `f_locals` makes. That would tie the variables to the frame for as
    long as the traceback lives, and an exception among them to itself. The dict is emptied again, unless somebody else
    holds it: then it is the result of their call of `locals()`.
    """
    if not code.co_flags & _IS_OPTIMIZED:  # a module or class body: its variables are what it is
        return {name: value for name, value in list(frame.f_locals.items()) if not name.startswith("__")}
    if not _IS_CACHING_LOCALS:  # pragma: no cover - by the version that the tests run on
        return dict(frame.f_locals)
    cache = frame.f_locals
    variables = dict(cache)
    if sys.getrefcount(cache) <= _REFERENCES_OF_A_CACHE:
        cache.clear()
    return variables


def _shown_filename(abs_path: str, module: str | None) -> str:
    """Return a path as one would say it: relative to where its top-level package lies."""
    if module and not abs_path.startswith("<"):
        depth = module.count(".") + (1 if abs_path.endswith("__init__.py") else 0)
        parts = abs_path.split(os.sep)  # noqa: PTH206 - as above
        if module != "__main__" and len(parts) > depth + 1:
            return "/".join(parts[-depth - 1 :])
    for root in sys.path:
        if root and abs_path.startswith(root + os.sep):
            return abs_path[len(root) + 1 :]
    return abs_path


def _is_in_app(abs_path: str, module: str | None, rules: FrameRules) -> bool:
    """Tell whether a file is the application's: what the user said, else by where it lies."""
    if module and _is_below(module, rules.in_app_include):
        return True
    if module and _is_below(module, rules.in_app_exclude):
        return False
    if any(part in abs_path for part in _INSTALLED):
        return False
    if abs_path.startswith(("<frozen ", _STDLIB + os.sep)):
        return False
    if rules.project_root is not None and module != "__main__":
        return abs_path.startswith(rules.project_root.rstrip(os.sep) + os.sep)
    return True


def _is_below(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)
