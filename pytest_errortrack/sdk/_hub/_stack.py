"""A stack of current scopes over an isolation scope: what a hub is made of.

The stack is a tuple that is replaced as a whole, under a lock; who reads it needs none.
"""

from __future__ import annotations

from typing import cast

from pytest_errortrack import _points
from pytest_errortrack.sdk._runtime import new_lock
from pytest_errortrack.sdk._scope import Layer, Scope, current_layer, current_var, is_root_here, leave, process

__all__ = ["ScopeStack"]


class ScopeStack:
    """The scopes of a hub, and how they are pushed, taken off and put back; the last one stays."""

    __slots__ = ("__weakref__", "_journal", "_lock", "_stack", "isolation")

    isolation: Scope
    _stack: tuple[Layer, ...]

    def set_up(self, isolation: Scope, layer: Layer) -> None:
        """Begin with one layer."""
        self.isolation = isolation
        self._stack = (layer,)
        self._lock = new_lock()
        self._journal = process.journal

    @property
    def scope(self) -> Scope:
        """The scope on top of the stack."""
        return self._stack[-1].scope

    def push_layer(self, name: str) -> Layer:
        """Push a fork of the top; where the hub is the current one, the new scope comes into effect."""
        if _points.listeners:
            _points.announce(_points.Operation(name, self, "stack"))
        is_current = self._is_current()
        with self._lock:
            stack = self._stack
            self._note(stack)
            top = stack[-1]
            previous = current_var.get() if is_current else None
            layer = Layer(Scope(top.scope.state), previous)
            layer.hub, layer.is_explicit = self, top.is_explicit
            self._stack = (*stack, layer)
        if is_current:
            current_var.set(layer)
        return layer

    def remove_layer(self, layer: Layer) -> None:
        """Take a pushed scope off the stack again, wherever it stands by now."""
        try:
            if _points.listeners:
                _points.announce(_points.Operation("pop_scope", self, "stack"))
        finally:
            self._remove(layer)

    def restore(self, value: object) -> None:
        """Take an earlier stack back; for `_journal`."""
        self._stack = cast("tuple[Layer, ...]", value)

    def _remove(self, layer: Layer | None) -> bool:
        """Take a layer off (default: the top), and tell whether that could be done."""
        with self._lock:
            stack = self._stack
            layer = stack[-1] if layer is None else layer
            can_go = layer in stack[1:]
            if can_go:
                self._note(stack)
                self._stack = tuple(kept for kept in stack if kept is not layer)
        if can_go:
            leave(current_var, layer)
        return can_go

    def _note(self, stack: tuple[Layer, ...]) -> None:
        """Tell an open journal what the stack was before its first change."""
        journal = process.journal
        if journal is not self._journal:
            self._journal = journal
            if journal is not None:
                journal.note(self, stack)

    def _is_current(self) -> bool:
        layer = current_layer(current_var)
        if layer is None:
            return process.main_hub is self and is_root_here()
        return layer.hub is self and layer.is_mine()
