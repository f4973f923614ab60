"""Forks of the scopes in effect, taken where work is handed over and put into effect where it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from pytest_errortrack.sdk._scope._ambient import (
    ambient_current,
    ambient_isolation,
    current_layer,
    current_var,
    isolation_var,
    leave,
    new_layer,
)
from pytest_errortrack.sdk._scope._process import process
from pytest_errortrack.sdk._scope._scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Carried", "outside_of_all_scopes"]

P = ParamSpec("P")
R = TypeVar("R")


class Carried:
    """What somebody's scopes held when it was made, for one piece of work that is done elsewhere.

    It keeps neither a thread nor a task, and no layer of the one who made it.
    """

    __slots__ = ("_current", "_is_explicit", "_isolation", "_requests")

    def __init__(self) -> None:
        isolation, current = ambient_isolation(), ambient_current()
        with process.write_lock:
            self._isolation, self._current = Scope(isolation.state), Scope(current.state)
        layer = current_layer(isolation_var)
        self._is_explicit = layer is not None and layer.is_explicit
        self._requests = () if layer is None else layer.requests

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a function with these scopes in effect, and take them out of effect again."""
        isolation = new_layer(isolation_var, self._isolation, requests=self._requests, is_explicit=self._is_explicit)
        current = new_layer(current_var, self._current)
        try:
            return function(*args, **kwargs)
        finally:
            leave(current_var, current)
            leave(isolation_var, isolation)


def outside_of_all_scopes(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that starts what serves everybody, such as a pool's thread, with no scope in effect."""
    isolation, current = isolation_var.get(), current_var.get()
    isolation_var.set(None)
    current_var.set(None)
    try:
        return function(*args, **kwargs)
    finally:
        isolation_var.set(isolation)
        current_var.set(current)
