"""A transport that keeps what it is given, for tests and for looking at what an application would send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import SystemRuntime, new_lock
from pytest_errortrack.sdk.protocol import Envelope, Event, Item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.sdk._runtime import Mailbox

__all__ = ["MemoryTransport"]


class MemoryTransport:
    """Keep every envelope as a receiver would see it: written to bytes, and read back from those bytes.

    Thread-safe without a lock: envelopes are appended, and readers look at a copy of the list.

    Attributes:
        is_immediate: says that no worker is needed, since nothing is waited for.
    """

    is_immediate = True

    def __init__(self, options: object = None) -> None:
        del options  # nothing to configure; taken so that the class itself can be given as `transport=`
        self._envelopes: list[Envelope] = []
        self._waiting: tuple[Mailbox, ...] = ()
        self._lock = new_lock()

    def send(self, envelope: Envelope) -> None:
        """Keep an envelope."""
        self._envelopes.append(Envelope.parse(envelope.serialize()))
        for mailbox in self._waiting:
            mailbox.put(None)

    def wait(self, count: int, timeout: float) -> bool:
        """Wait until there are so many envelopes, at most so many seconds; tell whether there are."""
        from queue import Empty  # noqa: PLC0415 - only those who wait need it

        mailbox = SystemRuntime().mailbox()
        self._change_waiting(mailbox, add=True)
        deadline = SystemRuntime().monotonic() + timeout
        try:
            while len(self._envelopes) < count:
                mailbox.get(timeout=max(0.0, deadline - SystemRuntime().monotonic()))
        except Empty:
            return len(self._envelopes) >= count
        finally:
            self._change_waiting(mailbox, add=False)
        return True

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

    @property
    def sessions(self) -> list[Event]:
        """Every session, and every aggregate of sessions."""
        return [item.json() for kind in ("session", "sessions") for item in self._items(kind)]

    @property
    def check_ins(self) -> list[Event]:
        """Every check-in."""
        return [item.json() for item in self._items("check_in")]

    @property
    def logs(self) -> list[Event]:
        """Every log, out of the containers that they travel in."""
        return [log for item in self._items("log") for log in item.json()["items"]]

    @property
    def metrics(self) -> list[Event]:
        """Every metric, out of the containers that they travel in."""
        return [metric for item in self._items("trace_metric") for metric in item.json()["items"]]

    def _change_waiting(self, mailbox: Mailbox, *, add: bool) -> None:
        with self._lock:
            others = tuple(each for each in self._waiting if each is not mailbox)
            self._waiting = (*others, mailbox) if add else others

    def _items(self, kind: str) -> Iterator[Item]:
        return (item for envelope in self.envelopes for item in envelope.items if item.type == kind)
