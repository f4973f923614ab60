"""Generators, coroutines and functions that run under a scope wherever, and by whomever, they are driven.

A generator has no context of its own: what it puts into effect before a `yield` is in effect for its consumer, and what
the consumer puts into effect meanwhile is in effect for it. What is bound here has its own scopes. They are put into
effect for each step and taken out of effect after it, and so is whatever the generator opened itself and has not left
yet. Steps may be made in different threads, tasks and contexts, one after the other.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pytest_errortrack.sdk._runtime import this_thread
from pytest_errortrack.sdk._scope._ambient import (
    Layer,
    ambient_current,
    current_var,
    isolation_scopes_in_force,
    isolation_var,
    whoever_runs,
)
from pytest_errortrack.sdk._scope._scope import Scope

if TYPE_CHECKING:
    from contextvars import ContextVar

__all__ = ["Bound", "BoundCoroutine", "bound_to"]

_STEPPED = (Generator, AsyncGenerator, Coroutine)

P = ParamSpec("P")
R = TypeVar("R")


class Bound:
    """An isolation scope with a fork of the current one, in effect step by step.

    Args:
        scope: the isolation scope; it is shared, not forked.
    """

    __slots__ = ("_current", "_isolation")

    def __init__(self, scope: Scope) -> None:
        self._isolation: Layer | None = Layer(scope)
        self._isolation.is_explicit = True
        self._isolation.requests = isolation_scopes_in_force()
        self._current: Layer | None = Layer(Scope(ambient_current().state))

    def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Make one step: call a function with the scopes in effect, and keep what it leaves open for the next one."""
        outer = isolation_var.get(), current_var.get()
        _take_over(isolation_var, self._isolation)
        _take_over(current_var, self._current)
        try:
            return function(*args, **kwargs)
        finally:
            self._isolation, self._current = isolation_var.get(), current_var.get()
            isolation_var.set(outer[0])
            current_var.set(outer[1])


class BoundGenerator(Generator[Any, Any, Any]):
    """A generator that is stepped under its own scopes."""

    def __init__(self, generator: Generator[Any, Any, Any], scope: Scope) -> None:
        self._generator = generator
        self._bound = Bound(scope)

    def send(self, value: Any) -> Any:
        """Go on with a value."""
        return self._bound.run(self._generator.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an exception."""
        return self._bound.run(self._generator.throw, *error)

    def close(self) -> None:
        """End it."""
        self._bound.run(self._generator.close)


class BoundCoroutine(Coroutine[Any, Any, Any]):
    """A coroutine, or what an asynchronous generator returns for a step, that is stepped under its own scopes."""

    def __init__(self, steps: Any, bound: Bound) -> None:
        self._steps = steps
        self._bound = bound

    def send(self, value: Any) -> Any:
        """Go on with a value."""
        return self._bound.run(self._steps.send, value)

    def throw(self, *error: Any) -> Any:
        """Go on with an exception."""
        return self._bound.run(self._steps.throw, *error)

    def close(self) -> None:
        """End it."""
        self._bound.run(self._steps.close)

    def __await__(self) -> BoundCoroutine:
        return self

    def __iter__(self) -> BoundCoroutine:
        return self

    def __next__(self) -> Any:
        return self.send(None)


class BoundAsyncGenerator(AsyncGenerator[Any, Any]):
    """An asynchronous generator that is stepped under its own scopes."""

    def __init__(self, generator: AsyncGenerator[Any, Any], scope: Scope) -> None:
        self._generator = generator
        self._bound = Bound(scope)

    def __anext__(self) -> BoundCoroutine:
        return BoundCoroutine(self._generator.__anext__(), self._bound)

    def asend(self, value: Any) -> BoundCoroutine:
        """Go on with a value."""
        return BoundCoroutine(self._generator.asend(value), self._bound)

    def athrow(self, *error: Any) -> BoundCoroutine:
        """Go on with an exception."""
        return BoundCoroutine(self._generator.athrow(*error), self._bound)

    def aclose(self) -> BoundCoroutine:
        """End it."""
        return BoundCoroutine(self._generator.aclose(), self._bound)


def bound_to(scope: Scope, what: Any) -> Any:
    """Return what was given, so that it runs under a scope; see `Scope.bind`.

    Raises:
        TypeError: it is nothing that can be run.
    """
    if isinstance(what, Generator):
        return BoundGenerator(what, scope)
    if isinstance(what, AsyncGenerator):
        return BoundAsyncGenerator(what, scope)
    if isinstance(what, Coroutine):
        return BoundCoroutine(what, Bound(scope))
    if callable(what):

        def run(*args: Any, **kwargs: Any) -> Any:
            result = Bound(scope).run(what, *args, **kwargs)
            return bound_to(scope, result) if isinstance(result, _STEPPED) else result

        return update_wrapper(run, what)
    raise TypeError(f"bind() takes a generator, a coroutine or a function (found {type(what).__name__})")


def _take_over(var: ContextVar[Layer | None], layer: Layer | None) -> None:
    """Put layers into effect as those of whoever runs now."""
    var.set(layer)
    owner = whoever_runs()
    while layer is not None:
        layer.take_over(this_thread.token, owner)
        layer = layer.previous
