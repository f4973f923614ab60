"""Stretches of code that only work on local variables: they touch nothing, as long as these hold what cannot change.

Loops that count, sums and comparisons are most of the lines that actors run. For those it is enough to look at the
types of a few variables; the instructions need not be gone through each time.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pytest_errortrack.interleave._accesses._values import ATOM, ATOMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.interleave._accesses._layout import Instruction, Layout

__all__ = ["ITERATOR_STAYS", "SKIPPED_AFTER_LOOP", "Closed", "closed_stretch"]

ITERATOR_STAYS: Final = sys.version_info >= (3, 14)
"""Whether the iterator is still on the stack when a loop has ended."""

SKIPPED_AFTER_LOOP: Final = {(3, 11): 0, (3, 12): 1, (3, 13): 2}.get(sys.version_info[:2], 1)
"""How many instructions after a loop have been done already when it ends."""

_OPERATORS: Final = 26  # those numbered above are no operators of numbers
_CONSTANTS: Final = frozenset(["LOAD_CONST", "LOAD_SMALL_INT"])
_MOVES: Final = {
    "LOAD_FAST": "L",
    "LOAD_FAST_CHECK": "L",
    "LOAD_FAST_BORROW": "L",
    "LOAD_FAST_LOAD_FAST": "LL",
    "LOAD_FAST_BORROW_LOAD_FAST_BORROW": "LL",
    "STORE_FAST": "S",
    "STORE_FAST_LOAD_FAST": "SL",
    "STORE_FAST_STORE_FAST": "SS",
}
"""What loads and stores variables, and in which order."""

_NEUTRAL: Final = frozenset(
    ["NOP", "CACHE", "RESUME", "NOT_TAKEN", "UNARY_NEGATIVE", "UNARY_NOT", "UNARY_INVERT", "UNARY_POSITIVE", "TO_BOOL"]
)
_POPPING: Final = frozenset(["POP_TOP", "BINARY_OP", "COMPARE_OP", "IS_OP"])
_RETURNS: Final = frozenset(["RETURN_VALUE", "RETURN_CONST"])
_JUMPS: Final = frozenset(["JUMP_FORWARD", "JUMP_BACKWARD", "JUMP"])


class Closed(NamedTuple):
    """A stretch that touches nothing if some variables hold what cannot change.

    Attributes:
        names: those variables.
        offsets: the offsets of its instructions but the first.
        ends: the places where it may end, all with the stack that it began with.
        loop: the offset of the instruction with which it takes an item of an iterator; -1 if it takes none.
        loop_end: the place where it ends when there is no item left; -1 if the function returns then.
    """

    names: tuple[str, ...]
    offsets: frozenset[int]
    ends: tuple[int, ...]
    loop: int
    loop_end: int

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Tell whether all variables that it reads hold what cannot change."""
        return all(type(variables.get(name, self)) in ATOMS for name in self.names)

    def stacks(self, stack: list[Any]) -> dict[int, list[Any]] | None:
        """Return what is on the stack where it ends; None if it may touch something after all."""
        found = dict.fromkeys(self.ends, stack) if stack else {}
        if self.loop < 0:
            return found
        if not stack or stack[-1] is not ATOM:
            return None
        left = stack if ITERATOR_STAYS else stack[:-1]
        if left and self.loop_end >= 0:
            found[self.loop_end] = left
        return found


def closed_stretch(layout: Layout, place: int) -> Closed | None:
    """Return the stretch that begins at a place and ends with the line; None if it may touch something."""
    reading = _Reading(layout, place)
    if layout.is_generator or not reading.is_closed():
        return None
    offsets = frozenset(layout.instructions[each].offset for each in reading.passed[1:])
    return Closed(tuple(reading.names), offsets, tuple(reading.ends), reading.loop, reading.loop_end)


class _Reading:
    """Reads a stretch once."""

    def __init__(self, layout: Layout, place: int) -> None:
        self.names: dict[str, None] = {}
        self.ends: list[int] = []
        self.passed: list[int] = []
        self.loop = self.loop_end = -1
        self._layout = layout
        self._place = place
        self._line = layout.instructions[place].line
        self._bound: set[str] = set()
        self._depth = 0

    def is_closed(self) -> bool:
        """Read on to the end; False as soon as an instruction may touch something."""
        instructions = self._layout.instructions
        while self._place < len(instructions) and instructions[self._place].line == self._line:
            each = instructions[self._place]
            self.passed.append(self._place)
            if each.name in _RETURNS:
                return self._depth == (each.name == "RETURN_VALUE")
            if each.name in _JUMPS:
                return self._may_end_at(each.target)
            if not self._takes(each):
                return False
            self._place = each.following
        return self._may_end_at(self._place)

    def _may_end_at(self, place: int) -> bool:
        instructions = self._layout.instructions
        self.ends.append(place)
        return self._depth == 0 and 0 <= place < len(instructions) and instructions[place].line != self._line

    def _takes(self, each: Instruction) -> bool:
        """Take an instruction after which another one follows; False if it may touch something."""
        name = each.name
        if name in _MOVES:
            return self._moves(each)
        if name in _CONSTANTS:
            self._depth += 1
            return name == "LOAD_SMALL_INT" or type(each.value) in ATOMS
        if name == "FOR_ITER":
            return self._takes_item(each)
        if name in _POPPING or (name.startswith("POP_JUMP") and each.target >= 0):
            self._depth -= 1
            is_operator = name != "BINARY_OP" or each.arg < _OPERATORS
            return self._depth >= 0 and is_operator and (each.target < 0 or self._may_end_at(each.target))
        return name in _NEUTRAL

    def _moves(self, each: Instruction) -> bool:
        names = each.value if type(each.value) is tuple else (each.value,)
        for way, name in zip(_MOVES[each.name], names, strict=True):
            if way == "L":
                self._depth += 1
                if name not in self._bound:
                    self.names[name] = None
            else:
                self._depth -= 1
                self._bound.add(name)
            if self._depth < 0:
                return False
        return True

    def _takes_item(self, each: Instruction) -> bool:
        if len(self.passed) > 1 or each.target < 0:
            return False
        end = each.target + SKIPPED_AFTER_LOOP
        self._depth += 1
        self.loop = each.offset
        after = self._layout.instructions[end : end + 2]
        if [other.name for other in after] == ["LOAD_CONST", "RETURN_VALUE"] or [other.name for other in after[:1]] == [
            "RETURN_CONST"
        ]:
            return True
        self.loop_end = end
        return bool(after) and after[0].line != self._line
