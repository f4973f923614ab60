"""Brute force: every final state and deadlock of a program, with the least number of preemptions that leads there.

A breadth-first search over states, the actor that ran last, and whether time passed early, in which a step costs
nothing or one preemption. There is no reduction.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from soundness_proof.machine import Grain, Machine, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soundness_proof.translate import Translation

__all__ = ["Outcome", "Reached", "TooLarge", "brute_force"]

Outcome = tuple[Any, ...]
_Place = tuple[State, int, int]


class TooLarge(Exception):  # noqa: N818 - says so, is none of anybody's errors
    """A program has more states than one wants to wait for."""


@dataclass(slots=True)
class Reached:
    """What a search came to.

    Attributes:
        least: for each outcome, and how often time passed early on the way, the least number of preemptions.
        states: how many states, or executions, that took.
    """

    least: dict[tuple[Outcome, int], int] = field(default_factory=dict)
    states: int = 0

    def within(self, bound: int, *, timers: int = 1) -> dict[tuple[Outcome, int], int]:
        """Return what is reached with that many preemptions; what takes an early timer, only where that is of use."""
        return {
            (outcome, fired): cost
            for (outcome, fired), cost in self.least.items()
            if cost <= bound and fired <= timers and (not fired or self.least.get((outcome, 0), bound + 1) > cost)
        }

    @property
    def outcomes(self) -> set[Outcome]:
        """What is reached without time passing early."""
        return {outcome for outcome, timers in self.least if not timers}


def brute_force(translation: Translation, *, grain: Grain = "opcode", timers: int = 1, most: int = 200_000) -> Reached:
    """Return every outcome that the program has at a grain.

    Args:
        translation: the program.
        grain: where another actor may come in.
        timers: how often time may pass although somebody could go on.
        most: after how many states to give up.

    Raises:
        TooLarge: there are more states.
    """
    machine = Machine(translation, grain)
    costs: dict[_Place, int] = {(machine.initial, -1, 0): 0}
    queue = deque([(0, (machine.initial, -1, 0))])
    reached = Reached()
    while queue:
        cost, place = queue.popleft()
        if costs[place] < cost:
            continue
        if len(costs) > most:
            raise TooLarge
        successors = list(_successors(machine, place, timers))
        if not successors:
            reached.least.setdefault((_outcome(machine, translation, place[0]), place[2]), cost)
        for extra, following in successors:
            if cost + extra < costs.get(following, most):
                costs[following] = cost + extra
                (queue.append if extra else queue.appendleft)((cost + extra, following))
    reached.states = len(costs)
    return reached


def _successors(machine: Machine, place: _Place, timers: int) -> Iterator[tuple[int, _Place]]:
    state, last, fired = place
    enabled = [number for number in range(len(state.tasks)) if machine.is_enabled(state, number)]
    if not enabled:
        if machine.awaited(state):
            yield 0, (machine.later(state), -1, fired)
        return
    gives_turn = last >= 0 and machine.gives_turn(state, last)
    for number in enabled:
        # An actor that asks the others to go first, and then does not let them, counts as if it had preempted them.
        is_preemption = number == last and len(enabled) > 1 if gives_turn else number != last and last in enabled
        yield int(is_preemption), (machine.step(state, number), number, fired)
    if fired < timers and last >= 0:
        # As if what the others did had taken so long: whose time has come goes on at once. Where time has just passed
        # because nobody could go on, it does not pass twice: who was awaited goes on first.
        for number in machine.awaited(state):
            yield 0, (machine.step(machine.later(state), number), number, fired + 1)


def _outcome(machine: Machine, translation: Translation, state: State) -> Outcome:
    """Return what can be seen at the end: results, memory and clock, or who is stuck where."""
    names, tasks = machine.names, state.tasks
    results = tuple((names[number], task.registers) for number, task in enumerate(tasks) if task.at == -1)
    ops = [(names[number], machine.next_op(state, number)) for number in range(len(tasks))]
    stuck = tuple((name, op.line) for name, op in ops if op is not None)
    if not stuck:
        return "ended", results, state.memory, state.now
    return "stuck", stuck, results, None if translation.has_finally else state.memory
