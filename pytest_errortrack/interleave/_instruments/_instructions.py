"""The instructions of a function as scheduling points: where they begin, what they do, and how to number them."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, NamedTuple

from pytest_errortrack.interleave._instruments._opcodes import PREFIX, is_local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

__all__ = ["Instruction", "entry_of", "instructions_of", "lines_by_offset"]


class Instruction(NamedTuple):
    """An instruction with its prefixes.

    Attributes:
        start: the offset of its first prefix, or its own: where the interpreter tells of it in every version.
        line: the line it belongs to; 0 where it belongs to none.
        text: what it does, such as `STORE_ATTR n`.
        ordinal: its number, from 1, among those of its line that are not local; 0 for a local one.
    """

    start: int
    line: int
    text: str
    ordinal: int

    @property
    def is_local(self) -> bool:
        """Whether only its own actor can notice it."""
        return self.ordinal == 0


def instructions_of(code: CodeType) -> tuple[Instruction, ...]:
    """Return all instructions of a function in the order of their offsets."""
    counts: dict[int, int] = {}
    found = []
    lines = lines_by_offset(code)
    for start, instruction, before in _read(code):
        line = lines.get(instruction.offset, 0)
        ordinal = 0
        if not is_local(instruction.opname, code, before=before):
            ordinal = counts[line] = counts.get(line, 0) + 1
        found.append(Instruction(start, line, _text(instruction), ordinal))
    return tuple(found)


def entry_of(code: CodeType) -> int:
    """Return where a function begins its own work, after the interpreter's preparations."""
    is_ready = False
    for start, instruction, _ in _read(code):
        if is_ready:
            return start
        is_ready = instruction.opname == "RESUME"
    return 0


def _read(code: CodeType) -> Iterator[tuple[int, dis.Instruction, str | None]]:
    """Yield each instruction with where it starts, and with the name of the one it can only be reached from."""
    start: int | None = None
    before: str | None = None
    for instruction in dis.get_instructions(code):
        if start is None:
            start = instruction.offset
            before = None if instruction.is_jump_target else before
        if instruction.opname != PREFIX:
            yield start, instruction, before
            before, start = instruction.opname, None


def lines_by_offset(code: CodeType) -> dict[int, int]:
    """Return which line each offset of a function belongs to."""
    return {offset: line for start, end, line in code.co_lines() if line is not None for offset in range(start, end, 2)}


def _text(instruction: dis.Instruction) -> str:
    operand = instruction.argrepr
    for addition in ("NULL + ", " + NULL|self", " + NULL"):
        operand = operand.replace(addition, "")
    return f"{instruction.opname} {operand}".strip()
