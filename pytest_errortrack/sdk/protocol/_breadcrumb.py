"""Breadcrumbs: what happened on the way to an event.

https://develop.sentry.dev/sdk/data-model/event-payloads/breadcrumbs/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk.protocol._json import Event, Json

__all__ = ["Breadcrumb"]


@dataclass(frozen=True, slots=True)
class Breadcrumb:
    """One thing that happened before an event.

    Attributes:
        message: what happened.
        category: what kind of thing it was, such as `"auth"` or `"http"`.
        level: `"fatal"`, `"error"`, `"warning"`, `"info"` or `"debug"`.
        type: how a server should draw it, such as `"default"`, `"http"` or `"navigation"`.
        data: anything more, by name.
        timestamp: seconds since the epoch; None is "now" when it is added.
        origin: what recorded it; None for the application itself.
    """

    message: str | None = None
    category: str | None = None
    level: str = "info"
    type: str = "default"
    data: Mapping[str, Json] | None = None
    timestamp: float | None = None
    origin: str | None = None

    @classmethod
    def from_dict(cls, crumb: Mapping[str, Json]) -> Breadcrumb:
        """Read a breadcrumb from the specification's words; others are left out."""
        return cls(
            message=crumb.get("message"),
            category=crumb.get("category"),
            level=crumb.get("level") or "info",
            type=crumb.get("type") or "default",
            data=crumb.get("data"),
            timestamp=crumb.get("timestamp"),
            origin=crumb.get("origin"),
        )

    def to_dict(self) -> Event:
        """Return the breadcrumb in the specification's words, without what it does not have."""
        crumb: Event = {"timestamp": self.timestamp, "type": self.type, "level": self.level}
        crumb |= {"category": self.category, "message": self.message, "origin": self.origin}
        if self.data is not None:
            crumb["data"] = dict(self.data)
        return {name: value for name, value in crumb.items() if value is not None}
