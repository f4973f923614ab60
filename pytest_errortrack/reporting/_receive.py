"""`errortrack receive`: a receiver for the terminal, to point any SDK's DSN at."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.text import Text

from pytest_errortrack.sdk.protocol import decode

from ._cards import event_card, item_line, transaction_card
from ._printable import printable
from ._receiver import Receiver
from ._segments import Segments, spans_of

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console, RenderableType

    from ._exchange import ReceivedRequest
    from ._intake import Arrival

__all__ = ["Showing", "run"]

_REFUSED: Final = 400
_NOUNS: Final = {"event": "event", "transaction": "transaction", "other": "other item", "refused": "refused request"}


class Showing:
    """Prints what arrives, and counts it.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.RLock()
        self._segments = Segments()
        self.counts: Counter[str] = Counter()

    def take(self, arrival: Arrival) -> None:
        """Print a card for each event and transaction, and a line for each other item."""
        for item in arrival.envelope.items:
            if item.type == "event":
                self._print("event", event_card(decode(item.payload), arrival))
            elif item.type == "transaction":
                self._print("transaction", transaction_card(decode(item.payload), arrival))
            elif item.type == "span":
                self._print("other", item_line(item, arrival))
                for payload in self._segments.take(spans_of(item)):
                    self._print("transaction", transaction_card(payload, arrival))
            else:
                self._print("other", item_line(item, arrival))

    def log(self, request: ReceivedRequest) -> None:
        """Print what was refused, and why."""
        if request.status >= _REFUSED:
            said = printable(f"{request.status}  {request.method} {request.path}  {request.detail}")
            self._print("refused", Text.assemble(("refused", "bold red"), f"  {said}"))

    def summary(self) -> str:
        """Say how much came."""
        said = [
            f"{self.counts[kind]} {noun}{'s' * (self.counts[kind] != 1)}"
            for kind, noun in _NOUNS.items()
            if self.counts[kind] or kind == "event"
        ]
        return f"received: {', '.join(said)}"

    def _print(self, kind: str, shown: RenderableType) -> None:
        with self._lock:
            self.counts[kind] += 1
            self._console.print(shown)


def run(console: Console, *, port: int) -> int:
    """Receive until interrupted.

    Args:
        console: where to print.
        port: where to listen; 0 for any port that is free.

    Returns:
        0.

    Raises:
        OSError: the port cannot be had.
    """
    showing = Showing(console)
    is_over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what `signal` hands over
        is_over.set()

    with Receiver(showing.take, port=port, told=showing.log) as receiver:
        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            console.print(Text.assemble("listening; the DSN is ", (receiver.dsn, "bold")), soft_wrap=True)
            console.print(Text("any key and any project number will do; Ctrl-C ends", style="dim"))
            is_over.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    console.print(Text(showing.summary()))
    return 0
