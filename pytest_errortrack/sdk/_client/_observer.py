"""Who watches the SDK while a test runs, and what they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from pytest_errortrack.sdk._scope import Stamped, process

if TYPE_CHECKING:
    from pytest_errortrack.sdk._client._client import Client
    from pytest_errortrack.sdk.protocol import Breadcrumb
    from pytest_errortrack.sdk.transport import Transport

__all__ = ["LONGEST_SUMMARY", "Capture", "Drop", "Observation", "Observer", "Stamped", "observation"]

LONGEST_SUMMARY: Final = 200
"""How many characters a `Drop.summary` has at most."""


@dataclass(frozen=True, slots=True)
class Capture:
    """What was captured, as it is about to be handed to a transport.

    Attributes:
        event_id: the event's id.
        kind: what it is.
        exceptions: the live exceptions, in the order of `exception.values`.
        stamped: the values that scopes brought and whoever wrote them left a stamp on.
        client: whose it is.
        fallback: whether no client was ever made: it would have gone nowhere.
    """

    event_id: str
    kind: Literal["event", "transaction"]
    exceptions: tuple[BaseException, ...]
    stamped: tuple[Stamped, ...]
    client: Client
    fallback: bool


@dataclass(frozen=True, slots=True)
class Drop:
    """What was captured and is not delivered.

    Attributes:
        reason: why, in the words of the specification of client reports.
        category: the data category.
        quantity: how many (bytes, of attachments).
        summary: which one, in at most 200 characters: `"ValueError: boom"`; empty when that is not known.
        client: whose it was.
        detail: why, in words for a reader; may be empty.
    """

    reason: str
    category: str
    quantity: int
    summary: str
    client: Client
    detail: str = ""


class Observer(Protocol):
    """Somebody who sees everything that is captured, and decides where it goes."""

    def transport_for(self, client: Client) -> Transport | None:
        """Say where this client's envelopes go while the observer is installed; None: to its own transport."""

    def captured(self, capture: Capture) -> None:
        """Take note of a capture, in the capturing thread, right before the envelope is handed to the transport."""

    def dropped(self, drop: Drop) -> None:
        """Take note of something that was counted as lost."""

    def breadcrumb(self, crumb: Breadcrumb, stamp: object | None) -> None:
        """Take note of a breadcrumb that was recorded, after `before_breadcrumb`."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One period of being observed. What a client remembers for it (losses, captured exceptions) ends with it."""

    observer: Observer

    def failed(self, name: str, error: Exception) -> None:
        """Tell an observer that wants to know of a callback that raised; what came of that it is told as well."""
        tell = getattr(self.observer, "failed", None)
        if tell is not None:
            tell(name, error)


def observation() -> Observation | None:
    """Return the observation that is going on, if one is."""
    return cast("Observation | None", process.observation)
