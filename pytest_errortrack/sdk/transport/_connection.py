"""Requests to one server over HTTP: the client that makes them, with proxies, certificates and time limits.

The client is made at the first request, since httpx costs 180 ms, and again in a forked child: connections that two
processes share would mix what they say.

https://develop.sentry.dev/sdk/foundations/transport/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import finalize

from pytest_errortrack.sdk._forks import follow_forks, importing
from pytest_errortrack.sdk._runtime import new_lock

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

__all__ = ["Answer", "Connection", "ConnectionClosed", "NetworkFailed", "Route"]

_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 10.0
_LEAST_TIMEOUT_S = 0.001
_LONGEST_SAID = 1024
_LONGEST_READ = 64 * 1024
"""A connection whose answer is longer than this is given up rather than read to its end."""


class NetworkFailed(Exception):  # noqa: N818 - the name says what happened; it never leaves the transport
    """No answer came: the name is unknown, nobody listens, the connection broke, or it took too long."""


class ConnectionClosed(Exception):  # noqa: N818 - as above
    """`close` was called."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached.

    Attributes:
        has_tls: whether the connection is encrypted.
        proxy: the proxy's URL; empty: none whatever the environment says; None: what the environment says.
        ca_certs: a file of certificates to trust in place of the usual ones.
    """

    has_tls: bool
    proxy: str | None = None
    ca_certs: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: the status code.
        headers: by lower-case name.
        body: the beginning of what it said.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Posts to one server; threads may share it.

    Args:
        route: how the server is reached.
    """

    def __init__(self, route: Route) -> None:
        self._route = route
        self._lock = new_lock()
        self._client: httpx.Client | None = None
        self._is_closed = False
        self._requests = 0
        self._closer: finalize[..., Connection] | None = None
        self._inherited: list[object] = []
        follow_forks(self)

    def post(self, url: str, *, body: bytes, headers: Mapping[str, str], timeout: float | None = None) -> Answer:
        """Post a body and return the answer, which is read (to a bound) and closed whatever happens.

        Args:
            url: where to.
            body: what is sent.
            headers: in addition to those that HTTP needs.
            timeout: how many seconds each step may take, where that is less than usual.

        Raises:
            NetworkFailed: there was no answer.
            ConnectionClosed: `close` was called.
        """
        client = self._enter()
        import httpx  # noqa: PLC0415 - see above; there by now

        try:
            with client.stream("POST", url, content=body, headers=dict(headers), timeout=_limit(timeout)) as answer:
                told = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status_code, told, _beginning_of(answer))
        except (httpx.HTTPError, OSError, UnicodeError) as error:  # the last: a host that no name can be made of
            raise NetworkFailed(repr(error)) from error
        finally:
            self._leave()

    def close(self) -> None:
        """Take no more requests; the last one that is going on closes the connections."""
        with self._lock:
            self._is_closed = True
        self._close_unused()

    def after_fork(self) -> None:
        """Open connections of its own in a forked child.

        Those of the parent are kept, unused: another thread of the parent may have been in the middle of using them.
        """
        self._lock = new_lock()
        self._inherited.append(None if self._closer is None else self._closer.detach())
        self._client = self._closer = None
        self._requests = 0

    def _enter(self) -> httpx.Client:
        """Return the client, made at the first request, for a request that is counted until it leaves."""
        made = None
        if self._client is None and not self._is_closed:
            with importing():  # and without the lock: it reads files
                made = _made_client(self._route)
        with self._lock:
            if self._client is None and made is not None and not self._is_closed:
                self._client, made = made, None
                self._closer = finalize(self, self._client.close)  # for those who drop it without closing
                self._closer.atexit = False  # what closes the SDK at exit has still to send
            client = None if self._is_closed else self._client
            self._requests += client is not None
        if made is not None:
            made.close()
        if client is None:
            raise ConnectionClosed
        return client

    def _leave(self) -> None:
        with self._lock:
            self._requests -= 1
        if self._is_closed:
            self._close_unused()

    def _close_unused(self) -> None:
        closer = None
        with self._lock:
            if self._requests <= 0:
                closer, self._closer, self._client = self._closer, None, None
        if closer is not None:
            closer()


def _made_client(route: Route) -> httpx.Client:
    import httpx  # noqa: PLC0415 - see above

    "localhost".encode("idna")  # loads what looks names up, which would else be imported at the first connection
    # Without TLS there is nothing to verify, and the certificates need not be loaded; a proxy may have its own.
    verify: object = route.has_tls or str(route.proxy).startswith("https:")
    if route.ca_certs is not None:
        import ssl  # noqa: PLC0415 - only where certificates are given

        verify = ssl.create_default_context(cafile=route.ca_certs)
    return httpx.Client(
        follow_redirects=False,
        verify=verify,  # type: ignore[arg-type]  # a bool or a context
        proxy=route.proxy or None,
        trust_env=route.proxy != "",
        headers={"Accept-Encoding": "identity"},
    )


def _limit(timeout: float | None) -> httpx.Timeout:
    import httpx  # noqa: PLC0415 - see above

    limits = _CONNECT_TIMEOUT_S, _READ_TIMEOUT_S
    connect, other = limits if timeout is None else (min(each, max(timeout, _LEAST_TIMEOUT_S)) for each in limits)
    return httpx.Timeout(other, connect=connect)


def _beginning_of(response: httpx.Response) -> bytes:
    """Read an answer to its end, so that the connection can be used again, unless that is too far; return its start."""
    said, length = b"", 0
    for part in response.iter_raw():
        said += part[: _LONGEST_SAID - len(said)]
        length += len(part)
        if length > _LONGEST_READ:
            break
    return said
