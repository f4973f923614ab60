"""The local variables of frames, as bounded texts, within a budget of time.

A `repr` is anybody's code and cannot be interrupted. So the clock is looked at between values: what is still to come
when the budget is spent is not looked at any more.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize._scrub import FILTERED, LONGEST_SECRET, says_secret
from pytest_errortrack.sdk._serialize._text import clean, safe_repr, safe_str

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["BUDGET_EXCEEDED", "VariableWriter"]

BUDGET_EXCEEDED = "<budget exceeded>"

_DEPTH = 5
_BREADTH = 10
_TEXT = 1024
_NAMES = 50
_EVENT_BUDGET_S = 0.050
_VALUE_BUDGET_S = 0.005
_LONGEST_REPR_OF_A_CHARACTER = 11
_SHORT = (_TEXT - 1) // _LONGEST_REPR_OF_A_CHARACTER  # of a text of so many characters the whole repr fits
_BIG = 2**63
_SMALL = frozenset({bool, float, type(None)})
_QUICK = frozenset({str, int, float, bool, type(None), bytes})
_MAPPINGS = frozenset({dict, OrderedDict, defaultdict, Counter})
_CONTAINERS = _MAPPINGS | {list, tuple, set, frozenset, deque}
"""The containers of the language and its `collections`: safe to look into, where a `repr` would tell all of them."""


class VariableWriter:
    """Writes the variables of one event's frames.

    Args:
        monotonic: the clock.
        scrubs: whether values whose names say that they are secrets are left out.
    """

    __slots__ = ("_deadline", "_inside", "_monotonic", "_scrubs", "_value_deadline")

    def __init__(self, monotonic: Callable[[], float], *, scrubs: bool) -> None:
        self._monotonic = monotonic
        self._scrubs = scrubs
        self._deadline = monotonic() + _EVENT_BUDGET_S
        self._value_deadline = self._deadline
        self._inside: set[int] = set()

    def write(self, variables: Mapping[str, object]) -> Event:
        """Return the variables of a frame by name."""
        written: Event = {}
        scrubs = self._scrubs
        for name, value in variables.items() if len(variables) <= _NAMES else islice(variables.items(), _NAMES):
            key = name if type(name) is str and name.isascii() else safe_str(name, _TEXT)
            if scrubs and len(key) <= LONGEST_SECRET and says_secret(key):
                written[key] = FILTERED
                continue
            kind = type(value)
            if kind in _QUICK:
                written[key] = _quick(value, kind)
            else:
                now = self._monotonic()
                self._value_deadline = min(self._deadline, now + _VALUE_BUDGET_S)
                written[key] = BUDGET_EXCEEDED if now > self._deadline else self._slow(value, kind, 0)
        return written

    def _slow(self, value: Any, kind: type, depth: int) -> Json:
        """Return a value that is more than a scalar."""
        return self._container(value, kind, depth) if kind in _CONTAINERS else safe_repr(value, _TEXT)

    def _container(self, value: Any, kind: type, depth: int) -> Json:
        if depth >= _DEPTH:
            return f"<{kind.__name__} of {len(value)}>"
        if id(value) in self._inside:
            return "<cyclic>"
        try:
            if kind in _MAPPINGS:
                items = value.items() if len(value) <= _BREADTH else islice(value.items(), _BREADTH)
                return self._dict(value, list(items), depth + 1)
            items = value if len(value) <= _BREADTH else islice(value, _BREADTH)
            return [
                _quick(item, type(item)) if type(item) in _QUICK else self._inner(item, value, depth + 1)
                for item in list(items)
            ]
        except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
            return "<changed while it was read>"

    def _dict(self, value: Any, items: list[tuple[Any, Any]], depth: int) -> Event:
        written: Event = {}
        scrubs = self._scrubs
        for key, item in items:
            name = key if type(key) is str and key.isascii() else _name_of(key)
            if scrubs and len(name) <= LONGEST_SECRET and says_secret(name):
                written[name] = FILTERED
                continue
            kind = type(item)
            written[name] = _quick(item, kind) if kind in _QUICK else self._inner(item, value, depth)
        return written

    def _inner(self, value: Any, outer: Any, depth: int) -> Json:
        """Return a value within a container: what takes time is only looked at while there is some left."""
        if self._monotonic() > self._value_deadline:
            return BUDGET_EXCEEDED
        kind = type(value)
        if kind not in _CONTAINERS:
            return safe_repr(value, _TEXT)
        inside = self._inside
        identity = id(outer)
        inside.add(identity)
        try:
            return "<cyclic>" if value is outer else self._container(value, kind, depth)
        finally:
            inside.discard(identity)


def _quick(value: Any, kind: type) -> str:
    """Return the repr of a value that takes no time."""
    if kind in _SMALL or (kind is str and len(value) <= _SHORT) or (kind is int and -_BIG < value < _BIG):
        return repr(value)
    return safe_repr(value, _TEXT)


def _name_of(key: object) -> str:
    return clean(key) if type(key) is str else safe_repr(key, _TEXT)
