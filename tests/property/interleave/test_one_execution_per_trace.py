"""Reduction loses nothing and does nothing twice, on random programs, judged by brute force.

Steps may touch several things, and what they touch may depend on what came before. Each oracle is seen to fail: with a
dependency left out, with a sequence dropped, and with an actor put to sleep too early.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from small_machine import all_states, all_traces, executed, number_of, reduced, small_programs

from pytest_errortrack.interleave._accesses._access import UNKNOWN
from pytest_errortrack.interleave._searching._happens_before import Order
from pytest_errortrack.interleave._searching._memory import Memory
from pytest_errortrack.interleave._searching._reduction import Reduction


def is_small(program):
    """Tell whether brute force can go through all orders."""
    return sum(map(len, program.values())) <= 7


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=small_programs)
def test_every_final_state_is_reached_and_no_other(program):
    """The final states and deadlocks are those of brute force, and no two executions are equivalent."""
    reduction, states = reduced(program)

    assert states == all_states(program)
    assert (reduction.executions, reduction.redundant) == (reduction.traces, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=small_programs.filter(is_small))
def test_every_class_of_equivalent_orders_is_executed_exactly_once(program):
    """There are as many executions as classes of equivalent orders by brute force."""
    reduction, _ = reduced(program)

    assert reduction.executions == len(all_traces(program))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=small_programs, unknown=st.sets(st.sampled_from("abcd")))
def test_what_is_not_known_takes_nothing_away(program, unknown):
    """Without knowing who had to wait, or what some actors touch, still every final state is reached."""

    def forgetful(execution):
        steps = [
            replace(step, accesses=(UNKNOWN, *step.accesses)) if step.actor in unknown else step
            for step in execution.steps
        ]
        return replace(execution, steps=steps)

    _, states = reduced(program, knows_readiness=False, adapted=forgetful)

    assert states == all_states(program)


@settings(max_examples=100, deadline=None)
@given(program=small_programs, draws=st.lists(st.integers(0, 3), max_size=16))
def test_equivalent_orders_have_one_identity(program, draws):
    """Two neighbouring steps that do not conflict can be exchanged, and the execution counts as the same."""
    paths = [sorted(program)[number % len(program)] for number in draws]
    execution, _ = executed(program, paths)
    order = Order(execution)
    done = [step.actor for step in execution.steps]
    for place in range(len(done) - 1):
        if order.precedes(place, place + 1):
            continue
        exchanged = [*done[:place], done[place + 1], done[place], *done[place + 2 :]]

        other, _ = executed(program, exchanged)

        assert [step.actor for step in other.steps] == exchanged
        assert Order(other).trace == order.trace


# --- the oracle is seen to fail -------------------------------------------------------------------------------------


def without_conflicts_on_x(execution):
    """Forget that steps touch x."""
    x = number_of("x")
    steps = [
        replace(step, accesses=tuple(access for access in step.accesses if access.target != x))
        for step in execution.steps
    ]
    return replace(execution, steps=steps)


def with_reads_only(execution):
    """Take every write for a read."""
    steps = [
        replace(step, accesses=tuple(access._replace(is_write=False) for access in step.accesses))
        for step in execution.steps
    ]
    return replace(execution, steps=steps)


def without_those_who_are_stuck(execution):
    """Forget who never went on."""
    return replace(execution, stuck={})


class DropsSecond(Reduction):
    """Drops what comes second at a prefix: a backtrack point that is lost."""

    def _add(self, at, sequence):
        if not self._frames[at].wakeups:
            super()._add(at, sequence)


class SleepsTooLong(Memory):
    """Believes of every step that it makes no difference to any branch: nobody is woken."""

    def knows(self, identity, branch):
        """Always tell so."""
        del identity, branch
        return True


class NeverWakes(Reduction):
    """A reduction in which sleep sets are never left."""

    def __init__(self):
        super().__init__()
        self._memory = SleepsTooLong()


@pytest.mark.parametrize(
    "mistake",
    [
        {"adapted": without_conflicts_on_x},
        {"adapted": with_reads_only},
        {"adapted": without_those_who_are_stuck},
        {"make": DropsSecond},
        {"make": NeverWakes},
    ],
    ids=[
        "a dependency is missing",
        "writes are reads",
        "blocked actors are forgotten",
        "a sequence is dropped",
        "asleep",
    ],
)
def test_planted_mistakes_are_noticed(mistake):
    """With a mistake planted in the reduction, comparing final states with brute force finds it."""

    def is_wrong(program):
        _, states = reduced(program, **mistake)
        return states != all_states(program)

    try:
        program = find(
            small_programs,
            is_wrong,
            settings=settings(max_examples=2_000, database=None, phases=[Phase.generate], deadline=None),
            random=Random(0),  # noqa: S311 - the same programs every time
        )
    except NoSuchExample:
        pytest.fail("the mistake was not noticed in 2,000 programs")

    assert reduced(program)[1] == all_states(program)
