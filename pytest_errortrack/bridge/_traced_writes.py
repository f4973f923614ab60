"""The writing methods of a traced scope, made from those that the installed `sentry_sdk` has.

Each announces the write before it takes effect, and marks the value with the stamp that it is given.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk.scope import ScopeType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sentry_sdk.feature_flags import FlagBuffer

    from ._traced_scope import TracedScope

__all__ = ["writing_members"]

_KEYED: Final = {"set_tag": "tags", "set_extra": "extra", "set_context": "contexts", "set_attribute": "attributes"}
_REMOVING: Final = {
    "remove_tag": "tags",
    "remove_extra": "extra",
    "remove_context": "contexts",
    "remove_attribute": "attributes",
}
_SEVERAL: Final = {"tags": "tags", "extras": "extra", "contexts": "contexts", "attributes": "attributes"}
"""Arguments of many keys, and the fields that they are of."""

_SINGLE: Final = {"set_user": "user", "set_level": "level", "set_transaction_name": "transaction"}
_APPENDING: Final = {
    "add_attachment": ("attachments", "_attachments"),
    "add_breadcrumb": ("breadcrumbs", "_breadcrumbs"),
    "add_event_processor": ("event_processors", "_event_processors"),
    "add_error_processor": ("error_processors", "_error_processors"),
}
_UNMARKED: Final = {
    "clear_breadcrumbs": "breadcrumbs",
    "set_client": "client",
    "set_conversation_id": "conversation_id",
    "remove_conversation_id": "conversation_id",
}
_PROPERTIES: Final = {
    "span": ("span", "_span"),
    "streamed_span": ("span", "_span"),
    "level": ("level", "_level"),
    "fingerprint": ("fingerprint", "_fingerprint"),
    "transaction": ("transaction", "_transaction"),
}


def writing_members(plain: type) -> Iterator[tuple[str, Any]]:
    """Yield what stands before the writing methods and properties of a scope class, as far as it has them."""
    makers: list[tuple[Any, dict[str, Any]]] = [
        (_keyed, _KEYED),
        (_removing, _REMOVING),
        (_single, _SINGLE),
        (_appending, _APPENDING),
        (_unmarked, _UNMARKED),
        (_of_session, {"start_session": "session", "end_session": "session"}),
        (_several, {"set_tags": "tags"}),
        (_updating, {"update_from_kwargs": "*"}),
        (_continuing, {"generate_propagation_context": "propagation_context"}),
        (_property, _PROPERTIES),
        (_flags, {"flags": "flags"}),
    ]
    for make, fields in makers:
        for name, field in fields.items():
            original = plain.__dict__.get(name)
            if original is not None:
                made = make(name, original, field)
                yield name, made if isinstance(original, property) else functools.wraps(original)(made)


def _keyed(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def write(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        key, value = _arguments(args, kwargs)
        stamp = self.announce(name, field, key, value=value)
        original(self, *args, **kwargs)
        self.mark(field, key, value, stamp)

    return write


def _arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Find the two arguments, however they were given; what is wrong with them the original will say."""
    if len(args) == 2:  # noqa: PLR2004 - key and value
        return args[0], args[1]
    given = (*args, *(kwargs[name] for name in ("key", "attribute", "value") if name in kwargs))
    return (*given, None, None)[0], (*given, None, None)[1]


def _first(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[0] if args else next(iter(kwargs.values()), None)


def _several(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def write(self: TracedScope, tags: Any) -> None:
        tags = dict(tags)  # pairs are taken as well
        stamps = {key: self.announce(name, field, key, value=value) for key, value in tags.items()}
        original(self, tags)
        for key, stamp in stamps.items():
            self.mark(field, key, tags[key], stamp)

    return write


def _updating(name: str, original: Callable[..., None], _: str) -> Callable[..., None]:
    names = original.__code__.co_varnames[1 : original.__code__.co_argcount]

    def update(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        writes = list(_written({**dict(zip(names, args, strict=False)), **kwargs}))
        # The arguments of one capture are the caller's own: they are written nowhere that others could reach.
        is_own = self._type is ScopeType.MERGED
        stamps = [None if is_own else self.announce(name, *place, value=value) for place, value in writes]
        original(self, *args, **kwargs)
        for (place, value), stamp in zip(writes, stamps, strict=True):
            self.mark(*place, value, stamp)

    return update


def _written(arguments: dict[str, Any]) -> Iterator[tuple[tuple[str, str | None], Any]]:
    """Yield each field, or key of one, that an update from arguments writes, with its value."""
    for argument, value in arguments.items():
        if argument in _SEVERAL and isinstance(value, dict):
            yield from (((_SEVERAL[argument], key), held) for key, held in list(value.items()))
        elif value is not None:
            yield (argument, None), value


def _removing(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def remove(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        key = _first(args, kwargs)
        self.announce(name, field, key)
        original(self, *args, **kwargs)
        self.mark(field, key, None, None)

    return remove


def _single(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def write(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        value = _first(args, kwargs)
        stamp = self.announce(name, field, value=value)
        original(self, *args, **kwargs)
        self.mark(field, None, value, stamp)
        if field == "transaction":
            self.mark_transaction_name(value, stamp)

    return write


def _appending(name: str, original: Callable[..., None], where: tuple[str, str]) -> Callable[..., None]:
    field, slot = where

    def append(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        stamp = self.announce(name, field)
        held = getattr(self, slot)
        before = held[-1] if held else None
        original(self, *args, **kwargs)
        held = getattr(self, slot)
        if held and held[-1] is not before:
            self.mark_appended(field, held[-1], stamp)

    return append


def _unmarked(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def write(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        self.announce(name, field)
        original(self, *args, **kwargs)

    return write


def _of_session(name: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def write(self: TracedScope, *args: Any, **kwargs: Any) -> None:
        stamp = self.announce(name, field)
        original(self, *args, **kwargs)
        self.mark(field, None, self._session, stamp if self._session is not None else None)

    return write


def _continuing(_: str, original: Callable[..., None], field: str) -> Callable[..., None]:
    def generate(self: TracedScope, incoming_data: Any = None) -> None:
        if incoming_data is None:
            original(self, incoming_data)
            return
        stamp = self.announce("continue_trace", field)
        original(self, incoming_data)
        self.mark(field, None, self._propagation_context, stamp)

    return generate


def _property(name: str, original: property, where: tuple[str, str]) -> property:
    field, slot = where
    write = original.fset
    if write is None:
        return original

    def assign(self: TracedScope, value: Any) -> None:
        stamp = self.announce(f"set_{name}", field, value=None if field == "span" else value)
        write(self, value)
        self.mark_assigned(field, getattr(self, slot), stamp)

    return property(original.fget, assign, original.fdel, original.__doc__)


def _flags(name: str, original: property, field: str) -> property:
    def flags(self: TracedScope) -> _Flags:
        assert original.fget is not None
        return _Flags(self, original.fget(self), name, field)

    return property(flags, doc=original.__doc__)


class _Flags:
    """A scope's flag buffer, with the scope that it belongs to."""

    def __init__(self, scope: TracedScope, buffer: FlagBuffer, name: str, field: str) -> None:
        self._scope = scope
        self._buffer = buffer
        self._name = name
        self._field = field

    def set(self, flag: str, result: bool) -> None:  # noqa: FBT001 - the signature of sentry_sdk's
        stamp = self._scope.announce("set_flag", self._field, flag, value=result)
        self._buffer.set(flag, result)
        self._scope.mark(self._field, flag, result, stamp)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._buffer, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._buffer.__deepcopy__(memo)
