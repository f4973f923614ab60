"""What was reported after its test had ended: kept from the tests that ran meanwhile, told once at the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions import Payload
    from pytest_errortrack.reporting.delivery import Delivery

__all__ = ["LateReports"]

MOST_LINES: Final = 20
"""How many late reports the summary lists."""


class LateReports:
    """Collects what threads, tasks and jobs report after the test that started them."""

    def __init__(self, *, delivers: bool) -> None:
        """Start empty.

        Args:
            delivers: whether the reports themselves are asked for in the end; else their lines are all that is kept.
        """
        self._lock = threading.Lock()
        self._delivers = delivers
        self._running = ""
        self._outcomes: dict[str, tuple[int, str]] = {}
        self._undelivered: list[Payload] = []
        self.lines: list[str] = []

    def began(self, nodeid: str) -> None:
        """Take note of which active test runs now."""
        self._running = nodeid

    def ended(self, nodeid: str, *, attempt: int, outcome: str) -> None:
        """Take note of how a test ended, for the delivery of what it still reports."""
        self._outcomes[nodeid] = (attempt, outcome)

    def take(self, late: Payload) -> None:
        """Take note of a late report, in the thread that makes it."""
        where = f" at {late.circumstances.site}" if late.circumstances.site else ""
        title = getattr(late, "title", late.event_id)
        meanwhile = f", while {self._running} ran" if self._running and self._running != late.nodeid else ""
        with self._lock:
            self.lines.append(f"{late.nodeid}: {title}, by {late.thread}{where}{meanwhile}")
            if self._delivers:
                self._undelivered.append(late)

    def add(self, lines: Sequence[str]) -> None:
        """Add what another process collected."""
        self.lines.extend(lines)

    def deliver(self, delivery: Delivery) -> None:
        """Send what came late, tagged with the test that it belongs to."""
        with self._lock:
            waiting, self._undelivered = self._undelivered, []
        for late in waiting:
            attempt, outcome = self._outcomes.get(late.nodeid, (1, "unknown"))
            delivery.deliver_late(late, nodeid=late.nodeid, attempt=attempt, outcome=outcome)

    def summary(self) -> list[str]:
        """Say what came late, one line each, bounded."""
        shown = self.lines[:MOST_LINES]
        more = len(self.lines) - len(shown)
        return [*shown, f"... {more} more"] if more else shown
