"""What pytest says of a plain `assert` that compares captured things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions import (
    CapturedBreadcrumb,
    CapturedBreadcrumbs,
    CapturedCheckIns,
    CapturedEvents,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
    CapturedTransaction,
    CapturedTransactions,
    Payload,
    compared_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Comparisons"]

_OF_SEQUENCES: Final = {
    CapturedEvents: "event",
    CapturedTransactions: "transaction",
    CapturedBreadcrumbs: "breadcrumb",
    CapturedLogs: "log",
    CapturedMetrics: "metric",
    CapturedCheckIns: "check-in",
    CapturedSessions: "session",
}


class Comparisons:
    """The hook that explains them; comparisons of anything else are left to pytest."""

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """Say why a comparison with captured events, transactions or breadcrumbs does not hold."""
        noun = next((found for find in _NOUNS for side in (left, right) if (found := find(side))), "")
        return compared_lines(op, left, right, noun=noun) if noun else None


def _noun_of_sequence(side: object) -> str:
    return next((noun for kind, noun in _OF_SEQUENCES.items() if isinstance(side, kind)), "")


def _noun_of_list(side: object) -> str:
    return _noun_of_captured(side[0]) if isinstance(side, list) and side else ""


def _noun_of_captured(side: object) -> str:
    if isinstance(side, CapturedBreadcrumb):
        return "breadcrumb"
    if isinstance(side, CapturedTransaction):
        return "transaction"
    return "event" if isinstance(side, Payload) else ""


_NOUNS: tuple[Callable[[object], str], ...] = (_noun_of_sequence, _noun_of_list, _noun_of_captured)
