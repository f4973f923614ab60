"""The scope class that stands in for `sentry_sdk.scope.Scope` while anything records: it knows who wrote what.

A subclass and no wrapper, so that whatever `sentry_sdk` does with scopes goes on working; with slots of its own, so
that scopes can be referred to weakly. Each write announces itself (`pytest_errortrack._points`) before it takes effect,
and the stamp that it is given is kept beside the value, together with the value: a mark counts only as long as the
scope still holds that very value. So whatever writes in another way (`sentry_sdk` itself, a method that was bound
earlier) leaves values without a stamp, never with a wrong one.
"""

from __future__ import annotations

import sys
from collections import deque
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sentry_sdk import scope as sentry_scope

from pytest_errortrack import _points

from ._captures import current_capture
from ._provenance import Applying, adopt_marks, mark_of
from ._scope_epochs import epoch_here, epochs
from ._telemetry_stamps import keep_stamps
from ._traced_writes import writing_members

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from sentry_sdk.scope import Scope

    from ._scope_epochs import Epoch, Mark, MarkKey

__all__ = ["PLAIN_COPY", "SLOTS", "UNPLACED", "Plain", "TracedScope", "is_traced", "is_whole", "twin_of", "twin_within"]

Plain = sentry_scope.Scope
"""The class as it was before anything recorded."""

SLOTS: Final = tuple(name for name in Plain.__slots__ if not name.startswith("__"))

_SLOT_ACCESS: Final = tuple((Plain.__dict__[name].__get__, Plain.__dict__[name].__set__) for name in SLOTS)
_CONTAINERS: Final = frozenset({dict, list, deque})

UNPLACED: Final = object()
"""Beneath a scope that was never put in force."""

PLAIN_COPY: Final = Plain.__copy__
_copies_client: Final = "client" in PLAIN_COPY.__code__.co_names
_BLOCKS: Final = frozenset({"new_scope", "isolation_scope", "use_isolation_scope"})
_INNER: Final = {  # what captures on behalf of whom
    getattr(Plain, name).__code__: name
    for name in ("capture_event", "capture_message", "capture_exception", "_capture_log", "_capture_metric")
    if hasattr(Plain, name)
}


class TracedScope(Plain):
    """A scope that knows its epoch and the writers of what it holds.

    Attributes:
        epoch: in which it was made.
        beneath: what was in force before its epoch in the context in which it was first put in force.
        is_request: whether it was opened on purpose as an isolation scope; None until it is put in force as one.
        opened_in: by which actor of an interleaving it was put in force.
        serves: the isolation scopes, opened on purpose, whose work is done in it, outermost first.
        request: stands for it where nobody should keep it alive.
        marks: who wrote what; None while nobody writes but `sentry_sdk` itself.
    """

    __slots__ = ("__weakref__", "beneath", "epoch", "is_request", "marks", "opened_in", "request", "serves")

    epoch: Epoch
    beneath: object
    is_request: bool | None
    opened_in: str | None
    serves: tuple[TracedScope, ...]
    request: object
    marks: dict[MarkKey, Mark] | None

    # What stands before the plain class, for the sake of scopes from before the recording, is not for these.
    __getattribute__ = object.__getattribute__
    __setattr__ = object.__setattr__

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        epoch = epoch_here() or epochs.latest
        assert epoch is not None, "this class is in place only once anything has recorded"
        self.enter(epoch)
        super().__init__(*args, **kwargs)
        self.marks = {}

    def __copy__(self) -> TracedScope:
        copied = cast("TracedScope", PLAIN_COPY(self))
        if not _copies_client and hasattr(self, "client"):
            copied.client = self.client
        copied.enter((epochs.active if self.epoch.is_live else None) or self.epoch)
        copied.serves = (*self.serves, self) if self.is_request else self.serves
        copied.marks = dict(self.marks or {})
        return copied

    def __getattr__(self, name: str) -> Any:
        if name not in TracedScope.__slots__:
            raise AttributeError(name)
        # A copy that another thread was making when this class came in place.
        epoch = epoch_here() or epochs.latest
        assert epoch is not None, "this class is in place only once anything has recorded"
        self.enter(epoch)
        return object.__getattribute__(self, name)

    def enter(self, epoch: Epoch) -> None:
        """Begin as a scope of an epoch that nobody has written to."""
        self.epoch = epoch
        self.beneath = UNPLACED
        self.is_request = None
        self.opened_in = None
        self.serves = ()
        self.marks = None
        self.request = object()
        epoch.admit(self)

    @property
    def _epoch_of_writes(self) -> Epoch:
        active = epochs.active
        return active if active is not None and self.epoch.is_live else self.epoch

    # -- who writes ------------------------------------------------------------------------------------------------

    def announce(
        self,
        name: str,
        field: str,
        key: str | None = None,
        *,
        kind: Literal["read", "write"] = "write",
        value: object = None,
    ) -> object | None:
        """Announce an operation on this scope, unless it is part of another one; return its stamp."""
        if self.marks is None or not _points.listeners:
            return None
        return _points.announce(_points.Operation(name, self, field, key, kind, value))

    def mark(self, field: str, key: str | None, value: object, stamp: object | None) -> None:
        """Remember who wrote a value, or that nobody is known to have."""
        marks = self.marks
        if marks is None:
            return
        if stamp is None:
            marks.pop((field, key), None)
            return
        mark = marks[field, key] = mark_of(value, stamp)
        if mark[2] is not None:
            self._epoch_of_writes.ledger.keep(value, stamp)

    def mark_appended(self, field: str, thing: object, stamp: object | None) -> None:
        """Remember who appended a thing, which travels by identity, or a processor, which stays."""
        if not field.endswith("processors"):
            self._epoch_of_writes.ledger.keep(thing, stamp)
        elif self.marks is not None and stamp is not None:
            self.marks[field, id(thing)] = (thing, stamp, None)

    def mark_assigned(self, field: str, value: Any, stamp: object | None) -> None:
        """Remember who assigned a property; a span that is put back is still the data of whoever opened it."""
        if field == "span" and value is not None:
            opened = self._epoch_of_writes.span_if_known(getattr(value, "span_id", ""))
            stamp = opened.opened if opened is not None and opened.opened is not None else stamp
            if getattr(value, "containing_transaction", None) is value:  # a span leaves the name as it is
                self.mark("transaction", None, self._transaction, stamp)
        self.mark(field, None, value, stamp)

    def mark_transaction_name(self, name: object, stamp: object | None) -> None:
        """Remember who named the transaction that is under way."""
        transaction = getattr(self._span, "containing_transaction", None)
        if transaction is not None and stamp is not None:
            self._epoch_of_writes.ledger.span(transaction.span_id).marks["transaction", None] = (name, stamp, None)

    def clear(self) -> None:
        """Forget everything but the processors."""
        self.announce("clear", "*")
        marks, self.marks = self.marks, None  # its parts are no operations of their own
        Plain.clear(self)
        if marks is not None:
            self.marks = {key: mark for key, mark in list(marks.items()) if key[0].endswith("processors")}

    # -- who reads -------------------------------------------------------------------------------------------------

    def fork(self) -> TracedScope:
        """Return a new scope that starts with what this one holds."""
        caller = sys._getframe(1).f_code.co_name  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
        # A block, or a thread's start, forks two scopes at once: it is one operation.
        if self._type is not sentry_scope.ScopeType.CURRENT or caller == "new_scope":
            self.announce(caller if caller in _BLOCKS else "fork", "*", kind="read")
        return cast("TracedScope", Plain.fork(self))

    def _merge_scopes(self, *args: Any, **kwargs: Any) -> Scope:
        self.announce(_capturing(sys._getframe(1)), "*", kind="read")  # noqa: SLF001 - as above
        return Plain._merge_scopes(self, *args, **kwargs)  # noqa: SLF001 - it stands before this one

    def update_from_scope(self, scope: Scope) -> None:
        """Take over what another scope holds."""
        traced = twin_of(scope)
        Plain.update_from_scope(self, traced)
        if self.marks is not None:
            adopt_marks(self.marks, traced)

    def apply_to_event(self, event: Any, hint: Any, options: Any = None) -> Any:
        """Add what the scope holds to an event, and remember whose data that was."""
        applying = Applying(self, event, _in_force()) if epochs.active is not None else None
        applied = Plain.apply_to_event(self, event, hint, options)
        capture = current_capture()
        if applied is not None and applying is not None and capture is not None:
            capture.stamped = applying.stamped(applied, hint)
        return applied


def _is_set(scope: Scope, slot: str) -> bool:
    try:
        object.__getattribute__(scope, slot)
    except AttributeError:
        return False
    return True


_ALWAYS_SET: Final = tuple(slot for slot in SLOTS if _is_set(PLAIN_COPY(Plain()), slot))
"""The slots that every scope has that is made to its end, by its class or as a copy; versions differ."""


def is_whole(scope: Scope) -> bool:
    """Tell whether a scope has been made to its end."""
    return all(_is_set(scope, slot) for slot in _ALWAYS_SET)


def _applying_to_telemetry(scope: TracedScope, telemetry: Any) -> None:
    """Add what the scope holds to a log, a metric or a span, and remember whose data that was."""
    entry = telemetry if isinstance(telemetry, dict) else None
    before = {**entry, "attributes": dict(entry.get("attributes") or {})} if entry is not None else {}
    Plain.apply_to_telemetry(scope, telemetry)
    if entry is not None:
        keep_stamps(scope, entry, before)


_READING: Final = {"apply_to_telemetry": _applying_to_telemetry}

for _name, _member in (*writing_members(Plain), *_READING.items()):
    if hasattr(Plain, _name):  # in older versions logs have only what the caller gives
        setattr(TracedScope, _name, _member)


def is_traced(scope: object) -> bool:
    """Tell whether a scope is one of these; `isinstance` would ask a scope from before for its twin's class."""
    return issubclass(type(scope), TracedScope)


def twin_of(scope: Scope, epoch: Epoch | None = None) -> TracedScope:
    """Find or make the traced scope that stands for one from before the recording; a traced one is its own.

    Args:
        scope: the scope.
        epoch: the caller's, where it is known already.
    """
    if is_traced(scope):
        return cast("TracedScope", scope)
    epoch = epoch or epoch_here() or epochs.latest
    assert epoch is not None, "there are twins only once anything has recorded"
    known = epoch.twin_if_known(scope)
    if known is None and epochs.are_apart and epoch.outer is not None:
        around = epoch.twin_if_known(scope, apart=False)
        if around is not None:
            twin = twin_within(around, epoch)
            return epoch.twins.setdefault(id(scope), (scope, twin))[1]
    return _new_twin(scope, epoch) if known is None else known


def twin_within(scope: TracedScope, epoch: Epoch) -> TracedScope:
    """Find or make the scope that stands, in one of several recordings side by side, for one of a recording around."""
    known = epoch.twins.get(id(scope))
    if known is not None:
        return known[1]
    twin = scope.__copy__()
    twin.epoch = epoch
    epoch.admit(twin)
    for name in ("is_request", "opened_in", "request", "serves"):
        setattr(twin, name, getattr(scope, name))
    return epoch.twins.setdefault(id(scope), (scope, twin))[1]


def _new_twin(original: Scope, epoch: Epoch) -> TracedScope:
    twin = object.__new__(TracedScope)
    twin.enter(epoch)
    for take, put in _SLOT_ACCESS:
        try:
            value = take(original)
        except AttributeError:
            continue  # not set in the original
        put(twin, value.copy() if type(value) in _CONTAINERS else value)
    if getattr(twin, "_flags", None) is not None:
        twin._flags = deepcopy(twin._flags)
    twin.marks = {}
    return epoch.twins.setdefault(id(original), (original, twin))[1]


def _in_force() -> tuple[TracedScope | None, ...]:
    """Find the scopes whose processors run, without making one."""
    scopes = (
        sentry_scope._global_scope,  # noqa: SLF001 - sentry_sdk has no reader that makes none
        sentry_scope._isolation_scope.get(),  # noqa: SLF001 - as above
        sentry_scope._current_scope.get(),  # noqa: SLF001 - as above
    )
    return tuple(None if scope is None else twin_of(scope) for scope in scopes)


def _capturing(frame: FrameType | None) -> str:
    """Name what the user called, given the frame that merges the scopes."""
    name = "capture"
    while frame is not None:
        code: CodeType = frame.f_code
        if code not in _INNER:
            break
        name = _INNER[code]
        frame = frame.f_back
    return name
