"""The slot through which SDK operations announce themselves to whoever listens.

It is the one thing that the SDK, the engine and the assertions all know. An SDK announces each operation on shared
state just before it takes effect. The engine listens, because that is a moment at which another actor may run; the
provenance witness listens, because it wants to know who writes. Nobody listens outside of a test, and an announcement
then costs one look at an empty tuple:

    stamp = _points.announce(_points.Operation("set_tag", scope, "tags", key)) if _points.listeners else None

Also here: where in the user's code an operation was called from, since both the trace and the oracle print it.
"""

from __future__ import annotations

import os.path
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from types import FrameType

__all__ = [
    "Listener",
    "Operation",
    "Site",
    "add_listener",
    "announce",
    "call_site",
    "is_user_module",
    "remove_listener",
]


class Operation(NamedTuple):
    """One operation of an SDK on state that several actors may share.

    Attributes:
        name: what the user called, `"set_extra"`.
        target: the scope or hub that is touched; compared by identity.
        field: the part of it that is touched, `"extra"`; `"*"` is all of it.
        key: the key within that field, where it has keys.
        kind: whether the operation changes the target.
        value: what is written, where that is one value.
    """

    name: str
    target: object
    field: str
    key: str | None = None
    kind: Literal["read", "write"] = "write"
    value: object = None


class Listener(Protocol):
    """Somebody who wants to know of operations before they take effect."""

    def reach(self, operation: Operation) -> object | None:
        """Take note of an operation that is about to happen, in the thread that does it.

        Returns:
            A stamp for the SDK to keep beside what it writes, opaque to the SDK; None for no stamp.
        """


class Site(NamedTuple):
    """A place in the user's code."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{os.path.basename(self.path)}:{self.line}"  # noqa: PTH119 - a name, not a path object, is wanted


listeners: tuple[Listener, ...] = ()


def add_listener(listener: Listener, *, first: bool = False) -> None:
    """Let a listener hear every operation from now on; `first` puts it in front of those already there."""
    global listeners  # noqa: PLW0603 - the slot; replaced as a whole, so that readers need no lock
    listeners = (listener, *listeners) if first else (*listeners, listener)


def remove_listener(listener: Listener) -> None:
    """Undo one `add_listener`; the others keep their order."""
    global listeners  # noqa: PLW0603 - as above
    kept = list(listeners)
    kept.remove(listener)
    listeners = tuple(kept)


def announce(operation: Operation) -> object | None:
    """Tell every listener of an operation, in order, and return the last stamp that one of them gave.

    An exception that a listener raises goes through to the caller: the engine ends an actor that way.
    """
    stamp = None
    for listener in listeners:
        given = listener.reach(operation)
        if given is not None:
            stamp = given
    return stamp


# The parts of this package whose frames are never the user's. `reporting` is absent on purpose: the demonstration
# there is an application like any user's.
_OURS = tuple(f"pytest_errortrack.{part}" for part in ("sdk", "interleave", "assertions", "bridge", "plugin", "_"))
_PLUMBING = ("contextlib", "threading", "logging", "concurrent.futures", "asyncio", "functools", "sentry_sdk")
_verdicts: dict[str, bool] = {}  # by module name; a program has only so many


def is_user_module(name: str) -> bool:
    """Tell whether frames of the module of this name are the user's: not ours and not the standard plumbing's."""
    if name.startswith(_OURS):
        return False
    return not any(name == part or name.startswith(f"{part}.") for part in _PLUMBING)


def call_site(frame: FrameType | None = None) -> Site | None:
    """Find the innermost frame of the user's code, from `frame` (default: the caller's) outwards."""
    if frame is None:
        frame = sys._getframe(1)  # noqa: SLF001 - the only way to a frame without the cost of `inspect`
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        verdict = _verdicts.get(module)
        if verdict is None:
            verdict = _verdicts[module] = is_user_module(module)
        if verdict:
            return Site(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)
        frame = frame.f_back
    return None
