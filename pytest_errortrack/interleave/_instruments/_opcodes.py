"""Which instructions of the interpreter nobody but the running actor can notice.

A local instruction works on the frame alone: its fast locals, constants, the stack, the place to go on at. It commutes
with whatever other actors do, so a switch just before it can as well happen before the next one that is not local:
leaving it out loses no outcome. Names that are not listed here, such as those of a later version of Python, count as
not local.

What goes out of existence when a local lets go of it is not looked at: a finaliser is part of the step in which it
happens (its own instructions, if it is written in Python in the modules under test, are points like all others).
"""

from __future__ import annotations

import sys
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import CodeType

__all__ = ["LOCAL", "PREFIX", "SHARED", "TRUTH_TESTS", "YIELDING_WHEN_IT_ENDS", "is_local"]

PREFIX: Final = "EXTENDED_ARG"

_FAST_LOCALS: Final = """
LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW LOAD_FAST_BORROW_LOAD_FAST_BORROW
STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST DELETE_FAST LOAD_CLOSURE MAKE_CELL COPY_FREE_VARS LOAD_LOCALS
"""
"""A closure is the cell itself, not what is in it."""

_OWN: Final = """
LOAD_CONST LOAD_CONST_IMMORTAL LOAD_CONST_MORTAL LOAD_SMALL_INT LOAD_COMMON_CONSTANT LOAD_ASSERTION_ERROR
BUILD_TUPLE BUILD_LIST BUILD_SLICE BUILD_STRING BUILD_CONST_KEY_MAP LIST_APPEND LIST_TO_TUPLE
MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE RETURN_GENERATOR ASYNC_GEN_WRAP
"""
"""Constants, and new objects of which nobody else knows."""

_STACK: Final = """
POP_TOP PUSH_NULL COPY SWAP NOP CACHE RESUME PRECALL KW_NAMES IS_OP END_FOR END_SEND POP_ITER EXIT_INIT_CHECK
INTERPRETER_EXIT
"""

_JUMPS: Final = """
JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT NOT_TAKEN POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE
POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE
"""
"""What a jump asks about None is an object's identity."""

_HANDLING: Final = "PUSH_EXC_INFO POP_EXCEPT CHECK_EXC_MATCH RERAISE CLEANUP_THROW END_ASYNC_FOR"
"""The exception that is being handled; a match looks at classes only."""

_TRUTH_TESTS: Final = """
POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_TRUE POP_JUMP_FORWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE
POP_JUMP_BACKWARD_IF_FALSE JUMP_IF_TRUE_OR_POP JUMP_IF_FALSE_OR_POP UNARY_NOT
"""

_SHARED: Final = """
BEFORE_ASYNC_WITH BEFORE_WITH BINARY_OP BINARY_SLICE BINARY_SUBSCR BUILD_INTERPOLATION BUILD_MAP BUILD_SET
BUILD_TEMPLATE CALL CALL_FUNCTION_EX CALL_INTRINSIC_1 CALL_INTRINSIC_2 CALL_KW CHECK_EG_MATCH COMPARE_OP CONTAINS_OP
CONVERT_VALUE DELETE_ATTR DELETE_DEREF DELETE_GLOBAL DELETE_NAME DELETE_SUBSCR DICT_MERGE DICT_UPDATE FORMAT_SIMPLE
FORMAT_VALUE FORMAT_WITH_SPEC FOR_ITER GET_AITER GET_ANEXT GET_AWAITABLE GET_ITER GET_LEN GET_YIELD_FROM_ITER
IMPORT_FROM IMPORT_NAME IMPORT_STAR LIST_EXTEND LOAD_ATTR LOAD_BUILD_CLASS LOAD_CLASSDEREF LOAD_DEREF
LOAD_FROM_DICT_OR_DEREF LOAD_FROM_DICT_OR_GLOBALS LOAD_GLOBAL LOAD_METHOD LOAD_NAME LOAD_SPECIAL LOAD_SUPER_ATTR
MAP_ADD MATCH_CLASS MATCH_KEYS MATCH_MAPPING MATCH_SEQUENCE PREP_RERAISE_STAR PRINT_EXPR RAISE_VARARGS SEND
SETUP_ANNOTATIONS SET_ADD SET_UPDATE STORE_ATTR STORE_DEREF STORE_GLOBAL STORE_NAME STORE_SLICE STORE_SUBSCR TO_BOOL
UNARY_INVERT UNARY_NEGATIVE UNARY_POSITIVE UNPACK_EX UNPACK_SEQUENCE WITH_EXCEPT_START YIELD_VALUE
"""

LOCAL: Final = frozenset(f"{_FAST_LOCALS} {_OWN} {_STACK} {_JUMPS} {_HANDLING}".split())

TRUTH_TESTS: Final = frozenset(_TRUTH_TESTS.split())
"""Local where what they test is a bool: from 3.13 on it always is, before where the instruction before makes one."""

YIELDING_WHEN_IT_ENDS: Final = frozenset(("RETURN_VALUE", "RETURN_CONST"))
"""Local, but in generators and coroutines: others can see that those run no longer."""

SHARED: Final = frozenset(_SHARED.split())
"""Those known not to be local; listed only so that a test can tell them from unknown ones."""

_MAKES_BOOL: Final = frozenset(("CONTAINS_OP", "IS_OP", "UNARY_NOT"))  # a comparison may return anything
_ONLY_TESTS_BOOLS: Final = sys.version_info >= (3, 13)
_SEEN_RUNNING: Final = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR


def is_local(name: str, code: CodeType, *, before: str | None) -> bool:
    """Tell whether an instruction can neither be noticed by other actors nor notice them.

    Args:
        name: its name.
        code: the code it is in.
        before: the name of the only instruction from which it can be reached; None if there are several, or none.
    """
    if name in LOCAL:
        return True
    if name in TRUTH_TESTS:
        return _ONLY_TESTS_BOOLS or before in _MAKES_BOOL
    return name in YIELDING_WHEN_IT_ENDS and not code.co_flags & _SEEN_RUNNING
