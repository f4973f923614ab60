"""The transport that posts envelopes to a server, in the thread that captured.

https://develop.sentry.dev/sdk/foundations/transport/
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk._errors import BadDsn, MissingExtra
from pytest_errortrack.sdk._runtime import Runtime, SystemRuntime, log, new_lock
from pytest_errortrack.sdk.protocol import Dsn, Envelope, Item, category_of
from pytest_errortrack.sdk.transport._rate_limits import RateLimits

if TYPE_CHECKING:
    import httpx

    from pytest_errortrack.sdk.transport._transport import LossReporter

__all__ = ["HttpTransport"]

_GZIP_ABOVE = 1024
_GZIP_LEVEL = 6
_CONNECT_TIMEOUT_S = 5.0
_READ_TIMEOUT_S = 10.0
_OK = range(200, 300)
_TOO_MANY_REQUESTS = 429
_TOO_LARGE = 413
_LONGEST_SAID = 1024
_CLOSED = "the transport is closed"


class HasDsn(Protocol):
    """The part of a client's options that a transport to a server needs."""

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
    """

    def __init__(
        self, target: Dsn | str | HasDsn, *, client: str = "pytest-errortrack", runtime: Runtime | None = None
    ) -> None:
        dsn = _dsn_of(target)
        if dsn is None or dsn.scheme not in {"http", "https"}:
            raise BadDsn(f"HttpTransport needs an http or https DSN (found {dsn})")
        if find_spec("httpx") is None:
            raise MissingExtra("sending over HTTP needs httpx: pip install 'pytest-errortrack[http]'")
        self._runtime = runtime or SystemRuntime()
        self._url = dsn.endpoint
        self._has_tls = dsn.scheme == "https"
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
        self._client: httpx.Client | None = None
        self._lock = new_lock()
        self._is_closed = False

    def report_losses_to(self, reporter: LossReporter) -> None:
        """Tell this reporter of every item that is lost from now on."""
        self._report = reporter

    def send(self, envelope: Envelope) -> None:
        """Post an envelope, without what the server does not want now."""
        envelope = self._allowed(envelope)
        if envelope.items:
            self._post(envelope)

    def _post(self, envelope: Envelope) -> None:
        import httpx  # noqa: PLC0415 - costs 180 ms, and only a program that really sends needs it

        try:
            body, headers = self._request(envelope.serialize())
            response = self._http().post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            log.debug("nothing was sent: %r", error)
            self._lose(envelope, "network_error", repr(error))
            return
        except RuntimeError:
            if not self._is_closed:
                raise
            self._lose(envelope, "network_error", _CLOSED)  # maybe in this very moment: httpx refuses it as well
            return
        headers = {name.lower(): value for name, value in response.headers.items()}
        self._judge(envelope, response.status_code, headers, response.content[:_LONGEST_SAID])

    def flush(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is ever pending
        """Tell that nothing is pending: whatever was captured has been sent."""
        return True

    def close(self, timeout: float) -> None:  # noqa: ARG002 - nothing is ever pending
        """Close the connections."""
        self._lock.acquire()
        try:
            self._is_closed = True
            client, self._client = self._client, None
        finally:
            self._lock.release()
        if client is not None:
            client.close()

    def _allowed(self, envelope: Envelope) -> Envelope:
        """Return the envelope without the items that are rate limited now; those are counted as lost."""
        now = self._runtime.monotonic()
        kept = []
        for item in envelope.items:
            if self._is_limited(item, now):
                self._report("ratelimit_backoff", item)
            else:
                kept.append(item)
        if any(item.type == "event" for item in envelope.items) and not any(item.type == "event" for item in kept):
            for item in kept:  # an attachment is of no use without its event
                if item.type == "attachment":
                    self._report("ratelimit_backoff", item)
            kept = [item for item in kept if item.type != "attachment"]
        return envelope.with_items(tuple(kept))

    def _is_limited(self, item: Item, now: float) -> bool:
        return self._limits.is_limited(category_of(item.type), now=now)

    def _request(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        if len(body) <= _GZIP_ABOVE:
            return body, self._headers
        import gzip  # noqa: PLC0415 - not needed by a program that never sends

        compressed = gzip.compress(body, compresslevel=_GZIP_LEVEL, mtime=0)
        return compressed, {**self._headers, "Content-Encoding": "gzip"}

    def _http(self) -> httpx.Client:
        """Return the client, made at the first request; once the transport is closed nobody would close another one."""
        import httpx  # noqa: PLC0415 - as in `send`

        self._lock.acquire()
        try:
            if self._is_closed:
                raise RuntimeError(_CLOSED)
            if self._client is None:
                timeout = httpx.Timeout(_READ_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S)
                # without TLS there is nothing to verify, and the certificates need not be loaded
                self._client = httpx.Client(timeout=timeout, follow_redirects=False, verify=self._has_tls)
            return self._client
        finally:
            self._lock.release()

    def _judge(self, envelope: Envelope, status: int, headers: dict[str, str], body: bytes) -> None:
        """Take in what the server answered."""
        told = RateLimits.of_response(status, headers, now=self._runtime.monotonic(), wall_clock=self._runtime.time())
        self._lock.acquire()
        try:
            self.last_answer, self.last_headers, self.last_body = status, headers, body
            self._limits = self._limits.merged_with(told)
        finally:
            self._lock.release()
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


def _no_report(reason: str, item: Item, *, detail: str = "") -> None:
    """Count nothing: nobody asked to be told."""
