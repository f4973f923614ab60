"""What a user said about an error or a page, in the words of today's `feedback` and of the older `user_report`.

https://develop.sentry.dev/sdk/data-model/envelope-items/#user-feedback
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._json import mapping_of
from ._telemetry import CapturedRecord

if TYPE_CHECKING:
    from ._json import Json

__all__ = ["CapturedFeedback"]


class CapturedFeedback(CapturedRecord):
    """One piece of user feedback."""

    __slots__ = ()

    @property
    def message(self) -> str:
        """What the user said."""
        return str(self._said.get("message") or self.payload.get("comments") or "")

    @property
    def contact_email(self) -> str | None:
        """How to reach the user."""
        return self._said.get("contact_email") or self.payload.get("email")

    @property
    def name(self) -> str | None:
        """Who the user is."""
        return self._said.get("name") or self.payload.get("name")

    @property
    def url(self) -> str | None:
        """Where the user was."""
        return self._said.get("url")

    @property
    def source(self) -> str | None:
        """What asked for it, `"widget"`."""
        return self._said.get("source")

    @property
    def associated_event_id(self) -> str | None:
        """The event that it is about."""
        return self._said.get("associated_event_id") or (None if self._said else self.payload.get("event_id"))

    @property
    def tags(self) -> Json:
        """The tags of the event that carries it."""
        return mapping_of(self.payload.get("tags"))

    @property
    def trace_id(self) -> str | None:
        """The trace, 32 hexadecimal digits."""
        return mapping_of(mapping_of(self.payload.get("contexts")).get("trace")).get("trace_id")

    @property
    def _said(self) -> Json:
        return mapping_of(mapping_of(self.payload.get("contexts")).get("feedback"))

    def __repr__(self) -> str:
        return f"<CapturedFeedback {self.message[:80]!r}>"
