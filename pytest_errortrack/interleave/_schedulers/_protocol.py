"""What the engine asks a scheduler, and what a scheduler sees of an actor."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NEVER", "Candidate", "Scheduler", "TimedScheduler", "Untimed"]

NEVER: Final = sys.maxsize


class Candidate(Protocol):
    """What a scheduler knows of an actor.

    Attributes:
        index: its number, in the order of creation.
        path: its place in the tree of actors, the same over schedules.
        label: the point it is at while it does not run.
        pending: what it waits for; None while it could go on.
    """

    index: int
    path: str
    label: int

    @property
    def pending(self) -> object:
        """What it waits for; None while it could go on."""


class Scheduler(Protocol):
    """Decides who goes on."""

    @property
    def next_point(self) -> int:
        """The first choice at which `at_point` wants to be asked."""

    @property
    def is_watching(self) -> bool:
        """Whether `at_point` is asked, too, wherever the set of those who could run may have changed."""

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Return the number of the actor to preempt for, or None to go on."""

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Return the number of one of `enabled` (never empty), or None for the default."""


class TimedScheduler(Scheduler, Protocol):
    """A scheduler that also decides whether time passes although somebody can go on."""

    def at_timer(self, index: int, label: int, actor: Candidate | None, early: Sequence[Candidate]) -> int | None:
        """Return whose time has come, or None; asked before the other two where they are asked."""


class Untimed:
    """The part of a scheduler that never lets time pass, so that at least it is known where it could have."""

    def at_timer(self, index: int, label: int, actor: Candidate | None, early: Sequence[Candidate]) -> None:
        """Let nobody's time come."""
