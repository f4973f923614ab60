"""From anything to JSON: an event on its way out, with every value bounded.

Only the containers of the language itself are looked into; whatever else somebody put into an event is taken by its
`repr`, since walking it could do anything. A text that is cut leaves a note in `_meta`.
https://develop.sentry.dev/sdk/data-model/event-payloads/#meta-data
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize._text import bounded, clean, safe_repr, safe_str

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["DEFAULT_LIMITS", "TIGHT_LIMITS", "Limits", "normalise", "plain_scalar"]

_BIGGEST_INT = 2**63 - 1
_TEXTUAL = frozenset({"date", "datetime", "time", "UUID", "Decimal"})
_CHANGED = "<changed while it was read>"
_TOO_DEEP = "<too deep>"
_TOO_MUCH = "<too much>"
_MOST_VALUES = 50_000  # containers that hold each other many times over would otherwise multiply

Path = tuple["Path | None", "str | int"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a value is kept."""

    depth: int
    breadth: int
    text: int


DEFAULT_LIMITS = Limits(depth=8, breadth=200, text=8192)
TIGHT_LIMITS = Limits(depth=4, breadth=20, text=512)

# These parts are made by the SDK and bounded where they are made (frames, spans, ...): their shape is left alone.
_STRUCTURE = frozenset({"exception", "threads", "stacktrace", "breadcrumbs", "spans", "_meta"})
_STRUCTURE_LIMITS = {"depth": 16, "breadth": 2000}


def normalise(event: Event, limits: Limits = DEFAULT_LIMITS) -> Event:
    """Return an event of JSON values only, with a note in `_meta` on every text that was cut."""
    walker = _Walker(limits)
    structure = _Walker(Limits(text=limits.text, **_STRUCTURE_LIMITS), walker.cuts)
    normal: Event = {}
    for field, value in event.items():
        name = field if type(field) is str else safe_str(field, limits.text)
        normal[name] = (structure if name in _STRUCTURE else walker).value(value, (None, name), 0)
    if walker.cuts:
        _add_meta(normal, walker.cuts)
    return normal


def plain_scalar(value: object, limit: int) -> Json:
    """Return a value that is no plain container as JSON."""
    if isinstance(value, (int, float)):
        return _number(value, limit)
    if isinstance(value, str):
        return bounded(str.__str__(value), limit)
    if isinstance(value, (bytes, bytearray)):
        return bounded(bytes(value[: limit + 1]).decode("utf-8", "replace"), limit)
    kind = type(value)
    is_textual = kind.__name__ in _TEXTUAL and kind.__module__ in {"datetime", "uuid", "decimal"}
    return safe_str(value, limit) if is_textual else safe_repr(value, limit)


def _number(value: Any, limit: int) -> Json:
    """Return a number as JSON has it; what JSON has no number for becomes a text."""
    if isinstance(value, float):
        return float.__float__(value) if isfinite(value) else str(float.__float__(value))
    exact = int.__int__(value)
    return exact if -_BIGGEST_INT <= exact <= _BIGGEST_INT else safe_repr(exact, limit)


class _Walker:
    """Walks a value; remembers which containers it is inside of, and what it cut."""

    __slots__ = ("_inside", "_left", "_limits", "cuts")

    def __init__(self, limits: Limits, cuts: list[tuple[Path, int]] | None = None) -> None:
        self._limits = limits
        self._inside: set[int] = set()
        self._left = _MOST_VALUES
        self.cuts: list[tuple[Path, int]] = [] if cuts is None else cuts

    def value(self, value: object, path: Path, depth: int) -> Json:
        kind = type(value)
        if kind is str:
            return self._text(value, path)  # type: ignore[arg-type]  # checked by exact type
        if kind is dict or kind is list or kind is tuple or kind is set or kind is frozenset:
            return self._container(value, path, depth)
        return self._scalar(value)

    def _text(self, text: str, path: Path) -> str:
        limit = self._limits.text
        if len(text) > limit:
            self.cuts.append((path, len(text)))
            return bounded(text, limit)
        return text if text.isascii() else clean(text)

    def _scalar(self, value: object) -> Json:
        if value is None or value is True or value is False:
            return value
        try:
            return plain_scalar(value, self._limits.text)
        except Exception:  # noqa: BLE001 - a subclass of int or str can do anything
            return "<unprintable>"

    def _container(self, value: Any, path: Path, depth: int) -> Json:
        if depth >= self._limits.depth:
            return _TOO_DEEP if value else type(value)() if type(value) in {dict, list} else []
        if id(value) in self._inside:
            return "<cyclic>"
        if self._left < 0:
            return _TOO_MUCH
        self._inside.add(id(value))
        try:
            return self._dict(value, path, depth) if type(value) is dict else self._list(value, path, depth)
        except RuntimeError:  # another thread changes it
            return _CHANGED
        finally:
            self._inside.discard(id(value))

    def _dict(self, value: dict[object, object], path: Path, depth: int) -> Event:
        normal: Event = {}
        items = _some(value.items(), self._limits.breadth)
        self._left -= len(items)
        for key, item in items:
            name = clean(key) if type(key) is str else safe_str(key, self._limits.text)
            kind = type(item)
            # the commonest cases without a call; most of an event is short texts and small numbers
            is_short_text = kind is str and len(item) <= self._limits.text and item.isascii()
            if is_short_text or item is None or kind is bool:
                normal[name] = item
            else:
                normal[name] = self.value(item, (path, name), depth + 1)
        return normal

    def _list(self, value: Any, path: Path, depth: int) -> list[Json]:
        items = _some(value, self._limits.breadth)
        self._left -= len(items)
        if type(value) in {set, frozenset}:
            items.sort(key=lambda item: safe_repr(item, self._limits.text))
        return [self.value(item, (path, place), depth + 1) for place, item in enumerate(items)]


def _some(items: Iterable[Any], breadth: int) -> list[Any]:
    return list(islice(items, breadth))


def _add_meta(event: Event, cuts: list[tuple[Path, int]]) -> None:
    """Note in `_meta` which texts were cut, and how long they were."""
    meta = event.get("_meta")
    if not isinstance(meta, dict):
        meta = event["_meta"] = {}
    for path, length in cuts:
        place = meta
        for name in _names(path):
            place = place.setdefault(str(name), {})
        limit = len(_at(event, path))
        place[""] = {"len": length, "rem": [["!limit", "x", limit - 3, limit]]}


def _names(path: Path | None) -> list[str | int]:
    names: list[str | int] = []
    while path is not None:
        path, name = path
        names.append(name)
    names.reverse()
    return names


def _at(event: Event, path: Path) -> str:
    value: Any = event
    for name in _names(path):
        value = value[name]
    text: str = value
    return text
