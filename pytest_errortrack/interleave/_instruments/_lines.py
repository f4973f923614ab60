"""Lines of the user's modules as scheduling points, by a trace function in each actor's thread.

A frame out of scope costs one dictionary look-up when it is entered and nothing per line.
"""

from __future__ import annotations

from _thread import get_ident
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._runtime import Runtime
    from pytest_errortrack.interleave._scope import CodeScope

    TraceFunction = Callable[[FrameType, str, Any], Any]

__all__ = ["LineTracer"]


class LineTracer:
    """Makes the lines in scope scheduling points of the current schedule.

    Attributes:
        run: the current schedule; None makes the tracer inert.
        trace: the trace function to install.
    """

    def __init__(self, labels: Labels, scope: CodeScope) -> None:
        self.run: Runtime | None = None
        self._labels = labels
        self._scope = scope
        self._locals: dict[int, TraceFunction | None] = {}
        self._kept: list[CodeType] = []  # codes are keys by id, which must not be given to another
        self.trace: TraceFunction = self._make_trace()

    def _make_trace(self) -> TraceFunction:
        functions = self._locals

        def trace(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            del event, arg
            try:
                return functions[id(frame.f_code)]
            except KeyError:
                return self._decide(frame)

        return trace

    def _decide(self, frame: FrameType) -> TraceFunction | None:
        code = frame.f_code
        self._kept.append(code)
        is_in = self._scope.covers(code, frame.f_globals)
        function = self._make_local(code, str(frame.f_globals.get("__name__", ""))) if is_in else None
        self._locals[id(code)] = function
        return function

    def _make_local(self, code: CodeType, module: str) -> TraceFunction:
        numbers: dict[int, int] = {}

        def trace_lines(frame: FrameType, event: str, arg: object) -> TraceFunction:
            del arg
            run = self.run
            # A thread that has not the turn may still run a finaliser; that is nobody's step.
            if event == "line" and run is not None and run.ident == get_ident():
                line = frame.f_lineno
                label = numbers.get(line)
                if label is None:
                    label = numbers[line] = self._labels.line(code, line, module=module)
                run.point(label)
            return trace_lines

        return trace_lines
