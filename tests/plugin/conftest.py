from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from quiet_runs import quiet_runs

from pytest_errortrack.sdk import Envelope

__all__ = ["quiet_runs"]


@dataclass
class Receiver:
    """A real server on loopback that takes envelopes and answers as it is told."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    dsn: str = ""

    @property
    def events(self):
        """Every event that arrived, decoded."""
        return [item.json() for envelope in self.envelopes for item in envelope.items if item.type == "event"]


@pytest.fixture
def receiver():
    """A server that runs for one test."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            state.envelopes.append(Envelope.parse(body))
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args):
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.dsn = f"http://thekey@127.0.0.1:{server.server_port}/1"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()
