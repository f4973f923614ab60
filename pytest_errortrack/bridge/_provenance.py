"""Who wrote what an event of `sentry_sdk` carries: the marks of scopes, merged as scopes are, and read at capture.

A mark counts only for the value that it was made for: where a scope, or the event in the end, holds another one, it has
been overridden or replaced meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.sdk.testing import Stamped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._scope_epochs import Epoch, Mark, MarkKey
    from ._traced_scope import TracedScope

__all__ = ["Applying", "adopt_marks", "mark_of"]

_KEYED: Final = {"tags": "_tags", "extra": "_extras", "contexts": "_contexts"}
_TELEMETRY_KEYED: Final = {"attributes": "_attributes"}
_SINGLE: Final = {
    "user": "_user",
    "level": "_level",
    "fingerprint": "_fingerprint",
    "transaction": "_transaction",
    "span": "_span",
    "propagation_context": "_propagation_context",
    "session": "_session",
}
_EVENT_WINS: Final = ("user", "fingerprint", "transaction")
_IN_TRACE: Final = frozenset({"data", "status", "op", "description"})
"""What the root span has in the context of its trace."""


def mark_of(value: Any, stamp: object) -> Mark:
    """Return the mark of a value that is written now."""
    return value, stamp, value.copy() if type(value) in {dict, list} else None


def adopt_marks(marks: dict[MarkKey, Mark], other: TracedScope) -> None:
    """Do to the marks of a scope what `update_from_scope` does to its values."""
    theirs = other.marks or {}
    if not marks and not theirs:
        return
    for field, slot in (*_KEYED.items(), *_TELEMETRY_KEYED.items()):
        for key in list(getattr(other, slot, ())):  # a copy: another thread may write meanwhile
            _adopt(marks, (field, key), theirs)
    for field, slot in _SINGLE.items():
        if getattr(other, slot, None) is not None:
            _adopt(marks, (field, None), theirs)
    marks.update((key, mark) for key, mark in list(theirs.items()) if key[0] == "flags")


def _adopt(marks: dict[MarkKey, Mark], key: MarkKey, theirs: Mapping[MarkKey, Mark]) -> None:
    mark = theirs.get(key)
    if mark is None:
        marks.pop(key, None)
    else:
        marks[key] = mark


class Applying:
    """Looks at an event before and after a merged scope is applied to it."""

    def __init__(self, scope: TracedScope, event: Mapping[str, Any], scopes: tuple[TracedScope | None, ...]) -> None:
        """Look at it before.

        Args:
            scope: the merged scope.
            event: what is captured.
            scopes: the scopes in force, whose processors will run.
        """
        self._scope = scope
        self._scopes = scopes
        self._own = {field for field in _EVENT_WINS if event.get(field) is not None}
        if (event.get("contexts") or {}).get("trace") is not None:
            self._own.add("trace")

    def stamped(self, event: Mapping[str, Any], hint: Mapping[str, Any]) -> tuple[Stamped, ...]:
        """Return what the event carries of those values that somebody is known to have written."""
        if event.get("type") == "check_in":
            return ()
        found = [*self._fields(event), *self._attached(hint), *self._processed(hint)]
        if event.get("type") == "transaction":
            found += _transaction(event, self._scope.epoch)
        else:
            found += self._breadcrumbs(event)
        return tuple(found)

    def _fields(self, event: Mapping[str, Any]) -> Iterator[Stamped]:
        for (field, key), mark in list((self._scope.marks or {}).items()):
            value, stamp, _ = mark
            if field == "flags":
                yield from _flag(event, str(key), value, stamp)
            elif field == "session":
                yield from self._session(event, value, stamp)
            elif field in {"span", "propagation_context"}:
                yield from self._trace(event, field, value, stamp)
            elif field in _KEYED:
                held = event.get(field)
                if isinstance(held, dict) and held.get(key) is value:
                    yield from _told((field, str(key)), mark, self._scope.epoch, splits=field == "contexts")
            elif field not in self._own and value is not None and event.get(field) is value:
                yield from _told((field,), mark, self._scope.epoch, splits=field == "user")

    def _trace(self, event: Mapping[str, Any], field: str, value: Any, stamp: object) -> Iterator[Stamped]:
        trace = (event.get("contexts") or {}).get("trace")
        held = getattr(self._scope, _SINGLE[field], None)
        if "trace" in self._own or not isinstance(trace, dict) or held is not value:
            return
        by = "span_id" if field == "span" else "trace_id"
        is_shown = field == "span" or getattr(self._scope, _SINGLE["span"], None) is None
        if is_shown and trace.get(by) == getattr(value, by, None):
            yield Stamped(("contexts", "trace"), trace, stamp)

    def _session(self, event: Mapping[str, Any], session: Any, stamp: object) -> Iterator[Stamped]:
        """Yield the session to which an error is counted: it is not in the event, and spoilt all the same."""
        held: Any = getattr(self._scope, "_session", None)
        if event.get("type") is None and session is not None and held is session:
            yield Stamped(("session",), str(session.sid), stamp)

    def _breadcrumbs(self, event: Mapping[str, Any]) -> Iterator[Stamped]:
        crumbs = event.get("breadcrumbs")
        values = crumbs.get("values") if isinstance(crumbs, dict) else None
        for place, crumb in enumerate(values if isinstance(values, list) else ()):
            stamp = self._scope.epoch.stamp_of(crumb)
            if stamp is not None:
                yield Stamped(("breadcrumbs", str(place)), crumb, stamp)

    def _attached(self, hint: Mapping[str, Any]) -> Iterator[Stamped]:
        for place, attachment in enumerate(hint.get("attachments") or ()):
            stamp = self._scope.epoch.stamp_of(attachment)
            if stamp is not None:
                name = getattr(attachment, "filename", None) or str(place)
                yield Stamped(("attachments", name), getattr(attachment, "bytes", None), stamp)

    def _processed(self, hint: Mapping[str, Any]) -> Iterator[Stamped]:
        fields = ("event_processors", "error_processors") if hint.get("exc_info") else ("event_processors",)
        for scope in self._scopes:
            for (field, _), (processor, stamp, _) in list((scope.marks or {}).items()) if scope is not None else ():
                if field in fields and processor in getattr(scope, f"_{field}"):
                    yield Stamped((field, getattr(processor, "__qualname__", repr(processor))), processor, stamp)


def _told(path: tuple[str, ...], mark: Mark, epoch: Epoch, *, splits: bool) -> Iterator[Stamped]:
    """Yield a value, by its keys where it is a group of values.

    A mapping that several hand over is one object: what changed in it since this writer handed it over is the data of
    whoever did so last.
    """
    value, stamp, then = mark
    last = (epoch.stamp_of(value) if then is not None else None) or stamp
    if splits and isinstance(value, dict):
        for key, held in list(value.items()):
            is_changed = then is not None and then.get(key, then) is not held
            yield Stamped((*path, str(key)), held, last if is_changed else stamp)
    else:
        yield Stamped(path, value, stamp if then is None or value == then else last)


def _flag(event: Mapping[str, Any], flag: str, value: object, stamp: object) -> Iterator[Stamped]:
    values = ((event.get("contexts") or {}).get("flags") or {}).get("values") or ()
    if any(each.get("flag") == flag and each.get("result") is value for each in values):
        yield Stamped(("contexts", "flags", flag), value, stamp)


def _transaction(event: Mapping[str, Any], epoch: Epoch) -> Iterator[Stamped]:
    """Yield what was written on a transaction itself and on its spans."""
    trace = (event.get("contexts") or {}).get("trace") or {}
    yield from _span(event, trace.get("span_id"), (), epoch)
    for place, span in enumerate(event.get("spans") or ()):
        if isinstance(span, dict):
            path = ("spans", str(place))
            marks = epoch.span_if_known(span.get("span_id") or "")
            if marks is not None and marks.opened is not None:
                yield Stamped(path, span.get("description") or span.get("op"), marks.opened)
            yield from _span(span, span.get("span_id"), path, epoch)


def _span(held: Mapping[str, Any], span_id: str | None, path: tuple[str, ...], epoch: Epoch) -> Iterator[Stamped]:
    known = epoch.span_if_known(span_id or "")
    for (field, key), mark in list(known.marks.items()) if known is not None else ():
        is_in_trace = not path and field in _IN_TRACE
        at = ((held.get("contexts") or {}).get("trace") or {}) if is_in_trace else held
        where = ("contexts", "trace", field) if is_in_trace else (*path, field)
        group = at.get(field)
        if key is None:
            if group is not None and group == mark[0]:
                yield Stamped(where, group, mark[1])
        elif isinstance(group, dict) and key in group and _is_held(field, group[key], mark[0]):
            yield from _told((*where, str(key)), mark, epoch, splits=field == "contexts")


def _is_held(field: str, held: Any, written: object) -> bool:
    if field == "measurements":
        return bool(held == written)
    return held is written
