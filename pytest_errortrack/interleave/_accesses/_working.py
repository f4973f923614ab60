"""The interpreter's instructions that work on objects: operators, attributes, items, iteration, new containers."""

from __future__ import annotations

import sys
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._kinds import MISSING
from pytest_errortrack.interleave._accesses._values import ATOM, NULL, SOMETHING, Pack, Reach

if TYPE_CHECKING:
    from pytest_errortrack.interleave._accesses._layout import Instruction

from pytest_errortrack.interleave._accesses._stack import StackMachine

__all__ = ["ObjectMachine"]


_OPERATORS: Final = [
    "add",
    "and",
    "floordiv",
    "lshift",
    "matmul",
    "mul",
    "mod",
    "or",
    "pow",
    "rshift",
    "sub",
    "truediv",
    "xor",
    "iadd",
    "iand",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imul",
    "imod",
    "ior",
    "ipow",
    "irshift",
    "isub",
    "itruediv",
    "ixor",
]
_COMPARISONS: Final = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne", ">": "gt", ">=": "ge"}
_VERSION: Final = sys.version_info[:2]
_HELD_BY_FUNCTION: Final = _VERSION < (3, 13)
_CLOSURE: Final = 8  # the one of a function's extras that is no value


_FIRST_IN_PLACE: Final = 13


class ObjectMachine(StackMachine):
    """Does what works on objects."""

    def do_load_attr(self, each: Instruction) -> None:
        is_called = bool(each.arg & 1) and _VERSION >= (3, 12)  # before, there is an instruction of its own for methods
        self.stack.append(self._effects.attribute(self._pop(), each.value, is_called=is_called))
        if is_called:
            self._push(NULL)

    def do_load_method(self, each: Instruction) -> None:
        self._push(self._effects.attribute(self._pop(), each.value, is_called=True), NULL)

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
        added = [value for value in values if value is not ATOM]
        if type(into) is Reach:
            # Kept flat, so that going round once more adds nothing.
            flat = [base for value in added for base in (value.bases if type(value) is Reach else (value,))]
            self.stack[place] = Reach(*{id(base): base for base in (*into.bases, *flat)}.values())
            return
        known = into.values if type(into) is Pack else (into,)
        self.stack[place] = Pack((*known, *added), is_ordered=False)

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
        extra = each.arg.bit_count() if _HELD_BY_FUNCTION else 0
        *held, code = self._pops(extra + 1)
        self._push(self._made(code, *held))

    def _made(self, code: Any, *held: Any) -> Any:
        """Return what stands for a function that is made here."""
        assert self._layout is not None
        if type(code) is CodeType and self._effects.covers(code, self._layout.namespace):
            return Reach(*held, code=code)
        return Reach(*held) if held else ATOM

    def do_set_function_attribute(self, each: Instruction) -> None:
        held, function = self._pops(2)
        if each.arg == _CLOSURE or type(function) is not Reach:
            self._push(function)  # the variables of a closure are touched where they are used
        else:
            self._push(Reach(*function.bases, held, code=function.code))

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
