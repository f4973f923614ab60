"""The seam for integrations: what hooks the SDK into a framework or library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.sdk._pipeline import safe_call
from pytest_errortrack.sdk._scope import process

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Integration", "set_up"]


class Integration(Protocol):
    """Something given as `init(integrations=[...])`.

    It may also have a method `processor(event, hint)`: an event processor of every client that it is given to.
    """

    @property
    def identifier(self) -> str:
        """A name that is the same for all instances of the integration."""

    def setup_once(self) -> None:
        """Hook into whatever it integrates; called once in the life of the process."""


def set_up(integrations: Iterable[Integration]) -> None:
    """Set up those integrations that were not in this process; one that fails is logged and not tried again."""
    for integration in integrations:
        process.lock.acquire()
        try:
            is_new = integration.identifier not in process.installed
            process.installed |= {integration.identifier}
        finally:
            process.lock.release()
        if is_new:
            safe_call(f"setup_once of the integration {integration.identifier!r}", integration.setup_once)
