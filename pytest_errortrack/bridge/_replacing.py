"""Put something in the place of a class's attribute, and the attribute back by identity, or away where it was none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contextlib import ExitStack

__all__ = ["replace_until_closed"]

_ABSENT: Final = object()


def replace_until_closed(undo: ExitStack, owner: type, name: str, value: object) -> None:
    """Let a class have this attribute until the stack is closed."""
    undo.callback(_put_back, owner, name, owner.__dict__.get(name, _ABSENT))
    setattr(owner, name, value)


def _put_back(owner: type, name: str, before: object) -> None:
    if before is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)
