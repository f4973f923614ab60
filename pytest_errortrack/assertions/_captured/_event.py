"""One captured event, and the parts of it, as a test reads them.

All of it is a view of the payload as it went over the wire: a value that was scrubbed, trimmed or not serialisable
looks so here. The words are the payload's own (https://develop.sentry.dev/sdk/data-model/event-payloads/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from ._circumstances import Captured, Circumstances

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CapturedBreadcrumb",
    "CapturedEvent",
    "CapturedException",
    "CapturedFrame",
    "Json",
    "Payload",
]

Json: TypeAlias = dict[str, Any]
"""A decoded JSON object."""

NO_LIVE_EXCEPTIONS: Mapping[str, BaseException] = MappingProxyType({})


_PAIR = 2


def mapping_of(value: object) -> Json:
    """Read an object; a payload that an application made itself may hold anything in its place."""
    return dict(value) if isinstance(value, Mapping) else {}


def mappings_of(value: object) -> list[Json]:
    """Read a list of objects, leaving out what is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _values(value: object) -> list[Json]:
    """Read a list of objects that may stand alone, or under `values`."""
    return mappings_of(value.get("values") if isinstance(value, Mapping) else value)


@dataclass(frozen=True, slots=True)
class CapturedFrame:
    """One frame of a captured stack trace."""

    payload: Json

    @property
    def function(self) -> str:
        """The qualified name of the function."""
        return str(self.payload.get("function", ""))

    @property
    def filename(self) -> str:
        """The file, relative to its package's or path's root."""
        return str(self.payload.get("filename", ""))

    @property
    def lineno(self) -> int | None:
        """The line, from 1."""
        return self.payload.get("lineno")

    @property
    def in_app(self) -> bool:
        """Whether the frame belongs to the application rather than to a library."""
        return bool(self.payload.get("in_app"))

    @property
    def vars(self) -> Json:
        """The local variables, as text or plain JSON."""
        return mapping_of(self.payload.get("vars"))


@dataclass(frozen=True, slots=True)
class CapturedException:
    """One link of a captured chain of exceptions."""

    payload: Json

    @property
    def type(self) -> str:
        """The name of the class, without its module."""
        return str(self.payload.get("type") or "")

    @property
    def value(self) -> str:
        """What the exception said."""
        return str(self.payload.get("value") or "")

    @property
    def module(self) -> str:
        """The module of the class; empty for builtins."""
        module = str(self.payload.get("module") or "")
        return "" if module == "builtins" else module

    @property
    def mechanism(self) -> Json:
        """How it was caught: `type`, `handled` and more."""
        return mapping_of(self.payload.get("mechanism"))

    @property
    def frames(self) -> list[CapturedFrame]:
        """The stack, outermost call first."""
        return [CapturedFrame(frame) for frame in mappings_of(mapping_of(self.payload.get("stacktrace")).get("frames"))]

    @property
    def qualified_name(self) -> str:
        """Module and name of the class."""
        return f"{self.module}.{self.type}" if self.module else self.type


@dataclass(frozen=True, slots=True)
class CapturedBreadcrumb:
    """One breadcrumb, as recorded or as it went with an event."""

    payload: Json

    @property
    def message(self) -> str:
        """What happened."""
        return str(self.payload.get("message") or "")

    @property
    def category(self) -> str:
        """Where it belongs, `"auth"`."""
        return str(self.payload.get("category") or "")

    @property
    def level(self) -> str:
        """How grave it is; `"info"` where the payload says nothing."""
        return str(self.payload.get("level") or "info")

    @property
    def type(self) -> str:
        """How a display should draw it; `"default"` where the payload says nothing."""
        return str(self.payload.get("type") or "default")

    @property
    def data(self) -> Json:
        """What else was said."""
        return mapping_of(self.payload.get("data"))

    @property
    def timestamp(self) -> float | str | None:
        """When: seconds since the epoch, or RFC 3339 text."""
        return self.payload.get("timestamp")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CapturedBreadcrumb):
            return self.payload == other.payload
        return self.payload == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # a view of a mutable mapping


class Payload(Captured):
    """The words that events and transactions share."""

    __slots__ = ("_live", "attachments", "circumstances", "payload", "raw")

    payload: Json
    raw: bytes
    attachments: list[str]

    def __init__(
        self,
        payload: Json,
        *,
        raw: bytes,
        circumstances: Circumstances,
        attachments: Sequence[str] = (),
        live: Mapping[str, BaseException] = NO_LIVE_EXCEPTIONS,
    ) -> None:
        self.payload = payload
        self.raw = raw
        self.attachments = list(attachments)
        self.circumstances = circumstances
        self._live = live

    @property
    def event_id(self) -> str:
        """32 hexadecimal digits."""
        return str(self.payload.get("event_id") or "")

    @property
    def tags(self) -> dict[str, str]:
        """The tags; a payload's list of pairs reads as a dict."""
        tags = self.payload.get("tags")
        if isinstance(tags, list):
            return {str(pair[0]): pair[1] for pair in tags if isinstance(pair, list) and len(pair) == _PAIR}
        return mapping_of(tags)

    @property
    def user(self) -> Json:
        """Who was affected."""
        return mapping_of(self.payload.get("user"))

    @property
    def extra(self) -> Json:
        """What else was said."""
        return mapping_of(self.payload.get("extra"))

    @property
    def contexts(self) -> dict[str, Json]:
        """Structured circumstances by name, `trace`, `os` and `runtime` among them."""
        return mapping_of(self.payload.get("contexts"))

    @property
    def request(self) -> Json:
        """The HTTP request."""
        return mapping_of(self.payload.get("request"))

    @property
    def breadcrumbs(self) -> list[CapturedBreadcrumb]:
        """What happened before, oldest first."""
        return [CapturedBreadcrumb(crumb) for crumb in _values(self.payload.get("breadcrumbs"))]

    @property
    def transaction(self) -> str | None:
        """The name of the transaction."""
        return self.payload.get("transaction")

    @property
    def release(self) -> str | None:
        """The version of the application."""
        return self.payload.get("release")

    @property
    def environment(self) -> str | None:
        """Where the application runs, `"production"`."""
        return self.payload.get("environment")

    @property
    def platform(self) -> str | None:
        """The language, `"python"`."""
        return self.payload.get("platform")

    @property
    def server_name(self) -> str | None:
        """The host."""
        return self.payload.get("server_name")

    @property
    def trace_id(self) -> str | None:
        """The trace, 32 hexadecimal digits."""
        return mapping_of(self.contexts.get("trace")).get("trace_id")

    @property
    def span_id(self) -> str | None:
        """The span within the trace, 16 hexadecimal digits."""
        return mapping_of(self.contexts.get("trace")).get("span_id")

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Mapping):
            return self.payload == other
        return self is other

    __hash__ = object.__hash__


class CapturedEvent(Payload):
    """One captured error or message event."""

    __slots__ = ()

    @property
    def level(self) -> str:
        """`fatal`, `error`, `warning`, `info` or `debug`; `error` where the payload says nothing, as on a server."""
        return str(self.payload.get("level") or "error")

    @property
    def message(self) -> str | None:
        """The message, with its parameters filled in."""
        entry = self.payload.get("logentry") or self.payload.get("message")
        if isinstance(entry, Mapping):
            entry = entry.get("formatted") or entry.get("message")
        return None if entry is None else str(entry)

    @property
    def exceptions(self) -> list[CapturedException]:
        """The chain, oldest cause first, as on the wire."""
        return [CapturedException(value) for value in _values(self.payload.get("exception"))]

    @property
    def exception(self) -> CapturedException | None:
        """The captured, outermost exception."""
        exceptions = self.exceptions
        return exceptions[-1] if exceptions else None

    @property
    def handled(self) -> bool | None:
        """Whether the application caught it; None where the payload does not say."""
        outermost = self.exception
        return outermost.mechanism.get("handled") if outermost else None

    @property
    def fingerprint(self) -> list[str] | None:
        """How the server is to group it."""
        return self.payload.get("fingerprint")

    @property
    def logger(self) -> str | None:
        """The logger that it came from."""
        return self.payload.get("logger")

    @property
    def source(self) -> str:
        """What made it: `"capture_exception"`, `"capture_message"`, or the mechanism that caught it."""
        outermost = self.exception
        mechanism = str(outermost.mechanism.get("type") or "generic") if outermost else "generic"
        if mechanism != "generic":
            return mechanism
        if self.logger:
            return "logging"
        return "capture_exception" if outermost else "capture_message"

    @property
    def live_exception(self) -> BaseException | None:
        """The exception object itself, while the recording keeps it and where it was captured in this process."""
        return self._live.get(self.event_id)

    def __repr__(self) -> str:
        return f"<CapturedEvent {self.title}>"

    @property
    def title(self) -> str:
        """Level and what happened, on one line."""
        outermost = self.exception
        said = f"{outermost.type}: {outermost.value}" if outermost else repr(self.message or "")
        return f"{self.level} {said}".replace("\n", " ")[:160]
