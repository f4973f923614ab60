"""Where envelopes go: to a server, or into memory."""

from __future__ import annotations

from pytest_errortrack.sdk.transport._http import HttpTransport
from pytest_errortrack.sdk.transport._memory import MemoryTransport
from pytest_errortrack.sdk.transport._rate_limits import ALL, RateLimits, parse_rate_limits, parse_retry_after
from pytest_errortrack.sdk.transport._transport import LossReporter, ReportsLosses, Transport

__all__ = [
    "ALL",
    "HttpTransport",
    "LossReporter",
    "MemoryTransport",
    "RateLimits",
    "ReportsLosses",
    "Transport",
    "parse_rate_limits",
    "parse_retry_after",
]
