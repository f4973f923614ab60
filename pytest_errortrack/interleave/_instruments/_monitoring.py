"""Telling by `sys.monitoring`, where there is one (3.12 and later): what nobody wants to know costs nothing.

Events are asked for per function, when it first begins to run; debuggers, profilers and coverage tools have their own
ids, so none is disturbed. What is asked for holds for all threads of the process, so callbacks look first who has the
turn.
"""

from __future__ import annotations

import dis
import sys
from _thread import get_ident
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._errors import InterleaveError
from pytest_errortrack.interleave._instruments._instructions import lines_by_offset
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType

    from pytest_errortrack.interleave._instruments._watcher import Plan, Watcher

__all__ = ["Monitoring", "free_id"]

_NAME: Final = "pytest-errortrack"
_IDS: Final = (3, 4, 5, 2)
"""Those that no kind of tool has a claim to, then those of an optimizer and a profiler."""


def free_id() -> int | None:
    """Return the id that a tool of ours could take; None if there is none, or no `sys.monitoring`."""
    monitoring = getattr(sys, "monitoring", None)
    return None if monitoring is None else next((each for each in _IDS if monitoring.get_tool(each) is None), None)


class Monitoring:
    """An instrument that asks the interpreter for events of the functions that a watcher wants to know of."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._monitoring: Any = vars(sys)["monitoring"]
        self._id = -1
        self._plans: dict[int, Plan | None] = {}
        self._lines: dict[int, dict[int, int]] = {}
        self._heads: set[int] = set()
        # Codes are keys by id, which must not be given to another.
        self._functions: dict[int, tuple[CodeType, Mapping[str, object]]] = {}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Take an id for a block; give it back, and the functions as they were."""
        monitoring, tool = self._monitoring, free_id()
        if tool is None:
            users = ", ".join(str(monitoring.get_tool(each)) for each in sorted(_IDS))
            raise InterleaveError(f"no id of sys.monitoring is free for this exploration: they are used by {users}")
        events, callbacks = monitoring.events, self._callbacks()
        monitoring.use_tool_id(tool, _NAME)
        self._id = tool
        try:
            for event, callback in callbacks.items():
                monitoring.register_callback(tool, event, callback)
            # Where an earlier user of this id said that it need not be told of a function again, that still holds.
            monitoring.restart_events()
            monitoring.set_events(tool, events.PY_START | events.PY_RESUME | events.PY_THROW)
            yield
        finally:
            monitoring.set_events(tool, 0)
            for code, _ in self._functions.values():
                monitoring.set_local_events(tool, code, 0)
            for event in callbacks:
                monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)
            for known in (self._plans, self._lines, self._functions, self._heads):
                known.clear()

    def enter(self) -> None:
        """Do nothing: callbacks see by themselves who has the turn."""

    def leave(self) -> None:
        """Do nothing: nothing was asked for this thread."""

    def replanned(self, code: CodeType) -> None:
        """Ask again at once, if it was asked before; what is running goes on by the new plan."""
        if id(code) in self._plans:
            if self._plans[id(code)] is not None:
                # From nothing to what is wanted now: so places come back that were not to be told of.
                self._monitoring.set_local_events(self._id, code, 0)
            self._decide(*self._functions[id(code)])

    def _decide(self, code: CodeType, namespace: Mapping[str, object]) -> None:
        self._functions[id(code)] = (code, namespace)
        plan = self.watcher.plan(code, namespace)
        if plan is not None and not (plan.lines or plan.offsets):
            plan = None
        self._plans[id(code)] = plan
        if plan is None:
            return
        events = self._monitoring.events
        wanted = events.INSTRUCTION if plan.offsets else 0
        if plan.lines:
            wanted |= events.LINE
            if _has_body_on_first_line(code):
                self._heads.add(id(code))
            lines = _lines_of_short_loops(code) & plan.lines
            if lines:
                wanted |= events.JUMP
                self._lines[id(code)] = lines_by_offset(code)
        if plan.returns:
            wanted |= events.PY_RETURN
        self._monitoring.set_local_events(self._id, code, wanted)

    def _callbacks(self) -> dict[int, Callable[..., object]]:
        events = self._monitoring.events
        begins = self._make_begin()
        return {
            events.PY_START: begins,
            events.PY_RESUME: begins,
            events.PY_THROW: _without_answer(begins),
            events.LINE: self._make_line(),
            events.JUMP: self._make_jump(),
            events.INSTRUCTION: self._make_instruction(),
            events.PY_RETURN: self._make_return(),
        }

    def _make_begin(self) -> Callable[..., object]:
        plans, watcher, disable = self._plans, self.watcher, self._monitoring.DISABLE
        heads = self._heads

        def begin(code: CodeType, offset: int) -> object:
            del offset
            if id(code) not in plans:
                run = watcher.run
                # What others run is decided upon when an actor comes to it, and what the scenario sets up at once.
                if run is None or (run.ident != get_ident() and here.run is not run):
                    return None
                self._decide(code, sys._getframe(1).f_globals)  # noqa: SLF001 - the frame that begins
            return None if id(code) in heads else disable

        return begin

    def _make_line(self) -> Callable[..., object]:
        plans, watcher, disable = self._plans, self.watcher, self._monitoring.DISABLE
        at_line, frame_at = watcher.at_line, sys._getframe  # noqa: SLF001 - the frame whose line it is

        def line(code: CodeType, number: int) -> object:
            run = watcher.run
            # A thread that has not the turn may still run a finaliser; that is nobody's step.
            if run is None or run.ident != get_ident():
                return None
            plan = plans[id(code)]
            if plan is None or number not in plan.lines:
                return disable
            at_line(frame_at(1), number)
            return None

        return line

    def _make_jump(self) -> Callable[..., object]:
        plans, watcher, disable = self._plans, self.watcher, self._monitoring.DISABLE
        all_lines = self._lines

        def jump(code: CodeType, start: int, end: int) -> object:
            run = watcher.run
            if run is None or run.ident != get_ident():
                return None
            plan, lines = plans[id(code)], all_lines.get(id(code))
            if plan is None or lines is None or end >= start:
                return disable
            number = lines.get(start)
            if number is None or number != lines.get(end) or number not in plan.lines:
                return disable
            watcher.at_line(sys._getframe(1), number)  # noqa: SLF001 - the frame that jumps
            return None

        return jump

    def _make_return(self) -> Callable[..., object]:
        watcher = self.watcher
        at_return, frame_at = watcher.at_return, sys._getframe  # noqa: SLF001 - the frame that returns

        def returns(code: CodeType, offset: int, value: object) -> None:
            del code, offset
            run = watcher.run
            if run is not None and run.ident == get_ident():
                at_return(frame_at(1), value)

        return returns

    def _make_instruction(self) -> Callable[..., object]:
        plans, watcher, disable = self._plans, self.watcher, self._monitoring.DISABLE
        at_instruction, frame_at = watcher.at_instruction, sys._getframe  # noqa: SLF001 - as for lines

        def instruction(code: CodeType, offset: int) -> object:
            run = watcher.run
            if run is None or run.ident != get_ident():
                return None
            plan = plans[id(code)]
            if plan is None or offset not in plan.offsets:
                return disable
            at_instruction(frame_at(1), offset)
            return None

        return instruction


def _without_answer(callback: Callable[..., object]) -> Callable[..., object]:
    def call(code: CodeType, offset: int, error: BaseException) -> None:
        del error
        callback(code, offset)  # an event of this kind is for all functions or for none

    return call


def _has_body_on_first_line(code: CodeType) -> bool:
    """Tell whether a function's code begins on the line of its head, as a lambda's does.

    From 3.13 on such a line is told only where the beginning of the function is.
    """
    lines = lines_by_offset(code)
    resumes = [each.offset for each in dis.get_instructions(code) if each.opname == "RESUME"]
    return bool(resumes) and lines.get(resumes[0] + 2) == lines.get(resumes[0])


def _lines_of_short_loops(code: CodeType) -> frozenset[int]:
    """Return the lines within which a loop runs; going round it begins no line, but is a step."""
    lines = lines_by_offset(code)
    back = [each for each in dis.get_instructions(code) if "BACKWARD" in each.opname]
    found = {lines.get(each.offset) for each in back if lines.get(each.offset) == lines.get(each.argval)}
    return frozenset(line for line in found if line is not None)
