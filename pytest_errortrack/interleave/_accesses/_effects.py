"""What reading, writing, testing and going through an object touches, and what comes of it as far as that is known.

Nothing of the user's runs here: types are looked at through their dictionaries, and only what is written in C and known
to have no consequences is called.
"""

from __future__ import annotations

import functools
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import MISSING, Kinds, instance_dict, is_mutable_type, reachable
from pytest_errortrack.interleave._accesses._purity import METHODS
from pytest_errortrack.interleave._accesses._values import (
    ATOM,
    ATOMS,
    NULL,
    PENDING,
    SOMETHING,
    Mark,
    Method,
    Pack,
    Reach,
    Super,
    is_atom,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

__all__ = ["ANYTHING", "Effects", "Touch"]

Touch = tuple[int, Any, tuple[Any, ...], bool]
"""An access at an instruction: its offset, the object, the part of it, and whether it is a write."""

ANYTHING: Final = Mark.SOMETHING
"""The object of an access of which nothing is known."""

_LAZY: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR
_MAPPINGS: Final = frozenset((dict, OrderedDict, defaultdict))
_SEQUENCES: Final = frozenset((list, tuple, deque, bytearray))
_METHODS: Final = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
_NOT_CONTAINERS: Final = (types.FunctionType, types.ModuleType, type)
# What an object that is not known writes when these of its methods are called; the other special methods read.
_WRITING: Final = frozenset(
    (
        *("__setitem__", "__delitem__", "__next__", "__enter__", "__exit__", "__set__"),
        *("__iadd__", "__isub__", "__imul__", "__imatmul__", "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__"),
        *("__ilshift__", "__irshift__", "__iand__", "__ixor__", "__ior__"),
    )
)


class Effects:
    """Works out accesses, one operation after the other.

    Args:
        covers: tells whether a function's lines are told of themselves.

    Attributes:
        touches: the accesses found so far.
        offset: the instruction that is being looked at.
        has_entered: whether code that may contain scheduling points may have run since this was set to False.
        aliases: the instances whose dictionaries are known as objects, by the identity of the dictionary.
    """

    def __init__(self, covers: Callable[[CodeType, Mapping[str, object]], bool]) -> None:
        self.touches: list[Touch] = []
        self.offset = 0
        self.has_entered = False
        self.aliases: dict[int, Any] = {}
        self._kinds = Kinds()
        self._covers = covers
        self._verdicts: dict[CodeType, bool] = {}

    # --- noting -----------------------------------------------------------------------------------------------

    def touch(self, value: Any, part: tuple[Any, ...] = (), *, is_write: bool = False) -> None:
        """Note an access to an object itself."""
        kind = type(value)
        if kind is Reach or kind is Pack:
            self.deep(*(value.bases if kind is Reach else value.values), is_write=is_write)
        elif kind is Method or kind is Super:
            self.touch(value.receiver if kind is Method else value.instance, part, is_write=is_write)
        elif value is SOMETHING or value is PENDING:
            self.touches.append((self.offset, ANYTHING, (), is_write))
        elif kind not in ATOMS and kind is not tuple and kind is not frozenset:
            self.touches.append((self.offset, value, part, is_write))

    def deep(self, *values: Any, is_write: bool = False) -> None:
        """Note an access to all that can be reached from some values."""
        found: list[Any] = []
        for value in values:
            kind = type(value)
            if kind is Reach or kind is Pack:
                self.deep(*(value.bases if kind is Reach else value.values), is_write=is_write)
            elif kind is Method or kind is Super:
                self.deep(value.receiver if kind is Method else value.instance, is_write=is_write)
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
            if not isinstance(each, _NOT_CONTAINERS):
                self.touch(each, is_write=is_write)

    # --- functions of the user's ------------------------------------------------------------------------------

    def is_covered(self, function: Any) -> bool:
        """Tell whether a function's own lines say what they touch."""
        if type(function) is not types.FunctionType:
            return False
        code = function.__code__
        verdict = self._verdicts.get(code)
        if verdict is None:
            verdict = self._verdicts[code] = self._covers(code, function.__globals__)
        return verdict

    def enter(self, function: Any, *args: Any) -> Any:
        """Note that a function of the user's, or of a library, is called with these arguments."""
        self.has_entered = True
        if type(function) in (staticmethod, classmethod):
            function = function.__func__
        if self.is_covered(function):
            return ATOM if function.__code__.co_flags & _LAZY else PENDING
        self.deep(*args, is_write=True)
        return Reach(*args)

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

    # --- attributes -------------------------------------------------------------------------------------------

    def attribute(self, value: Any, name: str) -> Any:
        """Return what reading an attribute gives."""
        kind = type(value)
        if kind is Mark:
            self.touch(value)
            return Method(ATOM, name) if value is ATOM else value
        if kind is Pack or kind is Reach or kind is Method:
            self.touch(value) if kind is Reach else None
            return Method(value, name)
        if kind is Super:
            return self._super_attribute(value, name)
        if kind is types.ModuleType:
            space = vars(value)
            self.touch(space, (name,))
            return space.get(name, SOMETHING)
        if isinstance(value, type):
            return self._class_attribute(value, name)
        return self._instance_attribute(value, name)

    def _instance_attribute(self, value: Any, name: str) -> Any:
        kind = self._kinds.of(type(value))
        if not kind.gets_plainly:
            return self._foreign_attribute(value, name, kind.find("__getattribute__"))
        meta = kind.find(name)
        if meta is MISSING:
            self._touch_attribute(value, name)
            self._touch_class(kind.type, name)
            return self._plain_or_fallback(value, name, kind.find("__getattr__"))
        if hasattr(type(meta), "__set__") or hasattr(type(meta), "__delete__"):
            return self._computed(value, name, meta)
        if kind.has_dict:
            self._touch_attribute(value, name)
        self._touch_class(kind.type, name)
        return self._shadowed(value, name, meta)

    def _touch_attribute(self, value: Any, name: str, *, is_write: bool = False) -> None:
        self.touches.append((self.offset, value, (name,), is_write))

    def _touch_class(self, kind: type, name: str, *, is_write: bool = False) -> None:
        for each in kind.__mro__[:-1] if not is_write else (kind,):
            if is_mutable_type(each):
                self.touches.append((self.offset, each, (name,), is_write))

    def _plain_or_fallback(self, value: Any, name: str, fallback: Any) -> Any:
        try:
            return object.__getattribute__(value, name)
        except AttributeError:
            return SOMETHING if fallback is MISSING else self.enter(fallback, value)

    def _foreign_attribute(self, value: Any, name: str, getter: Any) -> Any:
        if type(getter) is types.FunctionType:
            return self.enter(getter, value)
        if type(value) is threading.local:
            return self._plain_or_fallback_local(value, name)
        self.touch(value)
        return Method(value, name) if hasattr(type(value), name) else Reach(value)

    def _plain_or_fallback_local(self, value: Any, name: str) -> Any:
        try:
            return getattr(value, name)  # the thread that asks is the actor's own
        except AttributeError:
            return SOMETHING

    def _computed(self, value: Any, name: str, meta: Any) -> Any:
        """Return what a data descriptor gives."""
        kind = type(meta)
        if kind is property:
            self._touch_class(type(value), name)
            return self.enter(meta.fget, value)
        if kind is types.MemberDescriptorType:
            self._touch_attribute(value, name)
            try:
                return meta.__get__(value)
            except AttributeError:
                return SOMETHING
        if name == "__class__":
            return type(value)
        if name == "__dict__" and kind is types.GetSetDescriptorType:
            return self.space_of(value, meta)
        getter = self._kinds.of(kind).find("__get__")
        if type(getter) is types.FunctionType:
            return self.enter(getter, meta, value)
        self.touch(value)
        return Reach(value)

    def space_of(self, value: Any, meta: Any = MISSING) -> Any:
        """Return the dictionary of an instance, remembering whose it is."""
        if type(value) is types.ModuleType or isinstance(value, type):
            return vars(value)
        if meta is MISSING:
            meta = self._kinds.of(type(value)).find("__dict__")
        if type(meta) is not types.GetSetDescriptorType:
            return SOMETHING
        space = meta.__get__(value)
        self.aliases[id(space)] = value
        return space

    def notice_dict(self, value: Any) -> None:
        """Remember whose an instance's dictionary is, if it is known as an object."""
        space = instance_dict(value, self._kinds.of(type(value)))
        if space is not None:
            self.aliases[id(space)] = value

    def is_referable(self, value: Any) -> bool:
        """Tell whether a weak reference to an object can be made."""
        return self._kinds.of(type(value)).is_referable

    def _shadowed(self, value: Any, name: str, meta: Any) -> Any:
        """Return what an attribute is that stands in the type, and may stand in the instance as well."""
        kind = type(meta)
        if kind is types.FunctionType or kind in _METHODS:
            found = object.__getattribute__(value, name) if self._kinds.of(type(value)).has_dict else meta
            is_plain = found is meta or getattr(found, "__func__", None) is meta or kind in _METHODS
            return Method(value, meta) if is_plain else found
        if kind is staticmethod:
            return meta.__func__
        if kind is classmethod:
            return Method(type(value), meta.__func__)
        getter = self._kinds.of(kind).find("__get__")
        if getter is MISSING:
            return object.__getattribute__(value, name)
        space = self.space_of(value)
        if type(space) is dict and name in space:
            return space[name]
        if kind is functools.cached_property:
            self._touch_attribute(value, name, is_write=True)
            return self.enter(meta.func, value)
        return self.enter(getter, meta, value) if type(getter) is types.FunctionType else self._opaque(value)

    def _opaque(self, value: Any) -> Any:
        self.deep(value, is_write=True)
        return SOMETHING

    def _class_attribute(self, owner: type, name: str) -> Any:
        meta_kind = self._kinds.of(type(owner))
        if not meta_kind.gets_plainly:
            return self._foreign_attribute(owner, name, meta_kind.find("__getattribute__"))
        self._touch_class(owner, name)
        members = owner.__dict__.get("_member_map_")
        if type(members) is dict and name in members:
            return members[name]
        meta = self._kinds.of(owner).find(name)
        if meta is MISSING:
            return self._metaclass_attribute(owner, name, meta_kind.find(name))
        kind = type(meta)
        if kind is staticmethod:
            return meta.__func__
        if kind is classmethod:
            return Method(owner, meta.__func__)
        if kind is types.ClassMethodDescriptorType:
            return Method(owner, meta)
        getter = self._kinds.of(kind).find("__get__")
        return self.enter(getter, meta, owner) if kind is not types.FunctionType and _is_python(getter) else meta

    def _metaclass_attribute(self, owner: type, name: str, meta: Any) -> Any:
        if type(meta) is types.FunctionType:
            return Method(owner, meta)
        if type(meta) in _METHODS:
            return Method(owner, meta)
        if type(meta) is property:
            return self.enter(meta.fget, owner)
        if meta is not MISSING and not hasattr(type(meta), "__get__"):
            return meta
        return ATOM if type(meta) is types.GetSetDescriptorType else SOMETHING

    def _super_attribute(self, value: Super, name: str) -> Any:
        instance = value.instance
        if isinstance(instance, Mark | Reach | Pack):
            return SOMETHING
        kind = instance if isinstance(instance, type) else type(instance)
        mro = kind.__mro__
        for each in mro[mro.index(value.after) + 1 :] if value.after in mro else ():
            if name in vars(each):
                meta = vars(each)[name]
                self._touch_class(each, name)
                if type(meta) is property:
                    return self.enter(meta.fget, instance)
                if type(meta) is classmethod:
                    return Method(kind, meta.__func__)
                return meta.__func__ if type(meta) is staticmethod else Method(instance, meta)
        return SOMETHING

    def store_attribute(self, value: Any, name: str) -> None:
        """Note that an attribute is written or deleted."""
        kind = type(value)
        if kind in (Mark, Pack, Reach, Method, Super):
            self.touch(value, is_write=True)
        elif kind is types.ModuleType:
            self.touch(vars(value), (name,), is_write=True)
        elif isinstance(value, type):
            self._touch_class(value, name, is_write=True)
        else:
            setter = self._kinds.of(kind).find("__setattr__")
            if type(setter) is types.FunctionType:
                self.enter(setter, value)
            else:
                self.store_plainly(value, name)

    def store_plainly(self, value: Any, name: str) -> None:
        """Note that an attribute is written as `object.__setattr__` does it."""
        if isinstance(value, Mark | Reach | Pack | Method):
            self.touch(value, is_write=True)
            return
        meta = self._kinds.of(type(value)).find(name)
        if type(meta) is property:
            self._touch_class(type(value), name)
            self.enter(meta.fset or meta.fdel, value)
            return
        setter = MISSING if meta is MISSING else self._kinds.of(type(meta)).find("__set__")
        if _is_python(setter):
            self.enter(setter, meta, value)
        else:
            self._touch_attribute(value, name, is_write=True)

    # --- contents ---------------------------------------------------------------------------------------------

    def item(self, value: Any, key: Any) -> Any:
        """Return what subscription gives."""
        kind = type(value)
        if kind is Pack:
            return self._of_pack(value, key)
        if isinstance(value, type):
            return self.enter_if_python(value, "__class_getitem__", key)
        found = self.special(value, "__getitem__", key)
        if found is not MISSING:
            return found
        if kind in _MAPPINGS:
            self._touch_key(value, key, is_write=kind is defaultdict)
            self._fall_back(value, key)
            return _peek(value, key)
        self.touch(value, _index(value, key))
        if kind in _SEQUENCES and type(key) is int and -len(value) <= key < len(value):
            return value[key]
        return ATOM if is_atom(value) else Reach(value)

    def enter_if_python(self, value: Any, name: str, *args: Any) -> Any:
        """Note the call of a class's own special method, if it has one in Python."""
        function = self._kinds.of(value).find(name)
        function = getattr(function, "__func__", function)
        return self.enter(function, value, *args) if _is_python(function) else ATOM

    def _of_pack(self, value: Pack, key: Any) -> Any:
        if value.is_ordered and type(key) is int and -len(value.values) <= key < len(value.values):
            return value.values[key]
        return Reach(*value.values)

    def _touch_key(self, value: Any, key: Any, *, is_write: bool) -> None:
        if is_atom(key) and key is not ATOM:
            self.touch(value, (key,), is_write=is_write)
        else:
            self._hash(key)
            self.touch(value, is_write=is_write)

    def _hash(self, key: Any) -> None:
        if self.special(key, "__hash__") is MISSING and not is_atom(key):
            self.deep(key)

    def _fall_back(self, value: Any, key: Any) -> None:
        if type(value) is defaultdict and is_atom(key) and key is not ATOM and key not in value:
            self.has_entered = self.has_entered or _is_python(value.default_factory)

    def store_item(self, value: Any, key: Any) -> None:
        """Note that an item is written or deleted."""
        if type(value) is not Pack and self.special(value, "__setitem__", key) is MISSING:
            if type(value) in _MAPPINGS:
                self._touch_key(value, key, is_write=True)
            elif type(value) is memoryview:
                self.touch(value.obj, is_write=True)
            else:
                self.touch(value, _index(value, key), is_write=True)

    def method_on_key(self, value: Any, key: Any, *, is_write: bool) -> None:
        """Note a method of a mapping that deals with one key."""
        self._touch_key(value, key, is_write=is_write)

    # --- everything else --------------------------------------------------------------------------------------

    def truth(self, value: Any) -> None:
        """Note that a value is tested for truth."""
        if not is_atom(value) and self.special(value, "__bool__") is MISSING:
            self.length(value)

    def length(self, value: Any) -> None:
        """Note that a value is asked for its length."""
        if type(value) in METHODS or type(value) is memoryview:
            self.touch(value)
        elif self.special(value, "__len__") is MISSING and hasattr(type(value), "__len__"):
            self.touch(value)

    def iterate(self, value: Any) -> Any:
        """Return the iterator over a value."""
        kind = type(value)
        if kind is Pack or kind is Reach or is_atom(value) or kind in METHODS:
            return value if kind is Reach or kind is Pack else ATOM if is_atom(value) else Reach(value)
        found = self.special(value, "__iter__")
        if found is MISSING:
            return Method(value, "__next__") if hasattr(kind, "__next__") else Reach(value)
        return found

    def following(self, value: Any) -> Any:
        """Return the next item of an iterator."""
        if type(value) is Reach:
            for base in value.bases:
                self._take(base)
            return Reach(*value.bases)
        if type(value) is Pack:
            return Reach(*value.values) if value.values else ATOM
        if type(value) is Method:
            return self.take(value.receiver)
        if value is SOMETHING or value is PENDING:
            self.touch(value, is_write=True)
            return SOMETHING
        return ATOM if is_atom(value) else self.take(value)

    def _take(self, base: Any) -> None:
        if isinstance(base, Mark | Pack | Reach):
            self.touch(base)
        elif type(base) in METHODS:
            self.touch(base)
        elif not is_atom(base):
            self.deep(base, is_write=hasattr(type(base), "__next__"))

    def take(self, value: Any) -> Any:
        """Return what `next` gives for an iterator that is an object of its own."""
        if is_atom(value) or isinstance(value, Mark | Pack | Reach | Method):
            return self.following(value)
        found = self.special(value, "__next__")
        if found is not MISSING:
            return found
        self.touch(value, is_write=True)
        if type(value) is types.GeneratorType:
            self.has_entered = True
            return SOMETHING
        self.deep(value)
        return Reach(value)

    def compare(self, one: Any, other: Any, name: str) -> Any:
        """Note that two values are compared."""
        if is_atom(one) and is_atom(other):
            return ATOM
        if self.special(one, name, other) is MISSING and self.special(other, name, one) is MISSING:
            for value in (one, other):
                self._look_into(value)
        return ATOM

    def _look_into(self, value: Any) -> None:
        if type(value) in METHODS or isinstance(value, Mark | Reach | Pack | Method):
            self.deep(value)
        elif self._kinds.of(type(value)).find("__eq__") is not vars(object)["__eq__"]:
            self.touch(value)

    def contains(self, value: Any, key: Any) -> None:
        """Note a test for membership."""
        if type(value) in _MAPPINGS:
            self._touch_key(value, key, is_write=False)
        elif type(value) is set:
            self._hash(key)
            self.touch(value)
        elif self.special(value, "__contains__", key) is MISSING:
            self.deep(value, key)

    def text(self, value: Any) -> None:
        """Note that a value is made into text."""
        if is_atom(value):
            return
        found = [self.special(value, name) for name in ("__format__", "__str__", "__repr__")]
        if all(each is MISSING for each in found):
            self.deep(value) if type(value) in METHODS or type(value) in (Reach, Pack) else self.touch(value)

    def binary(self, one: Any, other: Any, names: tuple[str, ...]) -> Any:
        """Return what an operator gives; the names are its special methods, the one in place first."""
        if is_atom(one) and is_atom(other):
            return ATOM
        for name in names:
            found = self.special(one, name, other)
            if found is not MISSING:
                return found
        reflected = f"__r{names[-1][2:]}"
        found = self.special(other, reflected, one)
        if found is not MISSING and not is_atom(one):
            return found
        if found is not MISSING:
            return SOMETHING
        in_place = len(names) > 1 and hasattr(type(one), names[0])
        self.touch(one, is_write=in_place)
        self.deep(other)
        return one if in_place else Reach(one, other)

    def referent(self, value: weakref.ref[Any]) -> Any:
        """Return what a weak reference refers to."""
        return value()


def _is_python(function: Any) -> bool:
    return type(function) is types.FunctionType


def _peek(value: Any, key: Any) -> Any:
    if key is ATOM or key is NULL or not is_atom(key):
        return Reach(value)
    return dict.get(value, key, SOMETHING)


def _index(value: Any, key: Any) -> tuple[Any, ...]:
    """Return the part of a sequence that an index means."""
    if type(key) is not int or type(value) is not list:
        return ()
    return (key if key >= 0 else len(value) + key,)
