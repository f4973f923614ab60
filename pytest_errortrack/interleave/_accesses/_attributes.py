"""What reading and writing attributes touches, and what comes of it as far as that is known.

Nothing of the user's runs here: types are looked at through their dictionaries, and only descriptors that are written
in C and known to have no consequences are asked.
"""

from __future__ import annotations

import functools
import gc
import threading
import types
import weakref
from typing import Any, Final

from pytest_errortrack.interleave._accesses._kinds import MISSING, Kind, instance_dict, is_mutable_type
from pytest_errortrack.interleave._accesses._noting import ANYTHING, LOOK_UP, Noting, is_python
from pytest_errortrack.interleave._accesses._purity import CONTROLLED, CONVERSIONS, METHODS, module_of
from pytest_errortrack.interleave._accesses._values import (
    ATOM,
    NULL,
    SOMETHING,
    VAGUE,
    Mark,
    Method,
    Pack,
    Reach,
    Super,
    is_atom,
)

__all__ = ["Attributes"]

_MOST_PRIMITIVES: Final = 20  # that are looked at one by one

# Writing these changes what is found under any other name; a function is called by its code and its defaults.
_WHOLE: Final = frozenset(("__dict__", "__class__", "__bases__"))
_OF_FUNCTIONS: Final = frozenset(("__code__", "__defaults__", "__kwdefaults__"))
_METHODS: Final = (types.MethodDescriptorType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
_FUNCTIONS: Final = (*_METHODS, types.FunctionType, staticmethod, classmethod)
_SPECIAL: Final = frozenset((*VAGUE, types.ModuleType, types.CellType))
_SPECIAL_BASES: Final = (type, *weakref.ProxyTypes)


class Attributes(Noting):
    """Works out the accesses of attributes."""

    def attribute(self, value: Any, name: str, *, is_called: bool = False) -> Any:  # noqa: PLR0911 - one for each kind of thing
        """Return what reading an attribute gives, which may be about to be called."""
        kind = type(value)
        if kind not in _SPECIAL and not issubclass(kind, type):
            return self.plain_attribute(value, name)
        if kind is Mark:
            return self._mark_attribute(value, name, is_called=is_called)
        if kind is Reach:
            primitives = self.primitives_among(value, name)
            for each in primitives:
                self.plain_attribute(each, name)
            if not primitives:
                self.touch(value)
            return Method(value, name)
        if kind is Pack or kind is Method:
            return Method(value, name)
        if kind is Super:
            return self._super_attribute(value, name)
        if kind is types.ModuleType:
            space = vars(value)
            self.touch(space, (name,))
            return space.get(name, SOMETHING)
        if kind is types.CellType and name == "cell_contents":
            self._touch_cell()
            return SOMETHING
        return self._class_attribute(value, name) if issubclass(kind, type) else self.plain_attribute(value, name)

    def primitives_among(self, value: Any, name: str) -> list[Any]:
        """Return which primitives an element can be that has a method of this name; none if it may be anything else.

        What such an operation touches it says itself, so it is enough to know that it is one.
        """
        if type(value) is not Reach:
            return []
        found: list[Any] = []
        for base in value.bases:
            # A function may have returned the container itself, or what has the same methods.
            if type(base) not in METHODS or hasattr(type(base), name):
                return []
            found += [each for each in gc.get_referents(base) if not is_atom(each)]
        are_all = all(module_of(type(each)) in CONTROLLED and hasattr(type(each), name) for each in found)
        return found if are_all and len(found) <= _MOST_PRIMITIVES else []

    def _mark_attribute(self, value: Mark, name: str, *, is_called: bool) -> Any:
        if value is ATOM:
            return Method(ATOM, name)
        if not is_called or value is NULL:
            self.touch(value)
            return value
        self.touches.append((self.offset, ANYTHING, (name,), LOOK_UP))
        return Method(SOMETHING, name) if name in CONVERSIONS else value

    def plain_attribute(self, value: Any, name: str) -> Any:
        """Return what reading an attribute of an instance gives."""
        kind = self._kinds.of(type(value))
        if not kind.gets_plainly:
            return self._foreign_attribute(value, name, kind.find("__getattribute__"))
        meta = kind.find(name)
        if meta is MISSING:
            self._touch_found(value, name, kind, has_own=True)
            try:
                return object.__getattribute__(value, name)
            except AttributeError:
                fallback = kind.find("__getattr__")
                return SOMETHING if fallback is MISSING else self.enter(fallback, value)
        if type(meta) is types.FunctionType:
            found = object.__getattribute__(value, name) if kind.has_dict else meta
            is_plain = found is meta or getattr(found, "__func__", None) is meta
            self._touch_found(value, name, kind, has_own=kind.has_dict, is_look_up=is_plain)
            return Method(value, meta) if is_plain else found
        if hasattr(type(meta), "__set__") or hasattr(type(meta), "__delete__"):
            return self._computed(value, name, meta)
        first = len(self.touches)
        self._touch_found(value, name, kind, has_own=kind.has_dict)
        found = self._shadowed(value, name, meta)
        if type(found) is Method:
            self._only_look_up(first)
        return found

    def _touch_found(self, value: Any, name: str, kind: Kind, *, has_own: bool, is_look_up: bool = False) -> None:
        """Note that an attribute was looked for in an instance, if it may have any of its own, and in its classes."""
        offset, part = self.offset, (name,)
        how = LOOK_UP if is_look_up else False
        if has_own:
            if type(value) is types.FunctionType and name in _OF_FUNCTIONS:
                part = ("__code__",)
            self.touches.append((offset, value, part, how))
        self.touches.extend([(offset, each, (name,), how) for each in kind.mutable])

    def _only_look_up(self, first: int) -> None:
        """Take the reads noted since then for those of a name that stands for a function."""
        for place in range(first, len(self.touches)):
            offset, value, part, is_write = self.touches[place]
            self.touches[place] = offset, value, part, is_write or LOOK_UP

    def _touch_attribute(self, value: Any, name: str, *, is_write: bool = False) -> None:
        part = () if is_write and name in _WHOLE else (name,)
        if type(value) is types.FunctionType and name in _OF_FUNCTIONS:
            part = ("__code__",)
        self.touches.append((self.offset, value, part, is_write))

    def _touch_class(self, kind: type, name: str, *, is_write: bool = False) -> None:
        for each in kind.__mro__[:-1] if not is_write else (kind,):
            if is_mutable_type(each):
                self.touches.append((self.offset, each, () if is_write and name in _WHOLE else (name,), is_write))

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

    def _computed(self, value: Any, name: str, meta: Any) -> Any:  # noqa: PLR0911 - one for each kind of thing
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
            self._touch_attribute(value, name)
            return type(value)
        if name == "__dict__" and kind is types.GetSetDescriptorType:
            self._touch_attribute(value, name)
            return self.space_of(value, meta)
        if type(value) is types.FunctionType and name in _OF_FUNCTIONS:
            self._touch_attribute(value, name)
            return Reach(value)
        getter = self._kinds.of(kind).find("__get__")
        if type(getter) is types.FunctionType:
            return self.enter(getter, meta, value)
        self.touch(value)
        return Reach(value)

    def _touch_cell(self, *, is_write: bool = False) -> None:
        """Note that the variable of a cell is used; which one that is the cell does not tell."""
        self.binds_variables = True
        self.touch(SOMETHING, is_write=is_write)

    def space_of(self, value: Any, meta: Any = MISSING) -> Any:
        """Return the dictionary of an instance, remembering whose it is."""
        if type(value) is types.ModuleType or issubclass(type(value), type):
            space = vars(value)
            for each in gc.get_referents(space) if type(space) is types.MappingProxyType else ():
                self.aliases[id(each)] = value
            return space
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

    def _shadowed(self, value: Any, name: str, meta: Any) -> Any:  # noqa: PLR0911 - one for each kind of thing
        """Return what an attribute is that stands in the type, and may stand in the instance as well."""
        kind = type(meta)
        if kind in _METHODS:
            return Method(value, meta)
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

    def _class_attribute(self, owner: type, name: str) -> Any:  # noqa: PLR0911 - one for each kind of thing
        meta_kind = self._kinds.of(type(owner))
        if not meta_kind.gets_plainly:
            return self._foreign_attribute(owner, name, meta_kind.find("__getattribute__"))
        first = len(self.touches)
        self._touch_class(owner, name)
        if name == "__dict__":
            return self.space_of(owner)
        members = owner.__dict__.get("_member_map_")
        if type(members) is dict and name in members:
            return members[name]
        meta = self._kinds.of(owner).find(name)
        if meta is MISSING:
            return self._metaclass_attribute(owner, meta_kind.find(name))
        kind = type(meta)
        if kind in _FUNCTIONS:
            self._only_look_up(first)
        if kind is staticmethod:
            return meta.__func__
        if kind is classmethod:
            return Method(owner, meta.__func__)
        if kind is types.ClassMethodDescriptorType:
            return Method(owner, meta)
        getter = self._kinds.of(kind).find("__get__")
        return self.enter(getter, meta, owner) if kind is not types.FunctionType and is_python(getter) else meta

    def _metaclass_attribute(self, owner: type, meta: Any) -> Any:
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
        if type(instance) in VAGUE:
            return SOMETHING
        kind = instance if issubclass(type(instance), type) else type(instance)
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
        if kind not in _SPECIAL and not issubclass(kind, _SPECIAL_BASES):
            setter = self._kinds.of(kind).find("__setattr__")
            if type(setter) is types.FunctionType:
                self.enter(setter, value)
            else:
                self.store_plainly(value, name)
        elif kind in VAGUE:
            self.touch(value, is_write=True)
            self.touches.append((self.offset, ANYTHING, (name,), True))
        elif kind is types.ModuleType:
            self.touch(vars(value), (name,), is_write=True)
        elif kind is types.CellType:
            self._touch_cell(is_write=True)
        elif issubclass(kind, type):
            self._touch_class(value, name, is_write=True)
        else:
            self.touch(value, is_write=True)

    def store_plainly(self, value: Any, name: str) -> None:
        """Note that an attribute is written as `object.__setattr__` does it."""
        if type(value) in VAGUE:
            self.touch(value, is_write=True)
            return
        meta = self._kinds.of(type(value)).find(name)
        if type(meta) is property:
            self._touch_class(type(value), name)
            self.enter(meta.fset or meta.fdel, value)
            return
        setter = MISSING if meta is MISSING else self._kinds.of(type(meta)).find("__set__")
        if is_python(setter):
            self.enter(setter, meta, value)
        else:
            self._touch_attribute(value, name, is_write=True)
