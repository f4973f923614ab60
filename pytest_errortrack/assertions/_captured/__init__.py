"""What was captured, as a test reads it: views of the payloads as they went over the wire."""

from __future__ import annotations

from ._circumstances import Captured, Circumstances
from ._event import CapturedEvent
from ._feedback import CapturedFeedback
from ._json import Json, mapping_of, mappings_of, values_of
from ._lineage import types_in
from ._parts import CapturedBreadcrumb, CapturedException, CapturedFrame
from ._payload import Payload
from ._snapshot import snapshots_of
from ._spans import CapturedSpan, CapturedSpans
from ._telemetry import CapturedAttachment, CapturedCheckIn, CapturedLog, CapturedMetric, CapturedSession
from ._transaction import CapturedTransaction

__all__ = [
    "Captured",
    "CapturedAttachment",
    "CapturedBreadcrumb",
    "CapturedCheckIn",
    "CapturedEvent",
    "CapturedException",
    "CapturedFeedback",
    "CapturedFrame",
    "CapturedLog",
    "CapturedMetric",
    "CapturedSession",
    "CapturedSpan",
    "CapturedSpans",
    "CapturedTransaction",
    "Circumstances",
    "Json",
    "Payload",
    "mapping_of",
    "mappings_of",
    "snapshots_of",
    "types_in",
    "values_of",
]
