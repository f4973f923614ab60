"""Bounded search with a bound large enough reaches what brute force reaches: all final states, and no others."""

from __future__ import annotations

import threading
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack.interleave import explore

# A program is a list of instructions for each actor, on two shared variables and one register per actor.
instructions = st.one_of(
    st.tuples(st.just("read"), st.sampled_from("xy")),
    st.tuples(st.just("write"), st.sampled_from("xy")),
    st.tuples(st.just("add"), st.integers(1, 3)),
)
programs = st.one_of(
    st.lists(st.lists(instructions, min_size=1, max_size=4), min_size=2, max_size=2),
    st.lists(st.lists(instructions, min_size=1, max_size=2), min_size=3, max_size=3),
)


class Machine:
    def __init__(self, actors):
        self.variables = {"x": 0, "y": 0}
        self.registers = [0] * actors

    def do(self, actor, instruction):
        """Execute one instruction."""
        name, operand = instruction
        if name == "read":
            self.registers[actor] = self.variables[operand]
        elif name == "write":
            self.variables[operand] = 10 * self.registers[actor] + actor + 1
        else:
            self.registers[actor] += operand

    @property
    def state(self):
        """Return everything that can be seen at the end."""
        return (*self.variables.values(), *self.registers)


def merges(lengths):
    """Yield every order of the actors' instructions, by brute force."""
    if not any(lengths):
        yield []
    for actor, left in enumerate(lengths):
        if left:
            shorter = [*lengths[:actor], left - 1, *lengths[actor + 1 :]]
            yield from ([actor, *rest] for rest in merges(shorter))


def preemptions(order, program):
    """Count the switches away from an actor that had instructions left."""
    left = [len(body) for body in program]
    count = 0
    for here, following in pairwise(order):
        left[here] -= 1
        count += left[here] > 0 and following != here
    return count


def brute_force(program, bound):
    states = set()
    for order in merges([len(body) for body in program]):
        if preemptions(order, program) <= bound:
            machine = Machine(len(program))
            positions = [0] * len(program)
            for actor in order:
                machine.do(actor, program[actor][positions[actor]])
                positions[actor] += 1
            states.add(machine.state)
    return states


def explored(program, bound):
    states = set()

    def scenario(interleaving):
        machine = Machine(len(program))

        def body(actor):
            for instruction in program[actor]:
                interleaving.step(instruction[0])
                machine.do(actor, instruction)

        interleaving.run(*[lambda actor=actor: body(actor) for actor in range(len(program))])
        states.add(machine.state)

    exploration = explore(scenario, level="op", max_preemptions=bound, budget=100_000)
    assert exploration.failure is None
    assert exploration.complete
    return states


def locked_states(program, sections):
    """Return all final states when each actor holds one lock during a section of its program, by brute force."""
    bodies = []
    for body, (start, end) in zip(program, sections, strict=True):
        start, end = sorted((min(start, len(body)), min(end, len(body))))  # noqa: PLW2901 - brought into order
        bodies.append([*body[:start], "acquire", *body[start:end], "release", *body[end:]])
    states = set()

    def go_on(done, holder):
        for actor, body in enumerate(bodies):
            left = body[done.count(actor) :]
            if not left or (left[0] == "acquire" and holder is not None):
                continue
            taken = {"acquire": actor, "release": None}.get(left[0], holder) if isinstance(left[0], str) else holder
            go_on([*done, actor], taken)
        if len(done) == sum(map(len, bodies)):
            machine = Machine(len(bodies))
            positions = [0] * len(bodies)
            for actor in done:
                instruction = bodies[actor][positions[actor]]
                positions[actor] += 1
                if not isinstance(instruction, str):
                    machine.do(actor, instruction)
            states.add(machine.state)

    go_on([], None)
    return bodies, states


@settings(max_examples=40)
@given(
    program=st.lists(st.lists(instructions, min_size=1, max_size=3), min_size=2, max_size=2),
    sections=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=2),
)
def test_with_a_lock_too_every_state_is_reached_and_no_other(program, sections):
    """Blocking takes nothing away that is possible, and adds nothing that is not."""
    bodies, expected = locked_states(program, sections)
    states = set()

    def scenario(interleaving):
        machine = Machine(len(bodies))
        lock = threading.Lock()

        def body(actor):
            for instruction in bodies[actor]:
                if isinstance(instruction, str):
                    getattr(lock, instruction)()
                else:
                    interleaving.step(instruction[0])
                    machine.do(actor, instruction)

        interleaving.run(lambda: body(0), lambda: body(1))
        states.add(machine.state)

    exploration = explore(scenario, level="op", max_preemptions=10, budget=100_000)

    assert exploration.complete
    assert states == expected


@settings(max_examples=25)
@given(program=programs)
def test_a_large_bound_reaches_every_state_and_no_other(program):
    """Enumeration without a bound that matters equals an independent brute force."""
    assert explored(program, bound=8) == brute_force(program, bound=8)


@settings(max_examples=40)
@given(program=programs, bound=st.integers(0, 2))
def test_a_small_bound_reaches_every_state_within_it(program, bound):
    """No schedule with at most that many preemptions is left out, and none is made up.

    The engine may count fewer than brute force: being interrupted before one's first instruction is not having begun.
    """
    states = explored(program, bound)

    assert brute_force(program, bound) <= states
    assert states <= brute_force(program, bound=8)
