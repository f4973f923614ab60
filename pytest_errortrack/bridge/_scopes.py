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

from pytest_errortrack.assertions import line_up

from ._replacing import replacing
from ._scope_epochs import epochs
from ._scope_processors import KeptProcessors, processors_apart
from ._scope_stand_ins import StandIns
from ._scope_vars import current_var, isolation_var
from ._traced_scope import SLOTS, UNPLACED, Plain, TracedScope, is_traced, twin_within
from ._traced_spans import TracedSpans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentry_sdk.scope import Scope

    from pytest_errortrack.assertions import Recorder

    from ._scope_epochs import Epoch
    from ._scope_vars import ScopeVar

__all__ = ["PreservedScopes", "stand_alone"]

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
        self._processors: KeptProcessors | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self.keep()
        return self

    def __exit__(self, *_: object) -> None:
        """Put back what was there when the block was entered, or `keep` was last called."""
        self.rewind()

    def keep(self) -> None:
        """Let what the scopes hold now be what is put back: it was not set for the block alone."""
        with replacing:
            if line_up.is_beside and not epochs.are_apart and epochs.of:
                _part()
            self._processors = None if epochs.are_apart else KeptProcessors()
            self._global = sentry_scope._global_scope  # noqa: SLF001 - sentry_sdk has no public way to replace it
            around = list(self._around())
            self._values = [(scope, scope.__copy__()) for epoch in around for scope in list(epoch.members())]
            is_first = not epochs.of
            self._epoch = epochs.begin(self._recorder)  # before other threads find the stand-ins
            if is_first:
                _installation.install()
            _open.append(self)
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
        if line_up.is_anothers_here(self._recorder):
            found = []  # what a recording behind this one holds here is put back when that one ends
        with replacing:
            self._end(epoch, found)
        if is_home:
            _home.set(self._home_before)
        self._found, self._values = [], []  # a scope that is kept alive here keeps the façade in its place

    def stand_alone(self) -> None:
        """Take what this block did to the scopes around it for its own: recordings stand side by side from now on."""
        shared, self._values = self._values, []
        for traced, then in shared:
            if traced.epoch.recorder is self._recorder:
                self._values.append((traced, then))
            elif self._epoch is not None:
                twin_within(traced, self._epoch)
                _restore(traced, then)
        if self._epoch is not None and self._processors is not None:
            processors_apart.add(self._recorder, self._processors.taken_away())
            self._processors = None

    def _around(self) -> Iterator[Epoch]:
        """Yield the epochs whose scopes this block may write to."""
        around = epochs.around(self._recorder)
        for epoch in around.line() if around is not None else ():
            if not epochs.are_apart or epoch.recorder is self._recorder:
                yield epoch

    def _end(self, epoch: Epoch, found: list[tuple[ScopeVar, object]]) -> None:
        _open.remove(self)
        nobodys = epochs.nobodys
        if epochs.are_apart:
            _hand_down(epoch)
        else:
            sentry_scope._global_scope = self._global  # noqa: SLF001 - as above
        epochs.end(epoch)
        for var, scope in found:
            var.put_back(scope)
        for traced, then in self._values:
            _restore(traced, then)
        _installation.leave(epoch)
        if nobodys is not None and epochs.nobodys is None:
            _installation.leave(nobodys)
        if self._processors is not None:
            self._processors.put_back()
        elif self._recorder not in epochs.of:
            processors_apart.drop(self._recorder)
        if not epochs.of:
            _installation.remove()


def stand_alone() -> None:
    """Let the recordings stand side by side from now on, if they do not do so already."""
    with replacing:
        if epochs.of and not epochs.are_apart:
            _part()


def _part() -> None:
    """Let the recordings stand side by side: until now they stood in one line."""
    processors_apart.install()
    for block in reversed(_open):
        block.stand_alone()
    epochs.part()


def _hand_down(epoch: Epoch) -> None:
    """Let the recordings behind the one whose epoch ends go on seeing what they saw."""
    for inner in [each for each in epochs.of.values() if each.outer is epoch and each.recorder is not epoch.recorder]:
        for scope in list(epoch.members()):
            twin_within(scope, inner)
        for key, (original, twin) in list(epoch.twins.items()):
            inner.twins.setdefault(key, (original, twin_within(twin, inner)))


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
        self._global: Scope | None = None
        self._placed: list[weakref.ref[TracedScope]] = []
        self.left: list[weakref.ref[TracedScope]] = []

    def install(self) -> None:
        """Put everything in place."""
        self._global = sentry_scope._global_scope  # noqa: SLF001 - as above
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

    def leave(self, epoch: Epoch) -> None:
        """Remember which scopes of an epoch that has ended a context may still hold."""
        for key, (original, _) in list(epoch.twins.items()):
            if is_traced(original):
                del epoch.twins[key]  # it may be in force in a context, and is not to be kept alive
        self.left += (weakref.ref(scope) for scope in epoch.members() if scope.beneath is not UNPLACED)

    def remove(self) -> None:
        """Put everything back; the façade once the scopes are gone that a context somewhere may still hold."""
        self._spans.remove()
        self._stand_ins.remove()
        processors_apart.step_aside()
        sentry_scope._global_scope = self._global  # noqa: SLF001 - as above
        for module, name in _CLASS_NAMES:
            setattr(module, name, Plain)
        left, self.left = self.left, []
        for placed in left:
            scope = placed()
            if scope is not None:
                self._placed.append(placed)
                # Unlike the callback of a reference, it is not called when the interpreter has lost half its modules.
                weakref.finalize(scope, self._gone).atexit = False
        scope = None
        self._uncover()

    def _gone(self) -> None:
        with replacing:
            if not epochs.of:
                self._uncover()

    def _uncover(self) -> None:
        self._placed = [scope for scope in self._placed if scope() is not None]
        if not self._placed:
            for name, var in _VARS.items():
                setattr(sentry_scope, name, var.storage)


_installation: Final = _Installation()
_open: Final[list[PreservedScopes]] = []
"""The blocks that go on, in the order in which they began."""
