"""The record of what was not delivered, and why: one per client.

https://develop.sentry.dev/sdk/foundations/transport/client-reports/
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk.protocol import Item, encode, quantities_of, summary_of

if TYPE_CHECKING:
    from pytest_errortrack.sdk._runtime import Runtime

__all__ = ["LossRecorder", "LossWitness"]

_REPORT_INTERVAL_S = 30.0
_FOLD_ABOVE = 1000
_TELLS_LOSSES = "client_report"


class LossWitness(Protocol):
    """Whoever wants to hear of every loss as it is counted."""

    def __call__(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        """Take note of a loss."""


class LossRecorder:
    """Counts losses, and hands the counts out once.

    To count is to append: it takes no lock, and may happen at any moment, also in a finaliser that interrupts another
    count. Whoever makes a report (or finds many single losses waiting) adds them up, under a lock.

    Args:
        runtime: clock and locks.
        is_reporting: whether counts are kept and handed out at all.
        witness: is told of every loss, after it was counted and without a lock being held.
    """

    __slots__ = (
        "__weakref__",
        "_counts",
        "_fresh",
        "_is_adding_up",
        "_is_reporting",
        "_last_report",
        "_lock",
        "_reported",
        "_runtime",
        "_witness",
    )

    def __init__(self, runtime: Runtime, *, is_reporting: bool, witness: LossWitness) -> None:
        self._runtime = runtime
        self._is_reporting = is_reporting
        self._witness = witness
        self._last_report = runtime.monotonic()
        self.after_fork()

    def after_fork(self) -> None:
        """Begin with nothing, in a forked child: what the parent lost the parent reports."""
        self._lock = self._runtime.lock()
        self._fresh: deque[tuple[str, str, int]] = deque()
        self._counts: dict[tuple[str, str], int] = {}
        self._reported: dict[tuple[str, str], int] = {}
        self._is_adding_up = False

    def record(self, reason: str, category: str, quantity: int = 1, *, summary: str = "", detail: str = "") -> None:
        """Count a loss."""
        if quantity <= 0:
            return
        if self._is_reporting:
            self._fresh.append((reason, category, quantity))
            if len(self._fresh) > _FOLD_ABOVE:
                self._add_up()
        self._witness(reason, category, quantity, summary=summary, detail=detail)

    def record_item(self, reason: str, item: Item, *, detail: str = "") -> None:
        """Count an item as lost, with all that is in it; a report of losses is nobody's loss."""
        summary = None
        for category, quantity in quantities_of(item):
            summary = summary_of(item) if summary is None else summary
            self.record(reason, category, quantity, summary=summary, detail=detail)

    @property
    def has_any(self) -> bool:
        """Whether there is something to report."""
        return bool(self._fresh or self._counts)

    def ledger(self) -> dict[tuple[str, str], int]:
        """Return all that was ever counted, by reason and category, whether it was reported or not."""
        with self._lock:
            self._add_up()
            return _sum_of(self._reported, self._counts)

    def report(self, *, is_forced: bool) -> Item | None:
        """Return what was counted since the last time, as an item to send along.

        None when there is nothing to tell, or when the last time is less than 30 s ago and it is not forced.
        """
        if not self.has_any:
            return None
        now = self._runtime.monotonic()
        if not is_forced and now - self._last_report < _REPORT_INTERVAL_S:
            return None
        counts = self._handed_out(now)
        if not counts:  # somebody else took them within these few instructions
            return None
        discarded = [
            {"reason": reason, "category": category, "quantity": quantity}
            for (reason, category), quantity in counts.items()
        ]
        told = {"timestamp": self._runtime.time(), "discarded_events": discarded}
        return Item({"type": _TELLS_LOSSES}, encode(told))

    def _handed_out(self, now: float) -> dict[tuple[str, str], int]:
        """Read and reset the counts in one step."""
        with self._lock:
            self._add_up()
            if self._is_adding_up:  # this is a finaliser in the middle of it: the next report tells
                return {}
            counts, self._counts = self._counts, {}
            self._reported = _sum_of(self._reported, counts)
            self._last_report = now
        return counts

    def _add_up(self) -> None:
        """Move the single losses into the counts."""
        with self._lock:
            if self._is_adding_up:  # a finaliser came in between two lines below: they go on with what it counted
                return
            self._is_adding_up = True
            try:
                while self._fresh:
                    reason, category, quantity = self._fresh.popleft()
                    self._counts[reason, category] = self._counts.get((reason, category), 0) + quantity
            finally:
                self._is_adding_up = False


def _sum_of(one: dict[tuple[str, str], int], other: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in [*one, *(key for key in other if key not in one)]}
