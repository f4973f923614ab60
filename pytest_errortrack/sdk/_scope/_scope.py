"""The scope: data that is added to events, and the functions that set it.

https://develop.sentry.dev/sdk/telemetry/scopes/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from pytest_errortrack import _points
from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk._scope._cell import StateCell
from pytest_errortrack.sdk._scope._process import process, resolve_client
from pytest_errortrack.sdk._scope._state import EMPTY, LEVELS, crumbs_of, known_level
from pytest_errortrack.sdk._scope._values import (
    attachment_of,
    attribute_of,
    breadcrumb_of,
    fingerprint_of,
    mapping_of,
)
from pytest_errortrack.sdk._serialize import safe_repr
from pytest_errortrack.sdk.protocol import Event, Json, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from pytest_errortrack.sdk._scope._process import ScopeClient
    from pytest_errortrack.sdk._scope._state import StampKey
    from pytest_errortrack.sdk.protocol import Breadcrumb
    from pytest_errortrack.sdk.tracing import Span

__all__ = ["Scope"]

T = TypeVar("T")


class Scope(StateCell):
    """Data that is added to every event captured while the scope is in effect."""

    __slots__ = ()

    # -- writing ---------------------------------------------------------------------------------------------------

    def set_tag(self, key: str, value: Json) -> None:
        """Set a tag: a short, searchable string."""
        stamp = self._announced("set_tag", "tags", key, value) if _points.listeners else None
        self._put_key("tags", key, value if type(value) is str else copied(value), stamp)

    def set_tags(self, tags: Mapping[str, Json]) -> None:
        """Set several tags."""
        for key, value in mapping_of("set_tags()", tags).items():
            stamp = self._announced("set_tags", "tags", key, value)
            self._put_key("tags", key, value, stamp)

    def set_extra(self, key: str, value: Json) -> None:
        """Set an extra: any value, shown but not searchable."""
        stamp = self._announced("set_extra", "extra", key, value) if _points.listeners else None
        self._put_key("extra", key, copied(value), stamp)

    def set_extras(self, extras: Mapping[str, Json]) -> None:
        """Set several extras."""
        for key, value in mapping_of("set_extras()", extras).items():
            stamp = self._announced("set_extras", "extra", key, value)
            self._put_key("extra", key, value, stamp)

    def set_context(self, name: str, context: Mapping[str, Json]) -> None:
        """Set a context: a named group of values."""
        stamp = self._announced("set_context", "contexts", name, context)
        self._put_key("contexts", name, mapping_of("set_context()", context), stamp)

    def set_attribute(self, name: str, value: Json, unit: str | None = None) -> None:
        """Set an attribute of the logs and metrics to come: a plain value or a list of plain values of one type."""
        self._announced("set_attribute", "attributes", name, value)
        self._put_key("attributes", name, attribute_of(value, unit))

    def set_attributes(self, attributes: Mapping[str, Json]) -> None:
        """Set several attributes."""
        for name, value in mapping_of("set_attributes()", attributes).items():
            self._announced("set_attributes", "attributes", name, value)
            self._put_key("attributes", name, attribute_of(value))

    def add_feature_flag(self, name: str, result: bool) -> None:  # noqa: FBT001 - as everybody calls it
        """Note how a feature flag was evaluated; error events show the last hundred."""
        stamp = self._announced("add_feature_flag", "flags", name, result)
        if type(name) is not str or type(result) is not bool:
            found = safe_repr(name, 100), safe_repr(result, 100)
            log.error("add_feature_flag(%s, %s) is ignored: it needs a name, and True or False", *found)
            return
        self._put_flag(name, stamp, result=result)

    def remove_tag(self, key: str) -> None:
        """Forget a tag."""
        self._announced("remove_tag", "tags", key)
        self._drop_key("tags", key)

    def remove_extra(self, key: str) -> None:
        """Forget an extra."""
        self._announced("remove_extra", "extra", key)
        self._drop_key("extra", key)

    def remove_context(self, name: str) -> None:
        """Forget a context."""
        self._announced("remove_context", "contexts", name)
        self._drop_key("contexts", name)

    def remove_attribute(self, name: str) -> None:
        """Forget an attribute."""
        self._announced("remove_attribute", "attributes", name)
        self._drop_key("attributes", name)

    def set_user(self, user: Mapping[str, Json] | None) -> None:
        """Set the user that events are about (`id`, `username`, `email`, `ip_address`, ...), or None for nobody."""
        stamp = self._announced("set_user", "user", None, user)
        values = None if user is None else mapping_of("set_user()", user)
        stamps: dict[StampKey, object | None] = {("user", key): stamp for key in values or ()}
        self._put("user", values, stamps)

    def set_level(self, level: str | None) -> None:
        """Set the level of the events to come; None leaves it to each event."""
        stamp = self._announced("set_level", "level", None, level)
        known = known_level(level)
        if level is not None and known is None:
            log.error("set_level(%s) is ignored: a level is one of %s", safe_repr(level, 100), ", ".join(LEVELS))
            return
        self._put("level", known, {("level", None): stamp})

    def set_fingerprint(self, fingerprint: Iterable[str] | None) -> None:
        """Set what groups the events to come; None leaves it to the server."""
        stamp = self._announced("set_fingerprint", "fingerprint", None, fingerprint)
        value = None if fingerprint is None else fingerprint_of(fingerprint)
        self._put("fingerprint", value, {("fingerprint", None): stamp})

    def set_transaction_name(self, name: str | None, source: str | None = None) -> None:
        """Set the name of what is going on, and where that name comes from."""
        stamp = self._announced("set_transaction_name", "transaction", None, name)
        self._put("transaction_name", name, {("transaction", None): stamp}, transaction_source=source)

    def add_breadcrumb(
        self,
        crumb: Breadcrumb | Mapping[str, Json] | None = None,
        hint: Mapping[str, Json] | None = None,
        **fields: Json,
    ) -> None:
        """Record that something happened, as a `Breadcrumb`, a mapping, or by keywords of the same names."""
        self.record_breadcrumb(crumb, hint, fields)

    def record_breadcrumb(
        self, crumb: Breadcrumb | Mapping[str, Json] | None, hint: Mapping[str, Json] | None, fields: Mapping[str, Json]
    ) -> None:
        """Do what `add_breadcrumb` does, with the keywords as one mapping; for the SDK itself."""
        client = self.state["client"] or process.client
        if process.observation is not None:
            client = resolve_client(client)
        if client is None or not client.is_active or this_thread.is_capturing:
            return
        limit = client.max_breadcrumbs
        if not limit:
            return
        words = client.admit_breadcrumb(breadcrumb_of(crumb, fields, client.now), hint)
        if words is None:
            return
        stamp = (
            _points.announce(_points.Operation("add_breadcrumb", self, "breadcrumbs")) if _points.listeners else None
        )
        self._append_crumb(words, stamp, limit)
        if process.observation is not None:
            client.note_breadcrumb(words, stamp)

    def clear_breadcrumbs(self) -> None:
        """Forget all breadcrumbs."""
        self._announced("clear_breadcrumbs", "breadcrumbs")
        self._put("breadcrumbs", None, {})

    def add_attachment(
        self,
        bytes: bytes | None = None,  # noqa: A002 - the field's name for it
        filename: str | None = None,
        path: str | PathLike[str] | None = None,
        content_type: str | None = None,
    ) -> None:
        """Send a file along with the error events to come: its bytes, or a path to read when an event is captured."""
        stamp = self._announced("add_attachment", "attachments")
        attachment = attachment_of(bytes, filename, path, content_type)
        if attachment is None:
            log.error("add_attachment() is ignored: it needs the bytes or a path")
        else:
            self._append_to("attachments", attachment, stamp)

    def add_event_processor(self, processor: Callable[[Event, dict[str, Any]], Event | None]) -> None:
        """Let a function see, change or (by returning None) drop the events to come."""
        stamp = self._announced("add_event_processor", "processors")
        given: object = processor
        if not callable(given):
            log.error("add_event_processor() is ignored: it needs a function (found %s)", type(processor).__name__)
            return
        self._append_to("processors", processor, stamp)

    def add_error_processor(
        self,
        processor: Callable[[Event, tuple[type[BaseException], BaseException, Any]], Event | None],
        kind: type[BaseException] = BaseException,
    ) -> None:
        """Let a function see, change or drop the events to come of exceptions of one kind, with their `exc_info`."""
        stamp = self._announced("add_error_processor", "error_processors")
        given: object = processor
        if not (callable(given) and isinstance(kind, type) and issubclass(kind, BaseException)):
            log.error("add_error_processor() is ignored: it needs a function and a class of exceptions")
            return
        self._append_to("error_processors", (processor, kind), stamp)

    def set_client(self, client: ScopeClient | None) -> None:
        """Report what is captured in this scope through this client; None: the process's."""
        self._announced("set_client", "client")
        self._put("client", client, {})

    def clear(self) -> None:
        """Forget everything but the processors (and the client)."""
        self._announced("clear", "*")
        self._replace(_cleared)

    # -- reading ---------------------------------------------------------------------------------------------------

    def fork(self) -> Scope:
        """Return a new scope that starts with what this one holds; later writes to either do not reach the other."""
        if _points.listeners:
            _points.announce(_points.Operation("fork", self, "*", kind="read"))
        return Scope(self.state)

    def bind(self, what: T) -> T:
        """Let a generator, a coroutine, an asynchronous generator or a function run with this as its isolation scope.

        Whoever makes the next step, in whatever thread or task, has their own scopes before and after it.

        Raises:
            TypeError: it is nothing that can be run.
        """
        from pytest_errortrack.sdk._scope._binding import bound_to  # noqa: PLC0415 - it stands above this module

        return cast("T", bound_to(self, what))

    @property
    def level(self) -> str | None:
        """The level."""
        return self.state["level"]

    @property
    def fingerprint(self) -> list[str] | None:
        """The fingerprint."""
        value = self.state["fingerprint"]
        return None if value is None else list(value)

    @property
    def transaction_name(self) -> str | None:
        """The name of what is going on."""
        return self.state["transaction_name"]

    @property
    def user(self) -> Event | None:
        """A copy of the user."""
        user = self.state["user"]
        return None if user is None else cast("Event", copied(dict(user)))

    @property
    def tags(self) -> Event:
        """A copy of the tags."""
        return cast("Event", copied(dict(self.state["tags"])))

    @property
    def extra(self) -> Event:
        """A copy of the extras."""
        return cast("Event", copied(dict(self.state["extra"])))

    @property
    def contexts(self) -> Event:
        """A copy of the contexts."""
        return cast("Event", copied(dict(self.state["contexts"])))

    @property
    def attributes(self) -> Event:
        """A copy of the attributes, with their types."""
        return cast("Event", copied(dict(self.state["attributes"])))

    @property
    def flags(self) -> dict[str, bool]:
        """The feature flags, in the order in which they were evaluated."""
        return dict(self.state["flags"])

    @property
    def breadcrumbs(self) -> list[Breadcrumb]:
        """The breadcrumbs, oldest first."""
        from pytest_errortrack.sdk.protocol import Breadcrumb  # noqa: PLC0415 - see `sdk/_later.py`

        state = self.state
        client = resolve_client(state["client"])
        limit = client.max_breadcrumbs if client is not None else 0
        return [Breadcrumb.from_dict(values) for _, values, _ in crumbs_of(state["breadcrumbs"], limit)]

    @property
    def span(self) -> Span | None:
        """The active span."""
        return self.state["span"]

    @span.setter
    def span(self, span: Span | None) -> None:
        stamp = self._announced("set_span", "span")
        self._put("span", span, {("span", None): stamp})

    def _announced(self, name: str, field: str, key: str | None = None, value: object = None) -> object | None:
        if not _points.listeners:
            return None
        return _points.announce(_points.Operation(name, self, field, key, value=value))


def _cleared(state: Any) -> Any:
    kept = ("processors", "error_processors")
    stamps = {key: stamp for key, stamp in state["stamps"].items() if key[0] in kept}
    return {**EMPTY, **{field: state[field] for field in (*kept, "client")}, "stamps": stamps}
