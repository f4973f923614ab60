"""The steps between a capture and an envelope, each usable on its own."""

from __future__ import annotations

from pytest_errortrack.sdk._pipeline._build import HANDLED, SDK, EventBuilder
from pytest_errortrack.sdk._pipeline._callbacks import FAILED, run_processors, safe_call
from pytest_errortrack.sdk._pipeline._collected import BODY_SIZES, add_request
from pytest_errortrack.sdk._pipeline._encode import encode_event
from pytest_errortrack.sdk._pipeline._ignored import is_ignored_error, is_ignored_name
from pytest_errortrack.sdk._pipeline._losses import LossRecorder, LossWitness
from pytest_errortrack.sdk._pipeline._marks import is_first_capture, take_mark_off

__all__ = [
    "BODY_SIZES",
    "FAILED",
    "HANDLED",
    "SDK",
    "EventBuilder",
    "LossRecorder",
    "LossWitness",
    "add_request",
    "encode_event",
    "is_first_capture",
    "is_ignored_error",
    "is_ignored_name",
    "run_processors",
    "safe_call",
    "take_mark_off",
]
