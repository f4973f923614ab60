"""One connection to a receiver: requests are read one after the other, with limits, and each is answered.

The grammar of a request's head is the standard library's; ours are chunked bodies, time limits, and that whatever
arrives is answered with a status of 4xx or 2xx.
"""

from __future__ import annotations

import contextlib
import io
import re
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final, Literal

from ._answers import Answer, Refusal, preflight
from ._intake import Limits, Request, route_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

__all__ = ["Exchange", "ReceivedRequest", "Service", "Timeouts", "Visit"]

_LONGEST_LINE: Final = 65536
_MOST_TRAILERS: Final = 100
_PIECE: Final = 64 * 1024
_CHUNK_SIZE: Final = re.compile(rb"[0-9a-fA-F]{1,16}\Z")
_NOT_IMPLEMENTED: Final = 501
_SERVER_ERRORS: Final = 500


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the receiver waits, in seconds.

    Attributes:
        idle: for the next request on an open connection.
        request: for a whole request, from its first byte to its last; and for an answer to be taken.
        linger: for a refused client to stop sending, so that it can read why.
    """

    idle: float = 60.0
    request: float = 10.0
    linger: float = 1.0


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """What came of one request, for debugging.

    Attributes:
        method: such as `"POST"`; empty where that could not be read.
        path: without the query string, which may hold the key.
        status: what was answered.
        size: how many bytes its body had, as sent.
        detail: why it was refused; empty where it was taken.
    """

    method: str
    path: str
    status: int
    size: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What the connections of one receiver share.

    Attributes:
        respond: takes in a whole request; raises `Refusal` where it is not taken.
        log: is told what came of each request, before it is answered.
        limits: how much is taken.
        timeouts: how long it is waited.
    """

    respond: Callable[[Request], Answer]
    log: Callable[[ReceivedRequest], None]
    limits: Limits
    timeouts: Timeouts


@dataclass(slots=True, eq=False)
class Visit:
    """One open connection.

    Attributes:
        connection: the socket.
        state: whether no request has begun yet, one is being served, or it is between two.
    """

    connection: socket.socket
    state: Literal["new", "busy", "idle"] = "new"


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a deadline, however slowly the bytes trickle in."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._deadline = 0.0

    def allow(
        self,
        seconds: float,
        # Bound here, where nothing that freezes the application's clock looks for it.
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deadline = monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, monotonic: Callable[[], float] = time.monotonic) -> int:
        remaining = self._deadline - monotonic()
        if remaining <= 0:
            raise TimeoutError("the request took too long")
        self._connection.settimeout(remaining)
        return self._connection.recv_into(buffer)


class Exchange(BaseHTTPRequestHandler):
    """Serves one connection, to its end."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # with that of the library a malformed request is answered without a status
    server_version = "pytest-errortrack"
    sys_version = ""
    wbufsize = -1  # head and body of an answer go out together

    def __init__(self, visit: Visit, *, service: Service) -> None:
        """Serve a connection; returns when it is over.

        Args:
            visit: the connection.
            service: what takes the requests.
        """
        self._service = service
        self._visit = visit
        self._size = 0
        super().__init__(visit.connection, ("", 0), None)  # type: ignore[arg-type]  # the server is never asked anything

    def setup(self) -> None:
        """Read through a reader that knows deadlines."""
        super().setup()
        self.rfile.close()
        self._reader = _TimedReader(self.connection)
        self.rfile = io.BufferedReader(self._reader, _PIECE)

    def handle_one_request(self) -> None:
        """Read one request and answer it."""
        self.requestline, self.command, self.path, self._size = "", "", "", 0
        self.request_version = self.default_request_version
        try:
            if not self._await_request():
                self.close_connection = True
                return
            self._answer(self._read_and_respond())
        except Refusal as refusal:
            self._refuse(refusal)
        except TimeoutError:
            self._refuse(Refusal(408, "the request took too long"))

    def _await_request(self) -> bool:
        """Wait for the first byte of a request; False where none comes."""
        timeouts = self._service.timeouts
        if self._visit.state == "busy":
            self._visit.state = "idle"
        self._reader.allow(timeouts.idle if self._visit.state == "idle" else timeouts.request)
        try:
            return bool(self.rfile.peek(1))  # type: ignore[attr-defined]  # it is a BufferedReader
        except TimeoutError:
            return False
        finally:
            self._visit.state = "busy"

    def _read_and_respond(self) -> Answer:
        self._reader.allow(self._service.timeouts.request)
        self._read_head()
        if self.command == "OPTIONS":
            self._read_body()
            return preflight()
        route_of(self.command, self.path)  # before the body is read, which may be long
        if self.headers.get("Expect", "").lower() == "100-continue" and self.request_version != "HTTP/1.0":
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        body = self._read_body()
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        try:
            return self._service.respond(Request(self.command, self.path, headers, body))
        except Refusal as refusal:
            return refusal.answer  # the request was read to its end: the next one may follow on the connection

    def _read_head(self) -> None:
        line = self._line()
        if not line.strip():
            line = self._line()  # one empty line before a request is to be forgiven (RFC 9112, section 2.2)
        self.raw_requestline = line
        if not line.strip():
            raise Refusal(400, "malformed request: an empty line instead of a request")
        if not self.parse_request():
            raise Refusal(400, "malformed request")  # for the reader: `send_error` below raises before that

    def handle_expect_100(self) -> bool:
        """Let nobody send a body before it is known that it is wanted."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library finds malformed, in our words; a method or version unknown to us is no 5xx.

        Raises:
            Refusal: always.
        """
        status = code if code < _SERVER_ERRORS else 405 if code == _NOT_IMPLEMENTED else 400
        causes = tuple(text for text in (message, explain) if text)
        raise Refusal(int(status), "malformed request", causes=causes)

    def _read_body(self) -> bytes:
        lengths = {value.strip() for value in self.headers.get_all("Content-Length", ())}
        encoding = self.headers.get("Transfer-Encoding", "").strip().lower()
        if encoding and (encoding != "chunked" or lengths):
            raise Refusal(400, "malformed request", causes=("expected a Content-Length, or chunks",))
        if encoding:
            return self._read_chunks()
        if not lengths:
            return b""
        length = lengths.pop()
        if lengths or not (length.isascii() and length.isdecimal() and len(length) < 20):  # noqa: PLR2004 - 64 bits
            raise Refusal(400, "malformed request", causes=("bad Content-Length",))
        self._refuse_beyond(int(length))
        return self._exactly(int(length))

    def _read_chunks(self) -> bytes:
        """Read a chunked body (RFC 9112, section 7.1); extensions and trailers are passed over."""
        body = bytearray()
        while True:
            stated = self._line().partition(b";")[0].strip()
            if not _CHUNK_SIZE.match(stated):
                raise Refusal(400, "malformed request", causes=("bad chunk size",))
            size = int(stated, 16)
            if size == 0:
                break
            self._refuse_beyond(len(body) + size)
            body += self._exactly(size)
            if self._line().strip(b"\r\n"):
                raise Refusal(400, "malformed request", causes=("a chunk is longer than it says",))
        for _ in range(_MOST_TRAILERS):
            if not self._line().strip(b"\r\n"):
                return bytes(body)
        raise Refusal(431, "malformed request", causes=("too many trailers",))

    def _refuse_beyond(self, size: int) -> None:
        self._size = size
        if size > self._service.limits.body:
            raise Refusal(413, f"envelope exceeded size limits: more than {self._service.limits.body} bytes as sent")

    def _exactly(self, size: int) -> bytes:
        found = self.rfile.read(size)
        if len(found) < size:
            raise Refusal(400, "invalid request body", causes=(f"cut short: {len(found)} of {size} bytes came",))
        return found

    def _line(self) -> bytes:
        line = self.rfile.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise Refusal(431, "malformed request", causes=("a line is too long",))
        if not line.endswith(b"\n") and not line.strip():
            raise Refusal(400, "malformed request", causes=("cut short",))
        return line

    def _answer(self, answer: Answer) -> None:
        path = self.path.partition("?")[0]
        self._service.log(ReceivedRequest(self.command or "", path, answer.status, self._size, answer.detail))
        self.connection.settimeout(self._service.timeouts.request)
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(answer.body)), **answer.headers}
        if answer.body:
            headers["Content-Type"] = "application/json"
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse what was not read to its end, and end the connection: what is left cannot be told from a request.

        A client that is still sending is let send for a moment, so that it can read its answer: to close on unread
        bytes would take that away.
        """
        self.close_connection = True
        self._answer(refusal.answer)
        self._reader.allow(self._service.timeouts.linger)
        with contextlib.suppress(TimeoutError):
            while self.rfile.read1(_PIECE):
                pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name for it
        """Write nothing to the terminal: `log` is told."""
