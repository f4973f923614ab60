from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_errortrack.reporting._receiver import Receiver
from pytest_errortrack.reporting.cli import main

COMMAND = [sys.executable, "-m", "pytest_errortrack"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """No proxy stands between."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def receiving(*arguments):
    """Run `errortrack receive`; yields the process, its DSN, and a queue of the lines that it prints."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "receive", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "COLUMNS": "100", "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
    )
    lines = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout])
    reader.start()
    try:
        dsn = re.search(r"http://\S+", lines.get(timeout=60))[0]
        yield process, dsn, lines
    finally:
        process.kill()
        process.wait(timeout=30)
        reader.join()
        process.stdout.close()


def rest_of(lines):
    """Return all lines that are still there."""
    found = []
    while not lines.empty():
        found.append(lines.get())
    return "".join(found)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_receive_prints_a_card_for_what_is_sent_to_it(ending, capsys):
    """`errortrack send` to `errortrack receive`: the event arrives as a card; an interrupt ends with counts."""
    with receiving() as (process, dsn, lines):
        assert main(["send", dsn]) == 0
        process.send_signal(ending)
        assert process.wait(timeout=30) == 0
        printed = wait_for_summary(lines)

    assert "INFO  A test event, sent by `errortrack send`" in printed
    assert "errortrack.send=yes" in printed
    assert "received: 1 event\n" in printed
    said = capsys.readouterr().out
    assert "answered 200" in said
    event_id = re.search(r"sent event (\w{32})", said)[1]
    assert event_id in printed


def wait_for_summary(lines):
    """Read lines up to the summary."""
    found = ""
    while "received:" not in found:
        found += lines.get(timeout=30)
    return found


def test_receive_shows_what_it_refuses():
    """A client that does it wrong is shown with the reason."""
    with receiving() as (process, dsn, lines):
        client = http.client.HTTPConnection("127.0.0.1", int(dsn.rpartition(":")[2].partition("/")[0]), timeout=10)
        client.request("POST", "/api/1/envelope/", b"{}")
        assert client.getresponse().status == 401
        client.close()
        process.send_signal(signal.SIGINT)
        printed = wait_for_summary(lines)

    assert "refused  401  POST /api/1/envelope/  missing authorization information" in printed
    assert "received: 0 events, 1 refused request" in printed


def test_receive_says_that_a_port_is_taken(capsys):
    """A port in use is named, with what to do; exit status 2."""
    with Receiver([].append) as receiver:
        assert main(["receive", "--port", str(receiver.port)]) == 2

    assert f"port {receiver.port} is in use; give another one" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["seventy", "-1", "65536", "1.5"])
def test_receive_refuses_what_is_no_port(port, capsys):
    """A typing error is a usage error that names what was found."""
    with pytest.raises(SystemExit) as caught:
        main(["receive", f"--port={port}"])

    assert caught.value.code == 2
    assert f"{port!r} is no port, expected a number from 0 to 65535" in capsys.readouterr().err


def test_receive_without_rich_names_the_install(monkeypatch, capsys):
    """The cards are drawn by an extra."""
    monkeypatch.setitem(sys.modules, "rich.console", None)

    assert main(["receive"]) == 2
    assert "pip install 'pytest-errortrack[report]'" in capsys.readouterr().err


@contextlib.contextmanager
def server(status, headers, body):
    """A server that answers every request alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": len(body)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            """Print nothing."""

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://secretkey@127.0.0.1:{running.server_port}/42"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (403, {}, {"detail": "rejected", "causes": ["unknown key"]}, ["answered 403 (rejected: unknown key)"]),
        (400, {"X-Sentry-Error": "bad envelope"}, {}, ["answered 400 (x-sentry-error: bad envelope)"]),
        (
            429,
            {"Retry-After": "60", "X-Sentry-Rate-Limits": "60:error:organization"},
            {},
            ["answered 429", "x-sentry-rate-limits: 60:error:organization", "retry-after: 60"],
        ),
        (302, {"Location": "/login"}, {}, ["answered 302"]),
        (500, {}, [], ["answered 500"]),
    ],
)
def test_send_says_what_the_server_answered(status, headers, body, said, capsys):
    """A refusal is told with its status, its reason and its limits; exit status 1."""
    with server(status, headers, json.dumps(body).encode()) as dsn:
        assert main(["send", dsn]) == 1

    printed = capsys.readouterr()
    for part in said:
        assert part in printed.out
    assert "the event was not taken" in printed.err
    assert "secretkey" not in printed.out + printed.err


def test_send_never_shows_the_key_nor_obeys_what_a_server_says(capsys):
    """A server that echoes the key, or sends escape codes, does not get either of them onto the terminal."""
    body = json.dumps({"detail": "no project for secretkey \x1b[2J"}).encode()
    with server(403, {"X-Sentry-Error": "secretkey"}, body) as dsn:
        main(["send", dsn])

    printed = capsys.readouterr()
    assert "secretkey" not in printed.out + printed.err
    assert "no project for *** \\x1b[2J" in printed.out


def test_send_tells_that_nobody_is_there(capsys):
    """A network error is told with its reason; exit status 1."""
    with Receiver([].append) as receiver:
        pass

    assert main(["send", receiver.dsn]) == 1
    printed = capsys.readouterr()
    assert f"http://***@127.0.0.1:{receiver.port}/1: not sent: ConnectError" in printed.err


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("https://errors.example.org/1", "it has no public key"),
        ("secretkey@errors.example.org/1", "it has no scheme"),
        ("https://secretkey@errors.example.org", "it does not end in a project id"),
        ("memory://", "needs an http or https DSN"),
    ],
)
def test_send_refuses_what_is_no_dsn(dsn, reason, capsys):
    """Exit status 2, with the reason and without the key."""
    assert main(["send", dsn]) == 2

    said = capsys.readouterr().err
    assert reason in said
    assert "secretkey" not in said
