"""An application as most are: `sentry_sdk` is set up where it is imported."""

from __future__ import annotations

import sentry_sdk
from sentry_sdk.consts import DEFAULT_OPTIONS

WANTED = {
    "dsn": "http://key@127.0.0.1:9/1",
    "release": "shop@1.2.3",
    "environment": "ci",
    "traces_sample_rate": 1.0,
    "max_breadcrumbs": 5,
    "enable_logs": True,
    "before_send": lambda event, _: None if event.get("message") == "unwanted" else event,
}
sentry_sdk.init(**{name: value for name, value in WANTED.items() if name in DEFAULT_OPTIONS})
sentry_sdk.set_tag("set_up", "at import")

APP_CLIENT = sentry_sdk.get_client()


class PaymentError(Exception):
    """The card was refused."""


def pay(tenant):
    """Report a refused card, as an application does."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("tenant", tenant)
        sentry_sdk.add_breadcrumb(category="cart", message="cart priced")
        sentry_sdk.add_breadcrumb(category="cart", message="card charged")
        try:
            charge(tenant)
        except PaymentError as error:
            sentry_sdk.capture_exception(error)


def charge(tenant):
    try:
        raise ConnectionError("bank is away")
    except ConnectionError as error:
        raise PaymentError(f"card of {tenant} refused") from error
