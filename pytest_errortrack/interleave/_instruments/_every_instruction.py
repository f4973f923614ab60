"""Instructions as scheduling points: all of those in the modules under test that others could notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._open_lines import OpenLines
from pytest_errortrack.interleave._accesses._shadow import Shadow
from pytest_errortrack.interleave._accesses._sharing import accesses
from pytest_errortrack.interleave._instruments._instructions import entry_of, instructions_of
from pytest_errortrack.interleave._instruments._watcher import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._accesses._layout import Layout
    from pytest_errortrack.interleave._accesses._noting import Touch
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._runtime import Runtime
    from pytest_errortrack.interleave._scope import CodeScope

__all__ = ["InstructionWatcher"]


class _Function:
    """A function in scope.

    Attributes:
        layout: its code.
        module: its module's name.
        points: the instructions that are points, by offset.
        stops: these offsets.
        entry: where its own work begins; whoever follows what it touches has to look there as well.
        labels: the numbers of the points.
    """

    __slots__ = ("entry", "labels", "layout", "module", "points", "stops")

    def __init__(self, layout: Layout, module: str) -> None:
        self.layout = layout
        self.module = module
        self.points = {each.start: each for each in instructions_of(layout.code) if not each.is_local}
        self.stops = frozenset(self.points)
        self.entry = entry_of(layout.code)
        self.labels: dict[int, int] = {}


class InstructionWatcher:
    """Makes instructions that others could notice scheduling points of the current schedule.

    Attributes:
        run: the current schedule.
        replanned: not called: the points of a function stay the same.
        open_lines: what actors are in the middle of, in schedules that are recorded.
    """

    def __init__(self, labels: Labels, scope: CodeScope) -> None:
        self.run: Runtime | None = None
        self.replanned: Callable[[CodeType], None] | None = None
        self._labels = labels
        self._scope = scope
        self._shadow = Shadow(scope.covers, by_lines=False)
        self.open_lines = OpenLines(scope.covers)
        # Codes are keys by id, for to hash one is to hash all of it; the functions keep them.
        self._functions: dict[int, _Function] = {}

    def begin(self, *, filtered: bool, splits: frozenset[str]) -> None:
        """Prepare for a schedule; all instructions are points, whatever is shared."""
        del filtered, splits
        self._shadow.begin()
        self.open_lines.begin()

    def end(self) -> None:
        """Forget the objects of the schedule."""
        self._shadow.begin()

    def plan(self, code: CodeType, namespace: Mapping[str, object]) -> Plan | None:
        """Want all instructions of a function in scope but the local ones."""
        if not self._scope.covers(code, namespace):
            return None
        function = self._functions.get(id(code))
        if function is None:
            layout = self._shadow.layout(code, namespace)
            function = self._functions[id(code)] = _Function(layout, str(namespace.get("__name__", "")))
        return Plan(offsets=frozenset((*function.points, function.entry)), returns=True)

    def at_line(self, frame: FrameType, line: int) -> None:
        """Do nothing: no plan of it asks for lines."""

    def at_instruction(self, frame: FrameType, offset: int) -> None:
        """Let others run before the instruction does, and see what it touches."""
        function = self._functions[id(frame.f_code)]
        run = self.run
        assert run is not None
        if run.records:
            self.open_lines.close(frame, function.layout)
        if offset in function.points:
            label = function.labels.get(offset)
            run.point(self._new_label(function, offset) if label is None else label)
        if run.records:
            touches = self._shadow.look(frame, function.layout, function.stops)
            self._note(run, frame, function.layout, touches)

    def at_return(self, frame: FrameType, value: Any) -> None:
        """See what the caller touches now that it has the result."""
        run = self.run
        if run is not None and run.records:
            resumed = self._shadow.returned(frame, value, self._stops)
            if resumed is not None:
                self._note(run, *resumed)

    def at_call(self, actor: int, function: object, args: tuple[object, ...]) -> None:
        """Do nothing: all instructions are points, whatever is shared."""

    def _stops(self, layout: Layout) -> frozenset[int]:
        function = self._functions.get(id(layout.code))
        return frozenset() if function is None else function.stops

    def _note(self, run: Runtime, frame: FrameType, layout: Layout, touches: list[Touch]) -> None:
        found = accesses(touches, self._shadow.effects.aliases)
        run.note(*dict.fromkeys(found))
        self.open_lines.add(frame, layout, touches, found)

    def _new_label(self, function: _Function, offset: int) -> int:
        each, code = function.points[offset], function.layout.code
        # What no line claims, as the end of a `with`, is told as a part of the function's first one.
        line = each.line or code.co_firstlineno
        label = self._labels.line(code, line, module=function.module, access=each.ordinal, doing=each.text)
        function.labels[offset] = label
        return label
