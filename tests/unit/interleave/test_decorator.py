"""`@interleaved` as a decorator: what it accepts, what it leaves of the function, what it tells the environment."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.interleave import (
    Deadlock,
    Diverged,
    Environment,
    Vacuous,
    current_environment,
    environment,
    interleaved,
)


def switch(interleaving):
    interleaving.run(a=lambda: interleaving.step("x"), b=lambda: interleaving.step("x"))


def order(interleaving):
    log = []
    interleaving.run(
        a=lambda: (interleaving.step("x"), log.append("a")), b=lambda: (interleaving.step("x"), log.append("b"))
    )
    return log


def test_a_passing_test_returns_nothing():
    """It is an ordinary test function."""

    @interleaved
    def test(interleaving):
        switch(interleaving)

    assert test() is None


def test_a_failing_test_raises_its_own_exception():
    """What the body raised in the schedule that fails it is raised."""

    @interleaved(level="op")
    def test(interleaving):
        assert order(interleaving) == ["a", "b"]

    with pytest.raises(AssertionError) as caught:
        test()

    assert any("replay: " in note for note in caught.value.__notes__)


def test_a_vacuous_test_fails():
    """A test that could not fail does not pass."""

    @interleaved
    def test(interleaving):
        pass

    with pytest.raises(Vacuous):
        test()


def test_methods_and_arguments_work():
    """`self`, positional and keyword arguments reach the body."""

    class Tests:
        @interleaved(level="op", budget=2)
        def test(self, interleaving, fixture, *, option):
            assert isinstance(self, Tests)
            assert (fixture, option) == (1, 2)
            switch(interleaving)

    Tests().test(fixture=1, option=2)
    assert list(inspect.signature(Tests().test).parameters) == ["fixture", "option"]


def test_every_kind_of_parameter_reaches_the_body():
    """Defaults, variable ones, and what is handed over by position where the engine's argument stands in between."""
    seen = []

    @interleaved(level="op", budget=1)
    def test(first, interleaving, second, third=3, *, fourth=4, **others):
        switch(interleaving)
        seen.append((first, second, third, fourth, others))

    test(1, 2, fifth=5)
    test(1, second=2, fourth=0)

    assert seen == [(1, 2, 3, 4, {"fifth": 5}), (1, 2, 3, 0, {})]


def test_the_options_are_kept_on_the_function():
    """Those who run tests can see what was asked for."""

    @interleaved(budget=7, level="op")
    def test(interleaving):
        pass

    assert (test.interleaved_options.budget, test.interleaved_options.level) == (7, "op")
    assert test.interleaved_options.max_preemptions == 2


def test_above_given_is_refused_with_the_right_order():
    """The error comes at decoration."""

    @given(n=st.integers())
    def test(interleaving, n):
        pass

    with pytest.raises(TypeError, match="write @given above and @interleaved below"):
        interleaved(test)


def test_async_functions_are_refused():
    """Until a later version."""

    async def test(interleaving):
        pass

    with pytest.raises(TypeError, match="not available in this version"):
        interleaved(test)


def test_a_function_without_the_argument_is_refused():
    """The message names the argument and the function."""

    def test():
        pass

    with pytest.raises(TypeError, match=r"argument 'interleaving', which .*test does not take"):
        interleaved(test)


def test_what_is_no_function_is_refused():
    """A class, for example."""
    with pytest.raises(TypeError, match="decorates test functions, not type"):
        interleaved(type("Test", (), {}))


def test_options_are_checked_at_decoration():
    """A wrong option is told where it stands."""
    with pytest.raises(ValueError, match="level must be one of"):
        interleaved(level="statement")


def test_the_environment_is_told_of_schedules_and_outcome():
    """Before and after each schedule, and once at the end."""
    told = []

    @interleaved(level="op", budget=3)
    def test(interleaving):
        told.append("body")
        switch(interleaving)

    surroundings = Environment(
        identity="tests/test_x.py::test",
        before_schedule=lambda: told.append("before"),
        after_schedule=lambda: told.append("after"),
        finished=told.append,
    )
    with environment(surroundings):
        assert current_environment() is surroundings
        test()

    assert told[:-1] == ["before", "body", "after"] * 3
    assert told[-1].schedules == 3
    assert current_environment() == Environment()


def test_what_the_environment_raises_after_a_schedule_is_its_failure():
    """A judgement of the plugin counts as the body's own assertion."""
    log = []

    @interleaved(level="op")
    def test(interleaving):
        log[:] = order(interleaving)

    def judge():
        assert log == ["a", "b"]

    with environment(Environment(after_schedule=judge)), pytest.raises(AssertionError) as caught:
        test()

    assert any("the interleaving (0 preemptions, found as schedule 3)" in note for note in caught.value.__notes__)


def test_the_environment_sets_the_budget_where_the_test_does_not():
    """The test's own budget wins."""
    outcomes = []

    def body(interleaving):
        interleaving.run(*[lambda: [interleaving.step("x") for _ in range(50)]] * 2)

    with environment(Environment(budget=9, finished=outcomes.append)):
        interleaved(level="op", search="random")(body)()
        interleaved(level="op", search="random", budget=4)(body)()

    assert [exploration.schedules for exploration in outcomes] == [9, 4]


def test_the_environment_can_ask_for_one_replay():
    """With a token, the test runs that interleaving and says what it gives."""
    tokens, outcomes = [], []

    @interleaved(level="op")
    def test(interleaving):
        assert order(interleaving) == ["a", "b"]

    hints = Environment(identity="the test", replay_hint=lambda token: tokens.append(token) or f"--replay {token}")
    with environment(hints), pytest.raises(AssertionError) as caught:
        test()
    assert any("  replay: --replay et1-" in note for note in caught.value.__notes__)

    with environment(Environment(replay_token=tokens[-1], finished=outcomes.append)):
        with pytest.raises(AssertionError):
            test()

        @interleaved(level="op")
        def other(interleaving):
            switch(interleaving)

        with pytest.raises(Diverged):
            other()

    assert [type(exploration.failure) for exploration in outcomes] == [AssertionError, Diverged]


def test_skips_go_straight_through():
    """A runner's words are no failures: not pytest's, not unittest's."""
    import unittest

    for outcome in (pytest.skip.Exception("why"), unittest.SkipTest("why")):

        @interleaved
        def test(interleaving, outcome=outcome):
            raise outcome

        with pytest.raises(type(outcome)):
            test()


def test_findings_of_the_engine_are_raised_as_they_are():
    """A deadlock in a decorated test is raised as Deadlock."""
    import threading

    @interleaved(level="op")
    def test(interleaving):
        lock = threading.Lock()
        lock.acquire()
        interleaving.run(lock.acquire, lambda: None)

    with pytest.raises(Deadlock):
        test()
