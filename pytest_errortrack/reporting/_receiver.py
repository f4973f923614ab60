"""A real receiver of error reports on loopback, for whatever cannot be captured in this process.

One thread listens and one serves each connection; closing ends them all, and leaves no socket behind. How many are
served at once is bounded: who comes when it is full waits in the queue of the operating system, and loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Self

from ._answers import Answer, Refusal, accepted
from ._exchange import Exchange, ReceivedRequest, Service, Timeouts, Visit
from ._intake import Arrival, Limits, Request, read_envelope

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["LOOPBACK", "Receiver", "fresh_key"]

LOOPBACK: Final = "127.0.0.1"
MOST_CONNECTIONS: Final = 64
MOST_REQUESTS: Final = 10_000
"""How many of the last requests are remembered."""

_QUEUE: Final = 512
_RETRY_S: Final = 1.0
_GRACE_S: Final = 2.0
_PROXIES: Final = ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY")

# Bound now: while interleavings are explored, `threading.Lock` makes locks that the engine controls.
_new_lock = threading.Lock

# Bound now: pytest-socket puts a class in its place that refuses, for the sockets of the code under test. `accept()`
# would make one of those for each connection.
_Socket = socket.socket


def _nobody(request: ReceivedRequest) -> None:
    """Tell nobody."""


class Receiver:
    """Takes envelopes over HTTP.

    Args:
        take: is given what arrives, one at a time, in the order of arrival, in a thread of the receiver's.
        port: where to listen; 0 for any port that is free.
        key: the public key that requests have to come with; None for any.
        told: is told what came of each request, refused ones too.
        limits: how much is taken.
        timeouts: how long it is waited.

    Example:
        >>> arrived = []
        >>> with Receiver(arrived.append) as receiver:
        ...     receiver.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self,
        take: Callable[[Arrival], None],
        *,
        port: int = 0,
        key: str | None = None,
        told: Callable[[ReceivedRequest], None] = _nobody,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._take = take
        self._wanted_port = port
        self._key = key
        self._told = told
        self._limits = limits or Limits()
        self._timeouts = timeouts or Timeouts()
        self._service = Service(self._respond, self._log, self._limits, self._timeouts)
        self._requests: deque[ReceivedRequest] = deque(maxlen=MOST_REQUESTS)
        self._visits: dict[Visit, threading.Thread] = {}
        self._ended: list[threading.Thread] = []
        self._lock = _new_lock()
        self._taking = _new_lock()
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._listener = socket.create_server((LOOPBACK, self._wanted_port), backlog=_QUEUE)
        self._listener.setblocking(False)
        self._wakened, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name=self._thread_name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what has begun to arrive, and let go of everything. A second call does nothing."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._is_closing = True
        self._wake()
        thread.join()
        self._end_visits()
        for each in (self._listener, self._wakened, self._waker):
            each.close()

    def abandon(self) -> None:
        """Let go of everything in a forked process, where no thread of the receiver's lives; its parent goes on."""
        if self._thread is None:
            return
        self._thread = None
        for each in (self._listener, self._wakened, self._waker, *(visit.connection for visit in list(self._visits))):
            each.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def key(self) -> str:
        """The public key of its DSN."""
        return self._key or "errortrack"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def dsn(self) -> str:
        """The DSN to report to."""
        return f"http://{self.key}@{LOOPBACK}:{self.port}/1"

    @property
    def env(self) -> dict[str, str]:
        """The variables by which another program finds it; with a proxy set, one by which it goes around that."""
        found = {"SENTRY_DSN": self.dsn, "ERRORTRACK_DSN": self.dsn}
        if any(os.environ.get(name) for name in _PROXIES):
            for name in ("no_proxy", "NO_PROXY"):
                found[name] = ",".join(filter(None, (os.environ.get(name), LOOPBACK)))
        return found

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What came of each request so far, refused ones too."""
        return list(self._requests)

    def _serve(self) -> None:
        """Accept connections, until it is closed; then those as well that wait already."""
        is_listening = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._wakened, selectors.EVENT_READ)
            while not self._is_closing:
                if self._has_room() != is_listening:
                    is_listening = not is_listening
                    if is_listening:
                        selector.register(self._listener, selectors.EVENT_READ)
                    else:
                        selector.unregister(self._listener)
                for ready, _ in selector.select(_RETRY_S):
                    if ready.fileobj is self._wakened:
                        self._wakened.recv(4096)
                        self._reap()
                    else:
                        self._accept()
        while self._has_room() and self._accept():
            pass

    def _has_room(self) -> bool:
        """Tell whether another connection can be served; when it is full, those go that only idle."""
        with self._lock:
            visits = list(self._visits)
        if len(visits) < MOST_CONNECTIONS:
            return True
        for visit in visits:
            if visit.state == "idle":
                _end_reading(visit)
        return False

    def _accept(self) -> bool:
        try:
            descriptor, _ = self._listener._accept()  # type: ignore[attr-defined]  # noqa: SLF001 - see `_Socket`
        except OSError:  # nobody waits, or whoever did is gone
            return False
        visit = Visit(_Socket(fileno=descriptor))
        thread = threading.Thread(target=self._attend, args=(visit,), name=self._thread_name, daemon=True)
        with self._lock:
            self._visits[visit] = thread
        thread.start()
        return True

    @property
    def _thread_name(self) -> str:
        return f"errortrack-receiver-{self.port}"

    def _attend(self, visit: Visit) -> None:
        try:
            with contextlib.suppress(OSError):  # the client is gone, and so is nobody left to tell
                Exchange(visit, service=self._service)
        finally:
            visit.connection.close()
            with self._lock:
                self._ended.append(self._visits.pop(visit))
            self._wake()

    def _reap(self) -> None:
        """Join the threads that are done but for their last few instructions."""
        with self._lock:
            ended, self._ended = self._ended, []
        for thread in ended:
            thread.join()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is being woken already
            self._waker.send(b"!")

    def _end_visits(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Serve what has arrived, give what is arriving a moment, then cut it off."""
        with self._lock:
            visits = dict(self._visits)
        for visit in visits:
            if visit.state != "busy":
                _end_reading(visit)  # what is in its buffer is still read
        deadline = monotonic() + _GRACE_S
        for thread in visits.values():
            thread.join(max(0.0, deadline - monotonic()))
        for visit, thread in visits.items():
            with contextlib.suppress(OSError):
                visit.connection.shutdown(socket.SHUT_RDWR)
            thread.join()
        self._reap()

    def _respond(self, request: Request) -> Answer:
        arrival = read_envelope(request, key=self._key, limits=self._limits)
        with self._taking:
            try:
                self._take(arrival)
            except Exception as error:  # whatever was sent: the sender is told, and the next one served
                raise Refusal(400, "the report cannot be read", causes=(repr(error)[:200],)) from error
        return accepted(arrival.event_id)

    def _log(self, request: ReceivedRequest) -> None:
        self._requests.append(request)
        self._told(request)


def _end_reading(visit: Visit) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        visit.connection.shutdown(socket.SHUT_RD)


def fresh_key() -> str:
    """Return a key that nobody else has: what was meant for another receiver on the same port is refused."""
    return secrets.token_hex(16)
