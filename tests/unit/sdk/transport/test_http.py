"""Tests of `HttpTransport` against answers of every kind."""

from __future__ import annotations

import gzip
import sys

import httpx
import pytest
import respx

from pytest_errortrack import sdk
from pytest_errortrack.sdk import BadDsn, Envelope, HttpTransport, Item, MissingExtra
from pytest_errortrack.sdk._runtime import SystemRuntime

URL = "http://errors.example.org/api/42/envelope/"
DSN = "http://public@errors.example.org/42"
EVENT = Item({"type": "event"}, b'{"message":"m"}')
TRANSACTION = Item({"type": "transaction"}, b'{"type":"transaction","transaction":"t","spans":[{}]}')
ATTACHMENT = Item({"type": "attachment", "filename": "a"}, b"12345")
REPORT = Item({"type": "client_report"}, b"{}")


class Clock(SystemRuntime):
    """A monotonic clock that is moved by hand."""

    now = 1000.0

    def monotonic(self):
        """Return the time that the test set."""
        return self.now


class Sender:
    """A transport, its clock, and what it lost."""

    def __init__(self):
        self.clock = Clock()
        self.transport = HttpTransport(DSN, client="me/1", runtime=self.clock)
        self.transport.report_losses_to(self._lose)
        self.lost = []

    def _lose(self, reason, item, *, detail=""):  # noqa: ARG002 - the protocol's signature
        self.lost.append((reason, item.type))

    def send(self, *items):
        """Send items in one envelope."""
        self.transport.send(Envelope({}, items))


@pytest.fixture
def sender():
    """A transport to send with, closed at the end."""
    sender = Sender()
    yield sender
    sender.transport.close(1.0)


@pytest.fixture
def server():
    """A server that answers as a test wants."""
    with respx.mock(assert_all_called=False) as mock:
        yield mock.post(URL)


def test_request_is_as_specified(sender, server):
    """T3, D3: POST to the envelope address, with content type, user agent, and the key."""
    server.respond(200, json={"id": "x"})
    sender.send(EVENT)

    request = server.calls.last.request
    assert request.headers["Content-Type"] == "application/x-sentry-envelope"
    assert request.headers["User-Agent"] == "me/1"
    assert request.headers["X-Sentry-Auth"] == "Sentry sentry_version=7, sentry_client=me/1, sentry_key=public"
    assert "Content-Encoding" not in request.headers
    assert int(request.headers["Content-Length"]) == len(request.content)
    assert Envelope.parse(request.content).items[0].payload == EVENT.payload
    assert sender.lost == []


def test_big_body_is_compressed(sender, server):
    """T3: above one KiB the body is gzipped, and says so."""
    server.respond(200)
    big = Item({"type": "event"}, b'{"message":"' + b"m" * 2000 + b'"}')
    sender.send(big)

    request = server.calls.last.request
    assert request.headers["Content-Encoding"] == "gzip"
    assert len(request.content) < 1000
    assert Envelope.parse(gzip.decompress(request.content)).items[0].payload == big.payload


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (201, None),
        (299, None),
        (429, None),
        (301, "send_error"),
        (400, "send_error"),
        (401, "send_error"),
        (403, "send_error"),
        (404, "send_error"),
        (413, "send_error"),
        (500, "send_error"),
        (502, "send_error"),
        (503, "send_error"),
    ],
)
def test_status_decides_what_is_lost(sender, server, status, reason, caplog):
    """T4, M7: 2xx and 429 record nothing, everything else is a send error; nothing is sent again."""
    server.respond(status, headers={"Location": "http://elsewhere.example.org/"})
    sender.send(EVENT, ATTACHMENT, REPORT)

    assert [entry for entry in sender.lost if entry[0]] == (
        [] if reason is None else [(reason, "event"), (reason, "attachment"), (reason, "client_report")]
    )
    assert server.call_count == 1
    assert ("too large (413)" in caplog.text) is (status == 413)


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("odd"), OSError("no")]
)
def test_network_errors(sender, server, error):
    """T4: what never reached the server is a network error."""
    server.mock(side_effect=error)
    sender.send(EVENT)

    assert sender.lost == [("network_error", "event")]


def test_rate_limited_categories_are_dropped(sender, server):
    """T5, T7: what the server does not want is not sent, and counted; the rest of the envelope goes."""
    server.respond(200, headers={"X-Sentry-Rate-Limits": "60:error"})
    sender.send(EVENT)
    sender.send(EVENT, ATTACHMENT)
    sender.send(EVENT, REPORT)
    sender.send(TRANSACTION)

    sent = [[item.type for item in Envelope.parse(call.request.content).items] for call in server.calls]
    assert sent == [["event"], ["client_report"], ["transaction"]]
    assert sender.lost == [
        ("ratelimit_backoff", "event"),
        ("ratelimit_backoff", "attachment"),
        ("ratelimit_backoff", "event"),
    ]

    sender.clock.now += 60
    sender.send(EVENT)
    assert server.call_count == 4


def test_limited_attachments_leave_the_event_alone(sender, server):
    """T7: only what is limited is dropped."""
    server.respond(200, headers={"X-Sentry-Rate-Limits": "60:attachment"})
    sender.send(EVENT)
    sender.send(EVENT, ATTACHMENT)

    assert [item.type for item in Envelope.parse(server.calls.last.request.content).items] == ["event"]
    assert sender.lost == [("ratelimit_backoff", "attachment")]


def test_longer_limit_is_not_shortened(sender, server):
    """T5, M6: the later deadline is kept."""
    server.mock(
        side_effect=[
            httpx.Response(200, headers={"X-Sentry-Rate-Limits": "2700:error"}),
            httpx.Response(200, headers={"X-Sentry-Rate-Limits": "1:error"}),
        ]
    )
    sender.send(EVENT)
    sender.send(TRANSACTION)
    sender.clock.now += 2
    sender.send(EVENT)

    assert sender.lost == [("ratelimit_backoff", "event")]


def test_bare_429_limits_everything_for_a_minute(sender, server):
    """T5: a 429 without a word is 60 seconds for all."""
    server.respond(429)
    sender.send(EVENT)
    sender.send(TRANSACTION)
    sender.clock.now += 59.9
    sender.send(REPORT)
    assert server.call_count == 1
    assert sender.lost == [("ratelimit_backoff", "transaction"), ("ratelimit_backoff", "client_report")]
    sender.clock.now += 0.1
    sender.send(EVENT)
    assert server.call_count == 2


def test_closed_transport_counts(sender, server):
    """T15: what comes after the end is counted; closing twice is no error."""
    server.respond(200)
    sender.send(EVENT)
    sender.transport.close(1.0)
    sender.transport.close(1.0)
    sender.send(EVENT)

    assert sender.lost == [("network_error", "event")]
    assert sender.transport.flush(1.0) is True


def test_losses_may_go_unreported(server):
    """A transport that nobody listens to loses quietly."""
    server.respond(500)
    transport = HttpTransport(sdk.Dsn.parse(DSN))
    transport.send(Envelope({}, (EVENT,)))
    transport.close(1.0)

    assert server.call_count == 1


@pytest.mark.parametrize("target", ["memory://", "ftp://k@h/1"])
def test_target_must_be_http(target):
    """Only an http or https DSN is a place to post to."""
    with pytest.raises(BadDsn):
        HttpTransport(target)


def test_options_without_a_dsn_are_no_target():
    """`transport=HttpTransport` without a DSN is told at init."""
    with pytest.raises(BadDsn, match="needs an http or https DSN"):
        sdk.init(transport=HttpTransport)


def test_missing_httpx_is_told_at_init(monkeypatch):
    """Without httpx the error says what to install."""
    monkeypatch.setitem(sys.modules, "httpx", None)

    with pytest.raises(MissingExtra, match=r"pip install 'pytest-errortrack\[http\]'"):
        sdk.init(DSN)


def test_client_reports_what_its_transport_lost(server):
    """CR1: the losses of a transport are in its client's next report."""
    server.mock(side_effect=[httpx.Response(500), httpx.Response(200)])
    sdk.init(DSN)
    event_id = sdk.capture_message("m")
    sdk.flush()
    sdk.close()

    assert event_id is not None
    report = Envelope.parse(server.calls.last.request.content).items[0].json()
    assert report["discarded_events"] == [{"reason": "send_error", "category": "error", "quantity": 1}]
