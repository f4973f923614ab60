"""Deliver what tests captured to a real server as well, through a client that the code under test never sees.

Whatever the server does, no test's outcome changes: what could not be delivered is counted, and told once. While a
mock that outlives its test stands before the network, reports wait until it is gone: they are no request of the
application's, and a mock must not count them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.assertions import CapturedTransaction
from pytest_errortrack.sdk import Dsn, Envelope, HttpTransport, Item
from pytest_errortrack.sdk.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.assertions import Payload, Recorder

    from ._failed_test import FailedTest

__all__ = ["Delivery"]

MOST_FAILURES: Final = 3
"""After so many failures in a row the server counts as gone, and is not tried again."""

_TOO_MANY_REQUESTS: Final = 429

_ON_THE_WAY: Final = (
    *(("httpx", "HTTPTransport.handle_request"), ("httpcore", "ConnectionPool.handle_request")),
    *(("httpcore", "HTTPConnection.handle_request"), ("httpcore", "HTTPProxy.handle_request")),
    *(("socket", "socket"), ("socket", "socket.connect"), ("socket", "create_connection"), ("socket", "getaddrinfo")),
    ("time", "monotonic"),
)
"""What a report passes on its way out, and what tests replace there."""

MOST_TAG_LENGTH: Final = 200
"""The longest tag value that servers keep (https://develop.sentry.dev/sdk/data-model/event-payloads/)."""


class Delivery:
    """Sends captured events and transactions, tagged with the test that they came from."""

    def __init__(self, dsn: str) -> None:
        """Prepare to deliver.

        Args:
            dsn: the server, over http or https.

        Raises:
            BadDsn: the DSN is malformed.
            MissingExtra: httpx is not installed.
        """
        self._dsn = Dsn.parse(dsn)
        self._transport = HttpTransport(self._dsn)
        self._transport.report_losses_to(self._lose)
        self._failures_in_a_row = 0
        self._reason = ""
        self._held_back: list[tuple[Envelope, str]] = []
        self.counts: dict[str, Any] = {"delivered": 0, "failures": 0, "flaky": 0, "undelivered": 0, "reasons": {}}

    @property
    def shown(self) -> str:
        """The DSN without its key."""
        return str(self._dsn)

    def deliver(self, recorder: Recorder, *, nodeid: str, attempt: int, outcome: str) -> None:
        """Send everything that one attempt at a test captured.

        Args:
            recorder: what it captured.
            nodeid: the test.
            attempt: which attempt it was, from 1.
            outcome: how it ended: `passed`, `failed` or `skipped`.
        """
        tags = _tags(nodeid=nodeid, attempt=attempt, outcome=outcome)
        for captured in [*recorder.events, *recorder.transactions]:
            if not captured.late:
                self._send(captured, tags)

    def deliver_late(self, captured: Payload, *, nodeid: str, attempt: int, outcome: str) -> None:
        """Send one report that was made after its test had ended; the rest as in `deliver`."""
        self._send(captured, {**_tags(nodeid=nodeid, attempt=attempt, outcome=outcome), "pytest.late": "yes"})

    def deliver_failure(self, failure: FailedTest, *, final_outcome: str) -> None:
        """Send a failing attempt at a test as an event.

        Args:
            failure: the attempt.
            final_outcome: how the last attempt at the test ended; the test is flaky where that one passed.
        """
        is_flaky = final_outcome == "passed"
        tags = {**_tags(nodeid=failure.nodeid, attempt=failure.attempt, outcome=failure.outcome)}
        tags |= {"pytest.final_outcome": final_outcome, "pytest.flaky": "yes" if is_flaky else "no"}
        payload = {**failure.event, "tags": {**failure.event.get("tags", {}), **tags}}
        self._enqueue(payload, kind="event", counter="flaky" if is_flaky else "failures")

    def add(self, counts: Mapping[str, Any]) -> None:
        """Add what another process delivered."""
        for counter in ("delivered", "failures", "flaky", "undelivered"):
            self.counts[counter] += counts[counter]
        for reason, number in counts["reasons"].items():
            self.counts["reasons"][reason] = self.counts["reasons"].get(reason, 0) + number

    def close(self) -> None:
        """Deliver what was held back, where nothing stands before the network any more; let go of the connections."""
        self._deliver_held_back()
        mocked = mocked_by()
        for _ in self._held_back:
            self._count_undelivered(f"the network is still mocked ({mocked})")
        self._held_back.clear()
        self._transport.close(1.0)

    def summary(self) -> str:
        """Say what was delivered and what was not, and why, on one line."""
        delivered, undelivered = self.counts["delivered"], self.counts["undelivered"]
        line = f"{delivered} captured report{'s' * (delivered != 1)}"
        flaky = self.counts["flaky"]
        failures = self.counts["failures"] + flaky
        if failures:
            line += (
                f" and {failures} failure{'s' * (failures != 1)} of tests{f' ({flaky} of flaky ones)' if flaky else ''}"
            )
        line += f" delivered to {self.shown}"
        if undelivered:
            reasons = ", ".join(f"{reason} x{number}" for reason, number in self.counts["reasons"].items())
            line += f"; {undelivered} NOT delivered: {reasons}"
        return line

    def _send(self, captured: Payload, tags: Mapping[str, str]) -> None:
        payload = {**captured.payload, "tags": {**captured.tags, **tags}}
        kind = "transaction" if isinstance(captured, CapturedTransaction) else "event"
        self._enqueue(payload, kind=kind, counter="delivered")

    def _enqueue(self, payload: Mapping[str, Any], *, kind: str, counter: str) -> None:
        envelope = Envelope({"event_id": payload.get("event_id")}, (Item({"type": kind}, encode(payload)),))
        self._held_back.append((envelope, counter))
        self._deliver_held_back()

    def _deliver_held_back(self) -> None:
        while self._held_back and not mocked_by():
            envelope, counter = self._held_back.pop(0)
            self._deliver_now(envelope, counter)

    def _deliver_now(self, envelope: Envelope, counter: str) -> None:
        if self._failures_in_a_row >= MOST_FAILURES:
            self._count_undelivered("not tried, the server was gone")
            return
        self._reason = ""
        try:
            self._transport.send(envelope)
        except Exception as error:  # noqa: BLE001 - whatever stands before the network must not end the run
            self._reason = f"network_error ({error!r})"
        if not self._reason and self._transport.last_answer == _TOO_MANY_REQUESTS:
            # An SDK leaves the counting of these to the server; whoever waits for the report wants to know.
            self._reason = "the server answered 429"
        if self._reason:
            self._failures_in_a_row += self._reason.startswith("network_error")
            self._count_undelivered(self._reason)
        else:
            self._failures_in_a_row = 0
            self.counts[counter] += 1

    def give_up(self, number: int, reason: str) -> None:
        """Count reports that nobody even tries to deliver."""
        self.counts["undelivered"] += number
        self.counts["reasons"][reason] = self.counts["reasons"].get(reason, 0) + number

    def _count_undelivered(self, reason: str) -> None:
        self.give_up(1, reason)

    def _lose(self, reason: str, item: Item, *, detail: str = "") -> None:  # noqa: ARG002 - one item is sent at a time
        self._reason = f"{reason} ({detail})" if detail else reason


def _tags(*, nodeid: str, attempt: int, outcome: str) -> dict[str, str]:
    return {"pytest.nodeid": nodeid[-MOST_TAG_LENGTH:], "pytest.attempt": str(attempt), "pytest.outcome": outcome}


_PASSES_ON: Final = frozenset({"sentry_sdk", "gevent", "eventlet"})
"""Who stands there for good and lets everything through."""


def mocked_by() -> str:
    """Name what stands before the network, or in place of its clock; empty where it is as it was shipped."""
    for module_name, path in _ON_THE_WAY:
        found: object = sys.modules.get(module_name)
        for name in path.split("."):
            found = getattr(found, name, None)
        origin = getattr(found, "__module__", None) or module_name
        if origin.partition(".")[0].lstrip("_") not in {module_name, *_PASSES_ON}:
            return f"{module_name}.{path} is {origin}'s"
    return ""
