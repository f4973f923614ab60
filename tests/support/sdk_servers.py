"""A server on loopback that answers as it is told: with any status, late, never, or by breaking the connection."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from pytest_errortrack.sdk import Envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["HANG", "REFUSE", "RESET", "MoodyServer", "without_proxies"]

RESET, HANG, REFUSE = "reset", "hang", "refuse"
_PATIENCE_S = 30.0


def without_proxies(monkeypatch) -> None:
    """Let nothing stand between a test and its server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        """Say nothing: a client that breaks off is part of the test."""


class MoodyServer:
    """Serves until it is stopped, in the mood of the moment.

    Args:
        on_answer: is told of every envelope right before it is answered, with the status.

    Attributes:
        mood: a status, or `RESET` (reads, then breaks off), or `HANG` (reads, and answers 500 in the next mood).
        headers: what is answered besides.
        requests: path, headers and body of everything that arrived.
    """

    def __init__(self, on_answer: Callable[[Envelope, int], object] | None = None) -> None:
        self.mood: int | str = 200
        self.headers: Mapping[str, str] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.holding = threading.Semaphore(0)
        self._on_answer = on_answer
        self._let_go = threading.Event()
        self._connections: set[socket.socket] = set()
        self._server: _Server | None = None
        self._port = 0
        self._listen()

    @property
    def dsn(self) -> str:
        """The DSN of a project on this server."""
        return f"http://public:secret@127.0.0.1:{self._port}/prefix/42"

    @property
    def envelopes(self) -> list[Envelope]:
        """What arrived, read."""
        return [_read(headers, body) for _, headers, body in self.requests]

    def change(self, mood: int | str, headers: Mapping[str, str] | None = None) -> None:
        """Be in another mood from now on; what was held up is answered with 500."""
        if (mood == REFUSE) != (self._server is None):
            if mood == REFUSE:
                self._stop_listening()
            else:
                self._listen()
        self.headers = headers or {}
        let_go, self._let_go = self._let_go, threading.Event()
        self.mood = mood
        let_go.set()

    def stop(self) -> None:
        """Stop serving, and let go of everything."""
        self.change(REFUSE)

    def _listen(self) -> None:
        moody = self

        class Handler(_Handler):
            server_in_a_mood = moody

        self._server = _Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def _stop_listening(self) -> None:
        server, self._server = self._server, None
        server.shutdown()
        server.server_close()
        self._thread.join()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def take(self, handler: _Handler, body: bytes) -> None:
        """Act on a request as the mood is."""
        mood, headers, let_go = self.mood, self.headers, self._let_go
        self.requests.append((handler.path, dict(handler.headers), body))
        if mood == HANG:
            self.holding.release()
            let_go.wait(_PATIENCE_S)
            mood = 500
        if mood in {RESET, REFUSE}:
            handler.reset()
            return
        if self._on_answer is not None:
            self._on_answer(_read(handler.headers, body), mood)
        handler.answer(mood, headers)


def _read(headers: Mapping[str, str], body: bytes) -> Envelope:
    return Envelope.parse(gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server_in_a_mood._connections.add(self.connection)

    def finish(self) -> None:
        self.server_in_a_mood._connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server_in_a_mood.take(self, body)

    def answer(self, status: int, headers: Mapping[str, str]) -> None:
        """Send a short answer."""
        self.send_response(status)
        for name, value in {"Content-Length": "2", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    def reset(self) -> None:
        """Break the connection, so that the other side is told."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""
