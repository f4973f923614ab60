"""The local variables of frames, as bounded texts, within a budget of time.

A `repr` is anybody's code and cannot be interrupted. So the clock is looked at between values: what is still to come
when the budget is spent is not looked at any more.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._serialize._scrub import FILTERED, is_secret
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
_QUICK = frozenset({str, int, float, bool, type(None), bytes})
_CONTAINERS = frozenset({dict, list, tuple, set, frozenset})


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
        for name, value in islice(variables.items(), _NAMES):
            key = name if type(name) is str and name.isascii() else safe_str(name, _TEXT)
            if self._scrubs and is_secret(key):
                written[key] = FILTERED
            elif type(value) in _QUICK:
                written[key] = safe_repr(value, _TEXT)
            else:
                self._value_deadline = min(self._deadline, self._monotonic() + _VALUE_BUDGET_S)
                written[key] = self._value(value, 0)
        return written

    def _value(self, value: Any, depth: int) -> Json:
        """Return a value that is more than a scalar; those are told by their `repr` where they are met."""
        kind = type(value)
        if self._monotonic() > self._value_deadline:
            return BUDGET_EXCEEDED
        return self._container(value, depth) if kind in _CONTAINERS else safe_repr(value, _TEXT)

    def _container(self, value: Any, depth: int) -> Json:
        if depth >= _DEPTH:
            return f"<{type(value).__name__} of {len(value)}>"
        if id(value) in self._inside:
            return "<cyclic>"
        self._inside.add(id(value))
        try:
            if type(value) is dict:
                return self._dict(list(islice(value.items(), _BREADTH)), depth + 1)
            return [
                safe_repr(item, _TEXT) if type(item) in _QUICK else self._value(item, depth + 1)
                for item in list(islice(value, _BREADTH))
            ]
        except RuntimeError:  # pragma: no cover - another thread has to change it within these few instructions
            return "<changed while it was read>"
        finally:
            self._inside.discard(id(value))

    def _dict(self, items: list[tuple[Any, Any]], depth: int) -> Event:
        written: Event = {}
        for key, item in items:
            name = key if type(key) is str and key.isascii() else _name_of(key)
            if self._scrubs and is_secret(name):
                written[name] = FILTERED
            else:
                written[name] = safe_repr(item, _TEXT) if type(item) in _QUICK else self._value(item, depth)
        return written


def _name_of(key: object) -> str:
    return clean(key) if type(key) is str else safe_repr(key, _TEXT)
