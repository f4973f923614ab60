"""Who opened a span of `sentry_sdk` and who wrote on it, while anything records.

Spans are known by their id, which travels into the transaction. The methods are replaced on the classes, since an
application may keep a span from before; those that the installed version does not have are left out.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import scope as sentry_scope

from pytest_errortrack import _points

from ._provenance import mark_of
from ._scope_epochs import epoch_here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TracedSpans"]

_WRITING: Final = {"set_tag": "tags", "set_data": "data", "set_measurement": "measurements", "set_context": "contexts"}
_SINGLE: Final = {"set_status": "status", "set_http_status": "status"}
_ASSIGNED: Final = ("description", "op")
"""Fields without a method: an assignment is all that an application has."""
_OPENING: Final = ("start_span", "start_transaction")
"""On a scope, where the span or transaction is made."""


class TracedSpans:
    """Stands before the methods of spans, between `install` and `remove`."""

    def __init__(self) -> None:
        self._replacements = _replacements()

    def install(self) -> None:
        """Stand before them."""
        for owner, name, _, traced in self._replacements:
            setattr(owner, name, traced)

    def remove(self) -> None:
        """Put the originals back by identity."""
        for owner, name, original, _ in self._replacements:
            setattr(owner, name, original)


def _replacements() -> list[tuple[type, str, Any, Any]]:
    """Make the replacements once: class, name, original, replacement."""
    found: list[tuple[type, str, Any, Any]] = []
    span, transaction = getattr(sentry_scope, "Span", None), getattr(sentry_scope, "Transaction", None)
    if span is None or transaction is None or not hasattr(span, "set_data"):
        return []  # the spans of newer versions are no part of a transaction: they are sent one by one
    for owner in (span, transaction):
        for name, field in _WRITING.items():
            found += _replaced(owner, name, functools.partial(_writing, field=field))
        for name, field in _SINGLE.items():
            found += _replaced(owner, name, functools.partial(_single, field=field))
        for name in _ASSIGNED:
            found += _assigned(owner, name, field=name)
    found += _assigned(transaction, "name", field="transaction")
    found += _replaced(span, "update_data", _updating)
    found += _replaced(span, "start_child", _opening)
    for name in _OPENING:
        found += _replaced(sentry_scope.Scope, name, _opening)
    return found


def _replaced(owner: type, name: str, make: Callable[[Any, str], Any]) -> list[tuple[type, str, Any, Any]]:
    original = owner.__dict__.get(name)
    return [] if original is None else [(owner, name, original, functools.wraps(original)(make(original, name)))]


def _assigned(owner: type, name: str, *, field: str) -> list[tuple[type, str, Any, Any]]:
    """Put a property in the place of a slot: it reads and writes the slot, and announces the writing."""
    slot: Any = owner.__dict__.get(name)
    if not hasattr(slot, "__set__") or isinstance(slot, property):
        return []

    def assign(span: Any, value: object) -> None:
        inner = sys._getframe(1).f_code in _INNER  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
        stamp = None if inner else _told(f"set_{name}", span, field)
        slot.__set__(span, value)
        _keep(span, field, None, value, stamp)

    return [(owner, name, slot, property(slot.__get__, assign))]


def _told(name: str, span: object, field: str, key: str | None = None) -> object | None:
    return _points.announce(_points.Operation(name, span, field, key)) if _points.listeners else None


def _keep(span: Any, field: str, key: str | None, value: object, stamp: object | None) -> None:
    epoch = epoch_here()
    if epoch is not None and stamp is not None:
        epoch.ledger.span(span.span_id).marks[field, key] = mark_of(value, stamp)


def _writing(original: Callable[..., Any], name: str, *, field: str) -> Callable[..., Any]:
    def write(span: Any, key: str, value: object, *args: Any, **kwargs: Any) -> Any:
        if sys._getframe(1).f_code in _INNER:  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
            return original(span, key, value, *args, **kwargs)
        stamp = _told(name, span, field, key)
        result = original(span, key, value, *args, **kwargs)
        held = {"value": value, "unit": args[0] if args else kwargs.get("unit", "")}
        _keep(span, field, key, held if field == "measurements" else value, stamp)
        return result

    return write


def _single(original: Callable[..., Any], name: str, *, field: str) -> Callable[..., Any]:
    def write(span: Any, *args: Any, **kwargs: Any) -> Any:
        if sys._getframe(1).f_code in _INNER:  # noqa: SLF001 - as above
            return original(span, *args, **kwargs)
        stamp = _told(name, span, field)
        result = original(span, *args, **kwargs)
        _keep(span, field, None, span.status, stamp)
        return result

    return write


def _updating(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    def update(span: Any, data: Any) -> Any:
        stamp = _told(name, span, "data")
        result = original(span, data)
        for key, value in data.items():
            _keep(span, "data", key, value, stamp)
        return result

    return update


def _opening(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    def start(parent: Any, *args: Any, **kwargs: Any) -> Any:
        if sys._getframe(1).f_code in _INNER:  # noqa: SLF001 - as above
            return original(parent, *args, **kwargs)
        stamp = _told("start_span" if name == "start_child" else name, parent, "span")
        opened = original(parent, *args, **kwargs)
        epoch = epoch_here()
        if epoch is not None and stamp is not None and getattr(opened, "span_id", None):
            epoch.ledger.span(opened.span_id).opened = stamp
        return opened

    return start


def _codes() -> frozenset[Any]:
    """Find the code of those that do a part of their work by calling one of the others."""
    owners = [getattr(sentry_scope, name, None) for name in ("Scope", "Span", "Transaction")]
    names = ["start_span", "start_transaction", "__init__", "__exit__", "finish"]
    names += ["set_http_status", "set_thread", "set_profiler_id", "set_transaction_name", "transaction"]
    members = [owner.__dict__.get(name) for owner in owners if owner is not None for name in names]
    functions = [member.fset if isinstance(member, property) else member for member in members]
    return frozenset(code for each in functions if (code := getattr(each, "__code__", None)) is not None)


_INNER: Final = _codes()
