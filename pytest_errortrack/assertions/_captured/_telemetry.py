"""What SDKs report besides events and transactions: logs, metrics, check-ins, sessions, attachments.

Each is a small view of the payload as it went over the wire, in the payload's own words
(https://develop.sentry.dev/sdk/telemetry/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ._circumstances import Captured
from ._json import Json, mapping_of
from ._snapshot import Snapshot

if TYPE_CHECKING:
    from ._circumstances import Circumstances

__all__ = [
    "CapturedAttachment",
    "CapturedCheckIn",
    "CapturedLog",
    "CapturedMetric",
    "CapturedRecord",
    "CapturedSession",
]

_SESSION_COUNTS: Final = ("exited", "errored", "abnormal", "crashed")


@dataclass(frozen=True, slots=True, eq=False)
class CapturedRecord(Captured, Snapshot):
    """What they all have: a payload, and what the capturing process knew.

    Attributes:
        payload: all of it, as it went over the wire.
        circumstances: who, where and when, as far as it is known: what was added up with others has no place.
    """

    payload: Json
    circumstances: Circumstances

    def __eq__(self, other: object) -> bool:
        return self.payload == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = object.__hash__


class _Timed(CapturedRecord):
    """What logs and metrics share."""

    __slots__ = ()

    @property
    def attributes(self) -> Json:
        """The attributes by name, without the types that go beside them on the wire."""
        attributes = mapping_of(self.payload.get("attributes"))
        return {name: _value(attribute) for name, attribute in attributes.items()}

    @property
    def timestamp(self) -> float | None:
        """When: seconds since the epoch."""
        return self.payload.get("timestamp")

    @property
    def trace_id(self) -> str | None:
        """The trace, 32 hexadecimal digits."""
        return self.payload.get("trace_id")

    @property
    def span_id(self) -> str | None:
        """The span within the trace, 16 hexadecimal digits."""
        return self.payload.get("span_id")


class CapturedLog(_Timed):
    """One structured log."""

    __slots__ = ()

    @property
    def level(self) -> str:
        """`trace`, `debug`, `info`, `warn`, `error` or `fatal`."""
        return str(self.payload.get("level") or "")

    @property
    def body(self) -> str:
        """The message, with its parameters filled in."""
        return str(self.payload.get("body") or "")

    def __repr__(self) -> str:
        return f"<CapturedLog {self.level} {self.body!r}>"


class CapturedMetric(_Timed):
    """One metric as sent: a measured value, or what older SDKs had added up before they sent it."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """What was measured."""
        return str(self.payload.get("name") or "")

    @property
    def type(self) -> str:
        """`counter`, `gauge`, `distribution` or `set`."""
        return str(self.payload.get("type") or "")

    @property
    def value(self) -> float | int | None:
        """The value; of a gauge that was added up, the last one."""
        return self.payload.get("value")

    @property
    def unit(self) -> str | None:
        """What the value counts, `"millisecond"`."""
        return self.payload.get("unit")

    def __repr__(self) -> str:
        return f"<CapturedMetric {self.type} {self.name!r} {self.value}>"


class CapturedCheckIn(CapturedRecord):
    """One check-in of a scheduled job."""

    __slots__ = ()

    @property
    def monitor_slug(self) -> str:
        """The name of the job's monitor."""
        return str(self.payload.get("monitor_slug") or "")

    @property
    def status(self) -> str:
        """`in_progress`, `ok` or `error`."""
        return str(self.payload.get("status") or "")

    @property
    def check_in_id(self) -> str:
        """What the check-ins of one run share."""
        return str(self.payload.get("check_in_id") or "")

    @property
    def duration(self) -> float | None:
        """How long the job took, in seconds."""
        return self.payload.get("duration")

    @property
    def monitor_config(self) -> Json:
        """The schedule, where the check-in brings it."""
        return mapping_of(self.payload.get("monitor_config"))

    @property
    def release(self) -> str | None:
        """The version of the application."""
        return self.payload.get("release")

    @property
    def environment(self) -> str | None:
        """Where the application runs."""
        return self.payload.get("environment")

    def __repr__(self) -> str:
        return f"<CapturedCheckIn {self.monitor_slug!r} {self.status}>"


class CapturedSession(CapturedRecord):
    """One session of a user, or one bucket of request sessions that were added up before they were sent."""

    __slots__ = ()

    @property
    def status(self) -> str | None:
        """`ok`, `exited`, `crashed` or `abnormal`; None for a bucket, which has `counts`."""
        return self.payload.get("status")

    @property
    def errors(self) -> int:
        """How many errors happened in it; of a bucket, how many sessions had any."""
        return int(self.payload.get("errors") or self.payload.get("errored") or 0)

    @property
    def did(self) -> str | None:
        """Whose session it was."""
        return self.payload.get("did")

    @property
    def sid(self) -> str | None:
        """Its id; None for a bucket."""
        return self.payload.get("sid")

    @property
    def started(self) -> str | None:
        """When it began, RFC 3339 text; of a bucket, the minute in which its sessions did."""
        return self.payload.get("started")

    @property
    def duration(self) -> float | None:
        """How long it took, in seconds."""
        return self.payload.get("duration")

    @property
    def attrs(self) -> Json:
        """`release`, `environment` and what else all events of the session share."""
        return mapping_of(self.payload.get("attrs"))

    @property
    def release(self) -> str | None:
        """The version of the application."""
        return self.attrs.get("release")

    @property
    def environment(self) -> str | None:
        """Where the application runs."""
        return self.attrs.get("environment")

    @property
    def counts(self) -> dict[str, int]:
        """How many sessions ended in which way: `exited`, `errored`, `abnormal`, `crashed`."""
        if self.status is not None:
            return {self.status: 1}
        return {name: self.payload[name] for name in _SESSION_COUNTS if self.payload.get(name)}

    def __repr__(self) -> str:
        return f"<CapturedSession {', '.join(f'{status} x{count}' for status, count in self.counts.items())}>"


_Bytes = bytes  # the name that the field below takes


@dataclass(frozen=True, slots=True, eq=False)
class CapturedAttachment(CapturedRecord):
    """One attached file; its payload are the headers that went with it.

    Attributes:
        bytes: what is in it.
        event_id: the event that it went with; empty for one that went alone.
    """

    bytes: _Bytes
    event_id: str

    @property
    def filename(self) -> str:
        """The name of the file."""
        return str(self.payload.get("filename") or "")

    @property
    def content_type(self) -> str | None:
        """What kind of file it is, `"text/plain"`."""
        return self.payload.get("content_type")

    @property
    def attachment_type(self) -> str:
        """What the server is to do with it."""
        return str(self.payload.get("attachment_type") or "event.attachment")

    def _to_normalise(self) -> Json:
        return {**self.payload, "event_id": self.event_id, "content": self.bytes.decode(errors="backslashreplace")}

    def __repr__(self) -> str:
        return f"<CapturedAttachment {self.filename!r}, {len(self.bytes)} bytes>"


def _value(attribute: object) -> object:
    return attribute["value"] if isinstance(attribute, dict) and "value" in attribute else attribute
