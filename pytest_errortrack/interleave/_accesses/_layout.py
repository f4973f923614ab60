"""The instructions of a function, prepared once for looking ahead."""

from __future__ import annotations

import dis
from inspect import CO_GENERATOR
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType

    from pytest_errortrack.interleave._accesses._closed import Closed

__all__ = ["Instruction", "Layout", "Step"]

_LOCAL = frozenset(
    [
        "CACHE",
        "NOP",
        "RESUME",
        "EXTENDED_ARG",
        "POP_TOP",
        "PUSH_NULL",
        "COPY",
        "SWAP",
        "LOAD_CONST",
        "LOAD_SMALL_INT",
        "LOAD_COMMON_CONSTANT",
        "RETURN_CONST",
        "RETURN_VALUE",
        "LOAD_FAST",
        "STORE_FAST",
        "DELETE_FAST",
        "LOAD_FAST_CHECK",
        "LOAD_FAST_AND_CLEAR",
        "LOAD_FAST_LOAD_FAST",
        "LOAD_FAST_BORROW",
        "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
        "STORE_FAST_LOAD_FAST",
        "STORE_FAST_STORE_FAST",
        "STORE_FAST_MAYBE_NULL",
        "JUMP_FORWARD",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "JUMP",
        "JUMP_NO_INTERRUPT",
        "KW_NAMES",
        "PRECALL",
        "MAKE_CELL",
        "COPY_FREE_VARS",
        "LOAD_CLOSURE",
        "MAKE_FUNCTION",
        "SET_FUNCTION_ATTRIBUTE",
        "BUILD_TUPLE",
        "BUILD_LIST",
        "BUILD_SET",
        "BUILD_MAP",
        "BUILD_CONST_KEY_MAP",
        "BUILD_SLICE",
        "BUILD_STRING",
        "IS_OP",
        "POP_EXCEPT",
        "PUSH_EXC_INFO",
        "RERAISE",
        "RAISE_VARARGS",
        "RETURN_GENERATOR",
        "END_FOR",
        "POP_ITER",
        "END_SEND",
        "NOT_TAKEN",
        "POP_JUMP_IF_NONE",
        "POP_JUMP_IF_NOT_NONE",
        "POP_JUMP_FORWARD_IF_NONE",
        "POP_JUMP_FORWARD_IF_NOT_NONE",
        "POP_JUMP_BACKWARD_IF_NONE",
        "POP_JUMP_BACKWARD_IF_NOT_NONE",
        "LOAD_ASSERTION_ERROR",
        "LOAD_BUILD_CLASS",
        "CALL_INTRINSIC_1",
        "CALL_INTRINSIC_2",
        "CHECK_EXC_MATCH",
        "LIST_APPEND",
        "SET_ADD",
        "MAP_ADD",
        "LIST_TO_TUPLE",
        "INTERPRETER_EXIT",
        "SETUP_FINALLY",
        "SETUP_CLEANUP",
        "SETUP_WITH",
        "POP_BLOCK",
        "EXIT_INIT_CHECK",
        "RESERVED",
        "MATCH_MAPPING",
        "MATCH_SEQUENCE",
    ]
)

_PASSED_OVER = 3  # where a loop ends, up to two instructions after the one it jumps to have been done already


class Instruction(NamedTuple):
    """One instruction.

    Attributes:
        name: what it does.
        arg: its number.
        value: what the number stands for: a name, a constant.
        offset: where it stands, its prefixes included.
        line: the line it belongs to.
        following: the place of the next one in the list.
        target: the place it may jump to, -1 if it does not.
    """

    name: str
    arg: int
    value: Any
    offset: int
    line: int
    following: int
    target: int


class Step(NamedTuple):
    """An instruction together with the function that does it.

    Attributes:
        do: does the instruction.
        instruction: what it is given.
        offset: where the instruction stands; -1 behind the last one.
        line: the line it belongs to.
        following: the place of the next one.
        target: the place it may jump to, -1 if it does not.
        is_end: whether nothing follows it.
    """

    do: Callable[[Instruction], None]
    instruction: Instruction
    offset: int
    line: int
    following: int
    target: int
    is_end: bool


class Layout:
    """What can be known of a function without running it.

    Attributes:
        code: the function's code.
        namespace: its module's.
        instructions: in order of their offsets.
        at: the place in that list of the instruction at an offset, its caches included.
        sites: for each instruction that may touch something others see, its ordinal within its line, from 1.
        sites_of: by line, the offsets of these instructions, in order.
        looping: the lines within which something is repeated.
        separators: the offsets of instructions that may run code which has scheduling points of its own; learned.
        hot: the offsets of instructions that touch what other actors touch; learned.
        targets: the places in the list that can be reached by a jump.
        idle: the places where lines begin that can touch nothing, and keep nothing for the next; learned.
        closed: for places where lines begin, what of the line only works on local variables; learned.
        is_generator: whether it is a generator's code, within which only one actor can be.
        steps: for each instruction what is needed to go over it, and one more for the end; made by whoever does.
        variables: for each free or cell variable, a word that all closures over it share.
    """

    def __init__(self, code: CodeType, namespace: Mapping[str, object]) -> None:
        self.code = code
        self.namespace = namespace
        found = list(_read(code))
        places = {start: place for place, (start, _) in enumerate(found)}
        places |= {each.offset: place for place, (_, each) in enumerate(found)}
        self.at = _spread(places, len(code.co_code))
        self.instructions: list[Instruction] = []
        self.sites: dict[int, int] = {}
        self.sites_of: dict[int, list[int]] = {}
        self.looping: set[int] = set()
        self.separators: set[int] = set()
        self.hot: set[int] = set()
        self.targets: set[int] = set()
        self.idle: set[int] = set()
        self.closed: dict[int, Closed | None] = {}
        self.is_generator = bool(code.co_flags & CO_GENERATOR)
        self.steps: list[Step] = []
        lines = _lines_of(code)
        line = code.co_firstlineno
        for place, (start, each) in enumerate(found):
            line = lines.get(each.offset, line)
            self._add(each, start=start, line=line, target=_target(each, places), place=place)
        outermost = code.co_qualname.partition(".<locals>")[0]
        names = (*code.co_cellvars, *code.co_freevars)
        self.variables = {name: f"{code.co_filename}:{outermost}:{name}" for name in names}

    def _add(self, each: dis.Instruction, *, start: int, line: int, target: int, place: int) -> None:
        self.instructions.append(Instruction(each.opname, each.arg or 0, each.argval, start, line, place + 1, target))
        if target >= 0:
            self.targets.update(range(target, target + _PASSED_OVER))
        if each.opname not in _LOCAL:
            of_line = self.sites_of.setdefault(line, [])
            of_line.append(start)
            self.sites[start] = len(of_line)
        if 0 <= target < place and self.instructions[target].line == line:
            self.looping.add(line)

    def has_sites(self, line: int) -> bool:
        """Tell whether anything on a line may touch what others see, or call something."""
        return line in self.sites_of or any(
            each.line == line and each.name == "RAISE_VARARGS" for each in self.instructions
        )

    def hot_lines(self) -> set[int]:
        """Return the lines of the function that touch what other actors touch, as far as is known."""
        return {self.instructions[self.at[offset >> 1]].line for offset in self.hot}

    def all_lines(self) -> frozenset[int]:
        """Return the lines that the function has code on."""
        return frozenset(line for _, _, line in self.code.co_lines() if line is not None)


def _read(code: CodeType) -> Iterator[tuple[int, dis.Instruction]]:
    """Yield each instruction with the offset of its first prefix, where the interpreter tells of it."""
    start: int | None = None
    for each in dis.get_instructions(code):
        if each.opname == "CACHE":
            continue
        if start is None:
            start = each.offset
        if each.opname != "EXTENDED_ARG":
            yield start, each
            start = None


def _target(each: dis.Instruction, places: dict[int, int]) -> int:
    return places.get(each.argval, -1) if each.opcode in dis.hasjrel or each.opcode in dis.hasjabs else -1


def _spread(places: dict[int, int], length: int) -> list[int]:
    """Return the place for each unit of code; a call that is under way stands on its last cache in some versions."""
    at, place = [], 0
    for unit in range(0, length, 2):
        place = places.get(unit, place)
        at.append(place)
    return at


def _lines_of(code: CodeType) -> dict[int, int]:
    """Return the line of each unit of code that has one."""
    return {unit: line for start, end, line in code.co_lines() if line is not None for unit in range(start, end, 2)}
