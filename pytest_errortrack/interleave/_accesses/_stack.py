"""The interpreter's instructions that move values about: the stack, and variables of all kinds."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._calls import Calls
from pytest_errortrack.interleave._accesses._kinds import MISSING
from pytest_errortrack.interleave._accesses._noting import LOOK_UP
from pytest_errortrack.interleave._accesses._values import ATOM, NULL, SOMETHING, Variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.interleave._accesses._effects import Effects
    from pytest_errortrack.interleave._accesses._layout import Instruction, Layout

__all__ = ["StackMachine"]

_FUNCTIONS: Final = frozenset((types.FunctionType, types.BuiltinFunctionType, types.ModuleType))


_NOTHING: Final = [
    "NOP",
    "RESUME",
    "CACHE",
    "MAKE_CELL",
    "COPY_FREE_VARS",
    "PRECALL",
    "NOT_TAKEN",
    "EXTENDED_ARG",
    "JUMP_FORWARD",
    "JUMP_BACKWARD",
    "JUMP",
    "JUMP_BACKWARD_NO_INTERRUPT",
    "JUMP_NO_INTERRUPT",
    "RETURN_CONST",
    "SETUP_FINALLY",
    "SETUP_CLEANUP",
    "SETUP_WITH",
    "POP_BLOCK",
    "RETURN_GENERATOR",
    "INTERPRETER_EXIT",
    "SETUP_ANNOTATIONS",
]
_VERSION: Final = sys.version_info[:2]


class StackMachine:
    """Does one instruction at a time on a stack of values.

    Attributes:
        stack: the values, the top last; what is below is not known.
        names: the local variables that were bound since the line began.
        exits: what the `with` statements of the frame may call when they end.
        iterators: what the loops of the frame go through, by the offset of the instruction.
    """

    def __init__(self, effects: Effects) -> None:
        self.stack: list[Any] = []
        self.names: dict[str, Any] = {}
        self.exits: list[Any] = []
        self.iterators: dict[int, Any] = {}
        self._effects = effects
        self._calls = Calls(effects)
        self._locals: Mapping[str, Any] = {}
        self._layout: Layout | None = None
        self._keywords = 0
        self._variables: dict[str, Any] = {}
        self.doing: dict[str, Callable[[Instruction], None]] = {
            name[3:].upper(): getattr(self, name) for name in dir(self) if name.startswith("do_")
        }
        self.doing.update(dict.fromkeys(_NOTHING, self._skip))

    def begin(self, layout: Layout, local_names: Mapping[str, Any]) -> None:
        """Take up a frame: its code, and what its variables are."""
        self._layout = layout
        self._locals = local_names
        self.names = {}
        self._keywords = 0

    def variable(self, word: str) -> Any:
        """Return what stands for a variable that closures share."""
        found = self._variables.get(word)
        if found is None:
            found = self._variables[word] = Variable()
        return found

    def unknown(self, instruction: Instruction) -> None:
        """Do an instruction that no version known so far has."""
        del instruction
        self._effects.has_entered = True
        self._effects.touch(SOMETHING, is_write=True)
        self.stack[:] = [SOMETHING] * len(self.stack)

    # --- the stack --------------------------------------------------------------------------------------------

    def _pop(self) -> Any:
        return self.stack.pop() if self.stack else SOMETHING

    def _pops(self, count: int) -> tuple[Any, ...]:
        if count == 0:
            return ()
        stack = self.stack
        if len(stack) < count:
            stack[:0] = [SOMETHING] * (count - len(stack))
        found = tuple(stack[-count:])
        del stack[-count:]
        return found

    def _push(self, *values: Any) -> None:
        self.stack.extend(values)

    def _skip(self, instruction: Instruction) -> None:
        del instruction

    def do_pop_top(self, _: Instruction) -> None:
        if self.stack:
            self.stack.pop()

    do_return_value = do_pop_iter = do_end_for = do_pop_except = do_pop_top

    def do_push_null(self, _: Instruction) -> None:
        self._push(NULL)

    def do_copy(self, each: Instruction) -> None:
        self._push(self.stack[-each.arg] if len(self.stack) >= each.arg else SOMETHING)

    def do_swap(self, each: Instruction) -> None:
        values = self._pops(each.arg)
        self._push(values[-1], *values[1:-1], values[0])

    def do_load_const(self, each: Instruction) -> None:
        self.stack.append(each.value)

    def do_load_small_int(self, each: Instruction) -> None:
        self._push(each.arg)

    def do_load_common_constant(self, _: Instruction) -> None:
        self._push(ATOM)

    do_load_assertion_error = do_load_build_class = do_load_closure = do_load_locals = do_load_common_constant

    def do_push_exc_info(self, _: Instruction) -> None:
        error = self._pop()
        self._push(ATOM, error)

    def do_check_exc_match(self, _: Instruction) -> None:
        self._pop()
        self._push(ATOM)

    def do_reraise(self, _: Instruction) -> None:
        self._pop()

    def do_raise_varargs(self, each: Instruction) -> None:
        for value in self._pops(each.arg):
            if issubclass(type(value), type):
                self._calls.call(value, ())

    # --- variables --------------------------------------------------------------------------------------------

    def _local(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        return self._locals.get(name, SOMETHING)

    def do_load_fast(self, each: Instruction) -> None:
        name = each.value
        if name in self.names:
            self.stack.append(self.names[name])
        else:
            self.stack.append(self._locals.get(name, SOMETHING))

    do_load_fast_check = do_load_fast_borrow = do_load_fast

    def do_load_fast_and_clear(self, each: Instruction) -> None:
        self._push(self._locals.get(each.value, NULL))

    def do_load_fast_load_fast(self, each: Instruction) -> None:
        self._push(*(self._local(name) for name in each.value))

    do_load_fast_borrow_load_fast_borrow = do_load_fast_load_fast

    def do_store_fast(self, each: Instruction) -> None:
        self.names[each.value] = self.stack.pop() if self.stack else SOMETHING

    do_store_fast_maybe_null = do_store_fast

    def do_store_fast_load_fast(self, each: Instruction) -> None:
        stored, loaded = each.value
        self.names[stored] = self._pop()
        self._push(self._local(loaded))

    def do_store_fast_store_fast(self, each: Instruction) -> None:
        for name in each.value:
            self.names[name] = self._pop()

    def do_delete_fast(self, each: Instruction) -> None:
        self.names[each.value] = SOMETHING

    def _cell(self, each: Instruction, *, is_write: bool) -> None:
        assert self._layout is not None
        if each.value != "__class__":
            word = self._layout.variables.get(each.value, each.value)
            self._effects.touch(self.variable(word), is_write=is_write)

    def do_load_deref(self, each: Instruction) -> None:
        self._cell(each, is_write=False)
        self._push(self._local(each.value))

    do_load_classderef = do_load_deref

    def do_load_from_dict_or_deref(self, each: Instruction) -> None:
        self._pop()
        self.do_load_deref(each)

    def do_store_deref(self, each: Instruction) -> None:
        self._cell(each, is_write=True)
        self.names[each.value] = self._pop()

    def do_delete_deref(self, each: Instruction) -> None:
        self._cell(each, is_write=True)
        self.names[each.value] = SOMETHING

    def do_load_global(self, each: Instruction) -> None:
        assert self._layout is not None
        space: Any = self._layout.namespace
        value = space.get(each.value, MISSING)
        is_look_up = type(value) in _FUNCTIONS or issubclass(type(value), type)
        self._effects.touches.append((self._effects.offset, space, (each.value,), LOOK_UP if is_look_up else False))
        if value is MISSING:
            builtins = space.get("__builtins__", {})
            builtins = builtins if isinstance(builtins, dict) else vars(builtins)
            value = builtins.get(each.value, SOMETHING)
        if each.arg & 1:
            self._push(NULL)
        self._push(value)

    def do_load_name(self, each: Instruction) -> None:
        assert self._layout is not None
        space: Any = self._layout.namespace
        self._effects.touch(space, (each.value,))
        self._push(self._locals.get(each.value, SOMETHING))

    def do_load_from_dict_or_globals(self, each: Instruction) -> None:
        self._pop()
        self.do_load_name(each)

    def do_store_global(self, each: Instruction) -> None:
        assert self._layout is not None
        self._effects.touch(self._layout.namespace, (each.value,), is_write=True)
        self._pop()

    do_store_name = do_store_global

    def do_delete_global(self, each: Instruction) -> None:
        assert self._layout is not None
        self._effects.touch(self._layout.namespace, (each.value,), is_write=True)

    do_delete_name = do_delete_global
