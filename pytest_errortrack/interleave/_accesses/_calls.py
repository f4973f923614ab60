"""What a call touches, and what it returns as far as that is known."""

from __future__ import annotations

import contextvars
import functools
import io
import types
import weakref
from typing import Any, Final

from pytest_errortrack.interleave._accesses._builtin_calls import BuiltinCalls, builtin_base
from pytest_errortrack.interleave._accesses._function_calls import OUTSIDE
from pytest_errortrack.interleave._accesses._kinds import base_of
from pytest_errortrack.interleave._accesses._purity import (
    CONTROLLED,
    CONVERSIONS,
    METHODS,
    PASSIVE,
    effect_of_method,
    module_of,
)
from pytest_errortrack.interleave._accesses._values import (
    ATOM,
    BOUND,
    SOMETHING,
    VAGUE,
    Mark,
    Method,
    Pack,
    Reach,
    is_atom,
)

__all__ = ["Calls"]

_UNBOUND: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)
_IN_MEMORY: Final = (io.StringIO, io.BytesIO)
_UNSET: Final = object()
_CACHED: Final = type(functools.lru_cache(lambda: None))
_SETTERS: Final = (object.__setattr__, object.__delattr__)


class Calls(BuiltinCalls):
    """Works out the accesses of all calls: of methods, and of whatever else can be called."""

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:  # noqa: PLR0911 - one for each kind of thing
        """Return what calling something gives."""
        kind = type(function)
        if kind is types.FunctionType:
            return self._function(function, args)
        if kind is Method:
            return self._method(function.receiver, function.function, args)
        if kind is types.MethodType:
            return self._method(function.__self__, function.__func__, args)
        if kind in BOUND:
            return self._bound(function, args)
        if kind in _UNBOUND:
            return self._unbound(function, args)
        if issubclass(type(function), type):
            return self._class(function, args)
        if kind is functools.partial:
            return self.call(function.func, (*function.args, *function.keywords.values(), *args))
        if issubclass(type(function), weakref.ref):
            return self._effects.referent(function)
        if kind in (Mark, Reach, Pack):
            return self._unknown(function, args)
        return self._object(function, args)

    def _unknown(self, function: Any, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        if function is ATOM:
            effects.deep(*args, is_write=True)
            return Reach(*args) if args else ATOM
        if type(function) is Reach and function.code is not None:
            return effects.enter_code(function.code)
        effects.has_entered = True
        effects.deep(function, *args, is_write=True)
        effects.touch(SOMETHING, is_write=True)
        return SOMETHING

    def _object(self, function: Any, args: tuple[Any, ...]) -> Any:
        """Return what an object gives that is called."""
        effects = self._effects
        caller = self._kinds.of(type(function)).find("__call__")
        if type(caller) is types.FunctionType:
            return self._method(function, caller, args)
        wrapped = getattr(function, "__wrapped__", None) if type(function) is _CACHED else None
        effects.has_entered = True
        effects.touch(function, is_write=True)
        effects.deep(*args, is_write=True)
        if wrapped is None or not effects.is_covered(wrapped):
            effects.deep(function)
        return Reach(function, *args) if wrapped is None else SOMETHING

    # --- methods -------------------------------------------------------------------------------------------------

    def _method(self, receiver: Any, function: Any, args: tuple[Any, ...]) -> Any:
        kind = type(function)
        if kind is str:
            return self._named_method(receiver, function, args)
        if kind is types.FunctionType:
            if module_of(type(receiver)) in CONTROLLED and not self._effects.is_covered(function):
                return self._operation(receiver, function, args)
            return self._function(function, (receiver, *args))
        if kind in _UNBOUND or kind is types.ClassMethodDescriptorType:
            return self._c_method(receiver, function.__name__, args)
        return self.call(function, (receiver, *args))

    def _named_method(self, receiver: Any, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a method gives of which only the name is known."""
        effects = self._effects
        if receiver is ATOM:
            effects.deep(*args)
            return ATOM
        if issubclass(type(receiver), Pack):
            effects.deep(*args)
            return Reach(*receiver.values, *args)
        if name == "__next__":
            return effects.take(receiver)
        if type(receiver) not in VAGUE:
            return self._c_method(receiver, name, args)
        return self._vague_method(receiver, name, args)

    def _vague_method(self, receiver: Any, name: str, args: tuple[Any, ...]) -> Any:
        """Return what a method gives of an object that is not known."""
        effects = self._effects
        effects.has_entered = True
        if name in CONVERSIONS and receiver is SOMETHING and not args:
            return ATOM
        primitives = effects.primitives_among(receiver, name)
        if primitives:
            found = [self.call(effects.attribute(each, name, is_called=True), args) for each in primitives]
            return ATOM if all(each is ATOM for each in found) else SOMETHING
        effects.deep(receiver, *args, is_write=True)
        return Reach(receiver, *args)

    def _bound(self, function: Any, args: tuple[Any, ...]) -> Any:
        receiver = function.__self__
        if receiver is None or issubclass(type(receiver), types.ModuleType):
            return self._builtin(function, args)
        if issubclass(type(receiver), type):
            return self._class_method(function, receiver, args)
        return self._c_method(receiver, function.__name__, args)

    def _class_method(self, function: Any, owner: type, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        effects.deep(*args)
        if owner in METHODS:
            return Reach(*args)
        return ATOM if is_atom_type(owner) else self._unknown(Reach(owner), args) if function is None else Reach(*args)

    def _unbound(self, function: Any, args: tuple[Any, ...]) -> Any:
        if function in _SETTERS and len(args) > 1:
            self._effects.store_plainly(args[0], args[1]) if type(args[1]) is str else self._effects.touch(
                args[0], is_write=True
            )
            return ATOM
        if function is object.__getattribute__ and len(args) == 2 and type(args[1]) is str:  # noqa: PLR2004 - a plain number
            return self._effects.plain_attribute(args[0], args[1])
        return self._c_method(args[0], function.__name__, args[1:]) if args else ATOM

    # --- methods in C --------------------------------------------------------------------------------------------

    def _c_method(self, receiver: Any, name: str, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        if type(receiver) in VAGUE:
            return self._named_method(receiver, name, args)
        if issubclass(type(receiver), types.GeneratorType):
            return effects.take(receiver)
        if name in ("__setattr__", "__delattr__") and args and type(args[0]) is str:
            effects.store_plainly(receiver, args[0])
            return ATOM
        if name == "__getattribute__" and args and type(args[0]) is str:
            return effects.attribute(receiver, args[0])
        effect = effect_of_method(builtin_base(type(receiver)), name)
        if effect is None:
            return self._unlisted_method(receiver, name, args)
        return self._listed(effect, receiver, name, args)

    def _unlisted_method(self, receiver: Any, name: str, args: tuple[Any, ...]) -> Any:  # noqa: PLR0911 - one for each kind of thing
        effects = self._effects
        base = base_of(receiver)
        if base is not None:
            if type(receiver) is types.MappingProxyType:
                return self._c_method(base, name, args)
            effects.deep(receiver, *args)
            return Reach(receiver, *args)
        if type(receiver) is contextvars.ContextVar and name == "get":
            return receiver.get(*args) if _is_set(receiver) else SOMETHING  # the thread that asks is the actor's own
        if type(receiver) is contextvars.Context and name == "run":
            return self.call(args[0], args[1:]) if args else ATOM
        if is_atom(receiver) or type(receiver) in (tuple, frozenset):
            effects.deep(*args)
            return ATOM if is_atom(receiver) else Reach(receiver, *args)
        if module_of(type(receiver)) in ("_thread", "_contextvars", "_queue"):
            effects.has_entered = True
            return ATOM
        if name in ("__init__", "__init_subclass__", "__new__", "__reduce__", "__hash__", "__sizeof__", "__class__"):
            effects.deep(*args)
            return ATOM
        effects.has_entered = True
        effects.deep(receiver, *args, is_write=True)
        if type(receiver) not in _IN_MEMORY and module_of(type(receiver)) not in PASSIVE:
            self._leave(OUTSIDE, module_of(type(receiver)))
        return Reach(receiver, *args)

    def _listed(self, effect: str, receiver: Any, name: str, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        if effect in ("read key", "write key") and args:
            effects.method_on_key(receiver, args[0], is_write=effect == "write key")
            found = effects.item(receiver, args[0]) if effect == "read key" and type(receiver) is dict else None
            default = args[1] if len(args) > 1 else None
            if found is None:
                return Reach(receiver, *args[1:])
            return default if found is SOMETHING else found
        effects.touch(receiver, is_write=effect in ("write", "extend", "write key"))
        if effect in ("deep", "extend", "iterate"):
            effects.deep(*args)
        if effect == "deep" or name == "sort":
            effects.deep(receiver)
            effects.has_entered = effects.has_entered or name == "sort"
        return Reach(receiver, *args) if effect in ("iterate", "write") else ATOM


def _is_set(variable: contextvars.ContextVar[Any]) -> bool:
    """Tell whether a context variable has a value that is not one of the call's making."""
    return variable.get(_UNSET) is not _UNSET


def is_atom_type(kind: type) -> bool:
    """Tell whether the instances of a type cannot change."""
    return kind in (int, str, bytes, float, complex, bool)
