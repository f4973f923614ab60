"""Transactions out of spans: what SDKs send that have no transactions any more.

Such an SDK sends each span by itself, in batches, children often before the span that contains them all: the segment
(https://develop.sentry.dev/sdk/telemetry/spans/span-protocol/). A segment together with its spans is what a transaction
was, and is put together here in a transaction's words.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.sdk.protocol import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.sdk import Item

__all__ = ["Segments", "spans_of"]

_FROM_ATTRIBUTES: Final = {
    "release": "sentry.release",
    "environment": "sentry.environment",
    "platform": "sentry.platform",
    "server_name": "server.address",
}

_MOST: Final = 100_000

Span = dict[str, Any]


def spans_of(item: Item) -> list[Span]:
    """Read the spans of an item of type `span`: a batch, or one alone, as older SDKs send it."""
    payload = decode(item.payload)
    batch = payload.get("items") if isinstance(payload, dict) else None
    found = batch if isinstance(batch, list) else [payload]
    return [span for span in found if isinstance(span, dict)]


@dataclass(slots=True)
class _Segment:
    """What is known of one segment: the spans within it by their start, and whether it has come itself."""

    children: list[Span] = field(default_factory=list)
    has_come: bool = False


class Segments:
    """Puts spans together, in whatever order they come.

    A transaction appears when its segment does. Spans that come later join it: its payload grows.

    Args:
        most: how many spans are remembered; beyond it the segments are forgotten that nothing came for the longest.
    """

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[tuple[str, str], _Segment] = {}
        self._size = 0

    def take(self, spans: list[Span]) -> Iterator[dict[str, Any]]:
        """Take in spans, and yield the payload of each transaction that appears with them."""
        come = []
        for span in spans:
            attributes = _attributes(span)
            key = _segment_of(span, attributes)
            if key is None:
                continue
            segment = self._segment(key)
            if key[1] != span.get("span_id"):
                insort(segment.children, _child(span, attributes), key=_start)
                self._size += 1
            elif not segment.has_come:
                segment.has_come = True
                come.append((span, attributes, segment.children))
        for span, attributes, children in come:
            yield _transaction(span, attributes, children)

    def _segment(self, key: tuple[str, str]) -> _Segment:
        """Find or make a segment; it is the last to be forgotten now."""
        segment = self._known.pop(key, None)
        if segment is None:
            segment = _Segment()
            self._size += 1
        self._known[key] = segment
        while self._size > self._most and len(self._known) > 1:
            forgotten = self._known.pop(next(iter(self._known)))
            self._size -= 1 + len(forgotten.children)
        return segment


def _segment_of(span: Span, attributes: dict[str, Any]) -> tuple[str, str] | None:
    """Name the segment that a span belongs to by trace and span id; None where the span does not say."""
    is_segment = span.get("is_segment") or not (span.get("parent_span_id") or attributes.get("sentry.segment.id"))
    segment = span.get("span_id") if is_segment else attributes.get("sentry.segment.id") or span.get("segment_id")
    trace = span.get("trace_id")
    return (trace, segment) if isinstance(trace, str) and isinstance(segment, str) else None


def _child(span: Span, attributes: dict[str, Any]) -> Span:
    child = {
        "trace_id": span.get("trace_id"),
        "span_id": span.get("span_id"),
        "parent_span_id": span.get("parent_span_id"),
        "op": attributes.get("sentry.op", span.get("op")),
        "description": span.get("name", span.get("description")),
        "status": span.get("status"),
        "origin": attributes.get("sentry.origin", span.get("origin")),
        "start_timestamp": span.get("start_timestamp"),
        "timestamp": span.get("end_timestamp", span.get("timestamp")),
        "data": attributes,
    }
    return {name: value for name, value in child.items() if value is not None}


def _transaction(span: Span, attributes: dict[str, Any], children: list[Span]) -> dict[str, Any]:
    root = _child(span, attributes)
    trace = {name: root[name] for name in ("trace_id", "span_id", "parent_span_id", "op", "status") if name in root}
    payload: dict[str, Any] = {
        "type": "transaction",
        "transaction": str(root.get("description", "")),
        "contexts": {"trace": {**trace, "data": attributes}},
        "start_timestamp": root.get("start_timestamp"),
        "timestamp": root.get("timestamp"),
        "spans": children,
    }
    for name, attribute in _FROM_ATTRIBUTES.items():
        if attribute in attributes:
            payload[name] = attributes[attribute]
    source = attributes.get("sentry.span.source", attributes.get("sentry.source"))
    if source is not None:
        payload["transaction_info"] = {"source": source}
    if "sentry.sdk.name" in attributes:
        payload["sdk"] = {"name": attributes["sentry.sdk.name"], "version": attributes.get("sentry.sdk.version")}
    return payload


def _attributes(span: Span) -> dict[str, Any]:
    """Return the attributes without the types that stand beside them; those of an older span are its data."""
    attributes = span.get("attributes")
    if not isinstance(attributes, dict):
        data = span.get("data")
        return dict(data) if isinstance(data, dict) else {}
    return {
        name: value["value"] if isinstance(value, dict) and "value" in value else value
        for name, value in attributes.items()
    }


def _start(span: Span) -> float:
    start = span.get("start_timestamp")
    return start if isinstance(start, int | float) else 0.0
