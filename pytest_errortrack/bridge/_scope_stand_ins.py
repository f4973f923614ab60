"""What an application holds by reference from before a recording goes on being in effect, and is left as it was.

A module may have kept a scope when it was imported (`SCOPE = sentry_sdk.get_isolation_scope()`). While anything records
its twin is in force. So the plain scope class gets attribute access that asks the twin: whatever is done with the
scope, by method, property or slot, is done with the twin, and what the scope itself holds is as it was afterwards.
"""

from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

from ._replacing import replace_until_closed
from ._scope_epochs import epoch_here, epochs
from ._traced_scope import PLAIN_COPY, Plain, TracedScope, is_whole, twin_of

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
    twin = _twin(scope)
    if twin is None:
        return object.__getattribute__(scope, name)
    try:
        return getattr(twin, name)
    except AttributeError:
        return object.__getattribute__(scope, name)  # of a subclass of the application's own


def _set(scope: Scope, name: str, value: object) -> None:
    twin = _twin(scope) if hasattr(TracedScope, name) else None
    if twin is None:
        object.__setattr__(scope, name, value)
        return
    setattr(twin, name, value)
    if name == "_flags" and value is not None and object.__getattribute__(scope, name) is None:
        # The scope makes its buffer when it is first read, and reads it back, perhaps after the recording's end.
        object.__setattr__(scope, name, deepcopy(value))


def _copy(scope: Scope) -> Scope:
    twin = _twin(scope)
    return PLAIN_COPY(scope) if twin is None else twin.__copy__()


def _twin(scope: Scope) -> TracedScope | None:
    """Find what stands for a scope; None where another thread is just making it, which has to make it to its end.

    A twin of half a scope would take what makes the other half: its `clear()`, its last assignments. The scope itself
    would stay without them, and fail once the twin is gone.
    """
    epoch = epoch_here() or (None if epochs.are_apart else epochs.latest)
    known = None if epoch is None else epoch.twin_if_known(scope)
    if known is not None:
        return known
    return twin_of(scope, epoch) if epoch is not None and is_whole(scope) else None


_MEMBERS: Final = {"__getattribute__": _get, "__setattr__": _set, "__copy__": _copy}
