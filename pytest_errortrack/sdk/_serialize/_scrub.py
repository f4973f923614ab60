"""Names whose values are never sent.

A name is compared whole and without regard to case: a search for parts would eat `monkey`, `inside` and `author`.
https://develop.sentry.dev/sdk/foundations/client/data-collection/
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Event

__all__ = ["FILTERED", "LONGEST_SECRET", "SCRUBBED", "is_secret", "says_secret", "scrub_event", "scrubbed"]

FILTERED = "[Filtered]"
SCRUBBED = frozenset({"extra", "user", "breadcrumbs"})
"""The parts of an event that are scrubbed when it is written; frame variables are when they are built."""

# fmt: off
_NAMES = frozenset({
    "access_token", "api_key", "api_token", "apikey", "auth", "auth_token", "authorization",
    "aws_secret_access_key", "bearer", "client_secret", "cookie", "cookies", "credentials", "csrf",
    "csrf_token", "csrfmiddlewaretoken", "csrftoken", "id_token", "jwt", "mysql_pwd", "passphrase", "passwd",
    "password", "password_hash", "pgpassword", "private_key", "privatekey", "proxy_authorization", "pwd",
    "refresh_token", "saml", "secret", "secret_key", "secretkey", "session", "session_id", "session_key",
    "sessionid", "set_cookie", "sid", "sso", "token", "x_api_key", "x_csrf_token", "x_csrftoken",
    "x_xsrf_token", "xsrf", "xsrf_token", "xsrftoken",
})
# fmt: on
LONGEST_SECRET = max(len(name) for name in _NAMES)
_DEEPEST = 8
_CONTAINERS = frozenset({dict, list, tuple})


def is_secret(name: object) -> bool:
    """Tell whether a name says that its value is a secret."""
    return type(name) is str and len(name) <= LONGEST_SECRET and says_secret(name)


@lru_cache(maxsize=4096)
def says_secret(name: str) -> bool:
    """Tell the same of a string of at most `LONGEST_SECRET` characters; remembers its answers."""
    return name.lower().replace("-", "_").replace(" ", "_") in _NAMES


def scrub_event(event: Event) -> None:
    """Replace the secrets in extra, user and breadcrumb data, at any depth; frame variables never have any.

    Requests have rules of their own.

    The event is changed, the values in it are replaced by scrubbed copies: they may be somebody else's.
    """
    for field in ("extra", "user"):
        if event.get(field):
            event[field] = scrubbed(event[field])
    crumbs = event.get("breadcrumbs")
    if isinstance(crumbs, dict) and isinstance(crumbs.get("values"), list):
        event["breadcrumbs"] = {**crumbs, "values": [_scrubbed_crumb(crumb) for crumb in crumbs["values"]]}


def _scrubbed_crumb(crumb: Any) -> Any:
    if isinstance(crumb, dict) and crumb.get("data"):
        return {**crumb, "data": scrubbed(crumb["data"])}
    return crumb


def scrubbed(value: Any, depth: int = 0) -> Any:
    """Return a value without secrets; its dicts, lists and tuples are copies."""
    if depth > _DEEPEST:  # deeper than anything that is sent
        return value
    if type(value) is dict:
        return {
            name: FILTERED if is_secret(name) else (scrubbed(item, depth + 1) if type(item) in _CONTAINERS else item)
            for name, item in value.items()
        }
    if type(value) in _CONTAINERS:
        return [scrubbed(item, depth + 1) if type(item) in _CONTAINERS else item for item in value]
    return value
