from __future__ import annotations

import pytest
from outcomes import has_subtests, outcomes

FORBIDDEN = """
    import pytest
    import sentry_sdk
    from pytest_errortrack import capture, sdk

    pytestmark = pytest.mark.expect_no_events(level="error")

    def test_silent():
        sdk.capture_message("low", level="info")

    def test_loud():
        sdk.capture_message("boom", level="error")

    def test_loud_theirs():
        sentry_sdk.capture_message("boom", level="error")

    @pytest.mark.expect_event(message="boom")
    def test_a_nearer_expectation_exempts_its_own():
        sdk.capture_message("boom", level="error")

    @pytest.mark.expect_event(message="boom")
    def test_and_no_other():
        sdk.capture_message("boom", level="error")
        sdk.capture_message("bang", level="error")

    @pytest.mark.expect_event(message="boom")
    @pytest.mark.expect_no_events()
    def test_this_and_nothing_else():
        sdk.capture_message("boom", level="error")
        sdk.capture_message("low", level="info")

    @pytest.mark.expect_event(message="boom")
    class TestWide:
        @pytest.mark.expect_no_events(message="boom")
        def test_a_wider_expectation_exempts_nothing(self):
            sdk.capture_message("boom", level="error")

    def test_cleared(captured_events):
        sdk.capture_message("boom", level="error")
        captured_events.clear()

    def test_a_block_is_asked_by_its_own_handle():
        with capture() as errortrack:
            sdk.capture_message("boom", level="error")
        errortrack.events.one()

    @pytest.fixture
    def untidy():
        yield
        sdk.capture_message("teardown", level="error")

    def test_teardown_counts(untidy):
        pass

    @pytest.mark.expect_event(message="teardown", count=(0, None))
    def test_teardown_that_is_expected(untidy):
        pass

    def test_a_body_that_failed_is_told_alone(untidy):
        sdk.capture_message("boom", level="error")
        raise RuntimeError("the body's own")
"""


def test_expect_no_events(pytester):
    """What must not come fails its test, in the phase in which it came, but for what as near a marker expects."""
    pytester.makepyfile(FORBIDDEN)

    result = pytester.runpytest_subprocess("-v", "--tb=short")

    assert outcomes(result) == {
        "test_silent": "passed",
        "test_loud": "failed",
        "test_loud_theirs": "failed",
        "test_a_nearer_expectation_exempts_its_own": "passed",
        "test_and_no_other": "failed",
        "test_this_and_nothing_else": "failed",
        "TestWide::test_a_wider_expectation_exempts_nothing": "failed",
        "test_cleared": "failed",
        "test_a_block_is_asked_by_its_own_handle": "passed",
        "test_teardown_counts": "passed error",
        "test_teardown_that_is_expected": "passed",
        "test_a_body_that_failed_is_told_alone": "failed",
    }
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_teardown_counts*",
            "E*expected no such event, found 1",
            "*@expect_no_events: level='error'*",
            "*'teardown'*",
        ]
    )
    result.stdout.fnmatch_lines(
        ["E*expected no event beside what is expected, found 1", "*events?0? error 'boom'*", "*> events?1? info 'low'*"]
    )


SET_UP = """
    import pytest
    from hypothesis import HealthCheck, given, settings, strategies as st
    from pytest_errortrack import sdk
    from pytest_errortrack.interleave import interleaved

    pytestmark = [pytest.mark.errortrack(strict="error"), pytest.mark.expect_event(message="set up")]

    @pytest.fixture(autouse=True)
    def set_up():
        sdk.capture_message("set up", level="error")

    def test_one_run():
        pass

    @interleaved(level="op")
    def test_of_schedules_too(interleaving):
        interleaving.run(lambda: sdk.capture_message("set up", level="error"), lambda: None)

    @interleaved(level="op")
    def test_not_of_schedules(interleaving):
        interleaving.run(lambda: None, lambda: None)

    @settings(max_examples=2, database=None, suppress_health_check=list(HealthCheck))
    @given(n=st.integers())
    def test_of_examples_too(n):
        sdk.capture_message("set up", level="error")

    @settings(max_examples=2, database=None, suppress_health_check=list(HealthCheck))
    @given(n=st.integers())
    def test_not_of_examples(n):
        pass
"""


def test_what_the_set_up_reports_is_no_event_of_a_run(pytester):
    """An expectation lets pass what the set-up reported; each schedule and each example has to report its own."""
    pytester.makepyfile(SET_UP)

    result = pytester.runpytest_subprocess("-v", "--tb=short")

    assert outcomes(result) == {
        "test_one_run": "passed",
        "test_of_schedules_too": "passed",
        "test_not_of_schedules": "failed",
        "test_of_examples_too": "passed",
        "test_not_of_examples": "failed",
    }
    result.stdout.fnmatch_lines(["E*expected exactly one event, found 0"])
    result.stdout.no_fnmatch_line("*that nothing claimed*")


TRANSACTIONS = """
    import pytest
    import sentry_sdk
    from pytest_errortrack import sdk

    pytestmark = pytest.mark.errortrack(traces_sample_rate=1.0)

    def work(*names):
        for name in names:
            with sdk.start_transaction(name=name, op="task") as transaction:
                transaction.set_tag("tenant", "acme")

    @pytest.mark.expect_transaction(name="checkout", op="task", tags={"tenant": "acme"})
    def test_there():
        work("checkout")

    @pytest.mark.expect_transaction(name="checkout")
    def test_missing():
        work("refund")

    @pytest.mark.expect_transaction(name="checkout")
    def test_twice():
        work("checkout", "checkout")

    @pytest.mark.expect_transaction(name="checkout", count=2)
    @pytest.mark.expect_transaction({"name": "refund"})
    @pytest.mark.expect_event(level="error")
    def test_counted():
        work("checkout", "refund", "checkout")
        sdk.capture_message("boom", level="error")

    @pytest.mark.errortrack(backend="sentry_sdk")
    @pytest.mark.expect_transaction(name="checkout")
    def test_theirs():
        with sentry_sdk.start_transaction(name="checkout", op="task"):
            pass
"""


def test_expect_transaction(pytester):
    """A transaction that is missing or surplus fails its test; both SDKs, beside other markers."""
    pytester.makepyfile(TRANSACTIONS)

    result = pytester.runpytest_subprocess("-v", "--tb=short")

    assert outcomes(result) == {
        "test_there": "passed",
        "test_missing": "failed",
        "test_twice": "failed",
        "test_counted": "passed",
        "test_theirs": "passed",
    }
    result.stdout.fnmatch_lines(
        ["E*expected exactly one transaction, found 0", "E*expected exactly one transaction, found 2"]
    )


REPEATED = """
    import pytest
    from pytest_errortrack import sdk

    def report(*tags):
        for tag in tags:
            with sdk.new_scope() as scope:
                scope.set_tag("n", tag)
                sdk.capture_message("boom", level="error")

    @pytest.mark.expect_event(level="error")
    @pytest.mark.expect_event(level="error", tags={"n": "1"})
    def test_some_assignment_exists():
        report("1", "2")

    @pytest.mark.expect_event(level="error", tags={"n": "1"})
    @pytest.mark.expect_event(level="error")
    def test_whatever_the_order():
        report("2", "1")

    @pytest.mark.expect_event(level="error")
    @pytest.mark.expect_event(level="error", tags={"n": "1"})
    def test_one_event_answers_one_of_them():
        report("1")

    @pytest.mark.expect_event(level="error", count=(2, 3))
    @pytest.mark.expect_event(tags={"n": "1"}, count=(None, 1))
    def test_bounds():
        report("1", "2", "3")

    @pytest.mark.expect_event(level="error", count=5000)
    @pytest.mark.expect_event(message="boom", count=5000)
    def test_many():
        report(*map(str, range(10_000)))
"""


def test_repeated_expectations_are_matched_not_grabbed(pytester):
    """Repeated markers hold if each event can answer one of them, in some way; also for ten thousand events."""
    pytester.makepyfile(REPEATED)

    result = pytester.runpytest_subprocess("-v", "--tb=line", timeout=120)

    assert outcomes(result) == {
        "test_some_assignment_exists": "passed",
        "test_whatever_the_order": "passed",
        "test_one_event_answers_one_of_them": "failed",
        "test_bounds": "passed",
        "test_many": "passed",
    }


NOT_JUDGED = """
    import unittest
    import pytest
    from pytest_errortrack import sdk

    pytestmark = [pytest.mark.expect_event(level="error"), pytest.mark.expect_no_events(level="warning")]

    def warn():
        sdk.capture_message("low", level="warning")

    def test_failing():
        warn()
        raise RuntimeError("the body's own")

    def test_skipping():
        warn()
        pytest.skip("no server")

    def test_xfailing_inside():
        warn()
        pytest.xfail("known")

    @pytest.mark.xfail(reason="known", strict=True)
    def test_a_marker_that_fails_is_an_expected_failure():
        pass

    @pytest.mark.xfail(reason="known", raises=KeyError)
    def test_unless_another_error_was_expected():
        pass

    @pytest.mark.xfail(reason="known", strict=True)
    def test_an_unexpected_pass():
        sdk.capture_message("boom", level="error")

    class Case(unittest.TestCase):
        def setUp(self):
            sdk.capture_message("set up", level="error")

        def test_judged_with_its_set_up(self):
            pass

        def test_surplus(self):
            sdk.capture_message("boom", level="error")

        def test_own_failure(self):
            sdk.capture_message("boom", level="error")
            self.fail("the body's own")

        def test_own_skip(self):
            sdk.capture_message("boom", level="error")
            self.skipTest("no server")

        @unittest.expectedFailure
        def test_own_expected_failure(self):
            sdk.capture_message("boom", level="error")
            self.fail("known")

    class AsyncCase(unittest.IsolatedAsyncioTestCase):
        async def asyncTearDown(self):
            sdk.capture_message("tear down", level="error")

        async def test_judged_with_its_tear_down(self):
            pass

        async def test_surplus(self):
            sdk.capture_message("boom", level="error")
"""


def test_only_bodies_that_passed_are_judged(pytester):
    """A body that failed or was skipped is told by its own words; xfail covers a marker; a TestCase is no different."""
    pytester.makepyfile(NOT_JUDGED)

    result = pytester.runpytest_subprocess("-v", "--tb=short")

    assert outcomes(result) == {
        "test_failing": "failed",
        "test_skipping": "skipped",
        "test_xfailing_inside": "xfail",
        "test_a_marker_that_fails_is_an_expected_failure": "xfail",
        "test_unless_another_error_was_expected": "failed",
        "test_an_unexpected_pass": "failed",
        "Case::test_judged_with_its_set_up": "passed",
        "Case::test_surplus": "failed",
        "Case::test_own_failure": "failed",
        "Case::test_own_skip": "skipped",
        "Case::test_own_expected_failure": "xfail",
        "AsyncCase::test_judged_with_its_tear_down": "passed",
        "AsyncCase::test_surplus": "failed",
    }
    told = [line for line in result.outlines if line.startswith("E ") and "expected" in line]
    assert len(told) == 3, told  # another error was expected, and two surplus events
    assert sum(line.startswith("E ") and "the body's own" in line for line in result.outlines) == 2


SUBTESTS = """
    import unittest
    import pytest
    from pytest_errortrack import sdk

    pytestmark = pytest.mark.expect_event(level="error")

    class Case(unittest.TestCase):
        def test_one_fails(self):
            for n in range(2):
                with self.subTest(n=n):
                    self.assertEqual(n, 0)

        def test_all_pass(self):
            for n in range(2):
                with self.subTest(n=n):
                    pass

    def test_one_fails(subtests):
        with subtests.test("bad"):
            assert 1 == 2
        with subtests.test("good"):
            pass

    def test_one_is_skipped(subtests):
        with subtests.test("skipped"):
            pytest.skip("no server")

    def test_one_reports(subtests):
        with subtests.test("good"):
            sdk.capture_message("boom", level="error")
"""


@pytest.mark.skipif(not has_subtests(), reason="subtests are part of pytest from 9.0 on, pytest-subtests before")
@pytest.mark.parametrize("arguments", [(), pytest.param(("-n2",), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_a_failing_subtest_is_told_alone(pytester, arguments):
    """Markers are judged once, for the outer test, and not where a subtest failed; a skipped one changes nothing."""
    pytester.makepyfile(SUBTESTS)

    result = pytester.runpytest_subprocess("--tb=short", *arguments)

    said = [line for line in result.outlines if line.startswith("E ") and "expected exactly one event" in line]
    assert len(said) == 2, result.outlines  # all subtests pass; one is skipped
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    result.stdout.fnmatch_lines(["E*assert 1 == 2*"])


DYNAMIC = """
    import pytest
    from pytest_errortrack import sdk

    @pytest.fixture
    def quiet(request):
        request.applymarker(pytest.mark.expect_no_events())

    @pytest.fixture
    def wrong(request):
        request.applymarker(pytest.mark.expect_no_events(leval="error"))

    @pytest.fixture
    def options(request):
        request.applymarker(pytest.mark.errortrack(release="late@1"))

    def test_judged(captured_events, quiet):
        sdk.capture_message("boom")

    def test_wrong(captured_events, wrong):
        pass

    def test_too_late_for_options(captured_events, options):
        pass

    def test_too_late_to_be_captured(quiet):
        sdk.capture_message("boom")
"""


def test_markers_that_a_fixture_adds(pytester):
    """A marker added in the set-up is judged like the others; one that comes too late is refused, not ignored."""
    pytester.makepyfile(DYNAMIC)

    result = pytester.runpytest_subprocess("--tb=line")

    result.assert_outcomes(failed=4)  # and no error of a teardown
    result.stdout.fnmatch_lines(
        [
            "*expected no event, found 1*",
            "*unknown keyword 'leval'*",
            "*options of @errortrack were added while the test ran*",
            "*too late for its reports to be captured*",
        ]
    )


def test_the_markers_are_explained(pytester):
    """`--markers` says what each marker takes and what it means."""
    result = pytester.runpytest_subprocess("--markers")

    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.expect_event(level=, exception=, *): the test reports exactly one such event*",
            "@pytest.mark.expect_no_events(*): the test reports no such event*",
            "@pytest.mark.expect_transaction(*): the test reports exactly one such transaction*",
            "@pytest.mark.allow_events(*): strict mode lets such events pass*",
            "@pytest.mark.errortrack(backend=, strict=, *modules=, *options): *the nearest wins",
        ]
    )
