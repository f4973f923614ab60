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

from pytest_errortrack.sdk._serialize._plain import is_plain
from pytest_errortrack.sdk._serialize._scrub import FILTERED, LONGEST_SECRET, SCRUBBED, says_secret
from pytest_errortrack.sdk._serialize._text import UNPRINTABLE, bounded, clean, safe_repr, safe_str
from pytest_errortrack.sdk.protocol import copied

if TYPE_CHECKING:
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

# These parts have a shape of their own (values, frames, spans, ...), which is deeper and broader than a user's values.
_STRUCTURE = frozenset({"exception", "threads", "breadcrumbs", "spans", "_meta"})
_STRUCTURE_DEPTH = 16
_STRUCTURE_BREADTH = 2000
_CONTAINERS = frozenset({dict, list, tuple, set, frozenset})


def normalise(
    event: Event, limits: Limits = DEFAULT_LIMITS, *, trusted: frozenset[int] = frozenset(), scrubs: bool = False
) -> Event:
    """Return an event of JSON values only, with a note in `_meta` on every text that was cut.

    What needs no change is not copied: the result may share parts with the event, or be the event itself.

    Args:
        event: anything at all.
        limits: how much is kept.
        trusted: the ids of the containers that are as the SDK built them, which bounds them as it does; they are left
            out of the walk, since they are the most of most events.
        scrubs: whether to leave out secrets on the way.
    """
    # all of it at once, by the strictest rules of any part: nearly every event can be sent as it is
    is_done = is_plain(
        event, depth=limits.depth + 1, breadth=limits.breadth, text=limits.text, trusted=trusted, scrubs=scrubs
    )
    if is_done:
        return event
    cuts: list[tuple[Path, int]] = []
    walker = _Walker(limits, cuts, trusted)
    structure = _Walker(Limits(_STRUCTURE_DEPTH, _STRUCTURE_BREADTH, limits.text), cuts, trusted)
    walkers = dict.fromkeys(_STRUCTURE, structure)
    if scrubs:
        for name in SCRUBBED:
            walkers[name] = walkers.get(name, walker).scrubbing()
    normal: Event = {}
    for field, value in event.items():
        name = field if type(field) is str else safe_str(field, limits.text)
        normal[name] = walkers.get(name, walker).field(value, (None, name))
    if cuts:
        _add_meta(normal, cuts)
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

    __slots__ = ("_breadth", "_cuts", "_depth", "_inside", "_left", "_limits", "_scrubs", "_text", "_trusted")

    def __init__(self, limits: Limits, cuts: list[tuple[Path, int]], trusted: frozenset[int] = frozenset()) -> None:
        self._limits = limits
        self._scrubs = False
        self._depth = limits.depth
        self._breadth = limits.breadth
        self._text = limits.text
        self._cuts = cuts
        self._trusted = trusted
        self._inside: set[int] = set()
        self._left = _MOST_VALUES

    def scrubbing(self) -> _Walker:
        """Return a walker like this one that leaves out secrets."""
        walker = _Walker(self._limits, self._cuts, self._trusted)
        walker._scrubs = True
        return walker

    def field(self, value: Any, path: Path) -> Json:
        """Return a field of an event as JSON: itself where there is nothing to do."""
        if type(value) not in _CONTAINERS:
            return self.value(value, path, 0)
        is_done = is_plain(
            value,
            depth=self._depth,
            breadth=self._breadth,
            text=self._text,
            trusted=self._trusted,
            scrubs=self._scrubs,
        )
        return value if is_done else self.value(value, path, 0)

    def value(self, value: Any, path: Path, depth: int) -> Json:
        """Return one value as JSON."""
        kind = type(value)
        if kind in _CONTAINERS:
            return self._container(value, path, depth)
        if kind is str:
            if len(value) > self._text:
                self._cuts.append((path, len(value)))
                return bounded(value, self._text)
            return value if value.isascii() else clean(value)
        if value is None or kind is bool or (kind is float and isfinite(value)):
            return value
        try:
            return plain_scalar(value, self._text)
        except Exception:  # noqa: BLE001 - a subclass of int or str can do anything
            return UNPRINTABLE

    def _container(self, value: Any, path: Path, depth: int) -> Json:
        if id(value) in self._trusted:
            return value
        if depth >= self._depth:
            return _TOO_DEEP if value else {} if type(value) is dict else []
        if self._left < 0 or id(value) in self._inside:
            return _TOO_MUCH if self._left < 0 else "<cyclic>"
        identity = id(value)
        inside = self._inside
        inside.add(identity)
        try:
            size = len(value)
            self._left -= size
            if type(value) is not dict:
                return self._list(list(islice(value, self._breadth)), type(value), path, depth + 1)
            items = list(value.items() if size <= self._breadth else islice(value.items(), self._breadth))
            return self._dict(items, path, depth + 1)
        except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
            return _CHANGED
        finally:
            inside.discard(identity)

    def _dict(self, items: list[tuple[Any, Any]], path: Path, depth: int) -> Event:
        normal: Event = {}
        longest = self._text
        scrubs = self._scrubs
        for key, item in items:
            name = key if type(key) is str and key.isascii() else _name_of(key, longest)
            if scrubs and len(name) <= LONGEST_SECRET and says_secret(name):
                normal[name] = FILTERED
                continue
            kind = type(item)
            # the commonest cases without a call; most of an event is short texts and small numbers
            if kind is str:
                is_done = len(item) <= longest and item.isascii()
            else:
                is_done = item is None or kind is bool or (kind is int and -_BIGGEST_INT <= item <= _BIGGEST_INT)
            if is_done:
                normal[name] = item
            else:
                normal[name] = self.value(item, (path, name), depth)
        return normal

    def _list(self, items: list[Any], kind: type, path: Path, depth: int) -> list[Json]:
        if kind is set or kind is frozenset:
            items.sort(key=lambda item: safe_repr(item, self._text))
        return [self.value(item, (path, place), depth) for place, item in enumerate(items)]


def _name_of(key: object, limit: int) -> str:
    return clean(key) if type(key) is str else safe_str(key, limit)


def _add_meta(event: Event, cuts: list[tuple[Path, int]]) -> None:
    """Note in `_meta` which texts were cut, and how long they were."""
    own = event.get("_meta")
    meta = event["_meta"] = copied(own) if isinstance(own, dict) else {}
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
