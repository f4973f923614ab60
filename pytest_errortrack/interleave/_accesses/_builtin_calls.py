"""What calls of built-in functions and of classes touch, and what they return as far as that is known."""

from __future__ import annotations

import builtins
import types
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._function_calls import OUTSIDE, FunctionCalls
from pytest_errortrack.interleave._accesses._purity import (
    BUILTINS,
    CONTROLLED,
    METHODS,
    SELF_CONTAINED,
    may_write_through,
    module_of,
)
from pytest_errortrack.interleave._accesses._values import ATOM, NULL, PENDING, SOMETHING, VAGUE, Pack, Reach, Super

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._accesses._effects import Effects


__all__ = ["BuiltinCalls", "builtin_base"]

_ATTRIBUTES: Final = {id(getattr): "get", id(hasattr): "has", id(setattr): "set", id(delattr): "set"}
_RUNNERS: Final = (builtins.exec, builtins.eval)


class BuiltinCalls(FunctionCalls):
    """Works out the accesses of built-in functions, too, and those of making an instance."""

    def __init__(self, effects: Effects) -> None:
        super().__init__(effects)
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

    # --- what some of them return --------------------------------------------------------------------------------

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

    # --- classes -------------------------------------------------------------------------------------------------

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
        is_known = builtin_base(owner) in METHODS or module_of(owner) in ("builtins", *SELF_CONTAINED)
        effects.deep(*args, is_write=not is_known)
        return Reach(*args)


def builtin_base(kind: type) -> type:
    """Return the built-in container that a type is, or derives from."""
    return next((each for each in kind.__mro__ if each in METHODS), kind)
