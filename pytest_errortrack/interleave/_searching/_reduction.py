"""Dynamic partial-order reduction: one execution for each class of equivalent ones.

Optimal DPOR (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014 and JACM 2017). Each execution is searched for races; what
reverses a race is noted at the prefix before its first step as a wake-up sequence, unless what was explored from there
already covers it. The deepest sequence is executed next.

Here a step is an operation with all the code up to the next point. What it touches is known only afterwards, and may
change with what came before. So whether an actor that was explored after a prefix sleeps, that is whether a sequence
makes no difference to it, is not computed from accesses: the actor's branch is complete, so what makes no difference to
it has been executed in it, as the same steps after the same past.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._searching._happens_before import Order
from pytest_errortrack.interleave._searching._races import races
from pytest_errortrack.interleave._searching._wakeups import Node, Wakeup, insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._searching._happens_before import Execution
    from pytest_errortrack.interleave._searching._races import Race

__all__ = ["Reduction"]

Branch = tuple[int, int]  # the numbers of its first and its last execution


class _Frame:
    """A prefix of the current execution, and what has been and has to be explored after it.

    Attributes:
        actor: who goes on after it in the current execution.
        began: the number of the first execution in which it is this actor.
        explored: those who have gone on after it, or after a shorter prefix if what came since makes no difference.
        wakeups: what is to be executed after it.
    """

    __slots__ = ("actor", "began", "explored", "wakeups")

    def __init__(self, actor: str, began: int) -> None:
        self.actor = actor
        self.began = began
        self.explored: dict[str, Branch] = {}
        self.wakeups: list[Node] = []


class Reduction:
    """Names the next execution by who goes on at its first choices, and learns how it went.

    Attributes:
        executions: how many there were.
        redundant: how many of them were equivalent to earlier ones, or turned out not to be possible.
        pending: how many are known and not yet executed; each may bring more.
    """

    def __init__(self) -> None:
        self.executions = 0
        self.redundant = 0
        self.pending = 1
        self._frames: list[_Frame] = []
        self._path: list[Node] = []
        self._traces: set[int] = set()
        self._seen: dict[int, list[int]] = {}  # in which executions a step was new

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
            path = self._take(frame)
            if path is not None:
                self._path = path
                return (*[each.actor for each in frames[:-1]], *[node.actor for node in path])
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
        wanted = [frame.actor for frame in self._frames[:at]] + [node.actor for node in self._path]
        if done != wanted:
            self.redundant += 1
            return self._has_failed(is_near=done[: len(wanted) - 1] == wanted[:-1])
        order = Order(execution)
        self._count(order)
        self._push(order, at)
        for race in races(order, at):
            self._reverse(order, race)
        return True

    def _has_failed(self, *, is_near: bool) -> bool:
        """Tell whether only an actor could not go on of which that was not certain."""
        frame, node, last = self._frames[-1], self._path[0], self._path[-1]
        frame.began = 0
        _drop_first(node)
        if node.children:
            frame.wakeups.insert(0, node)
        return is_near and not last.is_certain

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
                frame.explored[frame.actor] = (frame.began, last)
                frame.began = 0
            node = frame.wakeups.pop(0)
            path = _first_path(node)
            if self._is_asleep(frame, [each.actor for each in path], [each.identity for each in path]):
                self.pending -= 1
                _drop_first(node)
                if node.children:
                    frame.wakeups.insert(0, node)
                continue
            frame.actor, frame.began = node.actor, last + 1
            return path
        return None

    def _push(self, order: Order, at: int) -> None:
        """Add the frames of an execution that branched off at a step."""
        number = self.executions
        steps, identities = order.execution.steps, order.identities
        if not self._frames:
            self._frames.append(_Frame(steps[0].actor, number))
        for index in range(at, len(steps)):
            self._seen.setdefault(identities[index], []).append(number)
        last = at + len(self._path) - 1
        for index in range(at + 1, len(steps)):
            frame = _Frame(steps[index].actor, number)
            if index <= last:
                above = self._frames[-1]
                step = identities[index - 1]
                frame.explored = {
                    actor: branch for actor, branch in above.explored.items() if self._was_in(step, branch)
                }
                frame.wakeups = self._path[index - at - 1].children[1:]
            self._frames.append(frame)

    def _reverse(self, order: Order, race: Race) -> None:
        frame = self._frames[race.first]
        steps, identities = order.execution.steps, order.identities
        last = None if race.second is None else identities[race.second]
        actors = [steps[index].actor for index in race.between]
        if self._is_covered(frame, order, race, [*[identities[index] for index in race.between], last], actors):
            return
        wakeup = Wakeup(race.between, race.actor, last, race.is_certain, order, race.first)
        if insert(frame.wakeups, wakeup):
            self.pending += 1

    def _is_covered(
        self, frame: _Frame, order: Order, race: Race, identities: Sequence[int | None], actors: Sequence[str]
    ) -> bool:
        """Tell whether a sequence could as well begin with an actor whose branch has been explored."""
        for actor, branch in frame.explored.items():
            if actor in actors:
                own = race.between[actors.index(actor)]
                if order.begins_after(own, race.first):
                    return True
            elif actor == race.actor:
                if all(self._was_in(identity, branch) for identity in identities[:-1]):
                    return True
            elif all(self._was_in(identity, branch) for identity in identities):
                return True
        return False

    def _is_asleep(self, frame: _Frame, actors: Sequence[str], identities: Sequence[int | None]) -> bool:
        for actor, branch in frame.explored.items():
            before = actors.index(actor) if actor in actors else len(actors)
            if all(self._was_in(identity, branch) for identity in identities[:before]):
                return True
        return False

    def _was_in(self, identity: int | None, branch: Branch) -> bool:
        """Tell whether a step was executed in a branch, with the same past."""
        if identity is None:
            return False
        numbers = self._seen.get(identity, ())
        at = bisect_left(numbers, branch[0])
        return at < len(numbers) and numbers[at] <= branch[1]


def _first_path(node: Node) -> list[Node]:
    path = [node]
    while path[-1].children:
        path.append(path[-1].children[0])
    return path


def _drop_first(node: Node) -> None:
    """Remove the first sequence that begins with a node; without children the node is what is left of it."""
    path = _first_path(node)
    for above in reversed(path[:-1]):
        del above.children[0]
        if above.children:
            break
