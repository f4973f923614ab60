"""Integrations with frameworks and libraries; `init(integrations=[...])` takes them, and any of your own."""

from __future__ import annotations

from pytest_errortrack.sdk.integrations._defaults import default_integrations
from pytest_errortrack.sdk.integrations._streaming import AsyncStreamedBody, StreamedBody
from pytest_errortrack.sdk.integrations._threads import ThreadingIntegration

__all__ = ["AsyncStreamedBody", "StreamedBody", "ThreadingIntegration", "default_integrations"]
