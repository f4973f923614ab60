"""What an application's own set-up of an SDK is, as far as it explains why nothing comes of a report."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SetUp"]


@dataclass(frozen=True, slots=True)
class SetUp:
    """One SDK that the application initialised.

    Attributes:
        sdk: `"native"` or `"sentry_sdk"`.
        has_dsn: whether it was told where to send to.
        has_tracing: whether transactions are sent at all.
    """

    sdk: str
    has_dsn: bool
    has_tracing: bool
