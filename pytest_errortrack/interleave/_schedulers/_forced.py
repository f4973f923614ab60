"""The scheduler of an enumeration: choices by their index, the default order everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers._protocol import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._schedulers._protocol import Candidate

__all__ = ["Forced", "early"]


def early(target: int) -> int:
    """Return what stands for letting an actor's time come early in a list of choices; its own inverse."""
    return ~target


class Forced:
    """Takes given choices by their index and the default everywhere else.

    Args:
        choices: the index of each choice and the number of the actor that is chosen, or `early` of it.

    Attributes:
        missed: whether an actor to be chosen was not there to be chosen.
    """

    is_watching = False

    def __init__(self, choices: Sequence[tuple[int, int]] = ()) -> None:
        self._choices = iter(choices)
        self.missed = False
        self._advance()

    def _advance(self) -> None:
        self.next_point, self._target = next(self._choices, (NEVER, 0))

    def at_point(self, index: int, label: int, actor: Candidate, others: Sequence[Candidate]) -> int | None:
        """Preempt where it was chosen to."""
        del label, actor
        return self._take(index, others)

    def at_switch(self, index: int, label: int, actor: Candidate | None, enabled: Sequence[Candidate]) -> int | None:
        """Choose whom it was chosen to."""
        del label, actor
        return self._take(index, enabled)

    def at_timer(self, index: int, label: int, actor: Candidate | None, early: Sequence[Candidate]) -> int | None:
        """Let time pass where it was chosen to."""
        del label, actor
        if index < self.next_point or self._target >= 0:
            return None
        target = ~self._target
        if all(candidate.index != target for candidate in early):
            return None  # the choice is taken for missed when it is asked who else goes on
        self._advance()
        return target

    def _take(self, index: int, candidates: Sequence[Candidate]) -> int | None:
        if index < self.next_point:
            return None
        target = self._target
        self._advance()
        if any(candidate.index == target for candidate in candidates):
            return target
        self.missed = True
        return None
