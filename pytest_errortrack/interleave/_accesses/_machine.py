"""The interpreter's instructions, done on what is known of values instead of on the values."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._calls import OUTSIDE, Calls
from pytest_errortrack.interleave._accesses._kinds import MISSING
from pytest_errortrack.interleave._accesses._values import ATOM, NULL, SOMETHING, Mark, Method, Pack, Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_errortrack.interleave._accesses._effects import Effects
    from pytest_errortrack.interleave._accesses._layout import Instruction, Layout

__all__ = ["ENDS", "JUMPS", "Machine"]

ENDS: Final = frozenset("RETURN_VALUE RETURN_CONST RERAISE RAISE_VARARGS INTERPRETER_EXIT RETURN_GENERATOR".split())
"""After these nothing on the line follows."""

JUMPS: Final = frozenset("JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT JUMP JUMP_NO_INTERRUPT".split())
"""These jump in any case."""

_OPERATORS: Final = (
    "add and floordiv lshift matmul mul mod or pow rshift sub truediv xor "
    "iadd iand ifloordiv ilshift imatmul imul imod ior ipow irshift isub itruediv ixor"
).split()
_COMPARISONS: Final = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}
_NOTHING: Final = (
    "NOP RESUME CACHE MAKE_CELL COPY_FREE_VARS PRECALL NOT_TAKEN EXTENDED_ARG JUMP_FORWARD JUMP_BACKWARD JUMP "
    "JUMP_BACKWARD_NO_INTERRUPT JUMP_NO_INTERRUPT RETURN_CONST SETUP_FINALLY SETUP_CLEANUP SETUP_WITH POP_BLOCK "
    "RETURN_GENERATOR INTERPRETER_EXIT SETUP_ANNOTATIONS"
).split()
_VERSION: Final = sys.version_info[:2]
_KEYWORDS_ARE_PUSHED: Final = _VERSION >= (3, 14)
_HELD_BY_FUNCTION: Final = _VERSION < (3, 13)


class Machine:
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
            found = self._variables[word] = _Variable()
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
        self._pop()

    do_return_value = do_pop_iter = do_end_for = do_pop_except = do_pop_top

    def do_push_null(self, _: Instruction) -> None:
        self._push(NULL)

    def do_copy(self, each: Instruction) -> None:
        self._push(self.stack[-each.arg] if len(self.stack) >= each.arg else SOMETHING)

    def do_swap(self, each: Instruction) -> None:
        values = self._pops(each.arg)
        self._push(values[-1], *values[1:-1], values[0])

    def do_load_const(self, each: Instruction) -> None:
        self._push(each.value)

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
            if isinstance(value, type):
                self._calls.call(value, ())

    # --- variables --------------------------------------------------------------------------------------------

    def _local(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        try:
            return self._locals[name]
        except KeyError:
            return SOMETHING

    def do_load_fast(self, each: Instruction) -> None:
        self._push(self._local(each.value))

    do_load_fast_check = do_load_fast_borrow = do_load_fast

    def do_load_fast_and_clear(self, each: Instruction) -> None:
        self._push(self._locals.get(each.value, NULL))

    def do_load_fast_load_fast(self, each: Instruction) -> None:
        self._push(*(self._local(name) for name in each.value))

    do_load_fast_borrow_load_fast_borrow = do_load_fast_load_fast

    def do_store_fast(self, each: Instruction) -> None:
        self.names[each.value] = self._pop()

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
        self._effects.touch(space, (each.value,))
        value = space.get(each.value, MISSING)
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

    # --- attributes and items ---------------------------------------------------------------------------------

    def do_load_attr(self, each: Instruction) -> None:
        value = self._effects.attribute(self._pop(), each.value)
        self._push(value)
        if each.arg & 1 and _VERSION >= (3, 12):  # before, there is an instruction of its own for methods
            self._push(NULL)

    def do_load_method(self, each: Instruction) -> None:
        self._push(self._effects.attribute(self._pop(), each.value), NULL)

    def do_load_super_attr(self, each: Instruction) -> None:
        _, after, instance = self._pops(3)
        value = self._effects.attribute(self._calls.call(super, (after, instance)), each.value)
        self._push(value)
        if each.arg & 1:
            self._push(NULL)

    def do_store_attr(self, each: Instruction) -> None:
        owner = self._pop()
        self._pop()
        self._effects.store_attribute(owner, each.value)

    def do_delete_attr(self, each: Instruction) -> None:
        self._effects.store_attribute(self._pop(), each.value)

    def do_binary_subscr(self, _: Instruction) -> None:
        value, key = self._pops(2)
        self._push(self._effects.item(value, key))

    def do_binary_slice(self, _: Instruction) -> None:
        value, *_bounds = self._pops(3)
        self._push(self._effects.item(value, ATOM))

    def do_store_subscr(self, _: Instruction) -> None:
        _value, owner, key = self._pops(3)
        self._effects.store_item(owner, key)

    def do_store_slice(self, _: Instruction) -> None:
        value, owner, *_bounds = self._pops(4)
        self._effects.deep(value)
        self._effects.store_item(owner, ATOM)

    def do_delete_subscr(self, _: Instruction) -> None:
        owner, key = self._pops(2)
        self._effects.store_item(owner, key)

    # --- operators --------------------------------------------------------------------------------------------

    def do_binary_op(self, each: Instruction) -> None:
        one, other = self._pops(2)
        if each.arg >= len(_OPERATORS):
            self._push(self._effects.item(one, other))
            return
        word = _OPERATORS[each.arg]
        plain = word[1:] if each.arg >= _FIRST_IN_PLACE else word
        names = (f"__{word}__", f"__{plain}__") if each.arg >= _FIRST_IN_PLACE else (f"__{word}__",)
        self._push(self._effects.binary(one, other, names))

    def do_compare_op(self, each: Instruction) -> None:
        one, other = self._pops(2)
        word = str(each.value).removeprefix("bool(").removesuffix(")")
        self._push(self._effects.compare(one, other, f"__{_COMPARISONS.get(word, 'eq')}__"))

    def do_is_op(self, _: Instruction) -> None:
        self._pops(2)
        self._push(ATOM)

    def do_contains_op(self, _: Instruction) -> None:
        key, container = self._pops(2)
        self._effects.contains(container, key)
        self._push(ATOM)

    def do_unary_not(self, _: Instruction) -> None:
        self._effects.truth(self._pop())
        self._push(ATOM)

    do_to_bool = do_unary_not

    def _unary(self, name: str) -> None:
        value = self._pop()
        found = self._effects.special(value, name)
        self._push(ATOM if found is MISSING else found)

    def do_unary_negative(self, _: Instruction) -> None:
        self._unary("__neg__")

    def do_unary_positive(self, _: Instruction) -> None:
        self._unary("__pos__")

    def do_unary_invert(self, _: Instruction) -> None:
        self._unary("__invert__")

    # --- jumps ------------------------------------------------------------------------------------------------

    def do_pop_jump_if_true(self, _: Instruction) -> None:
        self._effects.truth(self._pop())

    do_pop_jump_if_false = do_pop_jump_forward_if_true = do_pop_jump_forward_if_false = do_pop_jump_if_true
    do_pop_jump_backward_if_true = do_pop_jump_backward_if_false = do_pop_jump_if_true

    def do_pop_jump_if_none(self, _: Instruction) -> None:
        self._pop()

    do_pop_jump_if_not_none = do_pop_jump_forward_if_none = do_pop_jump_forward_if_not_none = do_pop_jump_if_none
    do_pop_jump_backward_if_none = do_pop_jump_backward_if_not_none = do_pop_jump_if_none

    def do_jump_if_true_or_pop(self, _: Instruction) -> None:
        self._effects.truth(self.stack[-1] if self.stack else SOMETHING)

    do_jump_if_false_or_pop = do_jump_if_true_or_pop

    # --- iteration and unpacking ------------------------------------------------------------------------------

    def do_get_iter(self, _: Instruction) -> None:
        self._push(self._effects.iterate(self._pop()))

    do_get_yield_from_iter = do_get_iter

    def do_for_iter(self, each: Instruction) -> None:
        if self.stack and self.stack[-1] is not SOMETHING:
            self.iterators[each.offset] = self.stack[-1]
        else:
            # After an exception in the loop nothing is known of the stack, but the iterator is still the same.
            known = self.iterators.get(each.offset, SOMETHING)
            self.stack[-1:] = [known]
        self._push(self._effects.following(self.stack[-1]))

    def _unpack(self, value: Any, count: int) -> tuple[Any, ...]:
        if type(value) in (tuple, list) and len(value) == count:
            self._effects.touch(value)
            return tuple(value)
        if type(value) is Pack and value.is_ordered and len(value.values) == count:
            return value.values
        return (self._effects.following(self._effects.iterate(value)),) * count

    def do_unpack_sequence(self, each: Instruction) -> None:
        self._push(*reversed(self._unpack(self._pop(), each.arg)))

    def do_unpack_ex(self, each: Instruction) -> None:
        item = self._effects.following(self._effects.iterate(self._pop()))
        self._push(*[item] * ((each.arg & 0xFF) + 1 + (each.arg >> 8)))

    # --- new objects ------------------------------------------------------------------------------------------

    def do_build_tuple(self, each: Instruction) -> None:
        self._push(Pack(self._pops(each.arg)))

    do_build_list = do_build_tuple

    def do_build_set(self, each: Instruction) -> None:
        self._push(Pack(self._pops(each.arg), is_ordered=False))

    def do_build_map(self, each: Instruction) -> None:
        self._push(Pack(self._pops(2 * each.arg), is_ordered=False))

    def do_build_const_key_map(self, each: Instruction) -> None:
        self._push(Pack(self._pops(each.arg + 1)[:-1], is_ordered=False))

    def do_build_string(self, each: Instruction) -> None:
        self._pops(each.arg)
        self._push(ATOM)

    def do_build_slice(self, each: Instruction) -> None:
        self._pops(each.arg)
        self._push(ATOM)

    def _add_at(self, depth: int, *values: Any) -> None:
        place = len(self.stack) - depth
        if place < 0:
            return
        into = self.stack[place]
        known = into.values if type(into) is Pack else (into,)
        self.stack[place] = Pack((*known, *(value for value in values if value is not ATOM)), is_ordered=False)

    def do_list_append(self, each: Instruction) -> None:
        self._add_at(each.arg, self._pop())

    def do_set_add(self, each: Instruction) -> None:
        value = self._pop()
        self._effects.special(value, "__hash__")
        self._add_at(each.arg, value)

    def do_map_add(self, each: Instruction) -> None:
        self._add_at(each.arg, *self._pops(2))

    def do_list_extend(self, each: Instruction) -> None:
        value = self._pop()
        self._add_at(each.arg, self._effects.following(self._effects.iterate(value)))

    do_set_update = do_list_extend

    def do_dict_update(self, each: Instruction) -> None:
        value = self._pop()
        self._effects.touch(value)
        self._add_at(each.arg, Reach(value))

    do_dict_merge = do_dict_update

    def do_list_to_tuple(self, _: Instruction) -> None:
        """Leave the value as it is: what it holds stays the same."""

    def do_make_function(self, each: Instruction) -> None:
        extra = bin(each.arg).count("1") if _HELD_BY_FUNCTION else 0
        held = self._pops(extra + 1)
        self._push(Reach(*held) if extra else ATOM)

    def do_set_function_attribute(self, _: Instruction) -> None:
        self._pops(2)
        self._push(ATOM)

    # --- text -------------------------------------------------------------------------------------------------

    def do_format_value(self, each: Instruction) -> None:
        if each.arg & 4:
            self._pop()
        self._effects.text(self._pop())
        self._push(ATOM)

    def do_format_simple(self, _: Instruction) -> None:
        self._effects.text(self._pop())
        self._push(ATOM)

    do_convert_value = do_format_simple

    def do_format_with_spec(self, _: Instruction) -> None:
        self._pop()
        self.do_format_simple(_)

    # --- matching ---------------------------------------------------------------------------------------------

    def do_get_len(self, _: Instruction) -> None:
        self._effects.length(self.stack[-1] if self.stack else SOMETHING)
        self._push(ATOM)

    def do_match_mapping(self, _: Instruction) -> None:
        self._push(ATOM)

    do_match_sequence = do_match_mapping

    def do_match_keys(self, _: Instruction) -> None:
        value = self.stack[-2] if len(self.stack) > 1 else SOMETHING
        self._effects.touch(value)
        self._push(Reach(value))

    def do_match_class(self, _: Instruction) -> None:
        value, kind, _names = self._pops(3)
        del kind
        self._effects.has_entered = True
        self._effects.touch(value)
        self._push(Reach(value))

    # --- calls ------------------------------------------------------------------------------------------------

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
        if self.stack and not isinstance(self.stack[-1], Mark | Reach | Method):
            self._effects.touch(self.stack[-1], is_write=True)
        self._push(SOMETHING)

    def do_get_awaitable(self, _: Instruction) -> None:
        value = self._pop()
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


class _Variable:
    """Stands for a variable that closures share."""

    __slots__ = ()


_COROUTINES: Final = (types.CoroutineType, types.GeneratorType)
_LIST_TO_TUPLE: Final = 6
_IMPORT_STAR: Final = 2
_FIRST_IN_PLACE: Final = 13
