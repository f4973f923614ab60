"""Options that a test adds to those of the application: merged with what the application gave, for one test.

A client reads most of its options when it uses them. So a test's options are laid over the application's in a view of
its client, which costs nothing; those that a client reads only when it is made need a new one.
"""

from __future__ import annotations

from typing import Any, Final

import sentry_sdk
from sentry_sdk import scope as sentry_scope
from sentry_sdk.consts import DEFAULT_OPTIONS

from ._lent_client import Client, is_initialised

__all__ = ["apply_options", "known_options"]

_READ_WHEN_MADE: Final = frozenset(
    {
        *("dsn", "transport", "spotlight", "http_proxy", "https_proxy", "proxy_headers", "ca_certs", "cert_file"),
        *("integrations", "default_integrations", "auto_enabling_integrations", "disabled_integrations"),
        *("enable_backpressure_handling", "enable_logs", "enable_metrics", "functions_to_trace", "debug"),
        *("profiles_sample_rate", "profiles_sampler", "profile_session_sample_rate", "_experiments"),
    }
)


def known_options() -> frozenset[str]:
    """Return the names of the options that this version of `sentry_sdk` knows."""
    return frozenset(DEFAULT_OPTIONS)


def apply_options(options: dict[str, Any]) -> None:
    """Let the application's client have these options as well, until its scopes are put back.

    Raises:
        TypeError: an option that `sentry_sdk` does not know, in its own words.
    """
    client: Any = sentry_sdk.get_client()
    if not is_initialised() or not known_options().issuperset(options):
        sentry_sdk.init(**options)
    elif _READ_WHEN_MADE.isdisjoint(options):
        sentry_scope.Scope.get_global_scope().client = _view_of(client, options)
    else:
        sentry_sdk.init(**{**_given(client), **options})


def _view_of(client: Any, options: dict[str, Any]) -> Any:
    # Not `copy`: a client that is copied sets itself up anew.
    view = object.__new__(type(client))
    view.__dict__.update(client.__dict__)
    view.options = {**client.options, **options}
    return view


def _given(client: Client) -> dict[str, Any]:
    """Find the options that were not left at their defaults."""
    return {name: value for name, value in client.options.items() if _is_given(name, value)}


def _is_given(name: str, value: object) -> bool:
    return name in DEFAULT_OPTIONS and DEFAULT_OPTIONS[name] is not value and DEFAULT_OPTIONS[name] != value
