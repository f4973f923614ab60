"""A transport that keeps what it is given, for tests and for looking at what an application would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk.protocol import Envelope, Event, Item

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MemoryTransport"]


class MemoryTransport:
    """Keep every envelope as a receiver would see it: written to bytes, and read back from those bytes.

    Thread-safe without a lock: envelopes are appended, and readers look at a copy of the list.
    """

    def __init__(self, options: object = None) -> None:
        del options  # nothing to configure; taken so that the class itself can be given as `transport=`
        self._envelopes: list[Envelope] = []

    def send(self, envelope: Envelope) -> None:
        """Keep an envelope."""
        self._envelopes.append(Envelope.parse(envelope.serialize()))

    def flush(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is ever pending
        """Tell that nothing is pending."""
        return True

    def close(self, timeout: float) -> None:
        """Keep what there is; a closed memory can still be read."""

    def clear(self) -> None:
        """Forget every envelope."""
        self._envelopes = []

    @property
    def envelopes(self) -> list[Envelope]:
        """Every envelope so far, in the order of their arrival."""
        return list(self._envelopes)

    @property
    def events(self) -> list[Event]:
        """Every error and message event."""
        return [item.json() for item in self._items("event")]

    @property
    def transactions(self) -> list[Event]:
        """Every transaction."""
        return [item.json() for item in self._items("transaction")]

    @property
    def client_reports(self) -> list[Event]:
        """Every report of what was lost on the way."""
        return [item.json() for item in self._items("client_report")]

    @property
    def attachments(self) -> list[Item]:
        """Every attachment, with its headers."""
        return list(self._items("attachment"))

    def _items(self, kind: str) -> Iterator[Item]:
        return (item for envelope in self.envelopes for item in envelope.items if item.type == kind)
