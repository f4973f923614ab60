"""The HTTP transport against a real server on loopback, and against none."""

from __future__ import annotations

import gzip
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Envelope


class Receiver:
    """A server that keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.answers = []
        self.requests = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                status, headers = receiver.answers.pop(0) if receiver.answers else (200, {})
                if status is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def dsn(self):
        """The DSN of a project on this server."""
        return f"http://public:secret@127.0.0.1:{self.server.server_port}/prefix/42"

    def envelopes(self):
        """Return what arrived, read."""
        return [
            Envelope.parse(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)
            for _, headers, body in self.requests
        ]

    def stop(self):
        """Stop serving, and wait for it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver(monkeypatch):
    """A running server; no proxy stands between."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    receiver = Receiver()
    yield receiver
    sdk.close()
    receiver.stop()


def test_event_arrives(receiver):
    """T3, D3: what is captured arrives at the project's address, with the key, compressed when it is big."""
    sdk.init(receiver.dsn, release="1.0")
    try:
        raise ValueError("boom")
    except ValueError as error:
        event_id = sdk.capture_exception(error)
    with sdk.start_transaction("t", sampled=True):
        pass
    sdk.flush()

    (path, headers, _), _ = receiver.requests
    assert path == "/prefix/api/42/envelope/"
    assert headers["Content-Encoding"] == "gzip"
    assert "sentry_key=public, sentry_secret=secret" in headers["X-Sentry-Auth"]
    first, second = receiver.envelopes()
    assert first.headers["event_id"] == first.items[0].json()["event_id"] == event_id
    assert second.items[0].type == "transaction"


def test_server_that_fails_and_recovers(receiver):
    """T4, CR1: a 500 and a broken connection lose an event each, which the next report tells; nothing is sent again."""
    sdk.init(receiver.dsn)
    receiver.answers = [(500, {}), (None, {}), (200, {}), (413, {})]
    for message in ("500", "broken", "fine", "too large"):
        sdk.capture_message(message)
    sdk.flush()

    assert [envelope.items[0].json().get("message") for envelope in receiver.envelopes()][:4] == [
        "500",
        "broken",
        "fine",
        "too large",
    ]
    (report,) = [
        item.json() for envelope in receiver.envelopes() for item in envelope.items if item.type == "client_report"
    ]
    counts = {(entry["reason"], entry["category"]): entry["quantity"] for entry in report["discarded_events"]}
    assert counts == {("send_error", "error"): 2, ("network_error", "error"): 1}


def test_server_that_limits(receiver):
    """T5: after the server's limit nothing of that category reaches it."""
    sdk.init(receiver.dsn)
    receiver.answers = [(429, {"Retry-After": "120", "X-Sentry-Rate-Limits": "120:error:organization"})]
    for message in ("refused", "not sent"):
        sdk.capture_message(message)
    sdk.start_transaction("t", sampled=True).finish()
    sdk.flush()

    assert [envelope.items[0].type for envelope in receiver.envelopes()] == ["event", "transaction", "client_report"]
    report = receiver.envelopes()[-1].items[0].json()
    assert report["discarded_events"] == [{"reason": "ratelimit_backoff", "category": "error", "quantity": 1}]


def test_server_that_is_not_there(monkeypatch):
    """T4: a refused connection is counted, quickly, and the application goes on."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    client = sdk.init(f"http://k@127.0.0.1:{port}/1")

    assert sdk.capture_message("m") is not None
    sdk.flush()

    assert client._own.losses.ledger() == {("network_error", "error"): 1}


def test_threads_send_at_the_same_time(receiver):
    """Events of many threads arrive whole and once."""
    sdk.init(receiver.dsn)

    def work(name):
        for number in range(10):
            sdk.capture_message(f"{name}{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sdk.flush(30)

    arrived = sorted(envelope.items[0].json()["message"] for envelope in receiver.envelopes())
    assert arrived == sorted(f"{name}{number}" for name in "abcd" for number in range(10))
