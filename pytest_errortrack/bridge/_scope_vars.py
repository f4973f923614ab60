"""The façade over the two context variables of `sentry_sdk.scope`.

It is put in their place while anything records. The values stay in the original variables, so that a token of one is
good for the other, whenever it was made. What the façade adds: a scope of an epoch that is over counts as unset, a
scope from before the recording is answered by its traced twin, and it notes which isolation scopes are opened on
purpose.

Setting a variable beforehand, in a fixture, would not do: an event loop of pytest-asyncio or anyio may run its tests in
a context that was copied earlier.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from sentry_sdk import scope as sentry_scope

from pytest_errortrack import interleave

from ._scope_epochs import epoch_here, epochs
from ._traced_scope import UNPLACED, Plain, TracedScope, is_traced, twin_of, twin_within

if TYPE_CHECKING:
    from contextvars import ContextVar, Token

    from ._scope_epochs import Epoch

__all__ = ["ScopeVar", "current_var", "isolation_scopes_in_force", "isolation_var"]

_IMPLICIT: Final = Plain.get_isolation_scope.__func__.__code__  # type: ignore[attr-defined] # it is a class method
"""Whoever asks for an isolation scope where there is none gets one from this code: nobody opened it."""


class ScopeVar:
    """Stands in for one of the variables."""

    def __init__(self, storage: ContextVar[Any]) -> None:
        self.storage: Final = storage

    @property
    def name(self) -> str:
        """The variable's own name."""
        return self.storage.name

    def get(self, *default: Any) -> Any:
        """Answer the scope in force in this context, if there is one that counts."""
        raw = self.storage.get(*default)
        if raw is None or (type(raw) is TracedScope and raw.epoch.is_live and not epochs.are_apart):
            return raw
        return _resolved(raw)

    def set(self, scope: Any) -> Token[Any]:
        """Put a scope in force in this context."""
        return self.storage.set(self._placed(scope))

    def reset(self, token: Token[Any]) -> None:
        """Put back what a token remembers."""
        self.storage.reset(token)

    def foundation(self) -> Any:
        """Find what this context holds apart from what the epoch that is, and those that are over, put there."""
        return _foundation(self.storage.get(None))

    def put_back(self, scope: Any) -> None:
        """Put back what this context held before; not what was put there in an epoch that is over by now."""
        while is_traced(scope) and not scope.epoch.is_live:
            scope = _beneath(scope)
        if self.storage.get(None) is not scope:
            self.storage.set(scope)

    def _placed(self, scope: Any) -> Any:
        """Return what to store; a scope remembers what was in force before its epoch."""
        if epochs.active is None or not issubclass(type(scope), Plain):
            return scope
        foundation = self.foundation()
        traced = twin_of(scope)
        if foundation is not None and twin_of(foundation) is traced:
            return foundation  # what was in force before the epoch is put back
        if traced.beneath is UNPLACED:
            traced.beneath = foundation
        return traced


class _IsolationVar(ScopeVar):
    """The same for the variable that tells requests apart."""

    def get(self, *default: Any) -> Any:
        """Answer the scope in force; one that is so without having been put there is nobody's request."""
        scope = ScopeVar.get(self, *default)
        if type(scope) is TracedScope and scope.is_request is None:
            scope.is_request = False
        return scope

    def set(self, scope: Any) -> Token[Any]:
        """Put an isolation scope in force in this context; it is a request's if it was opened on purpose."""
        placed = self._placed(scope)
        if type(placed) is TracedScope and placed.is_request is None:
            is_root = sys._getframe(1).f_code is _IMPLICIT  # noqa: SLF001 - see there
            if not is_root and not placed.serves:
                placed.serves = self.in_force()
            placed.is_request = not is_root
            placed.opened_in = _root_actor()
        return self.storage.set(placed)

    def in_force(self) -> tuple[TracedScope, ...]:
        """Answer the isolation scopes, opened on purpose, that this context is part of.

        One that was opened outside of the actor of an interleaving is an older claim than the actor itself.
        """
        scope = self.get(None)
        if type(scope) is not TracedScope:
            return ()
        chain = (*scope.serves, scope) if scope.is_request else scope.serves
        root = _root_actor()
        return chain if root is None else tuple(each for each in chain if each.opened_in == root)


def _root_actor() -> str | None:
    """Find the actor of an interleaving on whose behalf this runs: the one that was given to `run`."""
    actor = interleave.current_actor()
    return None if actor is None else actor.path.partition(".")[0]


def _resolved(raw: Any) -> Any:
    """Find the scope that counts for the caller, given what its context holds."""
    owner = epoch_here()
    if epochs.are_apart:
        return _resolved_apart(raw, owner)
    while is_traced(raw):
        if raw.epoch.is_live or (owner is not None and not owner.is_live and raw.epoch.recorder is owner.recorder):
            return raw
        raw = _beneath(raw)
    return raw if owner is None or raw is None else twin_of(raw, owner)


def _resolved_apart(raw: Any, owner: Epoch | None) -> Any:
    """Do so while recordings stand side by side: each has scopes of its own, also for those of a recording around it.

    A context may hold another one's, which began earlier or is beside it: that of a thread that works for both.
    """
    around = () if owner is None else tuple(owner.line())
    while is_traced(raw):
        if owner is not None:
            if raw.epoch.recorder is owner.recorder and (raw.epoch.is_live or not owner.is_live):
                return raw
            known = owner.twin_if_known(raw)
            if known is not None or raw.epoch in around:
                return known or twin_within(raw, owner)
        raw = _beneath(raw)
    return raw if owner is None or raw is None else twin_of(raw, owner)


def _foundation(raw: Any) -> Any:
    active = epochs.active
    around = tuple(active.line()) if active is not None and epochs.are_apart else None
    while is_traced(raw):
        if raw.epoch.is_live and raw.epoch is not active and (around is None or raw.epoch in around):
            return raw  # of an epoch around this one
        raw = _beneath(raw)
    return raw


def _beneath(scope: TracedScope) -> Any:
    return None if scope.beneath is UNPLACED else scope.beneath


current_var: Final = ScopeVar(sentry_scope._current_scope)  # noqa: SLF001 - it has no public name
isolation_var: Final = _IsolationVar(sentry_scope._isolation_scope)  # noqa: SLF001 - as above


def isolation_scopes_in_force() -> tuple[object, ...]:
    """Return the explicitly opened isolation scopes of the present context, outermost first."""
    return isolation_var.in_force() if epochs.active is not None else ()
