"""What calls of functions in Python touch, and what operations of primitives do."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import Kinds
from pytest_errortrack.interleave._accesses._noting import BY_OPERATION
from pytest_errortrack.interleave._accesses._purity import (
    CONTROLLED,
    LOOKING,
    METHODS,
    REPLACING,
    SELF_CONTAINED,
    module_of,
)
from pytest_errortrack.interleave._accesses._values import ATOM, BOUND, SOMETHING, VAGUE, Reach, is_certain

if TYPE_CHECKING:
    from pytest_errortrack.interleave._accesses._effects import Effects

__all__ = ["OUTSIDE", "FunctionCalls"]


class _Outside:
    """Stands for what no object stands for: files, standard output, the state of libraries."""

    __slots__ = ()


OUTSIDE: Final = _Outside()
_OWN_THREAD: Final = frozenset(
    ("current_thread", "currentThread", "get_ident", "get_native_id", "main_thread", "local")
)
_BARE: Final = frozenset(("ControlledLock", "ControlledRLock", "Interleaving"))


class FunctionCalls:
    """Works out the accesses of functions that are written in Python.

    Args:
        effects: takes note of them.
    """

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self._kinds = Kinds()

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

    # --- operations ------------------------------------------------------------------------------------------

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
                effects.deep(*(item for item in each if type(item) in BOUND), is_write=True)
        effects.touches += [(BY_OPERATION, each, (), True) for each in states]


def _home_of(function: Any) -> str:
    """Return the top-level name of the module a function was really written in; wrappers say another one's."""
    return str(function.__globals__.get("__name__", "")).partition(".")[0]
