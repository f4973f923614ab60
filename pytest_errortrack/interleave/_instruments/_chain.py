"""Passing a thread's trace events on to the trace function that was there before, such as a coverage tool's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    TraceFunction = Callable[[FrameType, str, Any], Any]

__all__ = ["Chain"]


class Chain:
    """Calls two trace functions, each as the interpreter would.

    The earlier one is told first and of everything, for it may keep a stack of its own. An exception from ours unsets
    tracing, and the interpreter tells nobody of the frames that it unwinds; `close` makes up for that.

    Attributes:
        trace: the function to set.
    """

    def __init__(self, earlier: Any, ours: TraceFunction) -> None:
        self._earlier = earlier
        self._ours = ours
        self._open: list[tuple[FrameType, list[TraceFunction | None]]] = []
        self.trace: TraceFunction = self._make_trace()

    def close(self) -> None:
        """Tell the earlier function of the end of frames whose end nobody told."""
        while self._open:
            frame, functions = self._open.pop()
            if functions[0] is not None:
                functions[0](frame, "return", None)

    def _make_trace(self) -> TraceFunction:
        def trace(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            earlier: TraceFunction | None = self._earlier(frame, event, arg)
            if sys.gettrace() is not trace:
                sys.settrace(trace)  # some put themselves back whenever they are called
            ours: TraceFunction | None = self._ours(frame, event, arg)
            if earlier is None:
                return ours
            if ours is not None:
                frame.f_trace_lines = True  # the earlier one may have thought that nobody needs the lines
            return self._make_local([earlier, ours], frame)

        return trace

    def _make_local(self, functions: list[TraceFunction | None], frame: FrameType) -> TraceFunction:
        calls = self._open
        calls.append((frame, functions))

        def trace_both(frame: FrameType, event: str, arg: object) -> TraceFunction:
            for place, function in enumerate(functions):
                # The earlier one did not ask for instructions.
                if function is not None and (event != "opcode" or place):
                    functions[place] = function(frame, event, arg) or function
            if event == "return" and calls and calls[-1][0] is frame:
                calls.pop()
            return trace_both

        return trace_both
