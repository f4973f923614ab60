"""Transports for tests of delivery: one that can be held up, and one that fails as it is told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_errortrack.sdk import MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk import Envelope

__all__ = ["Failing", "Held", "message_of", "sent_messages"]

PATIENCE_S = 30.0
"""How long a test waits for what must happen; long, since a machine may be busy."""


class Held(MemoryTransport):
    """Takes an envelope and keeps its sender waiting until it is let go; it wants a worker, as a real one does.

    Attributes:
        threads: the names of the threads that sent, in order.
        entered: is released once for each envelope that is taken.
    """

    is_immediate = False

    def __init__(self, options: object = None) -> None:
        super().__init__(options)
        self.threads: list[str] = []
        self.entered = threading.Semaphore(0)
        self._let_go = threading.Event()

    def send(self, envelope: Envelope) -> None:
        """Wait to be let go, then keep the envelope."""
        self.threads.append(threading.current_thread().name)
        self.entered.release()
        assert self._let_go.wait(PATIENCE_S)
        super().send(envelope)

    def let_go(self) -> None:
        """Let everything through from now on."""
        self._let_go.set()

    def wait_entered(self) -> None:
        """Wait until one more envelope was taken."""
        assert self.entered.acquire(timeout=PATIENCE_S)


class Failing(MemoryTransport):
    """Does what it is told before it keeps an envelope."""

    is_immediate = False

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def send(self, envelope: Envelope) -> None:
        """Act, then keep the envelope."""
        self._act()
        super().send(envelope)


def message_of(envelope: Envelope) -> object:
    """Return the message of the event in an envelope, or the type of what else is in it."""
    item = envelope.items[0]
    payload = item.json()
    return payload.get("message") or payload.get("transaction") or item.type


def sent_messages(transport: MemoryTransport) -> list[object]:
    """Return what a memory holds, in the order of its arrival."""
    return [message_of(envelope) for envelope in transport.envelopes]
