"""What an application holds by reference from before a recording goes on being in effect, and is left as it was.

A module may have kept a scope when it was imported (`SCOPE = sentry_sdk.get_isolation_scope()`). While anything records
its twin is in force. So the plain scope class gets attribute access that asks the twin: whatever is done with the
scope, by method, property or slot, is done with the twin, and what the scope itself holds is as it was afterwards.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from ._replacing import replace_until_closed
from ._traced_scope import SLOTS, Plain, TracedScope, twin_of

if TYPE_CHECKING:
    from sentry_sdk.scope import Scope

__all__ = ["StandIns"]


class StandIns:
    """Lets twins stand in for scopes from before, between `install` and `remove`."""

    def __init__(self) -> None:
        self._undo = ExitStack()

    def install(self) -> None:
        """Stand before the plain class; traced scopes have attribute access of their own."""
        for name, member in _MEMBERS.items():
            replace_until_closed(self._undo, Plain, name, member)

    def remove(self) -> None:
        """Step aside."""
        self._undo.close()


def _get(scope: Scope, name: str) -> Any:
    try:
        return getattr(twin_of(scope), name)
    except AttributeError:
        return object.__getattribute__(scope, name)  # of a subclass of the application's own


def _set(scope: Scope, name: str, value: object) -> None:
    if not hasattr(TracedScope, name):
        object.__setattr__(scope, name, value)
        return
    setattr(twin_of(scope), name, value)
    if name in SLOTS and not _is_set(scope, name):
        object.__setattr__(scope, name, value)  # a scope that another thread is making: it must be whole afterwards


def _is_set(scope: Scope, slot: str) -> bool:
    try:
        object.__getattribute__(scope, slot)
    except AttributeError:
        return False
    return True


def _copy(scope: Scope) -> TracedScope:
    return twin_of(scope).__copy__()


_MEMBERS: Final = {"__getattribute__": _get, "__setattr__": _set, "__copy__": _copy}
