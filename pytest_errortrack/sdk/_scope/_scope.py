"""The scope: a mutable cell that holds one frozen value.

A write replaces the value, a fork is a new cell with the same value, and a reader takes the value and needs no lock.
Writers take turns by a lock that is held for the replacement only, never while foreign code runs, so that a scope
shared by threads loses nothing and never tears. It is one lock for all scopes: making one for every fork costs more
than waiting a microsecond ever will. What is shared is mixed all the same, by the user's choice.

https://develop.sentry.dev/sdk/telemetry/scopes/
"""

from __future__ import annotations

from itertools import count
from os import PathLike, fspath
from os.path import basename
from typing import TYPE_CHECKING, Any, cast

from pytest_errortrack import _points
from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk._scope._process import process, resolve_client
from pytest_errortrack.sdk._scope._state import (
    EMPTY,
    LEVELS,
    Attachment,
    crumbs_of,
    known_level,
    trail_with,
)
from pytest_errortrack.sdk._serialize import safe_str
from pytest_errortrack.sdk.protocol import Event, Json, copied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_errortrack.sdk._scope._process import ScopeClient
    from pytest_errortrack.sdk._scope._state import Crumb, ScopeState, StampKey
    from pytest_errortrack.sdk.protocol import Breadcrumb
    from pytest_errortrack.sdk.tracing import Span

__all__ = ["Scope", "fingerprint_of", "mapping_of", "states_of"]

_LONGEST_KEY = 200

_acquire, _release = process.write_lock.acquire, process.write_lock.release
_sequence = count()  # the order of all breadcrumbs of the process; `next` on it is atomic


class Scope:
    """Data that is added to every event captured while the scope is in effect."""

    __slots__ = ("__weakref__", "_journal", "state")

    def __init__(self, state: ScopeState = EMPTY) -> None:
        self.state = state
        self._journal = process.journal

    # -- writing ---------------------------------------------------------------------------------------------------

    def set_tag(self, key: str, value: Json) -> None:
        """Set a tag: a short, searchable string."""
        stamp = self._announced("set_tag", "tags", key, value) if _points.listeners else None
        self._put_key("tags", key, value if type(value) is str else copied(value), stamp)

    def set_tags(self, tags: Mapping[str, Json]) -> None:
        """Set several tags."""
        for key, value in mapping_of("set_tags()", tags).items():
            stamp = self._announced("set_tags", "tags", key, value)
            self._put_key("tags", key, copied(value), stamp)

    def set_extra(self, key: str, value: Json) -> None:
        """Set an extra: any value, shown but not searchable."""
        stamp = self._announced("set_extra", "extra", key, value) if _points.listeners else None
        self._put_key("extra", key, copied(value), stamp)

    def set_context(self, name: str, context: Mapping[str, Json]) -> None:
        """Set a context: a named group of values."""
        stamp = self._announced("set_context", "contexts", name, context)
        self._put_key("contexts", name, mapping_of("set_context()", context), stamp)

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
            log.error("set_level(%r) is ignored: a level is one of %s", level, ", ".join(LEVELS))
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
        client = resolve_client(self.state["client"])
        if client is None or not client.is_active or this_thread.is_capturing:
            return
        limit = client.max_breadcrumbs
        admitted = client.admit_breadcrumb(_crumb(crumb, fields, client), hint) if limit else None
        if admitted is None:
            return
        stamp = (
            _points.announce(_points.Operation("add_breadcrumb", self, "breadcrumbs")) if _points.listeners else None
        )
        self._append(admitted, stamp, limit)
        if process.observation is not None:
            client.note_breadcrumb(admitted, stamp)

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
        given: object = path
        if bytes is None and not isinstance(given, (str, PathLike)):
            log.error("add_attachment() is ignored: it needs the bytes or a path")
            return
        location = None if path is None else fspath(path)
        name = filename or (basename(location) if location else "attachment")  # noqa: PTH119 - a name is wanted
        self._append_to("attachments", Attachment(name, bytes, location, content_type), stamp)

    def add_event_processor(self, processor: Callable[[Event, dict[str, Any]], Event | None]) -> None:
        """Let a function see, change or (by returning None) drop the events to come."""
        stamp = self._announced("add_event_processor", "processors")
        given: object = processor
        if not callable(given):
            log.error("add_event_processor() is ignored: it needs a function (found %s)", type(processor).__name__)
            return
        self._append_to("processors", processor, stamp)

    def set_client(self, client: ScopeClient | None) -> None:
        """Report what is captured in this scope through this client; None: the process's."""
        self._announced("set_client", "client")
        self._put("client", client, {})

    def clear(self) -> None:
        """Forget everything but the event processors (and the client)."""
        self._announced("clear", "*")
        self._replace(_cleared)

    # -- reading ---------------------------------------------------------------------------------------------------

    def fork(self) -> Scope:
        """Return a new scope that starts with what this one holds; later writes to either do not reach the other."""
        if _points.listeners:
            _points.announce(_points.Operation("fork", self, "*", kind="read"))
        return Scope(self.state)

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

    # -- the value behind ------------------------------------------------------------------------------------------

    def restore(self, value: object) -> None:
        """Take an earlier value back; for `_journal`."""
        self.state = cast("ScopeState", value)

    def put_quietly(self, **fields: Any) -> None:
        """Replace fields on the SDK's own account, which is nobody's operation and not announced."""
        self._replace(lambda state: {**state, **fields})

    def _announced(self, name: str, field: str, key: str | None = None, value: object = None) -> object | None:
        if not _points.listeners:
            return None
        return _points.announce(_points.Operation(name, self, field, key, value=value))

    def _put_key(self, field: str, key: str, value: Json, stamp: object | None) -> None:
        """Replace one key of a keyed field. Spelled out, not built on `_replace`: this is the hottest write."""
        if type(key) is not str:
            key = safe_str(key, _LONGEST_KEY)
        _acquire()
        try:
            state: Any = self.state
            if process.journal is not self._journal:
                self._note(state)
            new: Any = {**state, field: {**state[field], key: value}}
            if stamp is not None or state["stamps"]:
                new["stamps"] = _stamps_with(state["stamps"], {(field, key): stamp})
            self.state = new
        finally:
            _release()

    def _drop_key(self, field: str, key: str) -> None:
        def without(state: Any) -> Any:
            kept = {name: value for name, value in state[field].items() if name != key}
            return {**state, field: kept, "stamps": _stamps_with(state["stamps"], {(field, key): None})}

        self._replace(without)

    def _put(self, field: str, value: object, stamps: dict[StampKey, object | None], **more: object) -> None:
        stamp_field = next(iter(stamps))[0] if stamps else field

        def with_it(state: Any) -> Any:
            kept = {key: stamp for key, stamp in state["stamps"].items() if key[0] != stamp_field}
            kept |= {key: stamp for key, stamp in stamps.items() if stamp is not None}
            return {**state, field: value, **more, "stamps": kept}

        self._replace(with_it)

    def _append_to(self, field: str, value: object, stamp: object | None) -> None:
        def with_it(state: Any) -> Any:
            place = (field, str(len(state[field])))
            stamps = _stamps_with(state["stamps"], {place: stamp})
            return {**state, field: (*state[field], value), "stamps": stamps}

        self._replace(with_it)

    def _append(self, words: Event, stamp: object | None, limit: int) -> None:
        _acquire()
        try:
            # drawn here, so that a trail is in the order of the numbers
            crumb: Crumb = next(_sequence), words, stamp
            state: Any = self.state
            if process.journal is not self._journal:
                self._note(state)
            new: Any = {**state, "breadcrumbs": trail_with(state["breadcrumbs"], crumb, limit)}
            self.state = new
        finally:
            _release()

    def _replace(self, change: Callable[[Any], Any]) -> None:
        _acquire()
        try:
            state = self.state
            if process.journal is not self._journal:
                self._note(state)
            self.state = change(state)
        finally:
            _release()

    def _note(self, state: ScopeState) -> None:
        """Tell an open journal what the scope held before its first change."""
        journal = process.journal
        self._journal = journal
        if journal is not None:
            journal.note(self, state)


def states_of(*scopes: Scope) -> tuple[ScopeState, ...]:
    """Return what scopes hold, all at one moment: a write is in all that follows it, whichever scope it went to."""
    _acquire()
    try:
        return tuple([scope.state for scope in scopes])
    finally:
        _release()


def mapping_of(function: str, value: Mapping[str, Json]) -> Event:
    """Return a copy of a mapping; anything else is a mistake that an application must survive."""
    try:
        copy: Event = copied(dict(value))
    except Exception:  # noqa: BLE001 - a mapping of the application's may fail in any way
        log.error("%s needs a mapping (found %s); it is ignored", function, type(value).__name__)
        return {}
    return copy


def fingerprint_of(value: Iterable[str]) -> tuple[str, ...] | None:
    """Return a fingerprint's parts; a single text is one part."""
    try:
        return (value,) if isinstance(value, str) else tuple(value)
    except Exception:  # noqa: BLE001 - as above
        log.error("a fingerprint is a list of texts (found %s); it is ignored", type(value).__name__)
        return None


def _crumb(crumb: Breadcrumb | Mapping[str, Json] | None, fields: Mapping[str, Json], client: ScopeClient) -> Event:
    """Put a breadcrumb together from whatever it was given as."""
    if crumb is None and "timestamp" not in fields:
        values: Event = {"timestamp": client.now(), "type": "default", "level": "info", **fields}
        if "data" in values:
            values["data"] = copied(values["data"])
        return values
    values = {"timestamp": None, "type": "default", "level": "info"}
    if crumb is not None:
        from pytest_errortrack.sdk.protocol import Breadcrumb  # noqa: PLC0415 - see `sdk/_later.py`

        values.update(crumb.to_dict() if isinstance(crumb, Breadcrumb) else mapping_of("add_breadcrumb()", crumb))
    values.update(fields)
    if values["timestamp"] is None:
        values["timestamp"] = client.now()
    if "data" in values:
        values["data"] = copied(values["data"])
    return values


def _stamps_with(
    stamps: Mapping[StampKey, object], changes: Mapping[StampKey, object | None]
) -> Mapping[StampKey, object]:
    """Return stamps with some replaced; a key that was written without a stamp loses the one it had."""
    changed = dict(stamps)
    for key, stamp in changes.items():
        if stamp is None:
            changed.pop(key, None)
        else:
            changed[key] = stamp
    return changed


def _cleared(state: Any) -> Any:
    stamps = {key: stamp for key, stamp in state["stamps"].items() if key[0] == "processors"}
    return {**EMPTY, "processors": state["processors"], "client": state["client"], "stamps": stamps}
