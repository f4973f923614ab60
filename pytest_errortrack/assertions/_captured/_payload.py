"""What events and transactions share, as a test reads it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ._circumstances import Captured, Circumstances
from ._json import Json, mapping_of, values_of
from ._parts import CapturedBreadcrumb
from ._snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.sdk import Envelope


__all__ = ["Payload"]

NO_LIVE_EXCEPTIONS: Final[Mapping[str, BaseException]] = MappingProxyType({})

_PAIR: Final = 2


class Payload(Captured, Snapshot):
    """The words that events and transactions share."""

    __slots__ = ("_live", "_types", "attachments", "circumstances", "envelope", "payload", "raw")

    payload: Json
    raw: bytes
    attachments: list[str]
    envelope: Envelope | None

    def __init__(
        self,
        payload: Json,
        *,
        raw: bytes,
        circumstances: Circumstances,
        attachments: Sequence[str] = (),
        live: Mapping[str, BaseException] = NO_LIVE_EXCEPTIONS,
        types: Sequence[type[BaseException]] = (),
        envelope: Envelope | None = None,
    ) -> None:
        """View a payload.

        Args:
            payload: what was sent, decoded.
            raw: the same as it was sent.
            circumstances: what only the capturing process knows.
            attachments: the names of the files that went with it.
            live: exceptions by event id, for as long as the recorder holds them.
            types: the classes of the live exception, of its causes and of the members of its groups.
            envelope: all that was sent with it.
        """
        self.payload = payload
        self.raw = raw
        self.attachments = list(attachments)
        self.circumstances = circumstances
        self.envelope = envelope
        self._live = live
        self._types = tuple(types)

    @property
    def event_id(self) -> str:
        """32 hexadecimal digits."""
        return str(self.payload.get("event_id") or "")

    @property
    def problems(self) -> list[str]:
        """Which rules of the data model it breaks, each with its path; empty where none."""
        from pytest_errortrack.assertions._validity import problems_of  # noqa: PLC0415 - many rules, seldom asked for

        return problems_of("transaction" if self.payload.get("type") == "transaction" else "event", self.payload)

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
    def data(self) -> Json:
        """What the trace context says besides: the data of the span in which it was captured."""
        return mapping_of(mapping_of(self.contexts.get("trace")).get("data"))

    @property
    def request(self) -> Json:
        """The HTTP request."""
        return mapping_of(self.payload.get("request"))

    @property
    def breadcrumbs(self) -> list[CapturedBreadcrumb]:
        """What happened before, oldest first."""
        return [CapturedBreadcrumb(crumb) for crumb in values_of(self.payload.get("breadcrumbs"))]

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
        # What is no mapping decides itself, as `mock.ANY` does; by Python's own rule a thing is equal to itself alone.
        return self.payload == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = object.__hash__
