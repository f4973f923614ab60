"""Transactions: the root of a tree of spans, sent as one event when it ends.

https://develop.sentry.dev/sdk/data-model/event-payloads/transaction/
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from pytest_errortrack import _points
from pytest_errortrack.sdk.protocol import Event, Json, copied
from pytest_errortrack.sdk.tracing._record import OPENED, SpanRecord
from pytest_errortrack.sdk.tracing._span import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk.tracing._host import SpanHost
    from pytest_errortrack.sdk.tracing._sampling import Decision

__all__ = ["UNNAMED", "Transaction"]

UNNAMED = "<unlabeled transaction>"


class Transaction(Span):
    """The whole of one request, job or command, with the spans inside it.

    Made by `start_transaction`. Use it as a `with` block, or call `finish()` yourself.
    """

    __slots__ = ("_contexts", "_measurements", "decision", "is_sampled", "name", "source")

    def __init__(
        self,
        host: SpanHost,
        *,
        name: str | None,
        decision: Decision,
        op: str | None = None,
        description: str | None = None,
        source: str = "custom",
        start_timestamp: float | None = None,
        origin: str = "manual",
    ) -> None:
        super().__init__(SpanRecord(host), host.hex_id(32), None, op, description, start_timestamp, origin)
        self._record.transaction = weakref.ref(self)
        self._measurements: dict[str, Event] = {}
        self._contexts: dict[str, Event] = {}
        self.name = name or UNNAMED
        self.source = source
        self.decision = decision
        self.is_sampled = decision.sampled

    @property
    def sampled(self) -> bool:
        """Whether the transaction is sent when it ends."""
        return self.decision.sampled

    @property
    def has_plain_spans(self) -> bool:
        """Whether the finished spans hold nothing but short texts and small numbers."""
        return self._record.is_plain

    def set_name(self, name: str, *, source: str = "custom") -> None:
        """Rename the transaction, and say where the name comes from (`"route"`, `"url"`, ...)."""
        stamp = _points.announce(_points.Operation("set_name", self, "transaction")) if _points.listeners else None
        self._put("transaction", stamp, name=name, source=source)

    def set_measurement(self, name: str, value: float, unit: str = "") -> None:
        """Set a measured value of the transaction."""
        listening = bool(_points.listeners)
        operation = _points.Operation("set_measurement", self, "measurements", name) if listening else None
        stamp = _points.announce(operation) if operation else None
        self._put_key("measurements", name, self._measurements, {"value": value, "unit": unit}, stamp)

    def set_context(self, name: str, context: Mapping[str, Json]) -> None:
        """Set a context of the transaction's event."""
        stamp = (
            _points.announce(_points.Operation("set_context", self, "contexts", name)) if _points.listeners else None
        )
        self._put_key("contexts", name, self._contexts, copied(dict(context)), stamp)

    def trace_context(self) -> Event:
        """Return the transaction's own `contexts.trace`, its data included."""
        with self._record.lock:
            trace = super().trace_context()
            if self._data:
                trace["data"] = copied(self._data)
            return trace

    def to_event(self) -> Event:
        """Return the event that the transaction is sent as; the finished spans are in it."""
        with self._record.lock:
            return self._event()

    def _event(self) -> Event:
        event: Event = {
            "type": "transaction",
            "transaction": self.name,
            "transaction_info": {"source": self.source},
            "start_timestamp": self.start_timestamp,
            "timestamp": self.timestamp,
            "contexts": {**copied(self._contexts), "trace": self.trace_context()},
            "spans": [payload for payload, _ in self._record.finished],
        }
        if self._tags:
            event["tags"] = copied(self._tags)
        if self._measurements:
            event["measurements"] = copied(self._measurements)
        return event

    def stamped(self) -> list[tuple[tuple[str, ...], object]]:
        """Return the stamps of what was written on the transaction and its finished spans, by path in the event."""
        with self._record.lock:
            return self._stamped()

    def _stamped(self) -> list[tuple[tuple[str, ...], object]]:
        places: dict[str, tuple[str, ...]] = {
            "data": ("contexts", "trace", "data"),
            "status": ("contexts", "trace", "status"),
        }
        found = [
            ((*places.get(field, (field,)), *_name(key)), stamp)
            for (field, key), stamp in self._stamps.items()
            if (field, key) != OPENED
        ]
        for index, (_, stamps) in enumerate(self._record.finished):
            if not stamps:
                continue
            span = ("spans", str(index))
            found += [
                (span if (field, key) == OPENED else (*span, field, *_name(key)), stamp)
                for (field, key), stamp in stamps.items()
            ]
        return found

    def release(self) -> None:
        """Forget the finished spans; called when the transaction has been taken."""
        record = self._record
        with record.lock:
            record.is_open = False
            record.finished = []

    def _close(self) -> bool:
        self._record.is_open = False
        return False

    def _hand_over(self) -> None:
        self._record.host.finished(self)


def _name(key: str | None) -> tuple[str, ...]:
    return () if key is None else (key,)
