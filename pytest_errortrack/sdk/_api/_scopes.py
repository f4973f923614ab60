"""Handing out scopes: the ones in effect, forks of them for a block, and the one of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from pytest_errortrack import _points
from pytest_errortrack.sdk._hub import GivenScope, Hub, IsolationScope, NewScope, PushedScope
from pytest_errortrack.sdk._scope import Scope, own_current, own_isolation, process

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "configure_scope",
    "get_current_scope",
    "get_global_scope",
    "get_isolation_scope",
    "isolation_scope",
    "new_scope",
    "push_scope",
    "with_scope",
]

R = TypeVar("R")


@overload
def configure_scope() -> GivenScope: ...
@overload
def configure_scope(callback: Callable[[Scope], R]) -> R: ...
def configure_scope(callback: Callable[[Scope], R] | None = None) -> GivenScope | R:
    """Hand out the isolation scope: to a `with` block, or to a callback."""
    scope = own_isolation()
    if _points.listeners:
        _points.announce(_points.Operation("configure_scope", scope, "*", kind="read"))
    return GivenScope(scope) if callback is None else callback(scope)


@overload
def push_scope() -> PushedScope: ...
@overload
def push_scope(callback: Callable[[Scope], R]) -> R: ...
def push_scope(callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
    """Push a fork of the current scope: until `Hub.current.pop_scope()`, the end of the block, or for a callback."""
    return Hub.current.push_scope() if callback is None else Hub.current.push_scope(callback)


@overload
def with_scope() -> PushedScope: ...
@overload
def with_scope(callback: Callable[[Scope], R]) -> R: ...
def with_scope(callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
    """Push a fork of the current scope for a `with` block or for a callback."""
    return Hub.current.with_scope() if callback is None else Hub.current.with_scope(callback)


def new_scope() -> NewScope:
    """Return a `with` block with a fork of the current scope."""
    return NewScope()


def isolation_scope() -> IsolationScope:
    """Return a `with` block with scopes of its own, for one request, job or command."""
    return IsolationScope()


def get_global_scope() -> Scope:
    """Return the scope that applies to everything in the process."""
    return process.roots.everywhere


def get_isolation_scope() -> Scope:
    """Return the isolation scope in effect here, for writing."""
    return own_isolation()


def get_current_scope() -> Scope:
    """Return the current scope in effect here, for writing."""
    layer = own_current()
    return process.roots.current if layer is None else layer.scope
