"""Every line of the user's modules as a scheduling point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._instruments._watcher import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._runtime import Runtime
    from pytest_errortrack.interleave._scope import CodeScope

__all__ = ["LineWatcher"]


class LineWatcher:
    """Makes all lines in scope scheduling points of the current schedule.

    Attributes:
        run: the current schedule.
    """

    def __init__(self, labels: Labels, scope: CodeScope) -> None:
        self.run: Runtime | None = None
        self._labels = labels
        self._scope = scope
        self._numbers: dict[int, dict[int, int]] = {}
        self._kept: list[CodeType] = []  # codes are keys by id, which must not be given to another

    def plan(self, code: CodeType, namespace: Mapping[str, object]) -> Plan | None:
        """Want all lines of a function in scope."""
        if not self._scope.covers(code, namespace):
            return None
        if id(code) not in self._numbers:
            self._kept.append(code)
            self._numbers[id(code)] = {}
        return Plan(lines=frozenset(line for _, _, line in code.co_lines() if line is not None))

    def at_line(self, frame: FrameType, line: int) -> None:
        """Let others run before the line does."""
        numbers = self._numbers[id(frame.f_code)]
        label = numbers.get(line)
        if label is None:
            module = str(frame.f_globals.get("__name__", ""))
            label = numbers[line] = self._labels.line(frame.f_code, line, module=module)
        assert self.run is not None
        self.run.point(label)

    def at_instruction(self, frame: FrameType, offset: int) -> None:
        """Do nothing: no plan of it asks for instructions."""

    def at_return(self, frame: FrameType, value: object) -> None:
        """Do nothing: no plan of it asks for returns."""
