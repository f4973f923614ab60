"""What a recorder makes of the items of an envelope other than events and transactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import (
    CapturedAttachment,
    CapturedCheckIn,
    CapturedFeedback,
    CapturedLog,
    CapturedMetric,
    CapturedSession,
    Json,
    mapping_of,
    mappings_of,
)

from ._statsd import parse_statsd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions._captured import Captured, Circumstances
    from pytest_errortrack.sdk import Envelope
    from pytest_errortrack.sdk.protocol import Item

__all__ = ["Telemetry", "discarded", "log_key", "metric_key", "session_key"]


def log_key(timestamp: float, body: str) -> str:
    """Name a log by what is known of it before it is sent and after."""
    return f"log {timestamp!r} {body}"


def metric_key(timestamp: float, name: str) -> str:
    """Name a metric by what is known of it before it is sent and after."""
    return f"metric {timestamp!r} {name}"


def session_key(sid: str) -> str:
    """Name a session by its id."""
    return f"session {sid}"


@dataclass(slots=True)
class Telemetry:
    """Everything of this kind that one recording captured, in the order in which it would have been sent."""

    logs: list[CapturedLog] = field(default_factory=list)
    metrics: list[CapturedMetric] = field(default_factory=list)
    check_ins: list[CapturedCheckIn] = field(default_factory=list)
    sessions: list[CapturedSession] = field(default_factory=list)
    attachments: list[CapturedAttachment] = field(default_factory=list)
    feedback: list[CapturedFeedback] = field(default_factory=list)
    _noted: dict[str, list[Circumstances]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all of it."""
        for kept in (self.logs, self.metrics, self.check_ins, self.sessions, self.attachments, self.feedback):
            kept.clear()
        self._noted.clear()

    def counts(self) -> tuple[int, ...]:
        """Tell how much there is by now of what applications report themselves."""
        return len(self.logs), len(self.metrics), len(self.check_ins)

    def since(self, counts: tuple[int, ...]) -> list[Captured]:
        """List what came since `counts` said so."""
        logs, metrics, check_ins = counts
        return [*self.logs[logs:], *self.metrics[metrics:], *self.check_ins[check_ins:]]

    def note(self, key: str, circumstances: Circumstances) -> None:
        """Remember who made something that an SDK will send later, in a batch."""
        self._noted.setdefault(key, []).append(circumstances)

    def take(self, envelope: Envelope, circumstances: Circumstances) -> None:
        """Take in what one envelope holds.

        Args:
            envelope: the envelope.
            circumstances: those of the event that the envelope is about, or of nobody in particular.
        """
        for item in envelope.items:
            taker = _TAKERS.get(item.type)
            if taker is not None:
                taker(self, envelope, item, circumstances)

    def _known(self, key: str, otherwise: Circumstances) -> Circumstances:
        # Two logs of one moment with one text are told apart by their order, which a batch keeps.
        noted = self._noted.get(key)
        if not noted:
            return otherwise
        known = noted.pop(0)
        if not noted:
            del self._noted[key]
        return known

    def _take_logs(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        for payload in _batched(item):
            key = log_key(payload.get("timestamp", 0), str(payload.get("body")))
            self.logs.append(CapturedLog(payload, self._known(key, circumstances)))

    def _take_metrics(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        for payload in _batched(item):
            key = metric_key(payload.get("timestamp", 0), str(payload.get("name")))
            self.metrics.append(CapturedMetric(payload, self._known(key, circumstances)))

    def _take_statsd(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        for payload in parse_statsd(item.payload.decode("utf-8", "replace")):
            self.metrics.append(CapturedMetric(payload, circumstances))

    def _take_check_in(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        self.check_ins.append(CapturedCheckIn(mapping_of(item.json()), circumstances))

    def _take_session(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        payload = mapping_of(item.json())
        self.sessions.append(CapturedSession(payload, self._known(session_key(str(payload.get("sid"))), circumstances)))

    def _take_sessions(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        payload = mapping_of(item.json())
        for aggregate in mappings_of(payload.get("aggregates")):
            self.sessions.append(CapturedSession({"attrs": payload.get("attrs"), **aggregate}, circumstances))

    def _take_feedback(self, _: Envelope, item: Item, circumstances: Circumstances) -> None:
        self.feedback.append(CapturedFeedback(mapping_of(item.json()), circumstances))

    def _take_attachment(self, envelope: Envelope, item: Item, circumstances: Circumstances) -> None:
        headers = {name: value for name, value in item.headers.items() if name != "length"}
        event_id = str(envelope.headers.get("event_id") or "")
        self.attachments.append(CapturedAttachment(headers, circumstances, item.payload, event_id))


_TAKERS: Final[dict[str, Callable[[Telemetry, Envelope, Item, Circumstances], None]]] = {
    "log": Telemetry._take_logs,  # noqa: SLF001 - the table belongs to the class
    "trace_metric": Telemetry._take_metrics,  # noqa: SLF001 - as above
    "statsd": Telemetry._take_statsd,  # noqa: SLF001 - as above
    "check_in": Telemetry._take_check_in,  # noqa: SLF001 - as above
    "session": Telemetry._take_session,  # noqa: SLF001 - as above
    "sessions": Telemetry._take_sessions,  # noqa: SLF001 - as above
    "feedback": Telemetry._take_feedback,  # noqa: SLF001 - as above
    "user_report": Telemetry._take_feedback,  # noqa: SLF001 - as above
    "attachment": Telemetry._take_attachment,  # noqa: SLF001 - as above
}


def discarded(envelope: Envelope) -> Iterator[tuple[str, str, int]]:
    """Yield reason, category and quantity of what the client reports of an envelope say was not sent."""
    for item in envelope.items:
        if item.type == "client_report":
            for each in mappings_of(mapping_of(item.json()).get("discarded_events")):
                yield str(each.get("reason")), str(each.get("category")), int(each.get("quantity") or 0)


def _batched(item: Item) -> list[Json]:
    return mappings_of(mapping_of(item.json()).get("items"))
