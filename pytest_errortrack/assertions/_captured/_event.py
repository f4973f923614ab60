"""One captured event, as a test reads it.

All of it is a view of the payload as it went over the wire: a value that was scrubbed, trimmed or not serialisable
looks so here. The words are the payload's own (https://develop.sentry.dev/sdk/data-model/event-payloads/).
"""

from __future__ import annotations

from collections.abc import Mapping

from ._json import values_of
from ._lineage import types_in
from ._parts import CapturedException
from ._payload import Payload

__all__ = ["CapturedEvent"]


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
        return [CapturedException(value) for value in values_of(self.payload.get("exception"))]

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

    @property
    def exception_types(self) -> tuple[type[BaseException], ...]:
        """The classes of the captured exception, of its causes and of the members of its groups, in this order.

        Known where it was captured in this process; also when the exception itself is gone.
        """
        return self._types or types_in(self.live_exception)

    def __repr__(self) -> str:
        return f"<CapturedEvent {self.title}>"

    @property
    def title(self) -> str:
        """Level and what happened, on one line."""
        outermost = self.exception
        said = f"{outermost.type}: {outermost.value}" if outermost else repr(self.message or "")
        return f"{self.level} {said}".replace("\n", " ")[:160]
