"""The captured sequences: live, read-only, list-like."""

from __future__ import annotations

from ._events import CapturedBreadcrumbs, CapturedEvents, CapturedTransactions
from ._records import (
    CapturedAttachments,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedFeedbacks,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
)
from ._sequence import CapturedSequence
from ._spans import AskedSpans

__all__ = [
    "AskedSpans",
    "CapturedAttachments",
    "CapturedBreadcrumbs",
    "CapturedCheckIns",
    "CapturedEnvelopes",
    "CapturedEvents",
    "CapturedFeedbacks",
    "CapturedLogs",
    "CapturedMetrics",
    "CapturedSequence",
    "CapturedSessions",
    "CapturedTransactions",
]
