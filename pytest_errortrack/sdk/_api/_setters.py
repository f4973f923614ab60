"""Writing the isolation scope in effect: what is going on for this request, task or thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._scope import own_isolation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from pytest_errortrack.sdk.protocol import Breadcrumb, Event, Json

__all__ = [
    "add_attachment",
    "add_breadcrumb",
    "add_error_processor",
    "add_event_processor",
    "add_feature_flag",
    "remove_attribute",
    "set_attribute",
    "set_attributes",
    "set_context",
    "set_extra",
    "set_extras",
    "set_fingerprint",
    "set_level",
    "set_tag",
    "set_tags",
    "set_transaction_name",
    "set_user",
]


def add_breadcrumb(
    crumb: Breadcrumb | Mapping[str, Json] | None = None,
    hint: Mapping[str, Json] | None = None,
    **fields: Json,
) -> None:
    """Record that something happened, as a `Breadcrumb`, a mapping, or by keywords of the same names."""
    own_isolation().record_breadcrumb(crumb, hint, fields)


def set_tag(key: str, value: Json) -> None:
    """Set a tag: a short, searchable string."""
    own_isolation().set_tag(key, value)


def set_tags(tags: Mapping[str, Json]) -> None:
    """Set several tags."""
    own_isolation().set_tags(tags)


def set_user(user: Mapping[str, Json] | None) -> None:
    """Set the user that events are about, or None for nobody."""
    own_isolation().set_user(user)


def set_extra(key: str, value: Json) -> None:
    """Set an extra: any value, shown but not searchable."""
    own_isolation().set_extra(key, value)


def set_extras(extras: Mapping[str, Json]) -> None:
    """Set several extras."""
    own_isolation().set_extras(extras)


def set_context(name: str, context: Mapping[str, Json]) -> None:
    """Set a context: a named group of values."""
    own_isolation().set_context(name, context)


def set_level(level: str | None) -> None:
    """Set the level of the events to come; None leaves it to each event."""
    own_isolation().set_level(level)


def set_fingerprint(fingerprint: Iterable[str] | None) -> None:
    """Set what groups the events to come; None leaves it to the server."""
    own_isolation().set_fingerprint(fingerprint)


def set_transaction_name(name: str | None, source: str | None = None) -> None:
    """Set the name of what is going on, and where that name comes from."""
    own_isolation().set_transaction_name(name, source)


def set_attribute(name: str, value: Json, unit: str | None = None) -> None:
    """Set an attribute of the logs and metrics to come: a plain value or a list of plain values of one type."""
    own_isolation().set_attribute(name, value, unit)


def set_attributes(attributes: Mapping[str, Json]) -> None:
    """Set several attributes."""
    own_isolation().set_attributes(attributes)


def remove_attribute(name: str) -> None:
    """Forget an attribute."""
    own_isolation().remove_attribute(name)


def add_feature_flag(name: str, result: bool) -> None:  # noqa: FBT001 - as everybody calls it
    """Note how a feature flag was evaluated; error events show the last hundred."""
    own_isolation().add_feature_flag(name, result)


def add_attachment(
    bytes: bytes | None = None,  # noqa: A002 - the field's name for it
    filename: str | None = None,
    path: str | PathLike[str] | None = None,
    content_type: str | None = None,
) -> None:
    """Send a file along with the error events to come: its bytes, or a path to read when an event is captured."""
    own_isolation().add_attachment(bytes, filename, path, content_type)


def add_event_processor(processor: Callable[[Event, dict[str, Any]], Event | None]) -> None:
    """Let a function see, change or (by returning None) drop the events to come."""
    own_isolation().add_event_processor(processor)


def add_error_processor(
    processor: Callable[[Event, tuple[type[BaseException], BaseException, Any]], Event | None],
    kind: type[BaseException] = BaseException,
) -> None:
    """Let a function see, change or drop the events to come of exceptions of one kind, with their `exc_info`."""
    own_isolation().add_error_processor(processor, kind)
