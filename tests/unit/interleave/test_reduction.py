"""Reduction on programs whose number of classes of equivalent orders is known."""

from __future__ import annotations

from math import comb, factorial

import pytest
from small_machine import all_states, all_traces, executed, reduced

from pytest_errortrack.interleave._searching._reduction import Reduction


def of(*words):
    """Return steps of one operation each, written as `"write x"`."""
    return [[tuple(word.split())] for word in words]


def critical(times):
    """Return steps that take a lock and change a variable, so often."""
    return of("acquire L", "read x", "write x", "release L") * times


def philosophers(count):
    """Return a table of philosophers who all take their left fork first."""
    return {
        f"p{number}": of(f"acquire f{number}", f"acquire f{(number + 1) % count}", "release all")
        for number in range(count)
    }


KNOWN = {
    "one actor": ({"a": of("write x", "write y")}, 1),
    "independent": ({"a": of("write x", "read x"), "b": of("write y", "read y"), "c": of("write z")}, 1),
    "readers only": ({"a": of("read x"), "b": of("read x"), "c": of("read x")}, 1),
    "2 writers": ({"a": of("write x"), "b": of("write x")}, 2),
    "4 writers": ({actor: of("write x") for actor in "abcd"}, factorial(4)),
    "5 writers": ({actor: of("write x") for actor in "abcde"}, factorial(5)),
    # each reader comes before or after the writer
    "1 writer, 4 readers": ({"w": of("write x"), **{f"r{n}": of("read x") for n in range(4)}}, 2**4),
    # the readers of the introduction of Abdulla et al. (2014)
    "writer, two readers with work": (
        {"p": of("write x"), "q": of("read y", "read x"), "r": of("read z", "read x")},
        4,
    ),
    "two pairs": ({"a": of("write x"), "b": of("write x"), "c": of("write y"), "d": of("write y")}, 4),
    "critical sections, once": ({"a": critical(1), "b": critical(1)}, 2),
    "critical sections, three times": ({"a": critical(3), "b": critical(3)}, comb(6, 3)),
    "critical sections of three": ({"a": critical(1), "b": critical(1), "c": critical(1)}, factorial(3)),
    "event": ({"a": of("write x", "set E"), "b": of("wait E", "write x")}, 1),
    "join": ({"a": of("write x"), "b": of("join a", "write x")}, 1),
}


@pytest.mark.parametrize("name", KNOWN)
def test_each_class_is_executed_once(name):
    """There are as many executions as classes of equivalent orders, no two of them equivalent."""
    program, classes = KNOWN[name]

    reduction, states = reduced(program)

    assert (reduction.executions, reduction.traces, reduction.redundant) == (classes, classes, 0)
    assert states == all_states(program)


def test_last_zero():
    """The example of Abdulla et al. (2014): who is read last decides what is read next."""
    writers = {f"w{n}": of(f"read x{n - 1}", f"write x{n}") for n in (1, 2)}
    program = {"r": [[("read", "x2")], [("stop_if_set", "x2"), ("read", "x1")]], **writers}

    reduction, states = reduced(program)

    assert reduction.executions == len(all_traces(program))
    assert states == all_states(program)


@pytest.mark.parametrize("count", [2, 3])
def test_philosophers_starve(count):
    """The deadlock of those who all took one fork is among what is reached."""
    program = philosophers(count)

    reduction, states = reduced(program)

    assert any(len(stuck) == count for _, _, stuck in states)
    assert states == all_states(program)
    assert reduction.executions == len(all_traces(program))


def test_both_sides_of_a_deadlock_are_found_from_either():
    """A lock that was never released hides no order of its acquisitions."""
    program = {"a": of("acquire L", "acquire M"), "b": of("acquire M", "acquire L")}

    _, states = reduced(program)

    assert states == all_states(program)


def test_what_turns_out_impossible_costs_an_execution_and_hides_nothing():
    """Without knowing who had to wait, more is tried, and nothing is missed."""
    program = {"a": critical(2), "b": critical(2)}

    reduction, states = reduced(program, knows_readiness=False)

    assert states == all_states(program)
    assert reduction.traces == comb(4, 2)
    assert reduction.executions == reduction.traces + reduction.redundant


def test_what_a_step_touches_may_depend_on_what_came_before():
    """A step that leaves something out after another one is not taken for the same step before it."""
    program = {
        "a": of("write y"),
        "b": [[("read", "z"), ("write", "x")]],
        "c": [[("stop_if_set", "y"), ("read", "z"), ("write", "y")], [("write", "z")]],
        "d": of("write z"),
    }

    reduction, states = reduced(program)

    assert states == all_states(program)
    assert reduction.executions == len(all_traces(program))


def test_an_execution_that_does_not_begin_as_told_is_noticed():
    """A program that does not repeat itself is told apart from one that does, with the place."""
    program = {"a": of("write x", "write x"), "b": of("write x")}
    reduction = Reduction()
    reduction.next()
    reduction.learn(executed(program)[0])
    paths = reduction.next()

    assert paths is not None
    assert not reduction.learn(executed({"a": program["a"]})[0])
    assert reduction.diverged_at == len(paths) - 1


def test_pending_counts_what_is_known_to_be_left():
    """It is one before the first execution and nothing after the last."""
    reduction = Reduction()
    assert reduction.pending == 1

    reduction, _ = reduced({actor: of("write x") for actor in "abc"})

    assert reduction.pending == 0
