"""What actors are in the middle of: the rest of each line on the way from an actor's body to where it is.

A line is looked at before it runs, but a step may begin within it: at an operation, or in a function that it calls.
What the line does from there on belongs to that step. So the step is taken to touch whatever the open lines touch from
the instruction on at which each of them is. Of code that is not followed nothing is known, and so it is of a step that
begins while such code runs, unless it is the standard library's: that works on what the line which called it hands on.
"""

from __future__ import annotations

import functools
import os
import sysconfig
import threading
from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Final

from pytest_errortrack.interleave._accesses._access import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._accesses._layout import Layout
    from pytest_errortrack.interleave._accesses._noting import Touch

__all__ = ["OpenLines"]

_FOLLOWED, _OURS, _STANDARD, _STRANGE = range(4)
_ENGINE: Final = str(Path(__file__).parent.parent) + os.sep
_OWN: Final = "pytest_errortrack"
_LIBRARY: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_STARTS: Final = ("Thread._bootstrap", "Thread._bootstrap_inner", "Thread.run")


class OpenLines:
    """Keeps what is left to do of the lines of all actors of a schedule.

    Args:
        covers: tells whether a function's lines are told of themselves.
    """

    def __init__(self, covers: Callable[[CodeType, Mapping[str, object]], bool]) -> None:
        self._covers = covers
        self._open: dict[int, tuple[Layout, list[tuple[int, Access]]]] = {}
        self._kinds: dict[int, int] = {}
        self._kept: list[CodeType] = []  # codes are keys by id, which must not be given to another

    def begin(self) -> None:
        """Forget the frames of the last schedule."""
        self._open.clear()

    def close(self, frame: FrameType, layout: Layout) -> None:
        """Note that a frame is done with what it was last seen to do."""
        self._open[id(frame)] = (layout, [])

    def add(self, frame: FrameType, layout: Layout, touches: Sequence[Touch], accesses: Sequence[Access]) -> None:
        """Note what a frame is going to touch before it is looked at again, and what the history keeps of each."""
        before = self._open.get(id(frame))
        if before is None or before[0] is not layout:
            before = self._open[id(frame)] = (layout, [])
        # The waiters of a condition are touched only with its lock held, and taking that is an operation of its own.
        before[1].extend(
            [
                (touch[0], access)
                for touch, access in zip(touches, accesses, strict=True)
                if touch[2] or not issubclass(type(touch[1]), threading.Condition)
            ]
        )

    def accesses(self, frame: FrameType | None) -> tuple[Access, ...]:
        """Return what a step may touch that begins in a frame, until another line of it is looked at.

        Args:
            frame: the innermost frame of the actor.
        """
        found: dict[Access, None] = {}
        is_library = False
        while frame is not None:
            kind = self._kinds.get(id(frame.f_code))
            if kind is None:
                kind = self._judge(frame.f_code, frame.f_globals)
            if kind == _STRANGE:
                return (UNKNOWN,)
            if kind == _FOLLOWED:
                rest = self._rest_of(frame)
                if rest is None:
                    return (UNKNOWN,)
                found.update(rest)
                is_library = False
            elif kind == _STANDARD:
                is_library = True
            frame = frame.f_back
        return (UNKNOWN,) if is_library else tuple(found)

    def follows(self, body: object) -> bool:
        """Tell whether all that a callable does from its beginning is told."""
        while isinstance(body, functools.partial | MethodType):
            body = body.func if isinstance(body, functools.partial) else body.__func__
        return isinstance(body, FunctionType) and self._covers(body.__code__, body.__globals__)

    def _rest_of(self, frame: FrameType) -> dict[Access, None] | None:
        known = self._open.get(id(frame))
        if known is None or known[0].code is not frame.f_code:
            return None
        layout, touches = known
        if not touches:
            return {}
        here = layout.at[frame.f_lasti >> 1]
        if layout.instructions[here].line in layout.looping:
            return dict.fromkeys([access for _, access in touches])
        return dict.fromkeys([access for offset, access in touches if layout.at[offset >> 1] >= here])

    def _judge(self, code: CodeType, namespace: Mapping[str, object]) -> int:
        self._kept.append(code)
        kind = self._kinds[id(code)] = self._kind(code, namespace)
        return kind

    def _kind(self, code: CodeType, namespace: Mapping[str, object]) -> int:
        file = code.co_filename
        if self._covers(code, namespace):
            return _FOLLOWED
        if file.startswith(_ENGINE) or (code.co_qualname in _STARTS and file == threading.__file__):
            return _OURS
        # What our own package does between its operations, these say themselves.
        is_ours = str(namespace.get("__name__", "")).partition(".")[0] == _OWN
        is_standard = file.startswith((*_LIBRARY, "<frozen ")) and "-packages" + os.sep not in file
        return _STANDARD if is_ours or is_standard else _STRANGE
