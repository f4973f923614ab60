"""The captured sequences: live, read-only, list-like."""

from __future__ import annotations

from ._records import (
    CapturedAttachments,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
)
from ._sequence import CapturedBreadcrumbs, CapturedEvents, CapturedSequence, CapturedTransactions

__all__ = [
    "CapturedAttachments",
    "CapturedBreadcrumbs",
    "CapturedCheckIns",
    "CapturedEnvelopes",
    "CapturedEvents",
    "CapturedLogs",
    "CapturedMetrics",
    "CapturedSequence",
    "CapturedSessions",
    "CapturedTransactions",
]
