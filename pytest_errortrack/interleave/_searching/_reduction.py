"""Dynamic partial-order reduction: one execution for each class of equivalent ones.

Optimal DPOR (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014 and JACM 2017). Each execution is searched for races; what
reverses a race is noted at the prefix before its first step as a wake-up sequence, unless what was explored from there
already covers it. The deepest sequence is executed next.

Here a step is an operation with all the code up to the next point. What it touches is known only afterwards, and may
change with what came before; `_memory` says how sequences are compared nevertheless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._searching._happens_before import Order
from pytest_errortrack.interleave._searching._memory import Branch, Memory
from pytest_errortrack.interleave._searching._races import races
from pytest_errortrack.interleave._searching._wakeups import Sequel, drop_first, first_path, insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._searching._happens_before import Execution
    from pytest_errortrack.interleave._searching._memory import Span
    from pytest_errortrack.interleave._searching._wakeups import Node

__all__ = ["Reduction"]


class _Frame:
    """A prefix of the current execution, and what has been and has to be explored after it.

    Attributes:
        actor: who goes on after it in the current execution.
        identity: of the step that this actor does.
        span: the executions that begin with it and this step.
        began: the number of the first of them; 0 if they are done with.
        explored: the branches of those who have gone on after it, or after a shorter prefix if what came since makes no
            difference.
        wakeups: what is to be executed after it.
    """

    __slots__ = ("actor", "began", "explored", "identity", "span", "wakeups")

    def __init__(self, began: int) -> None:
        self.actor = ""
        self.identity = 0
        self.span: Span = [0, 0]
        self.began = began
        self.explored: dict[str, Branch] = {}
        self.wakeups: list[Node] = []


class Reduction:
    """Names the next execution by who goes on at its first choices, and learns how it went.

    Attributes:
        executions: how many there were.
        redundant: how many of them were equivalent to earlier ones, or turned out not to be possible.
        pending: how many are known and not yet executed; each may bring more.
        diverged_at: the first choice at which the last execution was not as it was told to be, if it was not.
    """

    def __init__(self) -> None:
        self.executions = 0
        self.redundant = 0
        self.pending = 1
        self.diverged_at = 0
        self._frames: list[_Frame] = []
        self._path: list[Node] = []
        self._order: Order | None = None
        self._traces: set[int] = set()
        self._memory = Memory()

    @property
    def traces(self) -> int:
        """How many executions there were that are not equivalent."""
        return len(self._traces)

    def next(self) -> tuple[str, ...] | None:
        """Return who is to go on at the first choices; None when all has been explored."""
        if not self.executions:
            return ()
        frames = self._frames
        while frames:
            frame = frames[-1]
            self._memory.close(frame.span, number=self.executions)
            path = self._take(frame)
            if path is not None:
                self._path = path
                return (*[each.actor for each in frames[:-1]], *[node.step.actor for node in path])
            frames.pop()
        self._path = []
        return None

    def learn(self, execution: Execution) -> bool:
        """Note what follows from an execution; False if it did not begin as it was told to."""
        self.executions += 1
        if self.pending:
            self.pending -= 1
        at = max(0, len(self._frames) - 1)
        done = [step.actor for step in execution.steps[: at + len(self._path)]]
        wanted = [frame.actor for frame in self._frames[:at]] + [node.step.actor for node in self._path]
        if done != wanted:
            self.redundant += 1
            pairs = enumerate(zip(done, wanted, strict=False))
            self.diverged_at = next((number for number, (one, other) in pairs if one != other), len(done))
            return self._has_failed(is_near=done[: len(wanted) - 1] == wanted[:-1])
        order = self._order = Order(execution, self._order, shared=at)
        self._count(order)
        self._push(order, at)
        sequels = [Sequel(*step) for step in zip(order.actors, order.identities, order.pasts, strict=True)]
        for race in races(order):
            last = Sequel(race.actor, is_certain=race.is_certain)
            self._add(race.first, [*[sequels[index] for index in race.between], last])
        return True

    def _has_failed(self, *, is_near: bool) -> bool:
        """Tell whether only an actor could not go on of which that was not certain."""
        if not self._path or not is_near or self._path[-1].step.is_certain:
            return False
        frame, node = self._frames[-1], self._path[0]
        frame.began = 0
        drop_first(node)
        if node.children:
            frame.wakeups.insert(0, node)
        return True

    def _count(self, order: Order) -> None:
        trace = order.trace
        if trace in self._traces:
            self.redundant += 1
        self._traces.add(trace)

    def _take(self, frame: _Frame) -> list[Node] | None:
        """Take the next sequence that is to be executed after a prefix, if there is one."""
        last = self.executions
        while frame.wakeups:
            if frame.began:
                frame.explored[frame.actor] = Branch(frame.began, last)
                frame.began = 0
            node = frame.wakeups.pop(0)
            path = first_path(node)
            if self._is_covered(len(self._frames) - 1, [each.step for each in path]):
                self.pending -= 1
                drop_first(node)
                if node.children:
                    frame.wakeups.insert(0, node)
                for covered in path[-1].covered:
                    self._add(len(self._frames) - 1, [*[each.step for each in path[:-1]], *covered])
                continue
            frame.actor, frame.began = node.step.actor, last + 1
            return path
        return None

    def _push(self, order: Order, at: int) -> None:
        """Add the frames of an execution that branched off at a step."""
        number, memory, steps = self.executions, self._memory, order.execution.steps
        last = at + len(self._path) - 1
        for index in range(at, len(steps)):
            if index == len(self._frames):
                frame = _Frame(number)
                if at < index <= last:
                    above = self._frames[-1]
                    frame.explored = {
                        actor: branch
                        for actor, branch in above.explored.items()
                        if memory.knows(above.identity, branch)
                    }
                    frame.wakeups = self._path[index - at - 1].children[1:]
                self._frames.append(frame)
            frame = self._frames[index]
            frame.actor, frame.identity = steps[index].actor, order.identities[index]
            frame.span = memory.add(order, index, number=number)

    def _add(self, at: int, sequence: Sequence[Sequel]) -> None:
        """Note a sequence that has to follow a prefix, unless something covers it."""
        if not self._is_covered(at, sequence) and insert(self._frames[at].wakeups, sequence):
            self.pending += 1

    def _is_covered(self, at: int, sequence: Sequence[Sequel]) -> bool:
        """Tell whether a sequence could as well begin with an actor whose branch is complete."""
        memory, explored = self._memory, self._frames[at].explored
        if not explored:
            return False
        actors = [step.actor for step in sequence]
        for actor, branch in explored.items():
            if actor in actors:
                if all(memory.knows(step.identity, branch) for step in sequence[: actors.index(actor)]):
                    return True
            elif sequence[-1].is_certain and self._makes_no_difference(at, sequence, branch):
                return True
        return False

    def _makes_no_difference(self, at: int, sequence: Sequence[Sequel], branch: Branch) -> bool:
        """Tell whether a sequence was executed in the branch of an actor that it does not name."""
        *head, last = sequence
        identities = [step.identity for step in head]
        if not all(self._memory.knows(identity, branch) for identity in identities):
            return False
        frames = self._frames[:at]
        own = next((step.identity for step in reversed(head) if step.actor == last.actor), None)
        if own is None:
            own = next((frame.identity for frame in reversed(frames) if frame.actor == last.actor), 0)
        before = {frame.identity for frame in frames}
        return self._memory.knows_sequence(identities, last.actor, own, before=before, branch=branch)
