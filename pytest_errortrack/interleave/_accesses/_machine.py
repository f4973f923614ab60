"""The interpreter's instructions, done on what is known of values instead of on the values."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._function_calls import OUTSIDE
from pytest_errortrack.interleave._accesses._values import ATOM, NULL, SOMETHING, VAGUE, Pack

if TYPE_CHECKING:
    from pytest_errortrack.interleave._accesses._layout import Instruction

from pytest_errortrack.interleave._accesses._working import ObjectMachine

__all__ = ["ENDS", "JUMPS", "Machine"]

ENDS: Final = frozenset(
    ["RETURN_VALUE", "RETURN_CONST", "RERAISE", "RAISE_VARARGS", "INTERPRETER_EXIT", "RETURN_GENERATOR"]
)
"""After these nothing on the line follows."""

JUMPS: Final = frozenset(["JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP", "JUMP_NO_INTERRUPT"])
"""These jump in any case."""

_VERSION: Final = sys.version_info[:2]
_KEYWORDS_ARE_PUSHED: Final = _VERSION >= (3, 14)


_COROUTINES: Final = (types.CoroutineType, types.GeneratorType)
_LIST_TO_TUPLE: Final = 6
_IMPORT_STAR: Final = 2


class Machine(ObjectMachine):
    """Does every instruction, calls and generators included."""

    def do_kw_names(self, each: Instruction) -> None:
        self._keywords = each.arg

    def _call(self, count: int) -> None:
        args = self._pops(count)
        lower, upper = self._pops(2)
        if lower is NULL:
            self._push(self._called(upper, args))
        elif upper is NULL:
            self._push(self._called(lower, args))
        else:
            self._push(self._called(lower, (upper, *args)))

    def _called(self, function: Any, args: tuple[Any, ...]) -> Any:
        assert self._layout is not None
        if function is globals:
            return self._layout.namespace
        if function is super and not args:
            return self._calls.call(super, self._implied_super())
        return self._calls.call(function, args)

    def call(self, function: Any, args: tuple[Any, ...]) -> Any:
        """Return what a call gives that no instruction stands for."""
        return self._calls.call(function, args)

    def _implied_super(self) -> tuple[Any, ...]:
        assert self._layout is not None
        code = self._layout.code
        first = code.co_varnames[0] if code.co_argcount else ""
        return self._local("__class__"), self._local(first)

    def do_call(self, each: Instruction) -> None:
        self._call(each.arg)

    def do_call_kw(self, each: Instruction) -> None:
        self._pop()
        self._call(each.arg)

    def do_call_function_ex(self, each: Instruction) -> None:
        held: list[Any] = []
        if each.arg & 1 or _KEYWORDS_ARE_PUSHED:
            held.append(self._pop())
        args = self._pop()
        lower, upper = self._pops(2)
        function = lower if upper is NULL else upper
        if type(args) is tuple:
            given = args
        elif type(args) is Pack and args.is_ordered:
            given = args.values
        else:
            given = (self._effects.following(self._effects.iterate(args)),)
        self._push(self._called(function, (*given, *(value for value in held if value is not NULL))))

    def do_call_intrinsic_1(self, each: Instruction) -> None:
        value = self._pop()
        self._push(value if each.arg == _LIST_TO_TUPLE else ATOM if each.arg != _IMPORT_STAR else SOMETHING)

    def do_call_intrinsic_2(self, _: Instruction) -> None:
        self._pops(2)
        self._push(ATOM)

    def do_before_with(self, _: Instruction) -> None:
        value = self._pop()
        exit_ = self._effects.attribute(value, "__exit__")
        entering = self._effects.attribute(value, "__enter__")
        self.exits.append(exit_)
        self._push(exit_, self._calls.call(entering, ()))

    def do_load_special(self, each: Instruction) -> None:
        value = self._pop()
        name = ("__enter__", "__exit__", "__aenter__", "__aexit__")[each.arg]
        found = self._effects.attribute(value, name)
        if name == "__exit__":
            self.exits.append(found)
        self._push(found, NULL)

    def do_with_except_start(self, _: Instruction) -> None:
        # The function to call stands below what is on the stack about the exception; any of the frame's may be the one.
        for function in self.exits or (SOMETHING,):
            self._calls.call(function, (ATOM, ATOM, ATOM))
        self._effects.has_entered = True
        self._push(ATOM)

    # --- imports, generators ----------------------------------------------------------------------------------

    def do_import_name(self, _: Instruction) -> None:
        self._pops(2)
        self._effects.has_entered = True
        self._effects.touch(OUTSIDE, is_write=True)
        self._push(SOMETHING)

    def do_import_from(self, _: Instruction) -> None:
        self._push(SOMETHING)

    def do_yield_value(self, _: Instruction) -> None:
        self._pop()
        self._push(SOMETHING)

    def do_send(self, _: Instruction) -> None:
        # What is awaited says by itself what it touches, or is the event loop's.
        self._effects.has_entered = True
        self._pop()
        if self.stack and type(self.stack[-1]) not in VAGUE:
            self._effects.touch(self.stack[-1], is_write=True)
        self._push(SOMETHING)

    def do_get_awaitable(self, _: Instruction) -> None:
        value = self._pop()
        if type(value) not in VAGUE:
            self._effects.special(value, "__await__")
        self._push(value if type(value) in _COROUTINES else ATOM)

    do_get_aiter = do_get_awaitable

    def do_get_anext(self, _: Instruction) -> None:
        self._effects.special(self.stack[-1] if self.stack else SOMETHING, "__anext__")
        self._push(ATOM)

    def do_before_async_with(self, _: Instruction) -> None:
        value = self._pop()
        exit_ = self._effects.attribute(value, "__aexit__")
        self.exits.append(exit_)
        self._calls.call(self._effects.attribute(value, "__aenter__"), ())
        self._push(exit_, ATOM)

    def do_end_async_for(self, _: Instruction) -> None:
        self._pops(2)

    def do_cleanup_throw(self, _: Instruction) -> None:
        self._pops(3)
        self._push(SOMETHING, SOMETHING)

    def do_check_eg_match(self, _: Instruction) -> None:
        self._pops(2)
        self._push(SOMETHING, SOMETHING)

    def do_prep_reraise_star(self, _: Instruction) -> None:
        self._pops(2)
        self._push(SOMETHING)

    def do_async_gen_wrap(self, _: Instruction) -> None:
        """Leave what is yielded as it is."""

    def do_import_star(self, _: Instruction) -> None:
        self._pop()
        self._effects.touch(OUTSIDE, is_write=True)

    def do_print_expr(self, _: Instruction) -> None:
        self._effects.text(self._pop())

    def do_end_send(self, _: Instruction) -> None:
        value = self._pop()
        self._pop()
        self._push(value)
