"""What tests use: the captured sequences, what can be expected of them, and the isolation oracle. Knows no pytest."""

from __future__ import annotations

from ._carriers import Carriers
from ._errors import ExpectationError, NoRecording, NotAvailable
from ._event import CapturedBreadcrumb, CapturedEvent, CapturedException, CapturedFrame, Circumstances, Payload
from ._expectation import EVENTS, TRANSACTIONS, Count, Expectation
from ._explain import report_section
from ._judgement import judge
from ._native import NativeObserver
from ._provenance import Actor, Witness, Writer, declared_actor
from ._recorder import LostReport, Note, Recorder
from ._sequence import CapturedBreadcrumbs, CapturedEvents, CapturedSequence, CapturedTransactions
from ._transaction import CapturedSpan, CapturedTransaction

__all__ = [
    "EVENTS",
    "TRANSACTIONS",
    "Actor",
    "CapturedBreadcrumb",
    "CapturedBreadcrumbs",
    "CapturedEvent",
    "CapturedEvents",
    "CapturedException",
    "CapturedFrame",
    "CapturedSequence",
    "CapturedSpan",
    "CapturedTransaction",
    "CapturedTransactions",
    "Carriers",
    "Circumstances",
    "Count",
    "Expectation",
    "ExpectationError",
    "LostReport",
    "NativeObserver",
    "NoRecording",
    "NotAvailable",
    "Note",
    "Payload",
    "Recorder",
    "Witness",
    "Writer",
    "declared_actor",
    "judge",
    "report_section",
]
