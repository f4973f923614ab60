"""What a forked child of a test captures, passed on to the receiver of its parent.

In the child everything looks as in the test, the recorder included: what an SDK reports goes to a copy of it that
nobody reads. So the child posts the same bytes to the receiver, at once and in the capturing thread: it may end any
moment. It does so over a plain socket, since any HTTP client may be traced by the SDK under test, or mocked.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk import Envelope, Item
from pytest_errortrack.sdk.protocol import encode

from ._receiver import LOOPBACK

if TYPE_CHECKING:
    from pytest_errortrack.assertions import LostReport

__all__ = ["PassingOn"]

_TIMEOUT_S: Final = 5.0


class PassingOn:
    """Posts to a receiver whatever is given to it.

    Args:
        port: where the receiver listens.
        key: the key that it wants.
    """

    def __init__(self, *, port: int, key: str) -> None:
        self._port = port
        self._key = key

    def receive(self, wire: bytes, *, told_losses: bool) -> None:
        """Pass on the bytes of one envelope; losses that were told one by one are not told again."""
        if told_losses and b'"client_report"' in wire:
            envelope = Envelope.parse(wire)
            kept = tuple(item for item in envelope.items if item.type != "client_report")
            if not kept:
                return
            wire = envelope.with_items(kept).serialize()
        self._post(wire)

    def lose(self, lost: LostReport) -> None:
        """Pass on what an SDK dropped."""
        told = {"reason": lost.reason, "category": lost.category, "quantity": lost.quantity}
        report = Item({"type": "client_report"}, encode({"discarded_events": [told]}))
        self._post(Envelope({"sdk": {"name": lost.sdk}}, (report,)).serialize())

    def _post(self, body: bytes) -> None:
        head = (
            f"POST /api/1/envelope/?sentry_key={self._key} HTTP/1.1\r\n"
            f"Host: {LOOPBACK}:{self._port}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        with (
            contextlib.suppress(OSError),  # the test is over: nobody waits for what its child still reports
            socket.create_connection((LOOPBACK, self._port), timeout=_TIMEOUT_S) as connection,
        ):
            connection.sendall(head.encode() + body)
            while connection.recv(4096):  # once it is answered it is recorded
                pass
