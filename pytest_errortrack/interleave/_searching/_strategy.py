"""What the driver of a search knows of a strategy: it names the next schedule, and learns how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_errortrack.interleave._exploration import Proved
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._session import Outcome

__all__ = ["Strategy"]


class Strategy(Protocol):
    """Decides which schedules are executed.

    The driver asks for one scheduler, executes it, and hands the outcome back, before it asks for the next one. When
    the set of scheduling points grew meanwhile, a strategy that could prove something is thrown away, and a new one
    begins from nothing: what is proved is proved for one set of points.

    Attributes:
        records: whether its executions have to record what each step touched.
        divergence: how an execution did not begin as the one it was derived from; None as long as all did. The driver
            begins again a few times, since caches that fill up on the way differ only once.
    """

    records: bool
    divergence: str | None

    @property
    def pending(self) -> int:
        """How many schedules are known and not yet executed; each may bring more."""

    def next(self) -> Scheduler | None:
        """Return what is to decide the next schedule; None when there is nothing left to execute."""

    def learn(self, outcome: Outcome) -> None:
        """Take note of how the schedule of the last scheduler went; also of one that failed or showed nothing."""

    def claim(self) -> Proved | None:
        """Return what was proved so far, if anything; it holds for executions that all showed something."""
