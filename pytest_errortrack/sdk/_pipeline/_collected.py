"""The HTTP request that an event belongs to, collected from what a server hands to an application.

Who asked, and from where, is personal and only collected where the application allows it. A body is taken when it can
be read as a form or as JSON and is no longer than the application says.
https://develop.sentry.dev/sdk/foundations/client/data-collection/ and https://peps.python.org/pep-3333/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from pytest_errortrack.sdk._serialize import is_personal_header
from pytest_errortrack.sdk.protocol import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["BODY_SIZES", "add_request", "request_of_asgi", "request_of_wsgi"]

BODY_SIZES = {"never": 0, "small": 1_000, "medium": 10_000, "always": 1024 * 1024}
"""How many bytes of a body each value of `max_request_body_size` allows; "always" is bounded by what an event is."""

_FORM = "application/x-www-form-urlencoded"
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_MOST_PARAMETERS = 100


def add_request(event: Event, hint: Mapping[str, Any], *, sends_pii: bool, body_size: int) -> None:
    """Add the request that a hint has as `wsgi_environ` or `asgi_scope`, and who sent it; what the event says stays.

    Args:
        event: changed in place.
        hint: with an ASGI scope, `request_body` may have the body's bytes.
        sends_pii: whether cookies, addresses and headers that tell them are collected.
        body_size: how many bytes of a body are shown at most.
    """
    environ, scope = hint.get("wsgi_environ"), hint.get("asgi_scope")
    if isinstance(environ, dict):
        request = request_of_wsgi(environ, sends_pii=sends_pii, body_size=body_size)
        address = environ.get("REMOTE_ADDR")
    elif isinstance(scope, dict):
        body = hint.get("request_body")
        request = request_of_asgi(
            scope, body if isinstance(body, bytes) else b"", sends_pii=sends_pii, body_size=body_size
        )
        client = scope.get("client")
        address = client[0] if client else None
    else:
        return
    event.setdefault("request", request)
    if sends_pii and address and isinstance(event.setdefault("user", {}), dict):
        event["user"] = {"ip_address": address, **event["user"]}


def request_of_wsgi(environ: Mapping[str, Any], *, sends_pii: bool, body_size: int) -> Event:
    """Return the request of a WSGI application.

    The body is read only where it can be put back: the application may still want it.
    """
    headers = {_title(name[5:]): str(value) for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[_title(name)] = str(environ[name])
    scheme = str(environ.get("wsgi.url_scheme") or "http")
    host = headers.get("Host") or _authority(scheme, environ.get("SERVER_NAME"), environ.get("SERVER_PORT"))
    path = quote(f"{environ.get('SCRIPT_NAME') or ''}{environ.get('PATH_INFO') or ''}".encode("latin-1", "replace"))
    shown = {"SERVER_NAME": environ.get("SERVER_NAME"), "SERVER_PORT": environ.get("SERVER_PORT")}
    if sends_pii:
        shown["REMOTE_ADDR"] = environ.get("REMOTE_ADDR")
    return _request(
        {
            "method": environ.get("REQUEST_METHOD"),
            "url": f"{scheme}://{host}{path}",
            "query_string": environ.get("QUERY_STRING"),
            "env": {name: str(value) for name, value in shown.items() if value},
        },
        headers,
        _read_body(environ.get("wsgi.input"), _length(headers), body_size),
        sends_pii=sends_pii,
    )


def request_of_asgi(scope: Mapping[str, Any], body: bytes, *, sends_pii: bool, body_size: int) -> Event:
    """Return the request of an ASGI application, with the body as far as somebody has received it."""
    headers: dict[str, str] = {}
    for name, value in scope.get("headers") or ():
        title, text = _title(name.decode("latin-1")), value.decode("latin-1")
        headers[title] = f"{headers[title]}, {text}" if title in headers else text
    server = scope.get("server") or (None, None)
    scheme = str(scope.get("scheme") or "http")
    host = headers.get("Host") or _authority(scheme, *server)
    return _request(
        {
            "method": scope.get("method"),
            "url": f"{scheme}://{host}{quote(str(scope.get('path') or ''))}",
            "query_string": (scope.get("query_string") or b"").decode("latin-1"),
            "env": {"REMOTE_ADDR": str(scope["client"][0])} if sends_pii and scope.get("client") else {},
        },
        headers,
        body if max(len(body), _length(headers)) <= body_size else b"",
        sends_pii=sends_pii,
    )


def _request(known: Event, headers: dict[str, str], body: bytes, *, sends_pii: bool) -> Event:
    cookie = headers.pop("Cookie", None)
    if sends_pii:
        known["cookies"] = _cookies(cookie or "")
    else:
        headers = {name: value for name, value in headers.items() if not is_personal_header(name)}
    known["headers"] = headers
    known["data"] = _readable(body, headers.get("Content-Type", "")) if body else None
    return {name: value for name, value in known.items() if value}


def _readable(body: bytes, content_type: str) -> Json:
    """Return a body that is a form or JSON as values by name; any other might hold anything, and is not shown."""
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json" or kind.endswith("+json"):
            value = decode(body)
            return value if isinstance(value, (dict, list)) else None
        if kind == _FORM:
            return _by_name(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        return None
    return None


def _by_name(pairs: Iterable[tuple[str, str]]) -> Event:
    found: Event = {}
    for name, value in pairs:
        found[name] = [*found[name], value] if name in found else [value]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _cookies(header: str) -> Event:
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}


def _read_body(source: Any, length: int, limit: int) -> bytes:
    """Read a body from its beginning and leave its stream where it was; empty where that cannot be done."""
    if not 0 < length <= limit or not callable(getattr(source, "seekable", None)):
        return b""
    try:
        if not source.seekable():
            return b""
        position = source.tell()
        source.seek(0)
        try:
            body = source.read(length)
        finally:
            source.seek(position)
    except (OSError, ValueError):
        return b""
    return body if isinstance(body, bytes) else b""


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004 - digits of more than any limit


def _authority(scheme: str, name: object, port: object) -> str:
    is_default = port is None or str(port) == str(_DEFAULT_PORTS.get(scheme))
    return str(name or "") if is_default else f"{name or ''}:{port}"


def _title(name: str) -> str:
    return "-".join(part.capitalize() for part in name.replace("_", "-").split("-"))
