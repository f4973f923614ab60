"""What a scope holds: a record of values, each of which is replaced and never changed.

The record is a plain dict with declared keys rather than a dataclass: to copy it is to fork a scope, which is among the
hottest things that the SDK does, and takes a third of constructing an object with as many attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypedDict, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk._scope._process import ScopeClient
    from pytest_errortrack.sdk.protocol import Event, Json
    from pytest_errortrack.sdk.tracing import Span, TraceParent

__all__ = [
    "EMPTY",
    "LEVELS",
    "MAX_FLAGS",
    "Attachment",
    "Crumb",
    "Links",
    "ScopeState",
    "StampKey",
    "Trail",
    "crumbs_of",
    "flags_with",
    "known_level",
    "trail_with",
]

StampKey = tuple[str, "str | None"]

LEVELS = ("fatal", "error", "warning", "info", "debug")
MAX_FLAGS = 100
_OTHER_NAMES = {"critical": "fatal", "warn": "warning", "log": "info"}


def known_level(level: object) -> str | None:
    """Return the specification's word for a level, or None when it is none."""
    if not issubclass(type(level), str):  # an object may lie about its class, or fail when it is asked
        return None
    level = str.lower(cast("str", level))
    level = _OTHER_NAMES.get(level, level)
    return level if level in LEVELS else None


# Plain tuples, like the state itself for the sake of speed: a named tuple takes ten times as long to make.
Crumb: TypeAlias = "tuple[int, Event, object | None]"
"""A breadcrumb as it is kept: its place in the order of the whole process, its words, and who wrote it."""

Links: TypeAlias = "tuple[Crumb, Links | None, int]"
"""The newest breadcrumb, the links of all older ones, and how many there are: shares all but the newest."""

Trail: TypeAlias = "tuple[Links, Links | None]"
"""The links that grow, and those that had grown to the limit before: together they hold what an event may carry."""


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
    error_processors: tuple[tuple[Any, type[BaseException]], ...]
    attachments: tuple[Attachment, ...]
    span: Span | None
    propagation_context: TraceParent | None
    client: ScopeClient | None
    last_event_id: str | None
    attributes: Mapping[str, Mapping[str, Json]]
    flags: Mapping[str, bool]
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
    "error_processors": (),
    "attachments": (),
    "span": None,
    "propagation_context": None,
    "client": None,
    "last_event_id": None,
    "attributes": {},
    "flags": {},
    "stamps": {},
}


def trail_with(trail: Trail | None, crumb: Crumb, limit: int) -> Trail:
    """Return a trail with one more breadcrumb, at a cost that does not depend on its length.

    Links that have grown to the limit are put behind new ones, and those that were there before are let go.
    """
    if trail is None:
        return (crumb, None, 1), None
    links, before = trail
    length = links[2]
    if length < limit:
        return (crumb, links, length + 1), before
    return (crumb, None, 1), links


def flags_with(flags: Mapping[str, bool], name: str, *, result: bool) -> Mapping[str, bool]:
    """Return flags with one that was evaluated last; of too many, the one evaluated longest ago goes."""
    known = {flag: value for flag, value in flags.items() if flag != name}
    known[name] = result
    if len(known) > MAX_FLAGS:
        del known[next(iter(known))]
    return known


def crumbs_of(trail: Trail | None, limit: int) -> list[Crumb]:
    """Return the newest breadcrumbs of a trail, at most so many, oldest first."""
    found: list[Crumb] = []
    for part in trail or ():
        links = part
        while links is not None and len(found) < limit:
            newest, links, _ = links
            found.append(newest)
    found.reverse()
    return found
