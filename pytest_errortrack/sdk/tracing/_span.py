"""Spans: timed pieces of work inside a transaction.

A span reaches up only through the host of its transaction's record, which whoever starts transactions hands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pytest_errortrack import _points
from pytest_errortrack.sdk.protocol import Event, Json, copied
from pytest_errortrack.sdk.tracing._noop import NOOP_SPAN
from pytest_errortrack.sdk.tracing._record import OPENED
from pytest_errortrack.sdk.tracing._status import status_of_exception, status_of_http

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_errortrack.sdk.tracing._noop import NoOpSpan
    from pytest_errortrack.sdk.tracing._record import SpanRecord, Stamps
    from pytest_errortrack.sdk.tracing._transaction import Transaction

__all__ = ["Span"]


class Span:
    """One timed piece of work inside a transaction.

    Use it as a `with` block, which makes it the current span and finishes it, or call `finish()` yourself.
    """

    is_sampled: bool = True  # of a transaction it is an attribute of its own

    __slots__ = (
        "__weakref__",
        "_activation",
        "_data",
        "_description",
        "_record",
        "_stamps",
        "_tags",
        "op",
        "origin",
        "parent_span_id",
        "span_id",
        "start_timestamp",
        "status",
        "timestamp",
        "trace_id",
    )

    def __init__(  # noqa: PLR0917 - spans are made by the thousand, and keywords cost as much as the rest
        self,
        record: SpanRecord,
        trace_id: str,
        parent_span_id: str | None = None,
        op: str | None = None,
        description: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> None:
        host = record.host
        self._record = record
        self._data: dict[str, Json] = {}
        self._tags: dict[str, Json] = {}
        self._stamps: Stamps = {}
        self._activation: object | None = None
        self.trace_id = trace_id
        self.span_id = host.hex_id(16)
        self.parent_span_id = parent_span_id
        self.op = op
        self._description = description
        self.origin = origin
        self.start_timestamp = host.now() if start_timestamp is None else start_timestamp
        self.timestamp: float | None = None
        self.status: str | None = None

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that the span belongs to, while somebody still holds it."""
        return self._record.transaction() if self._record.transaction is not None else None

    # -- children --------------------------------------------------------------------------------------------------

    def start_child(
        self,
        op: str | None = None,
        *,
        description: str | None = None,
        name: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> Span | NoOpSpan:
        """Start a span inside this one; `name` is another word for `description`.

        In a transaction that is not sampled it is a span that records nothing.
        """
        stamp = None
        if _points.listeners:
            stamp = _points.announce(_points.Operation("start_child", self, "spans", kind="read"))
        if not self.is_sampled:
            return NOOP_SPAN
        return self.open_child(stamp, op, name if description is None else description, start_timestamp, origin)

    def open_child(  # positional for the same reason
        self,
        stamp: object | None,
        op: str | None = None,
        description: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> Span:
        """Start a span inside this one, for somebody who has announced it already and got a stamp for that."""
        child = Span(self._record, self.trace_id, self.span_id, op, description, start_timestamp, origin)
        if stamp is not None:
            child.open_by(stamp)
        return child

    @property
    def opener(self) -> object | None:
        """The stamp of whoever opened the span."""
        return self._stamps.get(OPENED)

    def open_by(self, stamp: object | None) -> None:
        """Remember who opened the span; for whoever announced that."""
        if stamp is not None:
            self._stamps[OPENED] = stamp

    # -- what it says ----------------------------------------------------------------------------------------------

    @property
    def description(self) -> str | None:
        """Which work it is."""
        return self._description

    @description.setter
    def description(self, description: str | None) -> None:
        listening = bool(_points.listeners)
        stamp = _points.announce(_points.Operation("set_description", self, "description")) if listening else None
        self._put("description", stamp, _description=description)

    def set_tag(self, key: str, value: Json) -> None:
        """Set a tag of the span."""
        stamp = _points.announce(_points.Operation("set_tag", self, "tags", key)) if _points.listeners else None
        self._put_key("tags", key, self._tags, copied(value), stamp)

    def set_data(self, key: str, value: Json) -> None:
        """Set a value of the span's data."""
        stamp = _points.announce(_points.Operation("set_data", self, "data", key)) if _points.listeners else None
        self._put_key("data", key, self._data, copied(value), stamp)

    def set_status(self, status: str) -> None:
        """Say what became of the work: `"ok"`, `"internal_error"`, `"not_found"`, ..."""
        stamp = _points.announce(_points.Operation("set_status", self, "status")) if _points.listeners else None
        self._put("status", stamp, status=status)

    def set_http_status(self, code: int) -> None:
        """Set the status that an HTTP response's code means, and remember the code."""
        listening = bool(_points.listeners)
        stamp = _points.announce(_points.Operation("set_http_status", self, "status")) if listening else None
        status = status_of_http(code)
        with self._record.lock:
            self._keep("status", None, stamp)
            self._data["http.response.status_code"] = code
            self.status = status

    def to_dict(self) -> Event:
        """Return the span in the specification's words."""
        with self._record.lock:
            return self._payload()

    def trace_context(self) -> Event:
        """Return the `contexts.trace` of an event that happens inside this span."""
        trace: Event = {"trace_id": self.trace_id, "span_id": self.span_id, "origin": self.origin}
        optional = {"parent_span_id": self.parent_span_id, "op": self.op, "status": self.status}
        trace |= {name: value for name, value in optional.items() if value is not None}
        return trace

    # -- its end ---------------------------------------------------------------------------------------------------

    def finish(self, end_timestamp: float | None = None) -> None:
        """End the span; a second call does nothing."""
        if _points.listeners:
            _points.announce(_points.Operation("finish", self, "*"))
        record = self._record
        timestamp = record.host.now() if end_timestamp is None else end_timestamp
        with record.lock:
            if self.timestamp is not None:
                return
            self.timestamp = timestamp
            is_done = self._close()
        if not is_done:
            self._hand_over()

    def _close(self) -> bool:
        """Do what the end means to the record, which is locked; tell whether that was all there is to do."""
        return self._record.add(self._payload(), dict(self._stamps))

    def _hand_over(self) -> None:
        """Tell the world above of the end; nothing is locked."""
        self._record.overflow()

    def __enter__(self) -> Self:
        self._activation = self._record.host.activate(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None:
            self.status = status_of_exception(kind)
        activation, self._activation = self._activation, None
        try:
            self.finish()
        finally:
            if activation is not None:
                self._record.host.deactivate(activation)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.op or ''} {self.description or ''}>".replace("  ", " ")

    # -- while the record is locked, or on the way there -----------------------------------------------------------

    def _payload(self) -> Event:
        payload: Event = {
            "trace_id": self.trace_id,
            "span_id": self.span_id,
            "start_timestamp": self.start_timestamp,
            "timestamp": self.timestamp,
            "origin": self.origin,
        }
        if self.parent_span_id is not None:
            payload["parent_span_id"] = self.parent_span_id
        if self.op is not None:
            payload["op"] = self.op
        if self._description is not None:
            payload["description"] = self._description
        if self.status is not None:
            payload["status"] = self.status
        if self._tags:
            payload["tags"] = dict(self._tags)
        if self._data:
            payload["data"] = dict(self._data)
        return payload

    def _put(self, field: str, stamp: object | None, **attributes: object) -> None:
        """Set attributes, and who wrote them."""
        with self._record.lock:
            self._keep(field, None, stamp)
            for name, value in attributes.items():
                setattr(self, name, value)

    def _put_key(self, field: str, key: str, values: dict[str, Any], value: Json, stamp: object | None) -> None:
        """Set one key of a keyed field, and who wrote it."""
        with self._record.lock:
            self._keep(field, key, stamp)
            values[key] = value

    def _keep(self, field: str, key: str | None, stamp: object | None) -> None:
        """Remember who wrote a value; a value without a writer's stamp drops the one of its predecessor."""
        if stamp is not None:
            self._stamps[field, key] = stamp
        elif self._stamps:
            self._stamps.pop((field, key), None)
