"""Locks and queues that were made before the exploration, wherever the modules under test hold them.

A plain lock waits where no schedule can see it, so each gets a shadow for the time of the exploration. They are looked
for in modules and classes, in instances of those classes, in the primitives of `threading` and `queue` that are made
of locks, in containers, closures and default arguments; as far as a bounded number of objects goes.
"""

from __future__ import annotations

import functools
import queue
import threading
from types import BuiltinMethodType, CellType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._controlled._primitives import ControlledLock
from pytest_errortrack.interleave._controlled._queues import ControlledSimpleQueue
from pytest_errortrack.interleave._controlled._reentrant import ControlledRLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_errortrack.interleave._controlled._changes import Changes

    Put = Callable[[object], None]
    Found = tuple[object, Put | None]

__all__ = ["Shadows"]

_MOST_OBJECTS = 5_000
_MOST_ITEMS = 200  # of one container
_DEEPEST = 6
_SHADOWS: Final[dict[type, Any]] = {
    type(threading.Lock()): ControlledLock.controlled,
    type(threading.RLock()): ControlledRLock.controlled,
    queue.SimpleQueue: ControlledSimpleQueue.controlled,
}
_HOLDERS = (
    threading.Condition,
    threading.Event,
    threading.Semaphore,
    threading.Barrier,
    queue.Queue,
    functools.partial,
    functools.cached_property,  # up to Python 3.11 it has a lock
)
_BORROWED = ("acquire", "release", "_release_save", "_acquire_restore", "_is_owned")
"""Methods of its lock that a `Condition` keeps as its own."""


class Shadows:
    """Replaces the locks that modules hold.

    Args:
        modules: the names of the modules whose functions, classes and instances are looked into.
        changes: where replacing is done.
        factories: what stands for the functions and classes that make primitives, by the identity of the plain ones;
            what is generated, such as the `__init__` of a dataclass, keeps them until an instance is made.

    Attributes:
        has_thread_locals: whether something that each thread has of its own was found.
    """

    def __init__(self, modules: frozenset[str], changes: Changes, *, factories: Mapping[int, object]) -> None:
        self.has_thread_locals = False
        self._factories = factories
        self._modules = modules
        self._changes = changes
        self._made: dict[int, object] = {}  # one lock may be held in many places
        self._kept: list[object] = []  # what is known by its identity must stay
        self._seen: set[int] = set()

    def cast(self, module: ModuleType) -> None:
        """Replace what a module holds."""
        waiting = [(value, put, 0) for value, put in self._in_namespace(module)]
        while waiting and len(self._seen) < _MOST_OBJECTS:
            value, put, depth = waiting.pop()
            new = self._replacement(value)
            if new is not None:
                if put is not None:
                    put(new)
            elif isinstance(value, threading.local):
                self.has_thread_locals = True
            elif depth < _DEEPEST and id(value) not in self._seen:
                found = self._look_into(value)
                if found is not None:
                    self._seen.add(id(value))
                    self._kept.append(value)
                    waiting += [(each, place, depth + 1) for each, place in found]

    def _replacement(self, value: Any) -> object | None:
        """Return what is to stand for an object; None if it may stay."""
        if id(value) in self._factories:
            return self._factories[id(value)]
        if type(value) in _SHADOWS:
            return self._shadow(value)
        if type(value) is BuiltinMethodType and type(value.__self__) in _SHADOWS:  # `acquire = lock.acquire`
            method: object = getattr(self._shadow(value.__self__), value.__name__)
            return method
        return None

    def _shadow(self, raw: object) -> object:
        shadow = self._made.get(id(raw))
        if shadow is None:
            shadow = self._made[id(raw)] = _SHADOWS[type(raw)](raw)
            self._kept.append(raw)
        return shadow

    def _look_into(self, value: Any) -> Iterable[Found] | None:
        """Return what an object holds, and how to replace it there; None if it is none to look into."""
        found: Iterable[Found] | None = None
        kind = type(value)
        if kind is MethodType:
            found = [(value.__self__, None)]
        elif kind in (staticmethod, classmethod):
            found = [(value.__func__, None)]
        elif kind is dict or kind is list:
            found = self._in_container(value)
        elif kind in (tuple, set, frozenset):
            found = [(each, None) for each in list(value)[:_MOST_ITEMS]]
        elif kind is FunctionType or isinstance(value, type):
            if value.__module__ in self._modules:
                found = self._in_function(value) if kind is FunctionType else self._in_namespace(value)
        elif isinstance(value, _HOLDERS) or kind.__module__ in self._modules:
            found = self._in_instance(value)
        return found

    def _in_namespace(self, owner: Any) -> list[Found]:
        put = self._changes.attribute
        return [(value, functools.partial(put, owner, name)) for name, value in list(vars(owner).items())]

    def _in_container(self, container: Any) -> list[Found]:
        pairs = list(container.items() if type(container) is dict else enumerate(container))[:_MOST_ITEMS]
        return [(value, functools.partial(self._changes.item, container, key)) for key, value in pairs]

    def _in_function(self, function: FunctionType) -> list[Found]:
        found: list[Found] = [(vars(function), None)]
        filled = [cell for cell in function.__closure__ or () if _is_filled(cell)]
        found += [(cell.cell_contents, functools.partial(self._changes.cell, cell)) for cell in filled]
        if function.__kwdefaults__:
            found.append((function.__kwdefaults__, None))
        if function.__defaults__:
            found += self._in_defaults(function)
        return found

    def _in_defaults(self, function: FunctionType) -> list[Found]:
        defaults = function.__defaults__ or ()
        replacements = [self._replacement(each) for each in defaults]
        changed = tuple([old if new is None else new for old, new in zip(defaults, replacements, strict=True)])
        if any(new is not old for new, old in zip(changed, defaults, strict=True)):
            self._changes.slot(function, "__defaults__", changed)
        return [(each, None) for each in changed]

    def _in_instance(self, instance: Any) -> list[Found]:
        found: list[Found] = []
        if isinstance(instance, threading.Condition):
            self._rebind(instance)
        elif isinstance(instance, functools.partial):
            found += [(instance.func, None), (instance.args, None), (instance.keywords, None)]
        attributes = getattr(instance, "__dict__", None)
        if type(attributes) is dict:
            found.append((attributes, None))
        for kind in type(instance).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            for name in (slots,) if isinstance(slots, str) else slots:
                value = _in_slot(kind, name, instance)
                found.append((value, functools.partial(self._changes.slot, instance, name)))
        return found

    def _rebind(self, condition: threading.Condition) -> None:
        """Give a condition the shadow of its lock, and the shadow's methods for those of the lock."""
        attributes = vars(condition)
        lock = attributes.get("_lock")
        if type(lock) not in _SHADOWS:
            return
        shadow = self._shadow(lock)
        self._changes.item(attributes, "_lock", shadow)
        for name in _BORROWED:
            if hasattr(shadow, name):
                self._changes.item(attributes, name, getattr(shadow, name))


def _is_filled(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - a variable that has no value yet raises
    except ValueError:
        return False
    return True


def _in_slot(kind: type, name: str, instance: object) -> object:
    """Return what a slot holds without running anybody's code; None if it is empty."""
    descriptor = kind.__dict__.get(name)
    if type(descriptor).__name__ != "member_descriptor":
        return None
    try:
        return descriptor.__get__(instance, kind)  # type: ignore[union-attr]  # as its type says
    except AttributeError:
        return None
