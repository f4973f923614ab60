"""`@given` above `@interleaved`: data outside, schedules inside."""

from __future__ import annotations

import inspect
import threading
import time

import pytest
from hypothesis import HealthCheck, assume, event, example, find, given, settings
from hypothesis import strategies as st

from pytest_errortrack.interleave import Environment, environment, interleaved


def lose_updates(interleaving, count):
    value = [0]

    def add():
        for _ in range(count):
            old = value[0]
            interleaving.step("between")
            value[0] = old + 1

    interleaving.run(add, add)
    assert value[0] == 2 * count


def test_a_failing_property_fails_and_shrinks_its_data():
    """The failure is seen, with the smallest data that has it and the interleaving in its notes."""
    counts = []

    @settings(database=None)
    @given(count=st.integers(0, 5))
    @interleaved(level="op")
    def prop(interleaving, count):
        counts.append(count)
        lose_updates(interleaving, count) if count else interleaving.run(*[lambda: interleaving.step("x")] * 2)

    with pytest.raises(AssertionError) as caught:
        prop()

    assert counts[-1] == 1
    assert any("the interleaving (1 preemption" in note for note in caught.value.__notes__)


def test_a_passing_property_explores_every_example():
    """Each example is an exploration of its own, of at most 200 schedules."""
    explorations = []

    @settings(max_examples=10, database=None)
    @given(count=st.integers(1, 3))
    @interleaved(level="op")
    def prop(interleaving, count):
        interleaving.run(*[lambda: [interleaving.step("x") for _ in range(6 * count)]] * 2)

    with environment(Environment(finished=explorations.append)):
        prop()

    assert explorations
    assert all(exploration.schedules <= 200 for exploration in explorations)
    assert any(exploration.complete for exploration in explorations)


def test_assume_and_example_and_event_keep_working():
    """What Hypothesis steers by goes through the exploration untouched."""
    seen = []

    @example(count=4)
    @settings(max_examples=20, database=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(count=st.integers(0, 3))
    @interleaved(level="op", budget=5)
    def prop(interleaving, count):
        assume(count != 1)
        event(f"count {count}")
        interleaving.run(*[lambda: interleaving.step("x")] * 2)
        assume(count != 2)
        seen.append(count)

    prop()

    assert set(seen) == {0, 3, 4}


def test_an_exploration_is_no_matter_for_the_deadline():
    """A deadline measures one run of a body; hundreds of schedules do not exceed it."""

    @settings(max_examples=3, deadline=50, database=None)
    @given(count=st.integers(0, 2))
    @interleaved(level="op")
    def prop(interleaving, count):
        began = real_clock()
        while real_clock() - began < 0.001:
            pass
        interleaving.run(*[lambda: [interleaving.step("x") for _ in range(10)]] * 2)

    prop()


# The engine leaves the processor's clock alone.
real_clock = time.process_time


def test_given_sees_no_argument_of_the_engines():
    """The signature that Hypothesis and pytest look at lacks `interleaving`."""

    @interleaved
    def test(interleaving, count: int, *, fixture=None):
        """The docstring."""

    assert list(inspect.signature(test).parameters) == ["count", "fixture"]
    assert test.__name__ == "test"
    assert test.__doc__ == "The docstring."
    assert "interleaving" not in test.__annotations__


def test_examples_found_are_repeatable():
    """Explorations inside of Hypothesis's own search are deterministic."""

    def fails(count):
        @interleaved(level="op", budget=30)
        def body(interleaving):
            if count:
                lose_updates(interleaving, count)
            else:
                interleaving.run(*[lambda: interleaving.step("x")] * 2)

        try:
            body()
        except AssertionError:
            return True
        return False

    assert find(st.integers(0, 9), fails, settings=settings(database=None)) == 1


def test_locks_made_while_an_example_is_drawn_are_harmless():
    """State drawn outside the exploration is plain, and works while nobody has to wait for it."""

    @settings(max_examples=3, database=None)
    @given(lock=st.builds(threading.Lock))
    @interleaved(level="op", budget=5)
    def prop(interleaving, lock):
        def body():
            with lock:
                pass
            interleaving.step("x")

        interleaving.run(body, body)

    prop()
