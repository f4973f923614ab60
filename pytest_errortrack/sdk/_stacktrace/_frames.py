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
    """What all frames of one file and module have in common."""

    filename: str
    abs_path: str
    in_app: bool


class FrameBuilder:
    """Builds the frames of events; one per client, since it keeps what it learned about files."""

    __slots__ = ("_places", "_rules", "_source")

    def __init__(self, rules: FrameRules) -> None:
        self._rules = rules
        self._source = SourceLines()
        self._places: dict[tuple[str, str | None], _Place] = {}

    def from_traceback(
        self, traceback: TracebackType | None, write: Callable[[Mapping[str, object]], Event] | None
    ) -> list[Event]:
        """Return the frames of a traceback, outermost first.

        Args:
            traceback: where the exception went through.
            write: turns a frame's variables into JSON; None leaves them out.
        """
        return self._build(list(_steps(traceback)), write)

    def from_stack(self, frame: FrameType | None) -> list[Event]:
        """Return the frames of a running stack, outermost first and without variables."""
        steps = []
        while frame is not None:
            steps.append((frame, frame.f_lineno))
            frame = frame.f_back
        steps.reverse()
        return self._build(steps, None)

    def _build(
        self, steps: Sequence[tuple[FrameType, int]], write: Callable[[Mapping[str, object]], Event] | None
    ) -> list[Event]:
        if len(steps) > _MOST_FRAMES:  # before anything is done for any of them
            half = _MOST_FRAMES // 2
            steps = [*steps[:half], *steps[-half:]]
        frames = []
        for frame, lineno in steps:
            built = self._frame(frame, lineno, write)
            if built is not None:
                frames.append(built)
        return frames

    def _frame(
        self, frame: FrameType, lineno: int, write: Callable[[Mapping[str, object]], Event] | None
    ) -> Event | None:
        code = frame.f_code
        module_globals = frame.f_globals
        module = module_globals.get("__name__")
        module = module if type(module) is str else None
        if module is not None and module.startswith(_OURS):
            return None
        variables = None
        if write is not None or any(name in code.co_varnames for name in _HIDING_NAMES):
            variables = _variables(frame, code)
            if any(_is_set(variables.get(name)) for name in _HIDING_NAMES):
                return None
        place = self._places.get((code.co_filename, module)) or self._learn(code.co_filename, module)
        built: Event = {
            "filename": place.filename,
            "abs_path": place.abs_path,
            "function": _encodable(code.co_qualname),
            "module": module if module is None else _encodable(module),
            "lineno": lineno,
            "in_app": place.in_app,
        }
        if self._rules.with_source:
            self._source.add_to(built, code.co_filename, module_globals)
        if write is not None and variables is not None:
            built["vars"] = write(variables)
        return built

    def _learn(self, filename: str, module: str | None) -> _Place:
        abs_path = filename if filename.startswith("<") else os.path.abspath(filename)  # noqa: PTH100 - as above
        shown, in_app = _shown_filename(abs_path, module), _is_in_app(abs_path, module, self._rules)
        place = _Place(_encodable(shown), _encodable(abs_path), in_app)
        self._places[filename, module] = place
        return place


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
