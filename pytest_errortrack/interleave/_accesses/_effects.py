"""What reading, writing, testing and going through an object touches, and what comes of it as far as that is known.

Nothing of the user's runs here: types are looked at through their dictionaries, and only what is written in C and known
to have no consequences is called.
"""

from __future__ import annotations

import gc
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import MISSING, PLAIN_ITERATORS, base_of
from pytest_errortrack.interleave._accesses._purity import METHODS
from pytest_errortrack.interleave._accesses._values import (
    ATOM,
    NULL,
    PENDING,
    SOMETHING,
    VAGUE,
    Mark,
    Method,
    Pack,
    Reach,
    is_atom,
)

if TYPE_CHECKING:
    import weakref

from pytest_errortrack.interleave._accesses._attributes import Attributes
from pytest_errortrack.interleave._accesses._noting import ANYTHING, is_python

__all__ = ["Effects"]

_MAPPINGS: Final = frozenset((dict, OrderedDict, defaultdict))
_SEQUENCES: Final = frozenset((list, tuple, deque, bytearray))


class Effects(Attributes):
    """Works out accesses, one operation after the other."""

    def item(self, value: Any, key: Any) -> Any:  # noqa: PLR0911 - one for each kind of thing
        """Return what subscription gives."""
        kind = type(value)
        if kind is Pack:
            return self._of_pack(value, key)
        if issubclass(type(value), type):
            return self.enter_if_python(value, "__class_getitem__", key)
        found = self.special(value, "__getitem__", key)
        if found is not MISSING:
            return found
        if kind in _MAPPINGS:
            self._touch_key(value, key, is_write=kind is defaultdict)
            self._fall_back(value, key)
            return _peek(value, key)
        base = base_of(value)
        if base is not None:
            return self.item(base, key)
        if kind not in METHODS:
            self.deep(value, key)
            return ATOM if is_atom(value) else Reach(value)
        self.touch(value, _index(value, key))
        if kind in _SEQUENCES and type(key) is int and -len(value) <= key < len(value):
            return value[key]
        return ATOM if is_atom(value) else Reach(value)

    def enter_if_python(self, value: Any, name: str, *args: Any) -> Any:
        """Note the call of a class's own special method, if it has one in Python."""
        function = self._kinds.of(value).find(name)
        function = getattr(function, "__func__", function)
        return self.enter(function, value, *args) if is_python(function) else ATOM

    def _of_pack(self, value: Pack, key: Any) -> Any:
        if value.is_ordered and type(key) is int and -len(value.values) <= key < len(value.values):
            return value.values[key]
        return _one_of(value)

    def _touch_key(self, value: Any, key: Any, *, is_write: bool) -> None:
        if is_atom(key) and type(key) is not Mark:
            # To add a key changes the order of the keys, which is seen by whoever goes through them.
            is_new = is_write and not dict.__contains__(value, key)
            self.touch(value, () if is_new else (key,), is_write=is_write)
        else:
            self._hash(key)
            self.touch(value, is_write=is_write)

    def _hash(self, key: Any) -> None:
        if self.special(key, "__hash__") is MISSING and not is_atom(key):
            self.deep(key)

    def _fall_back(self, value: Any, key: Any) -> None:
        if type(value) is defaultdict and is_atom(key) and key is not ATOM and key not in value:
            self.has_entered = self.has_entered or is_python(value.default_factory)

    def store_item(self, value: Any, key: Any) -> None:
        """Note that an item is written or deleted."""
        if type(value) in VAGUE and type(value) is not Pack and type(key) is str:
            self.touches.append((self.offset, ANYTHING, (key,), True))  # it may be the dictionary of an object
        if type(value) is not Pack and self.special(value, "__setitem__", key) is MISSING:
            if type(value) in _MAPPINGS:
                self._touch_key(value, key, is_write=True)
            elif type(value) not in METHODS:
                self.deep(value, is_write=True)
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
        base = base_of(value)
        if type(value) in METHODS:
            self.touch(value)
        elif base is not None:
            self.touch(base)
        elif self.special(value, "__len__") is MISSING and (
            hasattr(type(value), "__len__") or hasattr(type(value), "__bool__")
        ):
            self.deep(value)

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
            return _one_of(value) if value.values else ATOM
        if type(value) is Method:
            return self.take(value.receiver)
        if value is SOMETHING or value is PENDING:
            self.touch(value, is_write=True)
            return SOMETHING
        return ATOM if is_atom(value) else self.take(value)

    def _take(self, base: Any) -> None:
        if type(base) is Method:
            self.deep(base)  # the iterator may call it for each item
        elif type(base) in VAGUE or type(base) in METHODS:
            self.touch(base)
        elif not is_atom(base):
            self.deep(base, is_write=hasattr(type(base), "__next__"))

    def take(self, value: Any) -> Any:
        """Return what `next` gives for an iterator that is an object of its own."""
        if is_atom(value) or type(value) in VAGUE:
            return self.following(value)
        found = self.special(value, "__next__")
        if found is not MISSING:
            return found
        self.touch(value, is_write=True)
        if type(value) in PLAIN_ITERATORS:
            held = gc.get_referents(value)
            for each in held:
                self.touch(each)
            return Reach(*held)
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
        if (
            type(value) in METHODS
            or type(value) in VAGUE
            or self._kinds.of(type(value)).find("__eq__") is not vars(object)["__eq__"]
        ):
            self.deep(value)

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
            is_plain = self._kinds.of(type(value)).find("__repr__") is vars(object)["__repr__"]
            self.touch(value) if is_plain else self.deep(value)

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
        if type(one) in METHODS:
            self.touch(one, is_write=in_place)
        else:
            self.deep(one, is_write=in_place)
        self.deep(other)
        return one if in_place else Reach(one, other)

    def referent(self, value: weakref.ref[Any]) -> Any:
        """Return what a weak reference refers to; whatever lets go of that changes the answer."""
        self.touch(SOMETHING)
        return value()


def _one_of(value: Pack) -> Reach:
    """Return what stands for an item of a container that was made on this line."""
    return Reach(*value.values) if any(type(each) in VAGUE for each in value.values) else Reach(value.values)


def _peek(value: Any, key: Any) -> Any:
    if key is ATOM or key is NULL or not is_atom(key):
        return Reach(value)
    return dict.get(value, key, SOMETHING)


def _index(value: Any, key: Any) -> tuple[Any, ...]:
    """Return the part of a sequence that an index means."""
    if type(key) is not int or type(value) is not list:
        return ()
    return (key if key >= 0 else len(value) + key,)
