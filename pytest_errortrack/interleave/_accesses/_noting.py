"""Taking note of accesses: to an object, to all that can be reached from it, and by calls into other code."""

from __future__ import annotations

import types
import weakref
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import MISSING, Kinds, held_by, reachable
from pytest_errortrack.interleave._accesses._purity import METHODS, only_reads
from pytest_errortrack.interleave._accesses._values import (
    ATOM,
    ATOMS,
    BOUND,
    PENDING,
    SOMETHING,
    Mark,
    Method,
    Pack,
    Reach,
    Super,
    receiver_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

    from pytest_errortrack.interleave._accesses._layout import Layout

__all__ = ["ANYTHING", "BY_OPERATION", "LOOK_UP", "Noting", "Touch", "is_python"]

Touch = tuple[int, Any, tuple[Any, ...], bool | None]
"""An access at an instruction: its offset, the object, the part of it, and whether it is a write or a `LOOK_UP`."""

LOOK_UP: Final = None
"""Marks the read of a name that stands for a function, a class or a module.

Code of which nothing is known is not taken to replace those, unless it belongs to a library that is made for it.
"""

ANYTHING: Final = Mark.SOMETHING
"""The object of an access of which nothing is known."""

BY_OPERATION: Final = -1
"""The offset of a write by an operation, which is a scheduling point as it is: only the other's line has to be one."""

_PROXIES: Final = (weakref.ProxyType, weakref.CallableProxyType)
_WEAK: Final = (*_PROXIES, weakref.ref)
_RUNNING: Final = frozenset((types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType))
_LAZY: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_NOT_CONTAINERS: Final = (types.FunctionType, types.ModuleType, type)
# What an object that is not known writes when these of its methods are called; the other special methods read.
_WRITING: Final = frozenset(
    (
        *("__setitem__", "__delitem__", "__next__", "__enter__", "__exit__", "__set__"),
        *("__iadd__", "__isub__", "__imul__", "__imatmul__", "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__"),
        *("__ilshift__", "__irshift__", "__iand__", "__ixor__", "__ior__"),
    )
)


class Noting:
    """Keeps the accesses that are found, one operation after the other.

    Args:
        covers: tells whether a function's lines are told of themselves.

    Attributes:
        touches: the accesses found so far.
        offset: the instruction that is being looked at.
        has_entered: whether code that may contain scheduling points may have run since this was set to False.
        separated: the functions, by the identity of their layouts, of which another instruction was found to run such
            code; for whoever places the points to take and clear.
        aliases: the instances whose dictionaries are known as objects, and the generators whose frames are, by the
            identity of these.
        binds_variables: whether the contents of a cell were used as an attribute, at any time.
        replaces_functions: whether a library was called, at any time, that may replace what `LOOK_UP` finds.
    """

    def __init__(self, covers: Callable[[CodeType, Mapping[str, object]], bool]) -> None:
        self.touches: list[Touch] = []
        self.offset = 0
        self.has_entered = False
        self.separated: dict[int, Layout] = {}
        self.aliases: dict[int, Any] = {}
        self.replaces_functions = False
        self.binds_variables = False
        self._kinds = Kinds()
        self._covers = covers
        self._verdicts: dict[int, tuple[CodeType, bool]] = {}

    # --- noting -----------------------------------------------------------------------------------------------

    def touch(self, value: Any, part: tuple[Any, ...] = (), *, is_write: bool = False) -> None:
        """Note an access to an object itself."""
        kind = type(value)
        if kind is Reach or kind is Pack:
            self.deep(*(value.bases if kind is Reach else value.values), is_write=is_write)
        elif kind is Method or kind is Super:
            self.touch(value.receiver if kind is Method else value.instance, part, is_write=is_write)
        elif value is SOMETHING or value is PENDING or kind in _PROXIES:
            self.touches.append((self.offset, ANYTHING, (), is_write))
        elif kind is types.GeneratorType:
            self._touch_generator(value)
        elif kind not in ATOMS and kind is not tuple and kind is not frozenset:
            self.touches.append((self.offset, value, part, is_write))

    def _touch_generator(self, value: Any) -> None:
        """Note that a generator goes on, for which nobody else may be within: its lines say who is."""
        if value.gi_frame is not None:
            self.aliases[id(value.gi_frame)] = value
        self.touches.append((self.offset, value, (), True))

    def deep(self, *values: Any, is_write: bool = False) -> None:
        """Note an access to all that can be reached from some values."""
        found: list[Any] = []
        for value in values:
            kind = type(value)
            if kind is Reach or kind is Pack:
                self.deep(*(value.bases if kind is Reach else value.values), is_write=is_write)
            elif kind is Method or kind is Super:
                may_write = is_write or (kind is Method and not self._only_reads(value.function, value.receiver))
                self.deep(value.receiver if kind is Method else value.instance, is_write=may_write)
            elif value is SOMETHING or value is PENDING:
                self.touches.append((self.offset, ANYTHING, (), is_write))
            elif kind not in ATOMS:
                found.append(value)
        if not found:
            return
        objects = reachable(iter(found))
        if objects is None:
            self.touches.append((self.offset, ANYTHING, (), is_write))
            return
        for each in objects:
            self._touch_reached(each, is_write=is_write)

    def _touch_reached(self, value: Any, *, is_write: bool) -> None:
        """Note an access to one of the objects that can be reached from what a function in C is given.

        It may call what can be called there, and take items from what is an iterator.
        """
        kind = type(value)
        if issubclass(kind, _WEAK) or (kind in _RUNNING and not self._is_covered_frame(value)):
            self.touches.append((self.offset, ANYTHING, (), is_write or kind in _RUNNING))
        elif kind in BOUND:
            if not is_write and not self._only_reads(value.__name__, value.__self__):
                self.deep(receiver_of(value), is_write=True)
        elif kind is types.MethodType:
            if not is_write and not self._only_reads(value.__func__, value.__self__):
                self.deep(value.__self__, is_write=True)
        elif not issubclass(kind, _NOT_CONTAINERS):
            self.touch(value, is_write=is_write or hasattr(kind, "__next__"))

    def _only_reads(self, function: Any, receiver: Any) -> bool:
        """Tell whether a method, called by whom it is given to, changes nothing of which its own lines do not tell."""
        if type(function) is types.FunctionType:
            return self.is_covered(function)
        name = function if type(function) is str else getattr(function, "__name__", "")
        return type(receiver) in ATOMS or only_reads(type(receiver), name)

    def _is_covered_frame(self, running: Any) -> bool:
        frame = next(
            (getattr(running, name) for name in ("gi_frame", "cr_frame", "ag_frame") if hasattr(running, name)), None
        )
        return frame is None or self._covers(frame.f_code, frame.f_globals)

    # --- functions of the user's ------------------------------------------------------------------------------

    def is_covered(self, function: Any) -> bool:
        """Tell whether a function's own lines say what they touch."""
        return type(function) is types.FunctionType and self.covers(function.__code__, function.__globals__)

    def covers(self, code: CodeType, namespace: Mapping[str, object]) -> bool:
        """Tell the same of a function's code."""
        known = self._verdicts.get(id(code))  # not by the code itself: to hash one is to hash all of it
        if known is None:
            known = self._verdicts[id(code)] = code, self._covers(code, namespace)
        return known[1]

    def enter(self, function: Any, *args: Any) -> Any:
        """Note that a function of the user's, or of a library, is called with these arguments."""
        self.has_entered = True
        if type(function) in (staticmethod, classmethod):
            function = function.__func__
        if type(function) is types.FunctionType:
            self.touches.append((self.offset, function, ("__code__",), LOOK_UP))
        if self.is_covered(function):
            return self.enter_code(function.__code__)
        self.deep(*args, *held_by(function), is_write=True)
        return Reach(*args)

    def enter_code(self, code: CodeType) -> Any:
        """Note that a function is called whose own lines say what they touch."""
        self.has_entered = True
        return ATOM if code.co_flags & _LAZY else PENDING

    def special(self, value: Any, name: str, *args: Any) -> Any:
        """Note the call of a special method, looked up on the type; `MISSING` if it is written in C or not there."""
        kind = type(value)
        if kind is Reach or value is SOMETHING or value is PENDING:
            self.has_entered = True
            self.touch(value, is_write=name in _WRITING)
            return Reach(value) if kind is Reach else SOMETHING
        if kind in ATOMS or kind is Pack or kind is Method or kind is Super or kind in METHODS:
            return MISSING
        function = self._kinds.of(kind).find(name)
        if type(function) is types.FunctionType:
            return self.enter(function, value, *args)
        return MISSING


def is_python(function: Any) -> bool:
    """Tell whether something is a function written in Python."""
    return type(function) is types.FunctionType
