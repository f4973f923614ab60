"""Epochs: for how long what is written to the scopes of `sentry_sdk` counts.

A recording is an epoch, and so is each schedule or example within it. A scope that was made in an epoch knows it, and
counts as unset once the epoch is over, wherever a context still has it: a context (of an event loop that serves many
tests, of a thread that one left behind) cannot be found and put back. Only a thread of a test that has ended goes on
seeing what its own epoch made.

The *ledger* of an epoch knows who wrote the things that travel by identity: breadcrumbs, attachments, spans, and values
that can be changed in place.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakKeyDictionary

from pytest_errortrack.assertions import NOBODY, line_up, owner_here, owns_here, strays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sentry_sdk.scope import Scope

    from pytest_errortrack.assertions import Recorder

    from ._traced_scope import TracedScope

__all__ = ["Epoch", "Ledger", "Mark", "MarkKey", "SpanMarks", "epoch_here", "epochs"]

Mark: TypeAlias = "tuple[Any, object, Any]"
"""A value as it was written, the stamp of its writer, and a shallow copy of the value if it can be changed in place."""

MarkKey: TypeAlias = "tuple[str, str | int | None]"

_PURGE_AT: Final = 64


@dataclass(slots=True)
class SpanMarks:
    """Who opened a span, and who wrote what on it."""

    opened: object | None = None
    marks: dict[MarkKey, Mark] = field(default_factory=dict)


class Ledger:
    """The stamps of things that are known by identity; each is kept, so that its id is not given to another."""

    __slots__ = ("spans", "things")

    def __init__(self) -> None:
        self.things: dict[int, tuple[object, object]] = {}
        self.spans: dict[str, SpanMarks] = {}

    def keep(self, thing: object, stamp: object | None) -> None:
        """Remember who handed a thing over last."""
        if stamp is not None:
            self.things[id(thing)] = (thing, stamp)

    def span(self, span_id: str) -> SpanMarks:
        """Find or make the marks of a span."""
        marks = self.spans.get(span_id)
        return self.spans.setdefault(span_id, SpanMarks()) if marks is None else marks


class Epoch:
    """One epoch, from `begin` to `end`.

    Attributes:
        recorder: for which recording.
        outer: the epoch in which it began.
        is_live: whether it goes on.
        ledger: what was written in it.
        twins: the traced scopes that stand for those from before, each with its original, by the original's id.
    """

    __slots__ = ("__weakref__", "_members", "_purge_at", "_recorder", "is_live", "ledger", "outer", "twins")

    def __init__(self, recorder: Recorder, outer: Epoch | None) -> None:
        # Weak: `ended` keeps an epoch by its recorder, and would keep both for ever.
        self._recorder = weakref.ref(recorder)
        self.outer = outer
        self.is_live = True
        self.ledger = Ledger()
        self.twins: dict[int, tuple[Scope, TracedScope]] = {}
        self._members: list[weakref.ref[TracedScope]] = []
        self._purge_at = _PURGE_AT

    @property
    def recorder(self) -> Any:
        """For which recording; None once nobody can report to it any more."""
        return self._recorder()

    def admit(self, scope: TracedScope) -> None:
        """Remember a scope that was made in this epoch, for as long as anybody else does."""
        self._members.append(weakref.ref(scope))
        if len(self._members) > self._purge_at:
            self._members = [member for member in self._members if member() is not None]
            self._purge_at = max(_PURGE_AT, 2 * len(self._members))

    def members(self) -> Iterator[TracedScope]:
        """Yield the scopes that were made in this epoch and still exist."""
        for member in list(self._members):
            scope = member()
            if scope is not None:
                yield scope

    def line(self) -> Iterator[Epoch]:
        """Yield this epoch and those around it, the innermost first."""
        epoch: Epoch | None = self
        while epoch is not None:
            yield epoch
            epoch = epoch.outer

    def twin_if_known(self, original: Scope, *, apart: bool | None = None) -> TracedScope | None:
        """Find the scope that stands for one from before the epoch.

        Args:
            original: that scope.
            apart: whether twins are not shared with the recordings around; None: while recordings stand side by side.
        """
        apart = epochs.are_apart if apart is None else apart
        epoch: Epoch | None = self
        while epoch is not None and (not apart or epoch.recorder is self.recorder):
            known = epoch.twins.get(id(original))
            if known is not None:
                return known[1]
            epoch = epoch.outer
        return None

    def stamp_of(self, thing: object) -> object | None:
        """Find who handed a thing over, in this epoch or one around it."""
        ledgers = (epoch.ledger for epoch in self.line())
        known = next((ledger.things[id(thing)] for ledger in ledgers if id(thing) in ledger.things), None)
        return None if known is None else known[1]

    def span_if_known(self, span_id: str) -> SpanMarks | None:
        """Find the marks of a span, in this epoch or one around it."""
        return next((epoch.ledger.spans[span_id] for epoch in self.line() if span_id in epoch.ledger.spans), None)


class _Epochs:
    """Which epoch it is, and those whose threads may still run.

    Attributes:
        active: the one that is; while recordings stand side by side, that of whoever asks.
        latest: the last one that began, for threads that are between the two when the last one ends.
        of: the innermost of each recording.
        nobodys: of those whom no recording owns, while several stand side by side.
    """

    __slots__ = ("active", "ended", "known_ended", "latest", "nobodys", "of")
    are_apart = False

    def __init__(self) -> None:
        self.active: Epoch | None = None
        self.latest: Epoch | None = None
        self.of: dict[Recorder, Epoch] = {}
        self.nobodys: Epoch | None = None
        self.ended: WeakKeyDictionary[Recorder, Epoch] = WeakKeyDictionary()
        # To ask the weak dictionary itself whether it is empty is slow.
        self.known_ended: dict[object, Epoch] = vars(self.ended)["data"]

    def around(self, recorder: Recorder) -> Epoch | None:
        """Find the epoch in which one of a recording begins."""
        return next((self.of[each] for each in line_up.line_of(recorder) if each in self.of), None)

    def begin(self, recorder: Recorder) -> Epoch:
        """Begin an epoch within the one that is."""
        self.ended.pop(recorder, None)
        epoch = self.latest = self.of[recorder] = Epoch(recorder, self.around(recorder))
        if not self.are_apart:
            self.active = epoch
        return epoch

    def end(self, epoch: Epoch) -> None:
        """End an epoch; that of a recording is remembered for its threads."""
        epoch.is_live = False
        recorder, outer = epoch.recorder, epoch.outer
        is_recordings = outer is None or outer.recorder is not recorder
        if is_recordings:
            self.ended[recorder] = epoch
            self.of.pop(recorder, None)
        elif outer is not None:
            self.of[recorder] = outer
        if not self.are_apart:
            self.active = outer
        elif not self.of:
            self.rejoin()

    def part(self) -> None:
        """Let each recording have an epoch of its own from now on, until the last one has ended."""
        self.nobodys = Epoch(strays, None)
        self.__class__ = _EpochsApart

    def rejoin(self) -> None:
        """Let there be one line of epochs again."""
        if self.nobodys is not None:
            self.nobodys.is_live = False
        self.__class__ = _Epochs
        self.active = self.nobodys = None


class _EpochsApart(_Epochs):
    """Answers for whoever asks, while recordings stand side by side."""

    __slots__ = ()
    are_apart = True

    @property
    def active(self) -> Epoch | None:  # type: ignore[override]  # it is never set meanwhile
        """The epoch of whoever asks."""
        known = owner_here()
        if known is NOBODY:
            return None  # the set-up of a fixture that serves other tests as well
        if known is None or known.owner is None or known.owner.has_ended:
            of_nobody = line_up.order.of_nobody
            return self.nobodys if of_nobody is None else self.around(of_nobody) or self.nobodys
        recorder: Any = line_up.order.innermost.get(known.owner, known.owner)  # type: ignore[call-overload]  # see there
        return self.around(recorder) or self.of.get(recorder)  # of one that is just ending, too


epochs: Final = _Epochs()


def epoch_here() -> Epoch | None:
    """Find the epoch that the caller belongs to: the present one, or that of the ended test which left it behind."""
    active = epochs.active
    if active is None or not epochs.known_ended:
        return active
    recorder = active.recorder
    if recorder is None or owns_here(recorder):  # None: it ended meanwhile, and was let go
        return active
    owner: Any = recorder.here()
    return active if owner is recorder else epochs.ended.get(owner, active)
