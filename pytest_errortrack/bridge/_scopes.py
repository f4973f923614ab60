"""The scopes of `sentry_sdk`, given to a block and put back afterwards.

The scopes that there are when the block begins are left alone: twins stand in for them. What the block makes is of its
epoch and counts for nothing once that is over. Everything that is replaced in `sentry_sdk.scope` is put back by
identity, with one exception: where a context that outlives the block still holds a scope of it (an event loop that
serves several tests), the façade stays, so that nobody sees that scope, until a later block ends without one.
"""

from __future__ import annotations

import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Self

import sentry_sdk
from sentry_sdk import scope as sentry_scope

from ._scope_epochs import epochs
from ._scope_processors import KeptProcessors
from ._scope_stand_ins import StandIns
from ._scope_vars import current_var, isolation_var
from ._traced_scope import SLOTS, UNPLACED, Plain, TracedScope
from ._traced_spans import TracedSpans

if TYPE_CHECKING:
    from sentry_sdk.scope import Scope

    from pytest_errortrack.assertions import Recorder

    from ._scope_epochs import Epoch

__all__ = ["PreservedScopes"]

_home: Final[ContextVar[Epoch | None]] = ContextVar("errortrack_epoch", default=None)
"""The epoch that began in this context."""

_CLASS_NAMES: Final = ((sentry_scope, "Scope"), (sentry_sdk, "Scope"))
_VARS: Final = {"_isolation_scope": isolation_var, "_current_scope": current_var}


class PreservedScopes:
    """Scopes of its own for a block, made from those that are.

    What an application wrote when it was imported is seen in the block; what the block writes is gone after it, in
    whatever context it was written.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._epoch: Epoch | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self.keep()
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there when the block was entered, or `keep` was last called."""
        self.rewind()

    def keep(self) -> None:
        """Let what the scopes hold now be what is put back: it was not set for the block alone."""
        self._processors = KeptProcessors()
        self._global = sentry_scope._global_scope  # noqa: SLF001 - sentry_sdk has no public way to replace it
        around = list(epochs.active.line()) if epochs.active is not None else []
        self._values = [(scope, scope.__copy__()) for epoch in around for scope in list(epoch.members())]
        self._epoch = epochs.begin(self._recorder)  # before other threads find the stand-ins
        if not around:
            _installation.install()
        self._found = [(var, var.foundation()) for var in _VARS.values()]
        self._home_before = _home.get()
        _home.set(self._epoch)

    def rewind(self) -> None:
        """Put it back, within the block."""
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            return
        is_home = _home.get() is epoch
        # Elsewhere than where it began, what the context held before is known from the scope that it holds.
        found = self._found if is_home else [(var, var.foundation()) for var in _VARS.values()]
        epochs.end(epoch)
        for var, scope in found:
            var.put_back(scope)
        if is_home:
            _home.set(self._home_before)
        for traced, then in self._values:
            _restore(traced, then)
        sentry_scope._global_scope = self._global  # noqa: SLF001 - as above
        self._processors.put_back()
        if epochs.active is None:
            _installation.remove([scope for scope in epoch.members() if scope.beneath is not UNPLACED])


def _restore(scope: TracedScope, then: TracedScope) -> None:
    """Let a scope of an epoch around this one hold what it held then."""
    for slot in SLOTS:
        if hasattr(then, slot):
            object.__setattr__(scope, slot, getattr(then, slot))
    scope.marks = then.marks


class _Installation:
    """What is replaced in `sentry_sdk` while anything records."""

    def __init__(self) -> None:
        self._stand_ins = StandIns()
        self._spans = TracedSpans()
        self._empty: Scope | None = None
        self._placed: list[weakref.ref[TracedScope]] = []

    def install(self) -> None:
        """Put everything in place."""
        if sentry_scope._global_scope is None:  # noqa: SLF001 - as above
            # There has to be one for its twins to stand in for; an empty one, kept because making one is slow.
            self._empty = self._empty or Plain(ty=sentry_scope.ScopeType.GLOBAL)
            sentry_scope._global_scope = self._empty  # noqa: SLF001 - as above
        for name, var in _VARS.items():
            setattr(sentry_scope, name, var)
        for module, name in _CLASS_NAMES:
            setattr(module, name, TracedScope)
        self._stand_ins.install()
        self._spans.install()

    def remove(self, placed: list[TracedScope]) -> None:
        """Put everything back; the façade once the scopes are gone that a context somewhere may still hold."""
        self._spans.remove()
        self._stand_ins.remove()
        for module, name in _CLASS_NAMES:
            setattr(module, name, Plain)
        for scope in placed:
            self._placed.append(weakref.ref(scope))
            # Unlike the callback of a reference, it is not called when the interpreter has lost half of its modules.
            weakref.finalize(scope, self._gone).atexit = False
        placed.clear()
        self._uncover()

    def _gone(self) -> None:
        if epochs.active is None:
            self._uncover()

    def _uncover(self) -> None:
        self._placed = [scope for scope in self._placed if scope() is not None]
        if not self._placed:
            for name, var in _VARS.items():
                setattr(sentry_scope, name, var.storage)


_installation: Final = _Installation()
