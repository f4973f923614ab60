"""Lines as scheduling points, but only those that touch what another actor touches; see `_accesses`.

A line is looked at just before it runs. When one that was not a point turns out to be shared, it is one from the next
schedule on, so that the points do not change within a schedule. Of a line with several shared accesses each is a point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._open_lines import OpenLines
from pytest_errortrack.interleave._accesses._shadow import Shadow
from pytest_errortrack.interleave._accesses._sharing import accesses
from pytest_errortrack.interleave._instruments._watcher import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._accesses._layout import Layout
    from pytest_errortrack.interleave._accesses._noting import Touch
    from pytest_errortrack.interleave._accesses._sharing import Sharing
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._runtime import Runtime
    from pytest_errortrack.interleave._scope import CodeScope

__all__ = ["Line", "SharedLineWatcher"]

Line = tuple[str, str, int]
"""A line of a module: the module's name, the file, the number."""

_QUIET = 2_000  # lines of a schedule that are no points, after which one is
_MOST_QUIET = 20_000  # after which all are


class _Function:
    """A function in scope, and where it has points in the running schedule.

    Attributes:
        layout: its code.
        module: its module's name.
        lines: all its lines.
        shared: those of them that are shared, and the offsets of their instructions that need points of their own, as
            far as that was known when the points were placed last.
        points: the lines that are points.
        splits: the offsets of instructions that are points of their own.
        labels: the numbers of the points, by line or by line and ordinal of the access.
        met: the lines that actors ran.
    """

    __slots__ = ("labels", "layout", "lines", "met", "module", "points", "shared", "splits")

    def __init__(self, layout: Layout, module: str) -> None:
        self.layout = layout
        self.module = module
        self.lines = layout.all_lines()
        self.shared: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
        self.points: frozenset[int] = self.lines
        self.splits: frozenset[int] = frozenset()
        self.labels: dict[tuple[int, int], int] = {}
        self.met: set[int] = set()

    def as_lines(self, numbers: Iterable[int]) -> Iterator[Line]:
        """Yield lines of the function as what anybody knows them by."""
        for number in numbers:
            yield self.module, self.layout.code.co_filename, number


class SharedLineWatcher:
    """Makes shared lines scheduling points of the current schedule, and finds out which lines are shared.

    Attributes:
        run: the current schedule.
        replanned: called with the code of functions whose points have changed.
        open_lines: what actors are in the middle of, in schedules that are recorded.
    """

    def __init__(self, labels: Labels, scope: CodeScope, sharing: Sharing, *, has_points: bool = True) -> None:
        self.run: Runtime | None = None
        self.replanned: Callable[[CodeType], None] | None = None
        self._labels = labels
        self._scope = scope
        self._sharing = sharing
        self._has_points = has_points
        self._shadow = Shadow(scope.covers)
        self.open_lines = OpenLines(scope.covers)
        # Codes are keys by id, for to hash one is to hash all of it; they are kept alive below.
        self._functions: dict[int, _Function | None] = {}
        self._kept: list[CodeType] = []
        self._is_filtered = True
        self._split_texts: frozenset[str] = frozenset()
        self._stopped_at: tuple[int, int] = (0, -1)
        self._quiet_lines = 0

    # --- between schedules ------------------------------------------------------------------------------------

    def begin(self, *, filtered: bool, splits: frozenset[str]) -> None:
        """Prepare for a schedule: only shared lines are points, or all lines, some of them split."""
        self._shadow.begin()
        self.open_lines.begin()
        self._sharing.begin()
        self._stopped_at = (0, -1)
        self._quiet_lines = 0
        if (filtered, splits) != (self._is_filtered, self._split_texts):
            self._is_filtered, self._split_texts = filtered, splits
            for function in self._functions.values():
                if function is not None:
                    self._place_points(function)

    def end(self) -> None:
        """Draw the conclusions from a schedule."""
        effects = self._shadow.effects
        for layout in self._sharing.end(effects):
            function = self._functions.get(id(layout.code))
            if function is not None:
                self._place_points(function)
        for layout in effects.separated.values():
            function = self._functions.get(id(layout.code))
            if function is not None and function.shared != _shared_points(layout):
                self._sharing.version += 1  # what was enumerated so far lacks these points
                self._place_points(function)
        effects.separated.clear()
        self._shadow.begin()

    def lines(self) -> tuple[set[Line], set[Line]]:
        """Return the lines that actors ran, and which of them are shared."""
        functions = [function for function in self._functions.values() if function is not None]
        met = {line for function in functions for line in function.as_lines(function.met)}
        shared = {line for function in functions for line in function.as_lines(function.layout.hot_lines())}
        return met, shared

    def _place_points(self, function: _Function) -> None:
        before = function.splits
        function.shared = _shared_points(function.layout)
        if not self._has_points:
            function.points = frozenset()
        elif self._is_filtered:
            function.points, function.splits = function.shared
        else:
            function.points = function.lines
            function.splits = self._named_splits(function)
        if function.splits != before and self.replanned is not None:
            self.replanned(function.layout.code)

    def _named_splits(self, function: _Function) -> frozenset[int]:
        if not self._split_texts:
            return frozenset()
        found: set[int] = set()
        for line, sites in function.layout.sites_of.items():
            if self._labels.points[self._label(function, line)].text in self._split_texts:
                found.update(sites)
        return frozenset(found)

    # --- what the instrument asks and tells -------------------------------------------------------------------

    def plan(self, code: CodeType, namespace: Mapping[str, object]) -> Plan | None:
        """Want all lines of a function in scope: also what is no point is looked at."""
        if id(code) not in self._functions:
            self._kept.append(code)
            self._functions[id(code)] = self._function(code, namespace)
        function = self._functions[id(code)]
        return None if function is None else Plan(lines=function.lines, offsets=function.splits, returns=True)

    def _function(self, code: CodeType, namespace: Mapping[str, object]) -> _Function | None:
        if not self._scope.covers(code, namespace):
            return None
        function = _Function(self._shadow.layout(code, namespace), str(namespace.get("__name__", "")))
        self._place_points(function)
        return function

    def at_line(self, frame: FrameType, line: int) -> None:
        """Let others run before the line does, if it is shared, and see what it touches."""
        function = self._functions[id(frame.f_code)]
        assert function is not None
        function.met.add(line)
        offset = frame.f_lasti
        self._stopped_at = (id(frame), offset)
        # A line that begins with an access that is a point of its own is entered by that point.
        run = self.run
        assert run is not None
        if run.records:
            self.open_lines.close(frame, function.layout)
        if line in function.points or offset in function.splits or self._is_long_quiet():
            run.point(self._label(function, line))
        elif not run.met_others and self._has_points:
            run.met_others = _could_others_run(run)
        self._look(frame, function)

    def _is_long_quiet(self) -> bool:
        """Tell whether so many lines were no points that one has to be, lest an actor waits in a loop for ever.

        What it waits for may be what another would do, which is not known to be shared before that one runs.
        """
        self._quiet_lines += 1
        if self._quiet_lines > _MOST_QUIET:
            return self._has_points
        return self._has_points and self._quiet_lines % _QUIET == 0

    def at_instruction(self, frame: FrameType, offset: int) -> None:
        """Let others run before a shared access in the middle of a line."""
        if self._stopped_at == (id(frame), offset):
            self._stopped_at = (0, -1)
            return
        function = self._functions[id(frame.f_code)]
        assert function is not None
        assert self.run is not None
        layout = function.layout
        if self.run.records:
            self.open_lines.close(frame, layout)
        each = layout.instructions[layout.at[offset >> 1]]
        self.run.point(self._label(function, each.line, layout.sites.get(offset, 0)))
        self._look(frame, function)

    def at_return(self, frame: FrameType, value: Any) -> None:
        """See what the caller touches now that it has the result."""
        resumed = self._shadow.returned(frame, value, self._stops)
        if resumed is not None:
            caller, layout, touches = resumed
            self._take(caller, layout, touches)

    def at_call(self, actor: int, function: object, args: tuple[object, ...]) -> None:
        """See what is touched by a call that no line stands for."""
        touches = self._shadow.call(function, args) if self._has_points else ()
        if touches:
            self._sharing.take(touches, actor=actor, layout=None, effects=self._shadow.effects)

    def _stops(self, layout: Layout) -> frozenset[int]:
        function = self._functions.get(id(layout.code))
        return frozenset() if function is None else function.splits

    def _look(self, frame: FrameType, function: _Function) -> None:
        assert self.run is not None
        if self.run.is_capped:
            return  # nothing will be claimed of what follows
        self._sharing.sweep()
        layout = function.layout
        self._take(frame, layout, self._shadow.look(frame, layout, function.splits))

    def _take(self, frame: FrameType, layout: Layout, touches: list[Touch]) -> None:
        run = self.run
        if run is None or run.running is None:
            return
        effects = self._shadow.effects
        if touches:
            self._sharing.take(touches, actor=run.running.index, layout=layout, effects=effects)
        if run.records:
            found = accesses(touches, effects.aliases)
            run.note(*dict.fromkeys(found))
            self.open_lines.add(frame, layout, touches, found)

    def _label(self, function: _Function, line: int, ordinal: int = 0) -> int:
        label = function.labels.get((line, ordinal))
        if label is None:
            code, module = function.layout.code, function.module
            label = self._labels.line(code, line, module=module, access=ordinal)
            function.labels[(line, ordinal)] = label
        return label


def _could_others_run(run: Runtime) -> bool:
    """Tell whether a switch would be possible here, though nobody would notice it."""
    now, running = run.now, run.running
    return any(actor is not running and not actor.is_inside and actor.is_enabled(now) for actor in run.actors)


def _shared_points(layout: Layout) -> tuple[frozenset[int], frozenset[int]]:
    """Return the lines of a function that are points, and the instructions that are points of their own.

    A line's first shared access may as well be preceded by a switch before the line, unless something that has points
    of its own comes first, or the line goes round in a loop.
    """
    lines: set[int] = set()
    splits: set[int] = set()
    for line, sites in layout.sites_of.items():
        shared = [offset for offset in sites if offset in layout.hot]
        if not shared:
            continue
        if line in layout.looping:
            lines.add(line)
            splits.update(shared)
            continue
        first = shared[0]
        if not any(offset in layout.separators for offset in sites if offset < first):
            lines.add(line)
            shared = shared[1:]
        splits.update(shared)
    return frozenset(lines), frozenset(splits)
