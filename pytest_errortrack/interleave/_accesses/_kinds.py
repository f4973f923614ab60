"""What a type makes of attributes, found out without running any of its code."""

from __future__ import annotations

import collections
import functools
import gc
import types
import weakref
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._purity import METHODS
from pytest_errortrack.interleave._accesses._values import BOUND, receiver_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "MISSING",
    "PLAIN_ITERATORS",
    "Kind",
    "Kinds",
    "base_of",
    "held_by",
    "instance_dict",
    "is_mutable_type",
    "reachable",
]

MISSING: Final = object()

_DICT: Final = types.GetSetDescriptorType
_IMMUTABLE_TYPE: Final = 1 << 8
_PLAIN: Final = frozenset((*METHODS, types.FunctionType, BaseException, functools.partial, weakref.ref, memoryview))
_MOST_REACHED: Final = 200
_RUNNING: Final = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)
_ENDS: Final = (type, types.ModuleType, types.CodeType, types.FrameType)


class Kind:
    """A type, as far as its attributes go.

    Attributes:
        type: the type itself.
        gets_plainly: whether reading an attribute runs no code but that of descriptors.
        sets_plainly: whether writing one does so.
        has_dict: whether its instances have a dictionary.
        is_referable: whether weak references to its instances can be made.
        spaces: the dictionaries of the type and its bases.
        mutable: the type and its bases, as far as their attributes can be written.
    """

    __slots__ = ("gets_plainly", "has_dict", "is_referable", "mro", "mutable", "sets_plainly", "spaces", "type")

    def __init__(self, kind: type) -> None:
        self.type = kind
        self.mro = kind.__mro__
        self.spaces: tuple[Mapping[str, Any], ...] = tuple(type.__dict__["__dict__"].__get__(each) for each in self.mro)
        getter, setter = self.find("__getattribute__"), self.find("__setattr__")
        plain = (object, type, types.ModuleType)
        self.gets_plainly = any(getter is vars(each).get("__getattribute__") for each in plain) or (
            # Many types in C list it as their own, though it is the one of `object`.
            type(getter) is types.WrapperDescriptorType and getter.__objclass__ in _PLAIN
        )
        self.sets_plainly = any(setter is vars(each).get("__setattr__") for each in plain)
        self.has_dict = type(self.find("__dict__")) is _DICT
        self.is_referable = bool(kind.__weakrefoffset__)
        self.mutable = tuple([each for each in self.mro[:-1] if is_mutable_type(each)])

    def find(self, name: str) -> Any:
        """Return what stands under a name in the type or a base, as it stands there; `MISSING` if nothing does."""
        for space in self.spaces:
            if name in space:
                return space[name]
        return MISSING

    def owns(self, name: str) -> bool:
        """Tell whether the name is found before `object` is reached."""
        return any(name in space for space in self.spaces[:-1])


class Kinds:
    """Keeps what was found out about types."""

    def __init__(self) -> None:
        self._known: dict[type, Kind] = {}

    def of(self, kind: type) -> Kind:
        """Return what is known of a type."""
        found = self._known.get(kind)
        if found is None or found.mro is not kind.__mro__:
            found = self._known[kind] = Kind(kind)
        return found


def is_mutable_type(kind: type) -> bool:
    """Tell whether the attributes of a class can be written."""
    return not kind.__flags__ & _IMMUTABLE_TYPE


def instance_dict(value: Any, kind: Kind) -> dict[str, Any] | None:
    """Return the dictionary of an instance, if it has made one already; attributes may also live without."""
    if not kind.has_dict:
        return None
    for each in gc.get_referents(value):
        if type(each) is dict:
            space = kind.find("__dict__").__get__(value)
            return space if any(other is space for other in gc.get_referents(value)) else None
    return None


_MAPPINGS: Final[tuple[Any, ...]] = ({}, collections.OrderedDict())
_VIEWS: Final = frozenset(
    (
        *(type(getattr(each, name)()) for each in _MAPPINGS for name in ("keys", "values", "items")),
        types.MappingProxyType,
    )
)


_MADE: Final[tuple[Any, ...]] = ([], (), {}, {}.values(), {}.items(), set(), collections.deque())

PLAIN_ITERATORS: Final = frozenset([*(type(iter(made)) for made in _MADE), type(reversed([])), type(reversed({}))])
"""The types of iterators that give what is in a container, and run nothing for it."""


def base_of(view: Any) -> Any:
    """Return the built-in container that a view of a mapping shows; None if it is no view, or one of something else."""
    if type(view) not in _VIEWS:
        return None
    bases = gc.get_referents(view)
    return bases[0] if len(bases) == 1 and type(bases[0]) in METHODS else None


def reachable(values: Iterator[Any]) -> list[Any] | None:
    """Return what can be reached from some objects; None if that is too much to say."""
    seen: dict[int, Any] = {}
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if id(value) in seen or issubclass(type(value), _ENDS):
            continue
        seen[id(value)] = value
        if len(seen) > _MOST_REACHED:
            return None
        if type(value) is types.FunctionType:
            waiting += held_by(value)
        elif type(value) in BOUND:
            waiting += [] if receiver_of(value) is None else [receiver_of(value)]
        elif type(value) not in _RUNNING:
            waiting += gc.get_referents(value)
    return list(seen.values())


def held_by(function: Any) -> list[Any]:
    """Return what a function carries along; its module is not part of it."""
    if type(function) is not types.FunctionType:
        return []
    held: list[Any] = list(function.__closure__ or ())
    return [*held, *(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
