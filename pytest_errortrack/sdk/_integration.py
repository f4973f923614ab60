"""The seam for integrations: what hooks the SDK into a framework or library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk._pipeline import safe_call
from pytest_errortrack.sdk._scope import ambient_current, ambient_isolation, process, resolve_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.sdk._client import Client

__all__ = ["Integration", "client_with", "set_up"]


class Integration(Protocol):
    """Something given as `init(integrations=[...])`.

    It may also have any of these methods. Each is called for every client that the integration is given to; one that
    raises is logged, and an event that it was to see is dropped and counted.

    * `setup(client)`: after `setup_once`;
    * `after_all_setup(client)`: when the integrations of the client have all been set up;
    * `preprocess_event(event, hint, client)`: sees an event before any event processor, and may change it in place;
    * `process_event(event, hint, client)` or `processor(event, hint)`: an event processor.
    """

    @property
    def identifier(self) -> str:
        """A name that is the same for all instances of the integration."""

    def setup_once(self) -> None:
        """Hook into whatever it integrates; called once in the life of the process."""


def set_up(client: Client) -> None:
    """Set up the integrations of a client: those that are new in this process once, and each for the client.

    One that fails is logged, and not hooked in a second time.
    """
    for integration in client.integrations:
        with process.lock:
            is_new = integration.identifier not in process.installed
            process.installed |= {integration.identifier}
        if is_new:
            safe_call(f"setup_once of the integration {integration.identifier!r}", integration.setup_once)
    for name in ("setup", "after_all_setup"):
        _call_each(client.integrations, name, client)


def client_with(identifier: str) -> Client | None:
    """Return the client that reports here if it uses an integration; for the hooks, which stay when a client goes."""
    client = resolve_client(ambient_current().state["client"], ambient_isolation().state["client"])
    if client is None or client.is_closed:
        return None
    known: Client = client  # type: ignore[assignment]  # the process's client is one
    return known if any(used.identifier == identifier for used in known.integrations) else None


def _call_each(integrations: Sequence[Integration], name: str, client: Client) -> None:
    for integration in integrations:
        method = getattr(integration, name, None)
        if method is not None:
            safe_call(f"{name} of the integration {integration.identifier!r}", method, client)
