"""Names that the SDK does not have: those of a later version, and those that nobody knows."""

from __future__ import annotations

from typing import NoReturn

from pytest_errortrack.sdk._errors import UnsupportedFeature

__all__ = ["refuse_unknown"]


_NOT_YET = frozenset(
    {
        "capture_checkin",
        "capture_session",
        "continue_trace",
        "get_baggage",
        "get_traceparent",
        "logger",
        "metrics",
        "monitor",
        "start_session",
        "end_session",
    }
)


def refuse_unknown(name: str) -> NoReturn:
    """Say of a name that the SDK does not have, whether it is known; the module's `__getattr__`."""
    if name in _NOT_YET:
        raise UnsupportedFeature(f"pytest_errortrack.sdk.{name} is not available in this version")
    raise AttributeError(f"module 'pytest_errortrack.sdk' has no attribute {name!r}")
