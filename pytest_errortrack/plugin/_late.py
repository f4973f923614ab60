"""What was reported after its test had ended: kept from the tests that ran meanwhile, told once at the end."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions import Payload, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.assertions import Captured
    from pytest_errortrack.reporting.delivery import Delivery

__all__ = ["LateReports"]

MOST_LINES: Final = 20
"""How many late reports the summary lists."""

MOST_DELIVERED: Final = 1000
"""How many late reports are kept until they are delivered; one thread that went wild must not fill the memory."""


class LateReports:
    """Collects what threads, tasks and jobs report after the test that started them."""

    def __init__(self, *, delivers: bool) -> None:
        """Start empty; whoever is in `listeners` is told of each late event and transaction.

        Args:
            delivers: whether the reports themselves are asked for in the end; else their lines are all that is kept.
        """
        self.listeners: list[Callable[[Payload], None]] = []
        self._lock = threading.Lock()
        self._delivers = delivers
        self._running = ""
        self._outcomes: dict[str, tuple[int, str]] = {}
        self._undelivered: list[Payload] = []
        self._too_many = 0
        self._lines: list[str] = []
        self._counts: Counter[str] = Counter()

    def began(self, nodeid: str) -> None:
        """Take note of which active test runs now."""
        self._running = nodeid

    def ended(self, nodeid: str, *, attempt: int, outcome: str) -> None:
        """Take note of how a test ended, for the delivery of what it still reports."""
        self._outcomes[nodeid] = (attempt, outcome)

    def take(self, late: Captured) -> None:
        """Take note of a late report, in the thread that makes it."""
        with self._lock:
            self._counts[late.nodeid] += 1
            if len(self._lines) < MOST_LINES:
                self._lines.append(self._line(late))
        if not isinstance(late, Payload):
            return
        with self._lock:
            if self._delivers and len(self._undelivered) < MOST_DELIVERED:
                self._undelivered.append(late)
            elif self._delivers:
                self._too_many += 1
        for listener in self.listeners:
            listener(late)

    def _line(self, late: Captured) -> str:
        where = f" at {late.circumstances.site}" if late.circumstances.site else ""
        by = f", by {one_line(late.thread, longest=24)}" if late.thread else ""
        meanwhile = f", while {self._running} ran" if self._running and self._running != late.nodeid else ""
        title = one_line(getattr(late, "title", None) or repr(late))
        return f"{late.nodeid}: {title}{by}{where}{meanwhile}"

    @property
    def told(self) -> dict[str, Any]:
        """What another process needs for its summary; empty where nothing was late."""
        with self._lock:
            return {"lines": list(self._lines), "counts": dict(self._counts)} if self._counts else {}

    def add(self, told: Mapping[str, Any]) -> None:
        """Add what another process collected."""
        if told:
            self._lines = [*self._lines, *told["lines"]][:MOST_LINES]
            self._counts.update(told["counts"])

    def deliver(self, delivery: Delivery) -> None:
        """Send what came late, tagged with the test that it belongs to."""
        with self._lock:
            waiting, self._undelivered = self._undelivered, []
            too_many, self._too_many = self._too_many, 0
        if too_many:
            delivery.give_up(too_many, "too many late reports")
        for late in waiting:
            attempt, outcome = self._outcomes.get(late.nodeid, (1, "unknown"))
            delivery.deliver_late(late, nodeid=late.nodeid, attempt=attempt, outcome=outcome)

    def summary(self) -> list[str]:
        """Say what came late, one line each, bounded; of what is not listed how much it was, and of how many tests."""
        more = self._counts.total() - len(self._lines)
        if not more:
            return list(self._lines)
        tests = len(self._counts)
        return [*self._lines, f"... {more:,} more; all in all of {tests} test{'s' * (tests != 1)}"]
