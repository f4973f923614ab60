"""Brute force: every final state and deadlock of a program, with the least number of preemptions that leads there.

A breadth-first search over states and the actor that ran last, in which a step costs nothing or one preemption. There
is no reduction.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from soundness_proof.machine import Grain, Machine, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soundness_proof.translate import Translation

__all__ = ["Reached", "TooLarge", "brute_force"]

Outcome = tuple[Any, ...]


class TooLarge(Exception):  # noqa: N818 - says so, is none of anybody's errors
    """A program has more states than one wants to wait for."""


@dataclass(slots=True)
class Reached:
    """What a search came to.

    Attributes:
        least: for each outcome, the least number of preemptions with which it was reached.
        states: how many states, or executions, that took.
    """

    least: dict[Outcome, int] = field(default_factory=dict)
    states: int = 0

    def within(self, bound: int) -> set[Outcome]:
        """Return what is reached with that many preemptions."""
        return {outcome for outcome, cost in self.least.items() if cost <= bound}


def brute_force(translation: Translation, *, grain: Grain = "opcode", most: int = 200_000) -> Reached:
    """Return every outcome that the program has at a grain.

    Raises:
        TooLarge: there are more than `most` states.
    """
    machine = Machine(translation, grain)
    costs: dict[tuple[State, int], int] = {(machine.initial, -1): 0}
    queue = deque([(0, machine.initial, -1)])
    reached = Reached()
    while queue:
        cost, state, last = queue.popleft()
        if costs[state, last] < cost:
            continue
        if len(costs) > most:
            raise TooLarge
        successors = list(_successors(machine, state, last))
        if not successors:
            reached.least.setdefault(_outcome(machine, translation, state), cost)
        for extra, following, actor in successors:
            if cost + extra < costs.get((following, actor), most):
                costs[following, actor] = cost + extra
                (queue.append if extra else queue.appendleft)((cost + extra, following, actor))
    reached.states = len(costs)
    return reached


def _successors(machine: Machine, state: State, last: int) -> Iterator[tuple[int, State, int]]:
    enabled = [number for number in range(len(state.tasks)) if machine.is_enabled(state, number)]
    if not enabled:
        later = machine.later(state)
        if later is not None:
            yield 0, later, -1
        return
    gives_turn = last >= 0 and machine.gives_turn(state, last)
    for number in enabled:
        if gives_turn:
            is_preemption = number == last and len(enabled) > 1  # it does not give its turn away after all
        else:
            is_preemption = number != last and last in enabled
        yield int(is_preemption), machine.step(state, number), number


def _outcome(machine: Machine, translation: Translation, state: State) -> Outcome:
    """Return what can be seen at the end: results, memory and clock, or who is stuck where."""
    names, tasks = machine.names, state.tasks
    results = tuple((names[number], task.registers) for number, task in enumerate(tasks) if task.at == -1)
    ops = [(names[number], machine.next_op(state, number)) for number in range(len(tasks))]
    stuck = tuple((name, op.line) for name, op in ops if op is not None)
    if not stuck:
        return "ended", results, state.memory, state.now
    return "stuck", stuck, results, None if translation.has_finally else state.memory
