"""`errortrack send`: one test event to a server, and what that answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk import BadDsn, Client, Dsn, HttpTransport, MissingExtra
from pytest_errortrack.sdk.protocol import decode

from ._printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk import Item
    from pytest_errortrack.sdk.transport import LossReporter

__all__ = ["run"]

_OK: Final = range(200, 300)
_TELLING: Final = ("x-sentry-error", "x-sentry-rate-limits", "retry-after")


def run(dsn: str, *, say: Callable[[str], object], complain: Callable[[str], object]) -> int:
    """Send a test event.

    Args:
        dsn: where to.
        say: prints a line.
        complain: prints a line about what went wrong.

    Returns:
        0 when the server took it, 1 when it did not or was not there, 2 for what cannot be asked.
    """
    try:
        target = Dsn.parse(dsn)
        transport = HttpTransport(target)
    except (BadDsn, MissingExtra) as error:
        complain(f"errortrack send: {error}")
        return 2

    def line(text: str) -> str:
        """Whatever the server echoes, the keys are not shown."""
        for key in filter(None, (target.secret_key, target.public_key)):
            text = text.replace(key, "***")
        return printable(text)

    lost: list[str] = []

    def lose(reason: str, item: Item, *, detail: str = "") -> None:  # noqa: ARG001 - one item is sent
        lost.append(detail or reason)

    event_id = _send(dsn, transport, lose)
    try:
        if transport.last_answer is None:
            complain(line(f"{target}: not sent: {'; '.join(lost) or 'no answer'}"))
            return 1
        say(line(f"{target}: answered {transport.last_answer}{_said(transport)}"))
        if transport.last_answer in _OK:
            say(line(f"sent event {event_id}; a server may still drop it: look whether it is there"))
            return 0
        complain(line("the event was not taken"))
        return 1
    finally:
        transport.close(1.0)


def _send(dsn: str, transport: HttpTransport, lose: LossReporter) -> str | None:
    """Send the event through a client like any application's, that reads nothing from the environment."""
    client = Client(dsn, transport=transport, environ={}, environment="errortrack-send", background_worker_threads=0)
    transport.report_losses_to(lose)  # instead of to the client, which would only count them
    return client.capture_event(
        {
            "message": "A test event, sent by `errortrack send`",
            "level": "info",
            "logger": "errortrack.send",
            "tags": {"errortrack.send": "yes"},
            "fingerprint": ["errortrack-send"],
        }
    )


def _said(transport: HttpTransport) -> str:
    """Say what the answer tells besides its status."""
    told = [f"{name}: {transport.last_headers[name]}" for name in _TELLING if name in transport.last_headers]
    try:
        body = decode(transport.last_body)
    except ValueError:
        body = None
    if isinstance(body, dict) and body.get("detail"):
        causes = body.get("causes")
        told.insert(0, ": ".join([str(body["detail"]), *map(str, causes if isinstance(causes, list) else ())]))
    return f" ({'; '.join(told)})" if told else ""
