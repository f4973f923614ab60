"""What tests use: the captured sequences, what can be expected of them, and the isolation oracle. Knows no pytest."""

from __future__ import annotations

from ._carriers import Carriers
from ._circumstances import Circumstances
from ._errors import ExpectationError, NoRecording, NotAvailable
from ._event import CapturedBreadcrumb, CapturedEvent, CapturedException, CapturedFrame, Payload
from ._expectation import EVENTS, TRANSACTIONS, Count, Expectation
from ._explain import report_section
from ._items import log_key, metric_key, session_key
from ._judgement import judge
from ._mocked import MockedSentryWarning, Replacement
from ._native import NativeObserver
from ._ownership import owns_here
from ._provenance import Actor, Witness, Writer, declared_actor
from ._recorder import LostReport, Note, Recorder
from ._records import (
    CapturedAttachments,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
)
from ._sequence import CapturedBreadcrumbs, CapturedEvents, CapturedSequence, CapturedTransactions
from ._telemetry import CapturedAttachment, CapturedCheckIn, CapturedLog, CapturedMetric, CapturedSession
from ._transaction import CapturedSpan, CapturedTransaction

__all__ = [
    "EVENTS",
    "TRANSACTIONS",
    "Actor",
    "CapturedAttachment",
    "CapturedAttachments",
    "CapturedBreadcrumb",
    "CapturedBreadcrumbs",
    "CapturedCheckIn",
    "CapturedCheckIns",
    "CapturedEnvelopes",
    "CapturedEvent",
    "CapturedEvents",
    "CapturedException",
    "CapturedFrame",
    "CapturedLog",
    "CapturedLogs",
    "CapturedMetric",
    "CapturedMetrics",
    "CapturedSequence",
    "CapturedSession",
    "CapturedSessions",
    "CapturedSpan",
    "CapturedTransaction",
    "CapturedTransactions",
    "Carriers",
    "Circumstances",
    "Count",
    "Expectation",
    "ExpectationError",
    "LostReport",
    "MockedSentryWarning",
    "NativeObserver",
    "NoRecording",
    "NotAvailable",
    "Note",
    "Payload",
    "Recorder",
    "Replacement",
    "Witness",
    "Writer",
    "declared_actor",
    "judge",
    "log_key",
    "metric_key",
    "owns_here",
    "report_section",
    "session_key",
]
