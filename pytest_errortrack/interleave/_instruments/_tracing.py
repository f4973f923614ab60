"""Telling by a trace function in each actor's thread: `sys.settrace`, which every version of Python has.

A frame out of scope costs one dictionary look-up when it is entered and nothing per line. A thread that had a trace
function before keeps it: see `Chain`.
"""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._instruments._chain import Chain

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._instruments._watcher import Plan, Watcher
    from pytest_errortrack.interleave._running._runtime import Runtime

    TraceFunction = Callable[[FrameType, str, Any], Any]

__all__ = ["Tracing"]

_IS_MONITORED = sys.version_info >= (3, 12)
"""Whether trace functions are built on `sys.monitoring`, which learns late that a frame wants its instructions told."""


class _Thread(threading.local):
    """What the instrument knows of the current thread.

    Attributes:
        function: the trace function it has from the instrument, None where the instrument is not at work.
        before: the one it had before.
        chain: what passes events on to that.
    """

    function: Any = None
    before: Any = None
    chain: Chain | None = None


class Tracing:
    """An instrument that sets trace functions."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._locals: dict[int, TraceFunction | None] = {}
        self._fine: set[int] = set()
        self._kept: list[CodeType] = []  # codes are keys by id, which must not be given to another
        self._thread = _Thread()
        self._trace = self._make_trace()

    def installed(self) -> AbstractContextManager[None]:
        """Take nothing: all it needs is the threads'."""
        return nullcontext()

    def enter(self) -> None:
        """Set the trace function, and remember what there was."""
        thread = self._thread
        thread.before = before = sys.gettrace()
        if before is None:
            thread.function = self._trace
        else:
            thread.chain = Chain(before, self._trace)
            thread.function = thread.chain.trace
        if _IS_MONITORED:
            sys._getframe().f_trace_opcodes = True  # noqa: SLF001 - what follows then asks for instructions from the start
        sys.settrace(thread.function)

    def leave(self) -> None:
        """Put back the trace function that the thread had."""
        thread = self._thread
        if thread.function is None:
            return
        current, run = sys.gettrace(), self.watcher.run
        # The exception that unwinds an actor may come out of the trace function, which unsets it.
        if run is not None and current is not thread.function and not (current is None and run.is_stopping):
            _tell_of_replacement(run, current)
        if thread.chain is not None:
            thread.chain.close()
        sys.settrace(thread.before)
        thread.function = thread.before = thread.chain = None

    def replanned(self, code: CodeType) -> None:
        """Ask again when the function is next entered."""
        self._locals.pop(id(code), None)

    def _make_trace(self) -> TraceFunction:
        functions, fine = self._locals, self._fine

        def trace(frame: FrameType, event: str, arg: object) -> TraceFunction | None:
            del event, arg
            number = id(frame.f_code)
            try:
                function = functions[number]
            except KeyError:
                function = self._decide(frame)
            if number in fine:
                frame.f_trace_opcodes = True
            return function

        return trace

    def _decide(self, frame: FrameType) -> TraceFunction | None:
        code = frame.f_code
        self._kept.append(code)
        plan = self.watcher.plan(code, frame.f_globals)
        function = None
        if plan is not None and plan.offsets:
            self._fine.add(id(code))
            function = self._make_fine(plan)
        elif plan is not None and plan.lines:
            self._fine.discard(id(code))
            function = self._make_coarse(plan)
        self._locals[id(code)] = function
        return function

    def _make_coarse(self, plan: Plan) -> TraceFunction:
        watcher, lines, returns = self.watcher, plan.lines, plan.returns

        def trace_lines(frame: FrameType, event: str, arg: object) -> TraceFunction:
            if event == "line":
                line = frame.f_lineno
                run = watcher.run
                # A thread that has not the turn may still run a finaliser; that is nobody's step.
                if line in lines and run is not None and run.ident == get_ident():
                    watcher.at_line(frame, line)
            elif returns and event == "return":
                run = watcher.run
                if run is not None and run.ident == get_ident():
                    watcher.at_return(frame, arg)
            return trace_lines

        return trace_lines

    def _make_fine(self, plan: Plan) -> TraceFunction:
        watcher, lines, offsets, returns = self.watcher, plan.lines, plan.offsets, plan.returns
        is_late = _IS_MONITORED

        def trace_instructions(frame: FrameType, event: str, arg: object) -> TraceFunction:
            nonlocal is_late
            if is_late:
                is_late = False
                frame.f_trace_opcodes = False  # or setting it again would not be noticed
                frame.f_trace_opcodes = True
            run = watcher.run
            if run is None or run.ident != get_ident():
                return trace_instructions
            if event == "opcode":
                offset = frame.f_lasti
                if offset in offsets:
                    watcher.at_instruction(frame, offset)
            elif event == "line":
                line = frame.f_lineno
                if line in lines:
                    watcher.at_line(frame, line)
            elif returns and event == "return":
                watcher.at_return(frame, arg)
            return trace_instructions

        return trace_instructions


def _tell_of_replacement(run: Runtime, other: object) -> None:
    kind = type(getattr(other, "__self__", other))
    by = "removed" if other is None else f"replaced by another ({kind.__module__}.{kind.__qualname__})"
    run.lose_control(
        f"the trace function of an actor's thread was {by}, as a debugger does; from there on its lines were no "
        "scheduling points"
    )
