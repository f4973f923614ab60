"""Put something in the place of a class's attribute, and the attribute back by identity, or away where it was none.

Replacements of one attribute may end in any order. What is not on top when it ends stays where it is, and what was
there before comes back when those above it have ended as well: it has to let everything through once it is over.
"""

from __future__ import annotations

import _thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from types import ModuleType

__all__ = ["replace_all_until_closed", "replace_until_closed", "replacing"]

_ABSENT: Final = object()

replacing: Final = _thread.RLock()
"""Held by whoever makes a replacement out of what there is; the real lock, whatever is explored meanwhile."""


class _Layer:
    """One replacement, by what it replaced."""

    __slots__ = ("before", "is_over")

    def __init__(self, before: object) -> None:
        self.before = before
        self.is_over = False


_layers: Final[dict[tuple[type | ModuleType, str], list[_Layer]]] = {}


def replace_until_closed(undo: ExitStack, owner: type | ModuleType, name: str, value: object) -> None:
    """Let a class or module have this attribute until the stack is closed."""
    replace_all_until_closed(undo, ((owner, name, value),))


def replace_all_until_closed(undo: ExitStack, replacements: Iterable[tuple[type | ModuleType, str, object]]) -> None:
    """Let classes and modules have these attributes until the stack is closed."""
    with replacing:
        made: list[tuple[type | ModuleType, str, _Layer]] = []
        undo.callback(_put_back, made)
        for owner, name, value in replacements:
            layer = _Layer(owner.__dict__.get(name, _ABSENT))
            _layers.setdefault((owner, name), []).append(layer)
            made.append((owner, name, layer))
            setattr(owner, name, value)


def _put_back(made: list[tuple[type | ModuleType, str, _Layer]]) -> None:
    with replacing:
        for owner, name, layer in reversed(made):
            layer.is_over = True
            layers = _layers[owner, name]
            while layers and layers[-1].is_over:
                before = layers.pop().before
                if before is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, before)
            if not layers:
                del _layers[owner, name]
