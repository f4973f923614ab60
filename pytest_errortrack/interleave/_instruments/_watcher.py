"""What an instrument asks, and whom it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._running._runtime import Runtime

__all__ = ["Plan", "Watcher"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where in a function the watcher wants to be told.

    Attributes:
        lines: before which lines.
        offsets: before which instructions, by their offset in the code; where one begins a line that is in `lines`, the
            line is told first.
        returns: whether also when the function returns.
    """

    lines: frozenset[int] = frozenset()
    offsets: frozenset[int] = frozenset()
    returns: bool = False


class Watcher(Protocol):
    """Somebody who makes scheduling points of what actors are about to run.

    It is told in the thread that has the turn, before the line or the instruction runs; an exception that it raises
    ends the actor. Code that runs in any other thread, such as a finaliser's, is nobody's step, and it is not told.

    Attributes:
        run: the current schedule, set by the session; None makes the instrument inert.
    """

    run: Runtime | None

    def plan(self, code: CodeType, namespace: Mapping[str, object]) -> Plan | None:
        """Return where in a function it wants to be told; None for nowhere. Asked once, and again after `replanned`."""

    def at_line(self, frame: FrameType, line: int) -> None:
        """Take note that a line is about to run."""

    def at_instruction(self, frame: FrameType, offset: int) -> None:
        """Take note that an instruction is about to run."""

    def at_call(self, actor: int, function: object, args: tuple[object, ...]) -> None:
        """Take note that an actor, or somebody of this number, is going to call something, whatever it is."""

    def at_return(self, frame: FrameType, value: object) -> None:
        """Take note that a function returns, or, where the instrument cannot tell them apart, ends or yields."""
