"""The `with` blocks that put a scope into effect and take it out again.

Classes rather than generators: they cost a third, and leave no frame of ours between the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack import _points
from pytest_errortrack.sdk._scope import (
    Layer,
    Scope,
    ambient_current,
    ambient_isolation,
    current_var,
    isolation_var,
    leave,
    new_layer,
    open_isolation,
)

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_errortrack.sdk._hub._hub import Hub

__all__ = ["GivenScope", "IsolationScope", "NewScope", "PushedScope"]


class GivenScope:
    """A block in which a scope can be configured; the scope stays in effect as before."""

    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __enter__(self) -> Scope:
        return self._scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave everything as it is."""


class PushedScope:
    """A scope that was pushed on a hub; leaving the block takes it off again, wherever it stands by then."""

    __slots__ = ("_hub", "_layer", "_name")

    def __init__(self, hub: Hub, layer: Layer | None, name: str) -> None:
        self._hub = hub
        self._layer = layer
        self._name = name

    @property
    def scope(self) -> Scope:
        """The pushed scope."""
        if self._layer is None:
            self._layer = self._hub.push_layer(self._name)
        return self._layer.scope

    def __enter__(self) -> Scope:
        return self.scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._layer is not None:
            self._hub.remove_layer(self._layer)


class NewScope:
    """A block with a fork of the current scope."""

    _layer: Layer | None = None

    def __enter__(self) -> Scope:
        current = ambient_current()
        if _points.listeners:
            _points.announce(_points.Operation("new_scope", current, "*", kind="read"))
        self._layer = new_layer(current_var, Scope(current.state))
        return self._layer.scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._layer is not None:
            leave(current_var, self._layer)


class IsolationScope:
    """A block with forks of the isolation scope and the current scope, for one request, job or command."""

    _layers: tuple[Layer, Layer] | None = None

    def __enter__(self) -> Scope:
        if _points.listeners:
            _points.announce(_points.Operation("isolation_scope", ambient_isolation(), "*", kind="read"))
        self._layers = layers = open_isolation()
        return layers[0].scope

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._layers is not None:
            isolation, current = self._layers
            leave(current_var, current)
            leave(isolation_var, isolation)
