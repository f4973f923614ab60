"""The way from an envelope to its transport: at once, in the background, or by the application's own queue."""

from __future__ import annotations

from pytest_errortrack.sdk._delivery._allowance import Allowance
from pytest_errortrack.sdk._delivery._parcel import Parcel
from pytest_errortrack.sdk._delivery._sender import Sender
from pytest_errortrack.sdk._delivery._ways import BackgroundWorkerDisabled, is_worker_disabled
from pytest_errortrack.sdk._delivery._worker import Worker

__all__ = ["Allowance", "BackgroundWorkerDisabled", "Parcel", "Sender", "Worker", "is_worker_disabled"]
