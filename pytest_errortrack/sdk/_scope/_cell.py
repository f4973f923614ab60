"""The cell of a scope: a record of immutable values, and how it is written.

A write replaces the value of a field and never changes it, so a copy of the record is a fork. The record is a cell's
own: nobody else ever holds it, and whoever wants what it holds copies it, which is one step of the interpreter. So a
reader needs no lock, and sees what was there at one moment.

Writers take turns by a lock that is held for the replacement only, never while foreign code runs, so that a scope
shared by threads loses nothing and never tears. It is one lock for all scopes: making one for every fork costs more
than waiting a microsecond ever will. What is shared is mixed all the same, by the user's choice.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, cast

from pytest_errortrack.sdk._scope._process import process
from pytest_errortrack.sdk._scope._state import EMPTY, flags_with, trail_with
from pytest_errortrack.sdk._serialize import safe_str

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.sdk._scope._state import Crumb, ScopeState, StampKey
    from pytest_errortrack.sdk.protocol import Event, Json

__all__ = ["StateCell", "states_of"]

_LONGEST_KEY = 200

_write_lock = process.write_lock
_sequence = count()  # the order of all breadcrumbs of the process; `next` on it is atomic


class StateCell:
    """What a scope holds, and the journal that has been told of it last.

    Args:
        state: what to begin with; it is copied.
    """

    __slots__ = ("__weakref__", "_journal", "state")

    def __init__(self, state: ScopeState = EMPTY) -> None:
        self.state: ScopeState = state.copy()
        self._journal = process.journal

    def restore(self, value: object) -> None:
        """Take an earlier value back; for `_journal`."""
        self.state = cast("ScopeState", value)

    def put_quietly(self, **fields: Any) -> None:
        """Replace fields on the SDK's own account, which is nobody's operation and not announced."""
        self._replace(lambda state: {**state, **fields})

    def _put_key(self, field: str, key: str, value: Json, stamp: object | None = None) -> None:
        """Replace one key of a keyed field. Spelled out, not built on `_replace`: this is the hottest write."""
        if type(key) is not str:
            key = safe_str(key, _LONGEST_KEY)
        with _write_lock:
            state: Any = self.state
            if process.journal is not self._journal:
                self._note(state)
            if stamp is None and not state["stamps"] and process.is_one:
                state[field] = {**state[field], key: value}
                return
            stamps = _stamps_with(state["stamps"], {(field, key): stamp})
            replaced: Any = {**state, field: {**state[field], key: value}, "stamps": stamps}
            self.state = replaced

    def _put_flag(self, name: str, stamp: object | None, *, result: bool) -> None:
        def with_it(state: Any) -> Any:
            flags = flags_with(state["flags"], name, result=result)
            return {**state, "flags": flags, "stamps": _stamps_with(state["stamps"], {("flags", name): stamp})}

        self._replace(with_it)

    def _drop_key(self, field: str, key: str) -> None:
        def without(state: Any) -> Any:
            kept = {name: value for name, value in state[field].items() if name != key}
            return {**state, field: kept, "stamps": _stamps_with(state["stamps"], {(field, key): None})}

        self._replace(without)

    def _put(self, field: str, value: object, stamps: dict[StampKey, object | None], **more: object) -> None:
        stamp_field = next(iter(stamps))[0] if stamps else field

        def with_it(state: Any) -> Any:
            kept = {key: stamp for key, stamp in state["stamps"].items() if key[0] != stamp_field}
            kept |= {key: stamp for key, stamp in stamps.items() if stamp is not None}
            return {**state, field: value, **more, "stamps": kept}

        self._replace(with_it)

    def _append_to(self, field: str, value: object, stamp: object | None) -> None:
        def with_it(state: Any) -> Any:
            place = (field, str(len(state[field])))
            stamps = _stamps_with(state["stamps"], {place: stamp})
            return {**state, field: (*state[field], value), "stamps": stamps}

        self._replace(with_it)

    def _append_crumb(self, words: Event, stamp: object | None, limit: int) -> None:
        with _write_lock:
            # drawn here, so that a trail is in the order of the numbers
            crumb: Crumb = next(_sequence), words, stamp
            state = self.state
            if process.journal is not self._journal:
                self._note(state)
            trail = trail_with(state["breadcrumbs"], crumb, limit)
            if process.is_one:
                state["breadcrumbs"] = trail
            else:
                self.state = {**state, "breadcrumbs": trail}

    def _replace(self, change: Callable[[Any], Any]) -> None:
        with _write_lock:
            state = self.state
            if process.journal is not self._journal:
                self._note(state)
            self.state = change(state)

    def _note(self, state: ScopeState) -> None:
        """Tell an open journal what the scope held before its first change."""
        journal = process.journal
        self._journal = journal
        if journal is not None:
            journal.note(self, state.copy())


def states_of(*cells: StateCell) -> tuple[ScopeState, ...]:
    """Return what scopes hold, all at one moment: a write is in all that follows it, whichever scope it went to."""
    with _write_lock:
        return tuple([cell.state.copy() for cell in cells])


def _stamps_with(
    stamps: Mapping[StampKey, object], changes: Mapping[StampKey, object | None]
) -> Mapping[StampKey, object]:
    """Return stamps with some replaced; a key that was written without a stamp loses the one it had."""
    changed = dict(stamps)
    for key, stamp in changes.items():
        if stamp is None:
            changed.pop(key, None)
        else:
            changed[key] = stamp
    return changed
