"""What an event may say of an HTTP request: secrets in headers, cookies, the query and the URL are replaced.

Names in these are compared by their parts, unlike those of variables: nobody calls a header `monkey`, and frameworks
prefix and suffix the names of theirs. A body is scrubbed like any other data, by whole names.
https://develop.sentry.dev/sdk/foundations/client/data-collection/
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize._scrub import FILTERED, scrubbed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["is_personal_header", "is_sensitive", "scrubbed_request"]

# fmt: off
_PARTS = (
    "auth", "token", "secret", "password", "passwd", "pwd", "key", "jwt", "bearer", "sso", "saml", "csrf", "xsrf",
    "credentials", "session", "sid", "identity",
)
# fmt: on
_PERSONAL_PARTS = ("forwarded", "-ip", "remote-", "via", "-user")
_COOKIES = frozenset({"cookie", "set-cookie"})
_LONGEST = 1024  # of a longer name only so much is searched


@lru_cache(maxsize=4096)
def _says(name: str, parts: tuple[str, ...]) -> bool:
    return any(part in name for part in parts)


def is_sensitive(name: object) -> bool:
    """Tell whether the name of a header, cookie or parameter has a part that says that its value is a secret."""
    return isinstance(name, (str, bytes)) and _says(_lowered(name), _PARTS)


def is_personal_header(name: str) -> bool:
    """Tell whether a header says who sent the request, or from where."""
    return _says(_lowered(name), _PERSONAL_PARTS)


def scrubbed_request(request: Json) -> Json:
    """Return a copy of the `request` of an event without secrets; what has an unknown shape is returned as it is."""
    if type(request) is not dict:
        return request
    scrubbed_one: Event = dict(request)
    for field, scrub in _SCRUBBERS.items():
        if scrubbed_one.get(field):
            scrubbed_one[field] = scrub(scrubbed_one[field])
    return scrubbed_one


def _pairs(value: Json, scrub_value: Callable[[Any, Any], Json]) -> Json:
    """Scrub a mapping, or a list of pairs, by the names in it."""
    if type(value) is dict:
        return {name: scrub_value(name, each) for name, each in value.items()}
    if type(value) in {list, tuple}:
        return [
            [pair[0], scrub_value(pair[0], pair[1])] if type(pair) in {list, tuple} and len(pair) == 2 else pair  # noqa: PLR2004 - a name and a value
            for pair in value
        ]
    return value


def _headers(value: Json) -> Json:
    return _pairs(value, _header)


def _header(name: object, value: Json) -> Json:
    if isinstance(name, (str, bytes)) and _lowered(name) in _COOKIES:
        return _cookies(value)
    return FILTERED if is_sensitive(name) else value


def _cookies(value: Json) -> Json:
    """Scrub cookies, as a mapping, as pairs, or as the text of a header; a text that cannot be read goes as a whole."""
    if isinstance(value, str):
        parts = [part.partition("=") for part in str.__str__(value).split(";")]
        if not all(name.strip() and equals for name, equals, _ in parts):
            return FILTERED
        return ";".join(f"{name}={FILTERED if is_sensitive(name) else cookie}" for name, _, cookie in parts)
    return _pairs(value, _parameter) if type(value) in {dict, list, tuple} else FILTERED


def _query(value: Json) -> Json:
    if isinstance(value, str):
        return "&".join(_query_part(part) for part in str.__str__(value).split("&"))
    return _pairs(value, _parameter)


def _query_part(part: str) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}={FILTERED}" if equals and is_sensitive(name) else part


def _parameter(name: object, value: Json) -> Json:
    return FILTERED if is_sensitive(name) else value


def _url(value: Json) -> Json:
    """Scrub the query of a URL, and who asks for it."""
    if not isinstance(value, str):
        return value
    address, question, query = str.__str__(value).partition("?")
    scheme, slashes, rest = address.partition("://")
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        address = f"{scheme}{slashes}{FILTERED}@{authority.rpartition('@')[2]}{slash}{path}"
    return f"{address}{question}{_query(query)}" if question else address


def _body(value: Json) -> Json:
    return scrubbed(value)


def _lowered(name: str | bytes) -> str:
    text = name[:_LONGEST].decode("latin-1") if isinstance(name, bytes) else str.__str__(name)[:_LONGEST]
    return text.lower().replace("_", "-")


_SCRUBBERS: dict[str, Callable[[Json], Json]] = {
    "headers": _headers,
    "cookies": _cookies,
    "query_string": _query,
    "url": _url,
    "data": _body,
    "env": _body,
}
