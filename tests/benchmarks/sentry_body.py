"""The same mistake with the real `sentry_sdk`: two requests write their id to its global scope, then report.

The correct form, with an isolation scope for each request, is for rates.
"""

from __future__ import annotations

import bodies
import sentry_sdk
from sentry_sdk.transport import Transport

__all__ = ["SENTRY", "SENTRY_SCOPES"]

reported: list[tuple[str, str]] = []


class Keeping(Transport):
    """Keeps the id that each report carries, beside the one that it should carry."""

    def capture_envelope(self, envelope):
        """Look at the event of an envelope; nothing is sent."""
        event = envelope.get_event()
        reported.append((event["message"], event["tags"]["id"]))


sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=Keeping, default_integrations=False)


def begin():
    """Forget what was reported."""
    reported.clear()


def handle(name):
    """Serve a request: write its id, then report."""
    sentry_sdk.get_global_scope().set_tag("id", name)
    sentry_sdk.capture_message(name)


def handle_apart(name):
    """Serve a request in an isolation scope of its own."""
    with sentry_sdk.isolation_scope() as scope:
        scope.set_tag("id", name)
        sentry_sdk.capture_message(name)


def first(_):
    """Serve one request."""
    handle("a")


def second(_):
    """Serve the other."""
    handle("b")


def first_apart(_):
    """Serve one request, rightly."""
    handle_apart("a")


def second_apart(_):
    """Serve the other, rightly."""
    handle_apart("b")


def holds(_):
    """Tell whether each report carries its own id."""
    return sorted(reported) == [("a", "a"), ("b", "b")]


SENTRY = bodies.Body("sentry_sdk", begin, (first, second), holds)
SENTRY_SCOPES = bodies.Body("sentry_sdk, own scopes", begin, (first_apart, second_apart), holds)
