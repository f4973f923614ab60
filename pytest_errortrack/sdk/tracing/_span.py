"""Spans: timed pieces of work, and the record in which the finished ones of a transaction are collected.

A span reaches up only through its `SpanHost`, which whoever starts transactions hands in. What a finished span leaves
behind is its payload, so that nothing refers back to a span that its user has forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from pytest_errortrack import _points
from pytest_errortrack.sdk._runtime import new_lock
from pytest_errortrack.sdk.protocol import Event, Json, copied
from pytest_errortrack.sdk.tracing._status import status_of_exception, status_of_http

if TYPE_CHECKING:
    import weakref
    from types import TracebackType

    from pytest_errortrack.sdk.tracing._transaction import Transaction

__all__ = ["NOOP_SPAN", "OPENED", "NoOpSpan", "Span", "SpanHost", "SpanRecord", "Stamps", "TraceParent"]

Stamps = dict[tuple[str, str | None], object]
"""Who wrote what, by field and key; opaque to the SDK."""

OPENED = ("span", None)
"""The place of the stamp of whoever opened the span."""

_MAX_SPANS = 1000
_LONGEST_PLAIN = 1024
_BIGGEST_PLAIN = 2**53


class SpanHost(Protocol):
    """What a transaction needs of the world above it."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def hex_id(self, digits: int) -> str:
        """Return a fresh id."""

    def activate(self, span: Span) -> object:
        """Make a span the current one here, and return what `deactivate` needs to undo that."""

    def deactivate(self, activation: object) -> None:
        """Undo what `activate` did."""

    def finished(self, transaction: Transaction) -> None:
        """Take a transaction that has ended, sampled or not."""

    def overflowed(self, transaction_name: str) -> None:
        """Take note of a span that was one too many."""


class TraceParent(Protocol):
    """What an event says of the trace it belongs to."""

    def trace_context(self) -> Event:
        """Return the event's `contexts.trace`."""


FinishedSpan: TypeAlias = tuple[Event, Stamps]
"""What a finished span leaves behind: its payload, and who wrote what in it."""


class SpanRecord:
    """The finished spans of one transaction, in the order in which they ended.

    Its lock is held for every change of the transaction and of its spans, and never while foreign code runs.

    Attributes:
        is_plain: whether they hold nothing but short texts and small numbers, which can be sent as they are.
    """

    __slots__ = ("finished", "host", "is_open", "is_plain", "lock", "transaction")

    def __init__(self, host: SpanHost) -> None:
        self.host = host
        self.finished: list[FinishedSpan] = []
        self.is_open = True
        self.is_plain = True
        self.lock = new_lock()
        self.transaction: weakref.ref[Transaction] | None = None

    def add(self, span: FinishedSpan) -> bool:
        """Keep a finished span, unless the transaction has ended; tell whether there was room for it."""
        if not self.is_open:
            return True
        if len(self.finished) >= _MAX_SPANS:
            return False
        self.finished.append(span)
        self.is_plain = self.is_plain and _is_plain(span[0])
        return True

    def overflow(self) -> None:
        """Count a span as lost for which there was no room."""
        transaction = self.transaction() if self.transaction is not None else None
        self.host.overflowed(transaction.name if transaction is not None else "")


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

    def __init__(
        self,
        record: SpanRecord,
        *,
        trace_id: str,
        parent_span_id: str | None = None,
        op: str | None = None,
        description: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> None:
        self._record = record
        self._data: dict[str, Json] = {}
        self._tags: dict[str, Json] = {}
        self._stamps: Stamps = {}
        self._activation: object | None = None
        self.trace_id = trace_id
        self.span_id = record.host.hex_id(16)
        self.parent_span_id = parent_span_id
        self.op = op
        self._description = description
        self.origin = origin
        self.start_timestamp = record.host.now() if start_timestamp is None else start_timestamp
        self.timestamp: float | None = None
        self.status: str | None = None

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that the span belongs to, while somebody still holds it."""
        return self._record.transaction() if self._record.transaction is not None else None

    def start_child(
        self,
        op: str | None = None,
        *,
        description: str | None = None,
        name: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> Span | NoOpSpan:
        """Start a span inside this one; `name` is another word for `description`."""
        stamp = None
        if _points.listeners:
            stamp = _points.announce(_points.Operation("start_child", self, "spans", kind="read"))
        child = self.start_child_quietly(
            op, description=description, name=name, start_timestamp=start_timestamp, origin=origin
        )
        child.open_by(stamp)
        return child

    def start_child_quietly(
        self,
        op: str | None = None,
        *,
        description: str | None = None,
        name: str | None = None,
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> Span | NoOpSpan:
        """Do what `start_child` does for somebody who has announced it already."""
        return Span(
            self._record,
            trace_id=self.trace_id,
            parent_span_id=self.span_id,
            op=op,
            description=name if description is None else description,
            start_timestamp=start_timestamp,
            origin=origin,
        )

    @property
    def description(self) -> str | None:
        """Which work it is."""
        return self._description

    @description.setter
    def description(self, description: str | None) -> None:
        listening = bool(_points.listeners)
        stamp = _points.announce(_points.Operation("set_description", self, "description")) if listening else None
        self._put("description", stamp, _description=description)

    @property
    def opener(self) -> object | None:
        """The stamp of whoever opened the span."""
        return self._stamps.get(OPENED)

    def open_by(self, stamp: object | None) -> None:
        """Remember who opened the span; for whoever announced that."""
        if stamp is not None:
            self._stamps[OPENED] = stamp

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
        lock = self._record.lock
        lock.acquire()
        try:
            self._keep("status", None, stamp)
            self._data["http.response.status_code"] = code
            self.status = status
        finally:
            lock.release()

    def finish(self, end_timestamp: float | None = None) -> None:
        """End the span; a second call does nothing."""
        if _points.listeners:
            _points.announce(_points.Operation("finish", self, "*"))
        self._finish(end_timestamp)

    def to_dict(self) -> Event:
        """Return the span in the specification's words."""
        lock = self._record.lock
        lock.acquire()
        try:
            return self._payload()
        finally:
            lock.release()

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
        if self.description is not None:
            payload["description"] = self.description
        if self.status is not None:
            payload["status"] = self.status
        if self._tags:
            payload["tags"] = dict(self._tags)
        if self._data:
            payload["data"] = dict(self._data)
        return payload

    def trace_context(self) -> Event:
        """Return the `contexts.trace` of an event that happens inside this span."""
        trace: Event = {"trace_id": self.trace_id, "span_id": self.span_id, "origin": self.origin}
        optional = {"parent_span_id": self.parent_span_id, "op": self.op, "status": self.status}
        trace |= {name: value for name, value in optional.items() if value is not None}
        return trace

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

    def _finish(self, end_timestamp: float | None) -> None:
        record = self._record
        if self._has_ended():
            return
        timestamp = record.host.now() if end_timestamp is None else end_timestamp
        record.lock.acquire()
        try:
            if self._has_ended():
                return
            self.timestamp = timestamp
            is_kept = record.add((self._payload(), dict(self._stamps)))
        finally:
            record.lock.release()
        if not is_kept:
            record.overflow()

    def _has_ended(self) -> bool:
        return self.timestamp is not None

    def _put(self, field: str, stamp: object | None, **attributes: object) -> None:
        """Set attributes, and who wrote them."""
        lock = self._record.lock
        lock.acquire()
        try:
            self._keep(field, None, stamp)
            for name, value in attributes.items():
                setattr(self, name, value)
        finally:
            lock.release()

    def _put_key(self, field: str, key: str, values: dict[str, Any], value: Json, stamp: object | None) -> None:
        """Set one key of a keyed field, and who wrote it."""
        lock = self._record.lock
        lock.acquire()
        try:
            self._keep(field, key, stamp)
            values[key] = value
        finally:
            lock.release()

    def _keep(self, field: str, key: str | None, stamp: object | None) -> None:
        """Remember who wrote a value; a value without a writer's stamp drops the one of its predecessor."""
        if stamp is not None:
            self._stamps[field, key] = stamp
        elif self._stamps:
            self._stamps.pop((field, key), None)


class NoOpSpan:
    """What is started where nothing is recorded: it accepts everything and keeps nothing."""

    __slots__ = ()
    is_sampled = False

    @property
    def transaction(self) -> None:
        """A span that records nothing belongs to no transaction."""
        return

    def start_child(self, op: str | None = None, **_options: object) -> NoOpSpan:  # noqa: ARG002 - Span's signature
        """Return the same nothing."""
        return self

    def open_by(self, stamp: object | None) -> None:
        """Keep nothing."""

    def set_tag(self, key: str, value: Json) -> None:
        """Keep nothing."""

    def set_data(self, key: str, value: Json) -> None:
        """Keep nothing."""

    def set_status(self, status: str) -> None:
        """Keep nothing."""

    def set_http_status(self, code: int) -> None:
        """Keep nothing."""

    def finish(self, end_timestamp: float | None = None) -> None:
        """End nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave everything as it is."""

    def __repr__(self) -> str:
        return "<NoOpSpan>"


NOOP_SPAN = NoOpSpan()


def _is_plain(values: Event) -> bool:
    for value in values.values():
        kind = type(value)
        if kind is str:
            if len(value) > _LONGEST_PLAIN or not value.isascii():
                return False
        elif kind is dict:
            if not all(type(key) is str and key.isascii() for key in value) or not _is_plain(value):
                return False
        elif kind is float or kind is int:
            if not -_BIGGEST_PLAIN < value < _BIGGEST_PLAIN:
                return False
        elif value is not None and kind is not bool:
            return False
    return True
