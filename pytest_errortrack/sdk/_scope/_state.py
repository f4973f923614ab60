"""What a scope holds, as one value that is replaced and never changed.

The value is a plain dict with declared keys rather than a frozen dataclass: replacing one of sixteen fields is the
hottest thing the SDK does, and copying a dict costs a third of constructing an object with as many attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk._scope._process import ScopeClient
    from pytest_errortrack.sdk.protocol import Event, Json
    from pytest_errortrack.sdk.tracing import Span, TraceParent

__all__ = [
    "EMPTY",
    "LEVELS",
    "Attachment",
    "Crumb",
    "ScopeState",
    "StampKey",
    "Trail",
    "crumbs_of",
    "known_level",
    "trail_with",
]

StampKey = tuple[str, "str | None"]

LEVELS = ("fatal", "error", "warning", "info", "debug")
_OTHER_NAMES = {"critical": "fatal", "warn": "warning", "log": "info"}


def known_level(level: object) -> str | None:
    """Return the specification's word for a level, or None when it is none."""
    if not isinstance(level, str):
        return None
    level = level.lower()
    level = _OTHER_NAMES.get(level, level)
    return level if level in LEVELS else None


# Plain tuples, like the state itself for the sake of speed: a named tuple takes ten times as long to make.
Crumb: TypeAlias = "tuple[int, Event, object | None]"
"""A breadcrumb as it is kept: its place in the order of the whole process, its words, and who wrote it."""

Trail: TypeAlias = "tuple[Crumb, Trail | None, int]"
"""The newest breadcrumb, the trail of all older ones, and the length: shares all but the newest with its past."""


class Attachment(NamedTuple):
    """A file that goes along with every error event.

    Attributes:
        filename: its name at the receiver.
        content: its bytes, or None to read them from `path` when an event is captured.
        path: where it lies.
        content_type: its media type, if known.
    """

    filename: str
    content: bytes | None = None
    path: str | None = None
    content_type: str | None = None


class ScopeState(TypedDict):
    """Everything that a scope adds to events. None of its values is ever changed in place."""

    level: str | None
    fingerprint: tuple[str, ...] | None
    transaction_name: str | None
    transaction_source: str | None
    user: Mapping[str, Json] | None
    tags: Mapping[str, Json]
    contexts: Mapping[str, Mapping[str, Json]]
    extra: Mapping[str, Json]
    breadcrumbs: Trail | None
    processors: tuple[Any, ...]
    attachments: tuple[Attachment, ...]
    span: Span | None
    propagation_context: TraceParent | None
    client: ScopeClient | None
    last_event_id: str | None
    stamps: Mapping[StampKey, object]


EMPTY: ScopeState = {
    "level": None,
    "fingerprint": None,
    "transaction_name": None,
    "transaction_source": None,
    "user": None,
    "tags": {},
    "contexts": {},
    "extra": {},
    "breadcrumbs": None,
    "processors": (),
    "attachments": (),
    "span": None,
    "propagation_context": None,
    "client": None,
    "last_event_id": None,
    "stamps": {},
}


def trail_with(trail: Trail | None, crumb: Crumb, limit: int) -> Trail:
    """Return a trail with one more breadcrumb, at a cost that does not depend on its length.

    A trail may grow to twice the limit before the oldest are let go: that keeps the cost constant on average.
    """
    if trail is None:
        return crumb, None, 1
    length = trail[2]
    if length < 2 * limit:
        return crumb, trail, length + 1
    kept: Trail | None = None
    for place, older in enumerate(crumbs_of(trail, limit - 1), start=1):
        kept = older, kept, place
    return crumb, kept, limit


def crumbs_of(trail: Trail | None, limit: int) -> list[Crumb]:
    """Return the newest breadcrumbs of a trail, at most so many, oldest first."""
    found: list[Crumb] = []
    while trail is not None and len(found) < limit:
        newest, trail, _ = trail
        found.append(newest)
    found.reverse()
    return found
