"""The client lent to an application that has none: one for the whole process, since making one is slow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk import client as sentry_client
from sentry_sdk.transport import Transport

if TYPE_CHECKING:
    from sentry_sdk.envelope import Envelope

__all__ = ["Client", "is_initialised", "is_lent", "lent_client"]

Client = sentry_client._Client  # noqa: SLF001 - the class that every client really is; `Client` is an alias for typing


class _LentClient(Client):
    """A client that works, but that an application does not take for its own."""

    def is_active(self) -> bool:
        """Tell `sentry_sdk` that it may report through this client, and everybody else that there is no such client.

        An application that asks `if not sentry_sdk.is_initialized(): sentry_sdk.init(...)` gets the answer that it
        would get outside of a test.
        """
        caller = sys._getframe(1)  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
        return caller.f_globals.get("__name__", "").startswith("sentry_sdk.") and (
            caller.f_code.co_name != "is_initialized"
        )


class _NowhereTransport(Transport):
    """What the lent client has of its own, outside of recordings: envelopes end here."""

    def capture_envelope(self, envelope: Envelope) -> None:
        """Let it go: nobody asked for it to be sent."""


_made: Final[list[_LentClient]] = []


def lent_client() -> Client:
    """Return the lent client, made when it is first needed."""
    if not _made:
        _made.append(
            _LentClient(
                dsn="http://nobody@127.0.0.1/0",
                default_integrations=False,
                auto_enabling_integrations=False,
                enable_backpressure_handling=False,  # or it would start a thread that outlives the test
                transport=_NowhereTransport,
                traces_sample_rate=1.0,
            )
        )
    return _made[0]


def is_lent(client: Any) -> bool:
    """Tell whether a client is the lent one."""
    return bool(_made) and client is _made[0]


def is_initialised() -> bool:
    """Tell whether a client that the application made is active."""
    client = sentry_sdk.get_client()
    return not is_lent(client) and client.is_active()
