"""The record of what was not delivered, and why: one per client.

https://develop.sentry.dev/sdk/foundations/transport/client-reports/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk.protocol import Item, encode, quantities_of, summary_of

if TYPE_CHECKING:
    from pytest_errortrack.sdk._runtime import Runtime

__all__ = ["LossRecorder", "LossWitness"]

_REPORT_INTERVAL_S = 30.0


class LossWitness(Protocol):
    """Whoever wants to hear of every loss as it is counted."""

    def __call__(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        """Take note of a loss."""


class LossRecorder:
    """Counts losses, and hands the counts out once.

    Args:
        runtime: clock and locks.
        is_reporting: whether counts are handed out at all.
        witness: is told of every loss, after it was counted and without a lock being held.
    """

    __slots__ = ("_counts", "_is_reporting", "_last_report", "_lock", "_runtime", "_witness")

    def __init__(self, runtime: Runtime, *, is_reporting: bool, witness: LossWitness) -> None:
        self._runtime = runtime
        self._is_reporting = is_reporting
        self._witness = witness
        self._lock = runtime.lock()
        self._counts: dict[tuple[str, str], int] = {}
        self._last_report = runtime.monotonic()

    def record(self, reason: str, category: str, quantity: int = 1, *, summary: str = "", detail: str = "") -> None:
        """Count a loss."""
        if quantity <= 0:
            return
        if self._is_reporting:
            self._lock.acquire()
            try:
                self._counts[reason, category] = self._counts.get((reason, category), 0) + quantity
            finally:
                self._lock.release()
        self._witness(reason, category, quantity, summary=summary, detail=detail)

    def record_item(self, reason: str, item: Item, *, detail: str = "") -> None:
        """Count an item as lost, with all that is in it."""
        summary = None
        for category, quantity in quantities_of(item):
            summary = summary_of(item) if summary is None else summary
            self.record(reason, category, quantity, summary=summary, detail=detail)

    def report(self, *, is_forced: bool) -> Item | None:
        """Return what was counted since the last time, as an item to send along.

        None when there is nothing to tell, or when the last time is less than 30 s ago and it is not forced.
        """
        now = self._runtime.monotonic()
        if not self._counts or not (is_forced or now - self._last_report >= _REPORT_INTERVAL_S):
            return None
        self._lock.acquire()
        try:
            counts, self._counts = self._counts, {}
            self._last_report = now
        finally:
            self._lock.release()
        if not counts:  # pragma: no cover - another thread took them within these few instructions
            return None
        discarded = [
            {"reason": reason, "category": category, "quantity": quantity}
            for (reason, category), quantity in counts.items()
        ]
        return Item(
            {"type": "client_report"}, encode({"timestamp": self._runtime.time(), "discarded_events": discarded})
        )
