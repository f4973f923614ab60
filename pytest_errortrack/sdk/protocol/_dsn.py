"""The DSN: where a project's reports go, and the public key they go with.

https://develop.sentry.dev/sdk/overview/#parsing-the-dsn
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pytest_errortrack.sdk._errors import BadDsn

__all__ = ["Dsn"]

_SCHEMES = ("http", "https", "memory")
_SHOWN = 8
"""How much is shown of what may be anything, a key too."""

_EXAMPLE = "https://PUBLIC_KEY@errors.example.org/42"
_ORG_ID = re.compile(r"o(\d+)\.")
_HIGHEST_PORT = 65535
_PORTS = {"http": 80, "https": 443, "memory": 0}


@dataclass(frozen=True, slots=True)
class Dsn:
    """A parsed DSN.

    Its `repr` masks the keys; nothing of the project ever prints a DSN whole.
    """

    scheme: str
    public_key: str
    host: str
    project_id: str
    path: str = ""
    port: int | None = None
    secret_key: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str) -> Dsn:
        """Read a DSN such as `https://PUBLIC_KEY@errors.example.org/42`.

        Raises:
            BadDsn: it cannot be one.
        """
        scheme, separator, rest = text.strip().partition("://")
        scheme = scheme.lower()
        if not separator:
            raise _bad(text, "it has no scheme")
        if scheme not in _SCHEMES:
            raise _bad(text, f"its scheme is {scheme!r}, expected http, https or memory")
        if scheme == "memory" and "@" not in rest:
            return cls(scheme="memory", public_key="memory", host="localhost", project_id="0")
        keys, at, address = rest.rpartition("@")
        if not at:
            raise _bad(text, "it has no public key before an '@'")
        public_key, _, secret_key = keys.partition(":")
        if not public_key:
            raise _bad(text, "its public key is empty")
        netloc, _, location = address.partition("/")
        path, _, project_id = location.rpartition("/")
        if not project_id or any(sign in project_id for sign in "?# "):
            raise _bad(text, "it does not end in a project id")
        host, port = _split_port(text, netloc)
        return cls(
            scheme=scheme,
            public_key=public_key,
            host=host,
            project_id=project_id,
            path=f"/{path}" if path else "",
            port=port,
            secret_key=secret_key or None,
        )

    @property
    def endpoint(self) -> str:
        """The URL that envelopes are posted to."""
        netloc = self.host if self.port is None else f"{self.host}:{self.port}"
        return f"{self.scheme}://{netloc}{self.path}/api/{self.project_id}/envelope/"

    def is_own_url(self, url: str) -> bool:
        """Tell whether a URL is where envelopes of this project go: the same host, port and path."""
        from urllib.parse import urlsplit  # noqa: PLC0415 - only asked where outgoing requests are looked at

        try:
            parts, own = urlsplit(url), urlsplit(self.endpoint)
            is_same_place = (parts.hostname, parts.port or _PORTS.get(parts.scheme)) == (
                own.hostname,
                own.port or _PORTS[own.scheme],
            )
        except ValueError:  # a port that is none
            return False
        return is_same_place and parts.path.rstrip("/") == own.path.rstrip("/")

    @property
    def org_id(self) -> str | None:
        """The organisation's id, where the host carries one (`o123.ingest.example.org`)."""
        match = _ORG_ID.match(self.host)
        return match[1] if match else None

    def auth_header(self, client: str) -> str:
        """Return the value of `X-Sentry-Auth` for a client such as `name/version`."""
        parts = ["sentry_version=7", f"sentry_client={client}", f"sentry_key={self.public_key}"]
        if self.secret_key is not None:
            parts.append(f"sentry_secret={self.secret_key}")
        return f"Sentry {', '.join(parts)}"

    def __repr__(self) -> str:
        return f"Dsn({self})"

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://***@{self.host}{port}{self.path}/{self.project_id}"


def _split_port(text: str, netloc: str) -> tuple[str, int | None]:
    """Take host and port apart; the brackets of an IPv6 address stay with the host."""
    host, colon, port = netloc, "", ""
    if netloc.rfind(":") > netloc.rfind("]"):
        host, colon, port = netloc.rpartition(":")
    if not host:
        raise _bad(text, "it has no host")
    if not colon:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _HIGHEST_PORT):
        raise _bad(text, f"its port is {port!r}, expected a number from 1 to {_HIGHEST_PORT}")
    return host, int(port)


def _bad(text: str, what: str) -> BadDsn:
    scheme, separator, rest = text.strip().partition("://")
    if separator and "@" in rest:
        shown = f"{scheme}://***@{rest.rpartition('@')[2]}"
    else:
        shown = scheme[:_SHOWN] + ("..." if len(text.strip()) > _SHOWN else "")
    return BadDsn(f"not a DSN: {what} (found {shown!r}; a right one looks like {_EXAMPLE!r})")
