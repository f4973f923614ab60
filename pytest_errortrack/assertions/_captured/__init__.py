"""What was captured, as a test reads it: views of the payloads as they went over the wire."""

from __future__ import annotations

from ._circumstances import Circumstances
from ._event import (
    CapturedBreadcrumb,
    CapturedEvent,
    CapturedException,
    CapturedFrame,
    Json,
    Payload,
    mapping_of,
    mappings_of,
)
from ._telemetry import CapturedAttachment, CapturedCheckIn, CapturedLog, CapturedMetric, CapturedSession
from ._transaction import CapturedSpan, CapturedTransaction

__all__ = [
    "CapturedAttachment",
    "CapturedBreadcrumb",
    "CapturedCheckIn",
    "CapturedEvent",
    "CapturedException",
    "CapturedFrame",
    "CapturedLog",
    "CapturedMetric",
    "CapturedSession",
    "CapturedSpan",
    "CapturedTransaction",
    "Circumstances",
    "Json",
    "Payload",
    "mapping_of",
    "mappings_of",
]
