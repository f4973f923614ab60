"""A failing schedule is kept in Hypothesis's example database and tried first the next time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from pytest_errortrack.interleave import Diverged, Environment, environment, interleaved


@pytest.fixture
def database():
    """The database of the profile that holds for one test."""
    kept = InMemoryExampleDatabase()
    before = settings.get_current_profile_name()
    settings.register_profile("keeping", settings.get_profile(before), database=kept)
    settings.load_profile("keeping")
    yield kept
    settings.load_profile(before)


def values(database):
    """Return everything in the database that is ours."""
    return {value for key, each in database.data.items() if b"errortrack" in key for value in each}


def run(test, identity="test_shop.py::test_it"):
    """Run a decorated test as a plugin would; return its explorations and what it raised."""
    explorations = []
    try:
        with environment(Environment(identity=identity, finished=explorations.append)):
            test()
    except AssertionError as error:
        return explorations, error
    return explorations, None


def make(is_fixed=()):
    """Return a test that fails in one order of its actors, and not once it is fixed."""

    @interleaved(level="op")
    def test(interleaving):
        log = []
        interleaving.run(
            *[lambda n=n: [interleaving.step(f"{n}"), interleaving.step("x"), log.append(n)] for n in range(3)]
        )
        assert is_fixed or log != [0, 2, 1]

    return test


def test_what_failed_is_tried_first_next_time(database):
    """It is found right after the calibration, and the report says where it comes from."""
    test = make()
    (first,), _ = run(test)
    (second,), error = run(test)

    assert first.found_at > 2
    assert not first.is_kept
    assert second.found_at == second.schedules == 2
    assert second.is_kept
    assert second.token == first.token
    assert "found as schedule 2, kept from an earlier run" in error.__notes__[0]
    assert "kept from an earlier run" in second.summary()
    assert len(values(database)) == 1


def test_what_does_not_fail_any_more_is_forgotten(database):
    """A repaired test passes, is explored as ever, and leaves nothing behind."""
    is_fixed = []
    test = make(is_fixed)
    run(test)
    is_fixed.append(1)

    (exploration,), error = run(test)

    assert error is None
    assert exploration.complete
    assert values(database) == set()


def test_what_cannot_be_read_is_forgotten(database):
    """Tokens of another version, or damaged ones, do no harm."""
    run(make())
    (key,) = (key for key in database.data if b"errortrack" in key)
    database.save(key, b"et9-unreadable")
    database.save(key, b"\xff")

    run(make())

    assert all(value.startswith(b"et1-") for value in values(database))


def test_each_test_has_its_own(database):
    """What failed in one test is not tried in another, and a test without identity keeps nothing."""
    run(make())
    (other,), _ = run(make(), identity="test_shop.py::test_other")
    (nameless,), _ = run(make(), identity="")

    assert not other.is_kept
    assert not nameless.is_kept
    assert len(values(database)) == 2


def test_without_a_database_nothing_is_kept():
    """`database=None` in the profile is obeyed."""
    before = settings.get_current_profile_name()
    settings.register_profile("keeping nothing", settings.get_profile(before), database=None)
    settings.load_profile("keeping nothing")
    try:
        test = make()
        run(test)
        (second,), _ = run(test)
    finally:
        settings.load_profile(before)

    assert not second.is_kept


def test_data_and_schedule_are_both_tried_first(database):
    """Under `@given` the example comes from Hypothesis, and the schedule from us: the second run needs no search."""

    def prop():
        @settings(database=database)
        @given(count=st.integers(0, 5))
        @interleaved(level="op")
        def test(interleaving, count):
            log = []
            interleaving.run(*[lambda n=n: [interleaving.step("x"), log.append(n)] for n in range(2)])
            assert count < 2 or log == [0, 1]

        return test

    _, first = run(prop())
    explorations, error = run(prop())

    assert type(first) is type(error) is AssertionError
    (kept, *_) = (each for each in explorations if each.failure is not None)
    assert kept.is_kept
    assert kept.found_at == 2


def test_an_example_that_fails_only_now_and_then_is_told_as_diverged():
    """Not as flaky: the engine knows that it failed before, and how."""
    fails = [True]

    @settings(database=None)
    @given(count=st.integers(0, 5))
    @interleaved(level="op", budget=5)
    def test(interleaving, count):
        from hypothesis import currently_in_test_context
        from hypothesis.control import current_build_context

        assert currently_in_test_context()
        fails[0] = not current_build_context().is_final
        interleaving.run(*[lambda: interleaving.step("x")] * 2)
        assert not fails[0]

    with pytest.raises(Diverged, match=r"failed before \(AssertionError"):
        test()
