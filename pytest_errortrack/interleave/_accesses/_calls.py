"""What a call touches, and what it returns as far as that is known."""

from __future__ import annotations

import builtins
import contextvars
import functools
import io
import sys
import threading
import types
import weakref
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import Kinds, base_of
from pytest_errortrack.interleave._accesses._noting import BY_OPERATION
from pytest_errortrack.interleave._accesses._purity import (
    BUILTINS,
    CONTROLLED,
    CONVERSIONS,
    LOOKING,
    METHODS,
    PASSIVE,
    REPLACING,
    SELF_CONTAINED,
    effect_of_method,
    may_write_through,
    module_of,
)
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
    Super,
    is_atom,
    is_certain,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._accesses._effects import Effects

__all__ = ["OUTSIDE", "Calls"]


class _Outside:
    """Stands for what no object stands for: files, standard output, the state of libraries."""

    __slots__ = ()


OUTSIDE: Final = _Outside()
_BOUND: Final = (types.BuiltinMethodType, types.MethodWrapperType)
_UNBOUND: Final = (types.MethodDescriptorType, types.WrapperDescriptorType)
_ATTRIBUTES: Final = {id(getattr): "get", id(hasattr): "has", id(setattr): "set", id(delattr): "set"}
_RUNNERS: Final = (builtins.exec, builtins.eval)
_IN_MEMORY: Final = (io.StringIO, io.BytesIO)
_OWN_THREAD: Final = frozenset(
    ("current_thread", "currentThread", "get_ident", "get_native_id", "main_thread", "local")
)
_BARE: Final = frozenset(("ControlledLock", "ControlledRLock", "Interleaving"))
_UNSET: Final = object()
_CACHED: Final = type(functools.lru_cache(lambda: None))
_SETTERS: Final = (object.__setattr__, object.__delattr__)


class Calls:
    """Works out the accesses of calls.

    Args:
        effects: takes note of them.
    """

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._kinds = Kinds()
        self._special: dict[int, Callable[..., Any]] = {
            id(super): self._super,
            id(type): self._type,
            id(vars): self._vars,
            id(isinstance): self._is_instance,
            id(len): self._length,
            id(iter): lambda *values: effects.iterate(values[0]) if len(values) == 1 else Reach(*values),
            id(next): lambda value, *_: effects.take(value),
            id(repr): self._text,
            id(str): self._text,
            id(format): self._text,
            id(bool): self._truth,
        }
        self._special.update(dict.fromkeys(_ATTRIBUTES, self._nothing))

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:  # noqa: PLR0911 - one for each kind of thing
        """Return what calling something gives."""
        kind = type(function)
        if kind is types.FunctionType:
            return self._function(function, args)
        if kind is Method:
            return self._method(function.receiver, function.function, args)
        if kind is types.MethodType:
            return self._method(function.__self__, function.__func__, args)
        if kind in _BOUND:
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

    # --- functions in Python ----------------------------------------------------------------------------------

    def _function(self, function: Any, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        if effects.is_covered(function):
            return effects.enter(function)
        top = module_of(function)
        if top == "contextlib":
            effects.has_entered = True
            return Reach(*args, *(function.__closure__ or ()))
        if top in CONTROLLED:
            effects.has_entered = True
            effects.deep(*(arg for arg in args if not self._is_controlled(arg)), is_write=True)
            if top == "threading" and function.__name__ not in _OWN_THREAD:
                effects.touch(SOMETHING)  # which threads there are
            return ATOM if top == "pytest_errortrack" else SOMETHING
        is_outside = top == "posixpath" and function.__name__ in LOOKING
        self._leave(function.__globals__, "os" if is_outside else top)
        if _home_of(function) in REPLACING:
            effects.replaces_functions = True
            effects.touch(SOMETHING, is_write=True)
        effects.enter(function, *args)
        return Reach(*args, *(function.__closure__ or ())) if top in SELF_CONTAINED else SOMETHING

    def _leave(self, namespace: Any, top: str) -> None:
        """Note that code outside of the user's modules runs: it may touch its own module, and the world."""
        if top in SELF_CONTAINED:
            return
        effects = self._effects
        effects.touch(namespace, is_write=True)
        if top in sys.stdlib_module_names:
            effects.touch(OUTSIDE, is_write=True)

    def _is_controlled(self, value: Any) -> bool:
        return type(value) not in VAGUE and module_of(type(value)) in CONTROLLED

    # --- methods ----------------------------------------------------------------------------------------------

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

    def _operation(self, receiver: Any, function: Any, args: tuple[Any, ...]) -> Any:
        """Return what a method of a controlled primitive gives; what it touches it says itself."""
        effects = self._effects
        effects.has_entered = True
        if issubclass(type(receiver), threading.Condition):
            effects.touch(receiver, is_write=True)  # to notify is no operation of its own
        elif type(receiver).__module__.startswith("pytest_errortrack.sdk"):
            effects.touch(receiver, is_write=True)
        elif type(receiver).__name__ not in _BARE:
            self._touch_state(receiver)
        given = [arg for arg in args if not (is_certain(arg) or self._is_controlled(arg))]
        if given:
            effects.deep(*given, is_write=True)
        return SOMETHING if function.__name__ in ("get", "get_nowait", "result", "submit", "map") else ATOM

    def _touch_state(self, receiver: Any) -> None:
        """Note that an operation changes the attributes of a primitive, which others may look at without one."""
        effects = self._effects
        states = [receiver]
        state = getattr(receiver, "__dict__", None)
        for each in state.values() if type(state) is dict else ():
            if type(each) in METHODS:
                states.append(each)
                effects.deep(*(item for item in each if type(item) in _BOUND), is_write=True)
        effects.touches += [(BY_OPERATION, each, (), True) for each in states]

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
        effect = effect_of_method(_builtin_base(type(receiver)), name)
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

    # --- built-in functions and classes -----------------------------------------------------------------------

    def _builtin(self, function: Any, args: tuple[Any, ...]) -> Any:
        special = self._special.get(id(function))
        if special is not None and args and args[0] is not NULL:
            return self._attribute_call(function, args) if id(function) in _ATTRIBUTES else special(*args)
        effect = BUILTINS.get(id(function))
        effects = self._effects
        if effect == "nothing":
            return ATOM
        if function in _RUNNERS:
            effects.replaces_functions = effects.has_entered = True
            effects.touch(SOMETHING, is_write=True)
            return SOMETHING
        may_write = any(self._may_write(arg) for arg in args)
        if effect in ("deep", "read"):
            effects.has_entered = True
            effects.deep(*args, is_write=may_write)
            return Reach(*args) if function in (min, max, sum) else ATOM
        if effect == "iterate":
            effects.has_entered = True
            effects.deep(*args, is_write=may_write)
            return Reach(*args)
        effects.has_entered = True
        effects.deep(*args, is_write=True)
        self._leave(OUTSIDE, module_of(function))
        return Reach(*args)

    def _may_write(self, value: Any) -> bool:
        """Tell whether something given to a function in C may, called by it, change what it is handed."""
        if type(value) is types.FunctionType:
            return not self._effects.is_covered(value)
        return type(value) not in VAGUE and may_write_through(value)

    def _attribute_call(self, function: Any, args: tuple[Any, ...]) -> Any:
        effects = self._effects
        verb = _ATTRIBUTES[id(function)]
        if len(args) < 2 or type(args[1]) is not str:  # noqa: PLR2004 - a plain number
            effects.deep(args[0], is_write=verb == "set")
            return Reach(*args)
        if verb == "set":
            effects.store_attribute(args[0], args[1])
            return ATOM
        found = effects.attribute(args[0], args[1])
        if verb == "has":
            return ATOM
        if found is SOMETHING and len(args) > 2:  # noqa: PLR2004 - a plain number
            return args[2]
        return SOMETHING if found is PENDING else found

    def _length(self, value: Any) -> Any:
        self._effects.length(value)
        return ATOM

    def _truth(self, value: Any = ATOM) -> Any:
        self._effects.truth(value)
        return ATOM

    def _nothing(self, *_: Any) -> Any:
        return ATOM

    def _super(self, *args: Any) -> Any:
        return Super(args[0], args[1]) if len(args) == 2 and issubclass(type(args[0]), type) else SOMETHING  # noqa: PLR2004 - a plain number

    def _type(self, *args: Any) -> Any:
        if len(args) == 1 and type(args[0]) not in VAGUE:
            self._effects.touch(args[0], ("__class__",))
            return type(args[0])
        return ATOM

    def _is_instance(self, value: Any, *_: Any) -> Any:
        self._effects.touch(value, ("__class__",)) if value is not SOMETHING else None
        return ATOM

    def _vars(self, *args: Any) -> Any:
        value = args[0]
        return Reach(value) if type(value) in VAGUE else self._effects.space_of(value)

    def _text(self, *args: Any) -> Any:
        self._effects.text(args[0])
        return ATOM

    def _class(self, owner: type, args: tuple[Any, ...]) -> Any:
        """Return what making an instance gives."""
        effects = self._effects
        if id(owner) in BUILTINS or id(owner) in self._special:
            return self._builtin(owner, args)
        kind = self._kinds.of(owner)
        caller = self._kinds.of(type(owner)).find("__call__")
        maker, starter = kind.find("__new__"), kind.find("__init__")
        maker = getattr(maker, "__func__", maker)
        if module_of(owner) in CONTROLLED and not effects.is_covered(starter):
            effects.has_entered = True
            return ATOM
        if issubclass(owner, BaseException) and not effects.is_covered(starter):
            return Pack(args, is_ordered=False)
        for function in (caller, maker, starter):
            if type(function) is types.FunctionType:
                effects.enter(function, *args) if effects.is_covered(function) else self._function(function, args)
        if type(caller) is types.FunctionType or type(maker) is types.FunctionType:
            return SOMETHING
        if starter is vars(object)["__init__"] or type(starter) is types.FunctionType:
            return Pack(args, is_ordered=False) if not effects.is_covered(starter) else PENDING
        is_known = _builtin_base(owner) in METHODS or module_of(owner) in ("builtins", *SELF_CONTAINED)
        effects.deep(*args, is_write=not is_known)
        return Reach(*args)


def _is_set(variable: contextvars.ContextVar[Any]) -> bool:
    """Tell whether a context variable has a value that is not one of the call's making."""
    return variable.get(_UNSET) is not _UNSET


def is_atom_type(kind: type) -> bool:
    """Tell whether the instances of a type cannot change."""
    return kind in (int, str, bytes, float, complex, bool)


def _home_of(function: Any) -> str:
    """Return the top-level name of the module a function was really written in; wrappers say another one's."""
    return str(function.__globals__.get("__name__", "")).partition(".")[0]


def _builtin_base(kind: type) -> type:
    """Return the built-in container that a type is, or derives from."""
    return next((each for each in kind.__mro__ if each in METHODS), kind)
