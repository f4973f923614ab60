"""Which scopes are in effect here: the two context variables, and the rules by which a context gets scopes of its own.

A context variable holds a `Layer`: a scope, and whom it belongs to. A context inherits the layers of the one it was
copied from (a task those of its parent, a thread those it was started with, where Python does that). Reading goes
through inherited layers. The first write of another owner forks the scope into its own context first, so that tasks and
threads are isolated without anybody asking for it:

* a layer that nobody opened on purpose belongs to one owner, a task or a thread;
* an isolation scope opened on purpose (`isolation_scope()`, `Hub.run`) is shared with the tasks started inside it,
  since they do that request's work, and forked for other threads.

A layer remembers the one before it and whether it is closed. Leaving a block puts the last open one before it back if
the block's own layer is still the current one; if not, it only closes its layer, and whoever leaves later skips it.
Tokens of context variables are of no use for that: generators enter and leave in any order, and in any context.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import NamedTuple

from pytest_errortrack.sdk._runtime import ThreadToken, current_owner, this_thread
from pytest_errortrack.sdk._scope._cell import states_of
from pytest_errortrack.sdk._scope._process import process
from pytest_errortrack.sdk._scope._scope import Scope
from pytest_errortrack.sdk._scope._state import EMPTY, ScopeState

__all__ = [
    "Layer",
    "Roots",
    "ambient_current",
    "ambient_isolation",
    "ambient_states",
    "current_layer",
    "current_var",
    "fresh_roots",
    "is_root_here",
    "isolation_scopes_in_force",
    "isolation_var",
    "leave",
    "new_layer",
    "open_isolation",
    "own_current",
    "own_isolation",
    "whoever_runs",
]


class Layer:
    """A scope in effect in a context, who put it there, and whether that one's thread may share it.

    Attributes:
        scope: the scope.
        is_explicit: whether it was opened on purpose, and is shared within the thread.
        previous: what was in effect before.
        hub: the hub that stands for the layer, once somebody asked for one.
        thread: the thread that it was put into effect in.
        requests: the scopes of the `isolation_scope()` blocks that the layer serves; a fork serves its original's.
        is_closed: whether its block was left.
    """

    # defaults of the class, not of the constructor: one is made for every block and every span, and most leave them
    is_explicit = False
    hub: object | None = None
    requests: tuple[Scope, ...] = ()
    is_closed = False

    def __init__(self, scope: Scope, previous: Layer | None = None, opener: object | None = None) -> None:
        self.scope = scope
        self.previous = previous
        self.thread = this_thread.token
        self._opener = opener or whoever_runs()

    def is_mine(self) -> bool:
        """Tell whether whoever runs now may write the scope without forking it first."""
        if self.is_explicit:
            return self.thread is this_thread.token
        return self._is_opener(current_owner())

    def is_left(self) -> bool:
        """Tell whether whoever runs now opened the layer and has left it since; others it goes on to serve."""
        return self.is_closed and self._is_opener(current_owner())

    def take_over(self, thread: ThreadToken, opener: object) -> None:
        """Let the layer belong to somebody else: it goes from hand to hand, and nobody shares it."""
        self.thread = thread
        self._opener = opener

    def _is_opener(self, owner: object) -> bool:
        opener = self._opener
        return opener is owner or (type(opener) is weakref.ref and opener() is owner)


def whoever_runs() -> object:
    """Return who runs, as a layer remembers them: a token is held, a task is not, since it must be free to end."""
    owner = current_owner()
    return owner if type(owner) is ThreadToken else weakref.ref(owner)


class Roots(NamedTuple):
    """The scopes that there are before anything is forked."""

    everywhere: Scope
    isolation: Scope
    current: Scope


_write_lock = process.write_lock

isolation_var: ContextVar[Layer | None] = ContextVar("errortrack_isolation", default=None)
current_var: ContextVar[Layer | None] = ContextVar("errortrack_current", default=None)


def fresh_roots(*, isolation: ScopeState = EMPTY, current: ScopeState = EMPTY) -> Roots:
    """Return new root scopes."""
    return Roots(Scope(), Scope(isolation), Scope(current))


process.roots = fresh_roots()


def current_layer(var: ContextVar[Layer | None]) -> Layer | None:
    """Return the layer in effect, without those that whoever runs now has already left."""
    layer = var.get()
    while layer is not None and layer.is_left():
        layer = layer.previous
    return layer


def is_root_here() -> bool:
    """Tell whether the root scopes belong to whoever runs now: the main thread, outside of any event loop."""
    return this_thread.token.is_main and type(current_owner()) is ThreadToken


def ambient_isolation() -> Scope:
    """Return the isolation scope in effect here, for reading."""
    layer = isolation_var.get()
    if layer is not None and layer.is_closed:
        layer = current_layer(isolation_var)
    return process.roots.isolation if layer is None else layer.scope


def ambient_current() -> Scope:
    """Return the current scope in effect here, for reading."""
    layer = current_var.get()
    if layer is not None and layer.is_closed:
        layer = current_layer(current_var)
    return process.roots.current if layer is None else layer.scope


def ambient_states() -> tuple[ScopeState, ...]:
    """Return what the three scopes in effect here hold at this moment, weakest first."""
    return states_of(process.roots.everywhere, ambient_isolation(), ambient_current())


def isolation_scopes_in_force() -> tuple[Scope, ...]:
    """Return the scopes of all `isolation_scope()` blocks that this is part of, outermost first.

    Work that a block started, in a task or in a thread with a copy of its context, is part of it after its end too.
    """
    layer = current_layer(isolation_var)
    return () if layer is None else layer.requests


def own_isolation() -> Scope:
    """Return the isolation scope in effect here, for writing: forked first when it is somebody else's."""
    layer = isolation_var.get()
    if layer is not None and layer.is_closed:
        layer = current_layer(isolation_var)
    if layer is None:
        if is_root_here():
            return process.roots.isolation
        return _forked(isolation_var, process.roots.isolation, None).scope
    # the first half of `is_mine`, spelled out: every setter comes by here
    if (layer.is_explicit and layer.thread is this_thread.token) or layer.is_mine():
        return layer.scope
    return _forked(isolation_var, layer.scope, layer).scope


def own_current() -> Layer | None:
    """Return the current layer, forked first when it is somebody else's; None stands for the root scope."""
    layer = current_layer(current_var)
    if layer is None:
        return None if is_root_here() else _forked(current_var, process.roots.current, None)
    return layer if layer.is_mine() else _forked(current_var, layer.scope, layer)


def new_layer(
    var: ContextVar[Layer | None],
    scope: Scope,
    *,
    hub: object | None = None,
    requests: tuple[Scope, ...] = (),
    is_explicit: bool = False,
) -> Layer:
    """Put a scope into effect here, on top of what is."""
    layer = Layer(scope, var.get())
    layer.hub, layer.requests, layer.is_explicit = hub, requests, is_explicit
    var.set(layer)
    return layer


def open_isolation() -> tuple[Layer, Layer]:
    """Put forks of both scopes into effect here, both taken at one moment, and return their layers."""
    # the reading half of `ambient_isolation` and `ambient_current`, spelled out: there is one block for every request
    previous, below = isolation_var.get(), current_var.get()
    outer = current_layer(isolation_var) if previous is not None and previous.is_closed else previous
    inner = current_layer(current_var) if below is not None and below.is_closed else below
    roots = process.roots
    with _write_lock:
        opened = Scope((roots.isolation if outer is None else outer.scope).state)
        forked = Scope((roots.current if inner is None else inner.scope).state)
    opener = whoever_runs()
    layer = Layer(opened, previous, opener)
    layer.is_explicit = True
    layer.requests = (opened,) if outer is None else (*outer.requests, opened)
    isolation_var.set(layer)
    top = Layer(forked, below, opener)
    current_var.set(top)
    return layer, top


def leave(var: ContextVar[Layer | None], layer: Layer) -> None:
    """Take a layer out of effect, wherever it stands by now."""
    layer.is_closed = True
    if var.get() is not layer:
        return
    previous = layer.previous
    while previous is not None and previous.is_closed:
        previous = previous.previous
    var.set(previous)


def _forked(var: ContextVar[Layer | None], scope: Scope, inherited: Layer | None) -> Layer:
    """Give this context a fork of a scope that belongs to somebody else.

    What was inherited is not remembered as the previous layer: nothing here ever goes back to what is not its own.
    """
    layer = Layer(Scope(scope.state))
    if inherited is not None:
        layer.requests, layer.is_explicit = inherited.requests, inherited.is_explicit
    var.set(layer)
    return layer
