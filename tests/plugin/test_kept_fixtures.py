"""A failure that state kept in a fixture may explain says so."""

from __future__ import annotations

TESTS = """
    import pytest
    from pytest_errortrack.interleave import interleaved

    @pytest.fixture
    def log():
        return []

    @interleaved
    def test_kept(interleaving, log, tmp_path):
        def add():
            log.append(1)

        interleaving.run(add, add)
        assert len(log) == 2

    @interleaved
    def test_made_anew(interleaving):
        log = []

        def add():
            log.append(1)

        interleaving.run(add, add)
        assert len(log) == 2

    @interleaved
    def test_of_its_own_order(interleaving, log):
        value = [0]

        def add():
            read = value[0]
            value[0] = read + 1

        interleaving.run(add, add)
        assert value == [2]
"""


def test_fixtures_that_are_kept_from_schedule_to_schedule_are_named(pytester):
    """Where a test passes first and then fails in any order, its own fixtures are named; nowhere else."""
    pytester.makepyfile(TESTS)

    result = pytester.runpytest("-k", "not own_order")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E*the fixture 'log' is set up once for all schedules: *"])
    result.stdout.no_fnmatch_line("*tmp_path' *set up once*")


def test_a_failure_that_needs_a_preemption_says_nothing_of_fixtures(pytester):
    """What only some order brings about is not the fixture's doing."""
    pytester.makepyfile(TESTS)

    result = pytester.runpytest("-k", "own_order")

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*set up once*")
