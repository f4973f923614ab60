"""Transactions and spans; they reach the rest of the SDK only through the `SpanHost` they are given."""

from __future__ import annotations

from pytest_errortrack.sdk.tracing._host import SpanHost, TraceParent
from pytest_errortrack.sdk.tracing._noop import NOOP_SPAN, NoOpSpan
from pytest_errortrack.sdk.tracing._propagation import PropagationContext
from pytest_errortrack.sdk.tracing._record import OPENED, Stamps
from pytest_errortrack.sdk.tracing._sampling import Decision, decide, is_rate
from pytest_errortrack.sdk.tracing._span import Span
from pytest_errortrack.sdk.tracing._status import status_of_exception, status_of_http
from pytest_errortrack.sdk.tracing._transaction import UNNAMED, Transaction

__all__ = [
    "NOOP_SPAN",
    "OPENED",
    "UNNAMED",
    "Decision",
    "NoOpSpan",
    "PropagationContext",
    "Span",
    "SpanHost",
    "Stamps",
    "TraceParent",
    "Transaction",
    "decide",
    "is_rate",
    "status_of_exception",
    "status_of_http",
]
