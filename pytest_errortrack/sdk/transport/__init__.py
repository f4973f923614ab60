"""Where envelopes go: to a server, or into memory."""

from __future__ import annotations

from pytest_errortrack.sdk.transport._http import HttpTransport
from pytest_errortrack.sdk.transport._memory import MemoryTransport
from pytest_errortrack.sdk.transport._rate_limits import ALL, RateLimits, parse_rate_limits, parse_retry_after
from pytest_errortrack.sdk.transport._transport import (
    LimitsRates,
    LossReporter,
    ReportsLosses,
    SendsWithin,
    Transport,
    is_immediate,
)

__all__ = [
    "ALL",
    "HttpTransport",
    "LimitsRates",
    "LossReporter",
    "MemoryTransport",
    "RateLimits",
    "ReportsLosses",
    "SendsWithin",
    "Transport",
    "is_immediate",
    "parse_rate_limits",
    "parse_retry_after",
]
