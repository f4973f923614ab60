"""Looks ahead: what the code up to the next stop of an actor is going to touch.

The stack of a frame cannot be read, so it is worked out from the instructions. What is on it at the end of one stretch
is kept for the next one; where that does not fit, because an exception led elsewhere, nothing is known of it.
"""

from __future__ import annotations

import functools
from types import MethodType
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.interleave._accesses._closed import ITERATOR_STAYS, SKIPPED_AFTER_LOOP, closed_stretch
from pytest_errortrack.interleave._accesses._effects import Effects
from pytest_errortrack.interleave._accesses._layout import Instruction, Layout, Step
from pytest_errortrack.interleave._accesses._machine import ENDS, JUMPS, Machine
from pytest_errortrack.interleave._accesses._noting import BY_OPERATION
from pytest_errortrack.interleave._accesses._values import ATOM, PENDING, SOMETHING, Pack, Reach, bases_of, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType, FrameType

    from pytest_errortrack.interleave._accesses._noting import Touch

__all__ = ["Shadow"]

_MOST_VISITS: Final = 3
_NOWHERE: Final[frozenset[int]] = frozenset()


def _nothing(_: Instruction) -> None:
    """Stand for what is behind the last instruction."""


_BEHIND: Final = Step(_nothing, Instruction("", 0, None, -1, -1, 0, -1), -1, -1, 0, -1, is_end=True)


class _FrameState:
    """What is kept of a frame between two looks.

    Attributes:
        code: the frame's.
        stacks: what is on the stack, by the place where the frame may stop next.
        pending: the same for places right after a call whose result is not known yet.
        exits: see `Machine`.
        iterators: see `Machine`.
    """

    __slots__ = ("code", "exits", "iterators", "pending", "stacks")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.stacks: dict[int, list[Any]] = {}
        self.pending: dict[int, list[Any]] = {}
        self.exits: list[Any] = []
        self.iterators: dict[int, Any] = {}


class Shadow:
    """Follows the frames of all actors of a schedule.

    Args:
        covers: tells whether a function's lines are told of themselves.
        by_lines: whether there is another look wherever a line begins; otherwise only at the stops.

    Attributes:
        effects: works out accesses.
    """

    def __init__(self, covers: Callable[[CodeType, Mapping[str, object]], bool], *, by_lines: bool = True) -> None:
        self._by_lines = by_lines
        self.effects = Effects(covers)
        self._machine = Machine(self.effects)
        # Codes are keys by id, for to hash one is to hash all of it; the layouts keep them.
        self._layouts: dict[int, Layout] = {}
        self._replaced: list[Layout] = []
        self._states: dict[int, _FrameState] = {}

    def begin(self) -> None:
        """Forget the frames and objects of the last schedule."""
        self._states.clear()
        self.effects.aliases.clear()

    def layout(self, code: CodeType, namespace: Mapping[str, object]) -> Layout:
        """Return what is known of a function's code."""
        found = self._layouts.get(id(code))
        if found is None or found.namespace is not namespace:
            if found is not None:
                self._replaced.append(found)
            found = self._layouts[id(code)] = Layout(code, namespace)
            found.steps = [self._step(each) for each in found.instructions]
            found.steps.append(_BEHIND)
        return found

    def _step(self, each: Instruction) -> Step:
        do = self._machine.doing.get(each.name, self._machine.unknown)
        return Step(do, each, each.offset, each.line, each.following, each.target, each.name in ENDS)

    def look(self, frame: FrameType, layout: Layout, stops: frozenset[int] = _NOWHERE) -> list[Touch]:
        """Return what is touched until the frame comes to another line, or to one of the stops.

        Args:
            frame: the frame, just before an instruction.
            layout: that of its code.
            stops: offsets of instructions before which there will be another look.
        """
        place = layout.at[frame.f_lasti >> 1]
        key = id(frame)
        state = self._states.get(key)
        if state is not None and state.code is not layout.code:
            del self._states[key]
            state = None
        if self._by_lines and self._touches_nothing(frame, layout, state, stops, place=place):
            return []
        if state is None:
            if place in layout.idle:
                return []
            state = self._states[key] = _FrameState(layout.code)
            stack: list[Any] = []
        else:
            stack = state.stacks.get(place, [])
        is_bare = not stack
        touches = self._run(frame, layout, state, stops, place=place, stack=stack)
        has_nothing = self._by_lines and is_bare and not (touches or state.stacks or state.pending)
        if has_nothing and not layout.has_sites(layout.instructions[place].line):
            layout.idle.add(place)
        return touches

    def _touches_nothing(
        self, frame: FrameType, layout: Layout, state: _FrameState | None, stops: frozenset[int], *, place: int
    ) -> bool:
        """Tell whether that is certain at a glance, and go on to the end of the line then."""
        if place in layout.closed:
            closed = layout.closed[place]
        else:
            closed = layout.closed[place] = closed_stretch(layout, place)
        if closed is None or not closed.offsets.isdisjoint(stops):
            return False
        stacks = closed.stacks([] if state is None else state.stacks.get(place, []))
        if stacks is None or (closed.names and not closed.holds(frame.f_locals)):
            return False
        if state is not None:
            state.stacks, state.pending = stacks, {}
            if closed.loop >= 0:
                state.iterators[closed.loop] = ATOM
            if not (stacks or state.exits or state.iterators):
                del self._states[id(frame)]
        return True

    def call(self, function: Any, args: tuple[Any, ...]) -> list[Touch]:
        """Return what a call touches that no line stands for; nothing where lines tell of it."""
        effects = self.effects
        touches: list[Touch] = []
        inner = function
        while type(inner) is functools.partial:
            inner = inner.func
        if not effects.is_covered(inner.__func__ if type(inner) is MethodType else inner):
            effects.touches, effects.offset = touches, BY_OPERATION
            self._machine.call(function, args)
        return [(BY_OPERATION, *touch[1:]) for touch in touches]

    def returned(self, frame: FrameType, value: Any, stops: Callable[[Layout], frozenset[int]]) -> _Resumed | None:
        """Return what the caller of a frame touches after it returned, if that was left open until now."""
        caller = frame.f_back
        state = None if caller is None else self._states.get(id(caller))
        if caller is None or state is None or not state.pending or state.code is not caller.f_code:
            return None
        layout = self._layouts[id(state.code)]
        place = layout.at[caller.f_lasti >> 1]
        stack = state.pending.get(place)
        if stack is None:
            return None
        if frame.f_code.co_name == "__init__" and value is None:
            value = _first_argument(frame)
        stack = [value if each is PENDING else each for each in stack]
        following = layout.instructions[place].following
        touches = self._run(caller, layout, state, stops(layout), place=following, stack=stack, line_of=place)
        return caller, layout, touches

    def _run(
        self,
        frame: FrameType,
        layout: Layout,
        state: _FrameState,
        stops: frozenset[int],
        *,
        place: int,
        stack: list[Any],
        line_of: int | None = None,
    ) -> list[Touch]:
        effects, machine = self.effects, self._machine
        touches: list[Touch] = []
        effects.touches = touches
        machine.begin(layout, frame.f_locals)
        machine.exits, machine.iterators = state.exits, state.iterators
        state.stacks, state.pending = {}, {}
        line = layout.instructions[place if line_of is None else line_of].line
        if layout.is_generator:
            start = layout.instructions[place].offset
            first = next((offset for offset in layout.sites_of.get(line, ()) if offset >= start), None)
            if first is not None:  # who is within keeps others out
                touches.append((first, effects.aliases.get(id(frame), frame), (), False))
        walk = _Walk(layout, machine, effects, state=state, stops=stops, line=line if self._by_lines else None)
        if line_of is None or not walk.is_stop(place, stack):
            walk.go(place, stack, {})
        if not (state.stacks or state.pending or state.exits or state.iterators):
            self._states.pop(id(frame), None)
        return touches


_Resumed = tuple["FrameType", Layout, "list[Touch]"]


class _Walk:
    """Goes through the instructions of one stretch, on all ways there are."""

    __slots__ = ("_effects", "_layout", "_line", "_machine", "_seen", "_state", "_stops", "_waiting")

    def __init__(
        self,
        layout: Layout,
        machine: Machine,
        effects: Effects,
        *,
        state: _FrameState,
        stops: frozenset[int],
        line: int | None,
    ) -> None:
        self._layout = layout
        self._machine = machine
        self._effects = effects
        self._state = state
        self._stops = stops
        self._line = line
        self._waiting: list[tuple[int, list[Any], dict[str, Any]]] = []
        self._seen: dict[int, tuple[list[Any], dict[str, Any], int]] | None = None

    def is_stop(self, place: int, stack: list[Any]) -> bool:
        """Tell whether the stretch ends before an instruction; what is on the stack is kept then."""
        step = self._layout.steps[place]
        offset, line = step.offset, self._line
        if offset >= 0 and (line is None or step.line == line) and offset not in self._stops:
            return False
        if stack and offset >= 0:
            known = self._state.stacks.get(place)
            self._state.stacks[place] = stack if known is None else _joined_stacks(known, stack)
        return True

    def go(self, place: int, stack: list[Any], names: dict[str, Any]) -> None:
        """Go on from a place, and then from all places that were left for later."""
        self._straight(place, stack, names)
        while self._waiting:
            place, stack, names = self._waiting.pop()
            self._straight(place, stack, names)

    def _straight(self, place: int, stack: list[Any], names: dict[str, Any]) -> None:
        machine, effects, layout = self._machine, self._effects, self._layout
        steps, targets, stops, line = layout.steps, layout.targets, self._stops, self._line
        machine.stack, machine.names = stack, names
        effects.has_entered = False
        while True:
            # Only where ways meet may there be more to know than on the way here.
            if self._seen is not None and place in targets:
                met = self._meet(place, stack, names)
                if met is None:
                    return
                stack, names = met
                machine.stack, machine.names = stack, names
            do, each, offset, _, following, target, is_end = steps[place]
            effects.offset = offset
            do(each)
            if effects.has_entered:
                effects.has_entered = False
                if offset not in layout.separators:
                    layout.separators.add(offset)
                    effects.separated[id(layout)] = layout
                if stack and (stack[-1] is PENDING or (len(stack) > 1 and stack[-2] is PENDING)):
                    self._state.pending[place] = list(stack)
                    return
            if is_end:
                return
            place = following if target < 0 else self._next(each, stack, names)
            step = steps[place]
            # The same as `is_stop`, which is asked only where it is likely.
            if (step.line != line or step.offset in stops) and self.is_stop(place, stack):
                return

    def _next(self, each: Instruction, stack: list[Any], names: dict[str, Any]) -> int:
        """Return where to go on after a jump, leaving the other way, if there is one, for later."""
        if each.name in JUMPS:
            if self._seen is None:
                self._seen = {}
            return each.target
        other = list(stack)
        target = each.target
        if each.name == "FOR_ITER":
            del other[-1 if ITERATOR_STAYS else -2 :]
            target = min(target + SKIPPED_AFTER_LOOP, len(self._layout.steps) - 1)
        elif each.name.startswith("JUMP_IF"):
            del stack[-1:]
        if not self.is_stop(target, other):
            if self._seen is None:
                self._seen = {}
            self._waiting.append((target, other, dict(names)))
        return each.following

    def _meet(self, place: int, stack: list[Any], names: dict[str, Any]) -> tuple[list[Any], dict[str, Any]] | None:
        """Return what is known at a place that may have been passed before; None if nothing new is."""
        assert self._seen is not None
        before = self._seen.get(place)
        if before is None:
            self._seen[place] = (list(stack), dict(names), 1)
            return stack, names
        old_stack, old_names, visits = before
        is_known = len(stack) == len(old_stack) and all(map(_covers, old_stack, stack))
        is_known = is_known and names.keys() == old_names.keys()
        is_known = is_known and all(_covers(old_names[name], value) for name, value in names.items())
        if is_known or visits > _MOST_VISITS:
            return None
        stack = _joined_stacks(old_stack, stack)
        # A name that is bound on one way only is looked up anew on the other, where it may be anything by now.
        names = {
            name: joined(names.get(name, SOMETHING), old_names.get(name, SOMETHING))
            for name in names.keys() | old_names.keys()
        }
        if visits == _MOST_VISITS:
            stack = [SOMETHING] * len(stack)
            names = dict.fromkeys(names, SOMETHING)
        self._seen[place] = (list(stack), dict(names), visits + 1)
        return stack, names


def _covers(known: Any, value: Any) -> bool:
    """Tell whether a value adds nothing to what is known of it already."""
    if known is value:
        return True
    if type(known) is not Reach or known.code is not None or type(value) not in (Reach, Pack):
        return False
    before = set(map(id, known.bases))
    return all(id(base) in before for base in bases_of(value))


def _joined_stacks(one: list[Any], other: list[Any]) -> list[Any]:
    """Return what is known of a stack that is either of two; counted from the top."""
    length = min(len(one), len(other))
    return [joined(*pair) for pair in zip(one[len(one) - length :], other[len(other) - length :], strict=True)]


def _first_argument(frame: FrameType) -> Any:
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0], SOMETHING) if names else SOMETHING
