"""Whether an actor that does not come to an end goes round in circles, or only has a long way to go.

It goes round in circles if it comes to the same place again and again while nothing that its functions know of has
changed: their variables, what these hold, and the module's variables that they name. Where that cannot be looked at,
because it is too much, or hidden in an iterator, nothing is known.
"""

from __future__ import annotations

import dis
import gc
import io
from collections import Counter
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import held_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import CodeType, FrameType

__all__ = ["Spinning"]

_MOST_OBJECTS: Final = 300
_ROUNDS: Final = 3  # how often an actor has to be seen in one state
_PLAIN: Final = (int, str, bytes, float, complex, bool, type(None))
_ENGINE: Final = f"{__name__.partition('.interleave.')[0]}.interleave."
_CONTROLLED: Final = f"{_ENGINE}_controlled."  # primitives, which the user's code works with


class Spinning:
    """What was seen of the actors of one schedule."""

    def __init__(self) -> None:
        self._seen: dict[int, Counter[int]] = {}
        self._loops: dict[CodeType, tuple[range, ...]] = {}

    def look(self, actor: int, frame: FrameType | None, *, time: float | None) -> None:
        """Look at an actor that is about to give its turn away.

        Args:
            actor: its number.
            frame: the innermost of its frames.
            time: what the clock says, if anybody looked at it.
        """
        states = self._seen.setdefault(actor, Counter())
        found = self._state_of(_own_frames(frame))
        if found is not None:
            states[hash((found, time))] += 1

    def has_seen(self, actor: int) -> bool:
        """Tell whether an actor went round in circles."""
        return max(self._seen.get(actor, Counter()).values(), default=0) >= _ROUNDS

    def _state_of(self, frames: Iterable[FrameType]) -> tuple[object, ...] | None:
        """Return all that the functions know of; None if that is not to be told."""
        state: list[object] = []
        known: dict[int, tuple[int, Any]] = {}
        for frame in frames:
            code = frame.f_code
            if any(frame.f_lasti in loop for loop in self._loops_of(code)):
                return None  # how far it is in an iterator cannot be seen
            state += [id(code), frame.f_lasti]
            values = [*frame.f_locals.values(), *_named_globals(code, frame.f_globals)]
            if not all(_describe(value, known, state) for value in values):
                return None
        return tuple(state)

    def _loops_of(self, code: CodeType) -> tuple[range, ...]:
        found = self._loops.get(code)
        if found is None:
            each = dis.get_instructions(code)
            found = tuple([range(one.offset, one.argval) for one in each if one.opname == "FOR_ITER"])
            self._loops[code] = found
        return found


def _own_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of an actor from the innermost to its body."""
    while frame is not None and frame.f_code.co_qualname != "Runtime.perform":
        if not str(frame.f_globals.get("__name__", "")).startswith(_ENGINE):
            yield frame
        frame = frame.f_back


def _describe(value: Any, known: dict[int, tuple[int, Any]], state: list[object]) -> bool:
    """Write down a value and what it holds; False if that is not to be told."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        kind = type(each)
        if kind in _PLAIN:
            state += [kind, each]
            continue
        # In every round there may be another object that is to the others what this one is.
        if id(each) in known:
            state.append(known[id(each)][0])
            continue
        state.append(kind)
        known[id(each)] = len(known), each
        if len(known) > _MOST_OBJECTS or (hasattr(kind, "__next__") and not issubclass(kind, io.IOBase)):
            return False
        waiting += _held_by(each)
    return True


def _held_by(value: Any) -> list[Any]:
    kind = type(value)
    if issubclass(kind, type | ModuleType | io.IOBase):
        return []
    if kind is FunctionType:
        return [*held_by(value), *_named_globals(value.__code__, value.__globals__)]
    is_engine = kind.__module__.startswith(_ENGINE) and not kind.__module__.startswith(_CONTROLLED)
    return [] if is_engine else gc.get_referents(value)


def _named_globals(code: CodeType, space: Mapping[str, Any]) -> list[Any]:
    return [space[name] for name in code.co_names if name in space]
