"""Integrations with frameworks and libraries; `init(integrations=[...])` takes them, and any of your own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk.integrations._streaming import AsyncStreamedBody, StreamedBody
from pytest_errortrack.sdk.integrations._threads import ThreadingIntegration

if TYPE_CHECKING:
    from pytest_errortrack.sdk._integration import Integration

__all__ = ["AsyncStreamedBody", "StreamedBody", "ThreadingIntegration", "default_integrations"]


def default_integrations() -> tuple[Integration, ...]:
    """Return the integrations that every client uses unless it is told otherwise; none in this version."""
    return ()
