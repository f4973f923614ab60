"""The transport that posts envelopes to a server, in the thread that it is called in.

https://develop.sentry.dev/sdk/foundations/transport/
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk._errors import BadDsn, MissingExtra
from pytest_errortrack.sdk._forks import importing
from pytest_errortrack.sdk._runtime import Runtime, SystemRuntime, log, new_lock
from pytest_errortrack.sdk.protocol import Dsn, Envelope, Item
from pytest_errortrack.sdk.transport._connection import Connection, ConnectionClosed, NetworkFailed, Route
from pytest_errortrack.sdk.transport._rate_limits import RateLimits

if TYPE_CHECKING:
    from pytest_errortrack.sdk.transport._connection import Answer
    from pytest_errortrack.sdk.transport._transport import LossReporter

__all__ = ["HttpTransport"]

_GZIP_ABOVE = 1024
_GZIP_LEVEL = 6
_OK = range(200, 300)
_TOO_MANY_REQUESTS = 429
_TOO_LARGE = 413
_CLOSED = "the transport is closed"


class HasDsn(Protocol):
    """The part of a client's options that a transport to a server needs; proxies and certificates are looked for."""

    @property
    def dsn(self) -> Dsn | None:
        """Where to, and with which key."""


class HttpTransport:
    """Post every envelope at once, and obey the server's rate limits.

    Nothing is ever sent again: a failed request is counted as lost.

    Args:
        target: a DSN, or a client's options (so that the class itself can be given as `transport=`).
        client: name and version to introduce ourselves with, `name/version`.
        runtime: the clock.

    Attributes:
        last_answer: the status of the server's last answer; None while there is none.
        last_headers: its headers, by lower-case name.
        last_body: what it said, as far as that is short.
        is_immediate: says that a worker is needed, since the server is waited for.
    """

    is_immediate = False

    def __init__(
        self, target: Dsn | str | HasDsn, *, client: str = "pytest-errortrack", runtime: Runtime | None = None
    ) -> None:
        dsn = _dsn_of(target)
        if dsn is None or dsn.scheme not in {"http", "https"}:
            raise BadDsn(f"HttpTransport needs an http or https DSN (found {dsn})")
        if find_spec("httpx") is None:
            raise MissingExtra("sending over HTTP needs httpx: pip install 'pytest-errortrack[http]'")
        self._runtime = runtime or getattr(target, "runtime", None) or SystemRuntime()
        self._url = dsn.endpoint
        self._connection = Connection(_route_to(dsn, target))
        self._headers = {
            "Content-Type": "application/x-sentry-envelope",
            "User-Agent": client,
            "X-Sentry-Auth": dsn.auth_header(client),
        }
        self.last_answer: int | None = None
        self.last_headers: dict[str, str] = {}
        self.last_body = b""
        self._limits = RateLimits()
        self._report: LossReporter = _no_report
        self._lock = new_lock()

    def report_losses_to(self, reporter: LossReporter) -> None:
        """Tell this reporter of every item that is lost from now on."""
        self._report = reporter

    def send(self, envelope: Envelope) -> None:
        """Post an envelope, without what the server does not want now."""
        self._send(envelope, None)

    def send_within(self, envelope: Envelope, timeout: float) -> None:
        """Post an envelope, and give up when connecting, or waiting for the answer, takes longer than this."""
        self._send(envelope, timeout)

    def allowed(self, envelope: Envelope) -> Envelope:
        """Return an envelope without the items that are rate limited now; those are counted as lost."""
        limits, now = self._limits, self._runtime.monotonic()
        if not limits.deadlines:
            return envelope
        kept: list[Item] = []
        limited: list[Item] = []
        for item in envelope.items:
            (limited if limits.is_item_limited(item.type, now=now) else kept).append(item)
        if any(item.type == "event" for item in limited):  # an attachment is of no use without its event
            limited += [item for item in kept if item.type == "attachment"]
            kept = [item for item in kept if item.type != "attachment"]
        for item in limited:
            self._report("ratelimit_backoff", item)
        return envelope.with_items(tuple(kept)) if limited else envelope

    def flush(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is ever pending
        """Tell that nothing is pending here: whatever was taken has been sent."""
        return True

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing is ever pending
        """Close the connections."""
        self._connection.close()

    def after_fork(self) -> None:
        """Free, in a forked child, what another thread of the parent held."""
        self._lock = new_lock()

    def _send(self, envelope: Envelope, timeout: float | None) -> None:
        envelope = self.allowed(envelope)
        if envelope.items:
            self._post(envelope, timeout)

    def _post(self, envelope: Envelope, timeout: float | None = None) -> None:
        body, headers = self._request(envelope.serialize())
        try:
            answer = self._connection.post(self._url, body=body, headers=headers, timeout=timeout)
        except NetworkFailed as error:
            log.debug("nothing was sent: %s", error)
            self._lose(envelope, "network_error", str(error))
        except ConnectionClosed:
            self._lose(envelope, "network_error", _CLOSED)
        else:
            self._judge(envelope, answer)

    def _request(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        if len(body) <= _GZIP_ABOVE:
            return body, self._headers
        with importing():
            import gzip  # noqa: PLC0415 - not needed by a program that never sends

        compressed = gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
        return compressed, {**self._headers, "Content-Encoding": "gzip"}

    def _judge(self, envelope: Envelope, answer: Answer) -> None:
        """Take in what the server answered."""
        status = answer.status
        now, wall_clock = self._runtime.monotonic(), self._runtime.time()
        told = RateLimits.of_response(status, answer.headers, now=now, wall_clock=wall_clock)
        with self._lock:
            self.last_answer, self.last_headers, self.last_body = status, dict(answer.headers), answer.body
            self._limits = self._limits.merged_with(told)
        if status in _OK or status == _TOO_MANY_REQUESTS:
            return  # what a 429 refuses is counted by the server
        if status == _TOO_LARGE:
            log.error("the server refused an envelope as too large (413); it is dropped")
        else:
            log.debug("the server answered %d; the envelope is dropped", status)
        self._lose(envelope, "send_error", f"the server answered {status}")

    def _lose(self, envelope: Envelope, reason: str, detail: str) -> None:
        for item in envelope.items:
            self._report(reason, item, detail=detail)


def _dsn_of(target: Dsn | str | HasDsn) -> Dsn | None:
    if isinstance(target, str):
        return Dsn.parse(target)
    return target if isinstance(target, Dsn) else target.dsn


def _route_to(dsn: Dsn, target: object) -> Route:
    """Return how a server is reached: over TLS by the HTTPS proxy, else by the HTTP one."""
    has_tls = dsn.scheme == "https"
    proxy = getattr(target, "https_proxy" if has_tls else "http_proxy", None)
    return Route(has_tls=has_tls, proxy=proxy, ca_certs=getattr(target, "ca_certs", None))


def _no_report(reason: str, item: Item, *, detail: str = "") -> None:
    """Count nothing: nobody asked to be told."""
