from __future__ import annotations

import pytest
from outcomes import has_subtests, outcomes

CLAIMS = """
    import pytest
    import sentry_sdk
    from pytest_errortrack import sdk

    @pytest.fixture(params=["native", "sentry_sdk"])
    def report(request):
        module = {"native": sdk, "sentry_sdk": sentry_sdk}[request.param]

        def report(message="boom", level="error"):
            module.capture_message(message, level=level)

        return report

    def test_unclaimed(report):
        report()

    def test_below_the_level(report):
        report(level="warning")

    def test_fatal(report):
        report(level="fatal")

    def test_one(report, captured_events):
        report()
        captured_events.one(level="error")

    def test_find(report, captured_events):
        report()
        assert captured_events.find(message="boom") is not None

    def test_matching(report, captured_events):
        report()
        assert len(captured_events.matching(message="boom")) == 1

    def test_wait_for(report, captured_events):
        report()
        captured_events.wait_for(message="boom")

    def test_ordered(report, captured_events):
        report()
        captured_events.assert_ordered([{"message": "boom"}])

    def test_first(report, captured_events):
        report()
        assert captured_events.first.message == "boom"

    def test_index(report, captured_events):
        report()
        assert captured_events[-1].message == "boom"

    def test_slice(report, captured_events):
        report()
        assert captured_events[:1]

    def test_iteration(report, captured_events):
        report()
        assert [event.message for event in captured_events] == ["boom"]

    def test_another_one(report, captured_events):
        report()
        report("bang")
        captured_events.one(message="boom")

    def test_len(report, captured_events):
        report()
        assert len(captured_events) == 1

    def test_repr_and_equality(report, captured_events):
        report()
        assert "1 captured" in repr(captured_events)
        assert captured_events != []

    def test_none(report, captured_events):
        report()
        captured_events.none(message="bang")

    def test_clear(report, captured_events):
        report()
        captured_events.clear()

    def test_cleared_after_it_was_claimed(report, captured_events):
        report()
        captured_events.one()
        captured_events.clear()

    @pytest.mark.expect_event(message="boom")
    def test_marker(report):
        report()

    @pytest.mark.allow_events(message="boom")
    def test_allowed(report):
        report()

    @pytest.mark.allow_events(message="boom")
    def test_another_is_allowed(report):
        report("bang")

    @pytest.mark.allow_events
    def test_all_are_allowed(report):
        report()
        report("bang")

    @pytest.mark.allow_events(count=1)
    def test_more_than_allowed(report):
        report()
        report()

    @pytest.mark.allow_events(level="error")
    def test_cleared_and_allowed(report, captured_events):
        report()
        captured_events.clear()

    @pytest.mark.errortrack(strict="off")
    def test_off(report):
        report()

    @pytest.mark.errortrack(strict="info")
    def test_stricter(report):
        report(level="info")

    @pytest.mark.errortrack(strict="critical")
    class TestLess:
        def test_wider_marker(self, report):
            report()

        @pytest.mark.errortrack(strict="error")
        def test_the_nearest_wins(self, report):
            report()

    def test_failing(report):
        report()
        raise RuntimeError("the body's own")

    def test_skipping(report):
        report()
        pytest.skip("no server")

    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail(report):
        report()
"""

CLAIMED = {
    "test_unclaimed": "failed",
    "test_below_the_level": "passed",
    "test_fatal": "failed",
    **dict.fromkeys(["test_one", "test_find", "test_matching", "test_wait_for", "test_ordered"], "passed"),
    **dict.fromkeys(["test_first", "test_index", "test_slice", "test_iteration"], "passed"),
    **dict.fromkeys(["test_another_one", "test_len", "test_repr_and_equality", "test_none", "test_clear"], "failed"),
    "test_cleared_after_it_was_claimed": "passed",
    "test_marker": "passed",
    "test_allowed": "passed",
    "test_another_is_allowed": "failed",
    "test_all_are_allowed": "passed",
    "test_more_than_allowed": "failed",
    "test_cleared_and_allowed": "passed",
    "test_off": "passed",
    "test_stricter": "failed",
    "TestLess::test_wider_marker": "passed",
    "TestLess::test_the_nearest_wins": "failed",
    "test_failing": "failed",
    "test_skipping": "skipped",
    "test_expected_to_fail": "xfail",
}


@pytest.mark.parametrize(
    "arguments",
    [("--errortrack-strict", "error"), ("-o", "errortrack_strict=error"), ("--errortrack-strict=error", "-n2")],
    ids=["option", "setting", "xdist"],
)
def test_what_claims_an_event_and_what_does_not(pytester, arguments):
    """Handed out as an object or matched is claimed; looked at otherwise is not; both SDKs, wherever it runs."""
    pytester.makepyfile(CLAIMS)

    result = pytester.runpytest_subprocess("-v", "--tb=short", *arguments, timeout=120)

    expected = {f"{test}[{each}]": word for test, word in CLAIMED.items() for each in ("native", "sentry_sdk")}
    assert outcomes(result) == expected
    result.stdout.fnmatch_lines(
        [
            "E*strict mode (error): 1 event that nothing claimed",
            "*error 'boom'*",
            "*or allow it on purpose:",
            "*@pytest.mark.allow_events(level='error', message='boom')",
        ]
    )


PATHS = """
    import unittest
    import pytest
    from hypothesis import HealthCheck, given, settings, strategies as st
    from pytest_errortrack import sdk
    from pytest_errortrack.interleave import interleaved

    def boom(level="error"):
        sdk.capture_message("boom", level=level)

    class Case(unittest.TestCase):
        def test_body(self):
            boom()

        @unittest.skip("not today")
        def test_skipped(self):
            boom()

    class SetUpCase(unittest.TestCase):
        def setUp(self):
            boom()

        def test_nothing(self):
            pass

    class AsyncCase(unittest.IsolatedAsyncioTestCase):
        async def asyncTearDown(self):
            boom()

        async def test_nothing(self):
            pass

    @pytest.fixture
    def set_up():
        boom()

    @pytest.fixture
    def torn_down():
        yield
        boom()

    def test_set_up(set_up):
        pass

    def test_torn_down(torn_down):
        pass

    @pytest.mark.expect_event(level="error")
    def test_torn_down_beyond_what_is_expected(torn_down):
        boom()

    @pytest.mark.allow_events
    def test_torn_down_and_allowed(torn_down):
        pass

    @pytest.fixture
    def checked(captured_events):
        yield
        assert captured_events.one().message == "boom"

    def test_claimed_in_the_teardown_only(checked):
        boom()

    @settings(max_examples=10, database=None)
    @given(st.integers(0, 5))
    def test_each_example(n):
        boom("error" if n == 5 else "info")

    @settings(max_examples=5, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(n=st.integers(0, 5))
    def test_each_example_is_claimed(captured_events, n):
        boom()
        captured_events.one()

    @settings(max_examples=5, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(n=st.integers(0, 5))
    def test_set_up_of_examples(set_up, n):
        pass

    @settings(max_examples=5, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(n=st.integers(0, 5))
    def test_torn_down_after_examples(torn_down, n):
        pass

    class Account:
        balance = 10

    def withdraw(account):
        if account.balance >= 10:
            account.balance = account.balance - 10
        else:
            boom()

    @interleaved
    def test_each_schedule(interleaving):
        account = Account()
        account.balance = 20
        def racy():
            seen = account.balance
            account.balance = seen - 10
            if account.balance == 10 and seen == 20 and account.__dict__.setdefault("n", []).append(1) is None:
                if len(account.n) == 2:
                    boom()
        interleaving.run(racy, racy)

    @interleaved(level="op")
    def test_each_schedule_is_claimed(interleaving, captured_events):
        interleaving.run(boom, boom)
        assert [event.message for event in captured_events] == ["boom", "boom"]

    @interleaved(level="op")
    def test_set_up_of_schedules(interleaving, set_up):
        interleaving.run(lambda: boom("info"), lambda: boom("info"))

    @pytest.mark.parametrize("n", [1])
    def test_subtests(subtests, n):
        with subtests.test("one"):
            boom()
"""

ON_EACH_PATH = {
    "Case::test_body": "failed",
    "Case::test_skipped": "skipped",
    "SetUpCase::test_nothing": "failed",
    "AsyncCase::test_nothing": "failed",
    "test_set_up": "failed",
    "test_torn_down": "passed error",
    "test_torn_down_beyond_what_is_expected": "passed error",
    "test_torn_down_and_allowed": "passed",
    "test_claimed_in_the_teardown_only": "failed",
    "test_each_example": "failed",
    "test_each_example_is_claimed": "passed",
    "test_set_up_of_examples": "failed",
    "test_torn_down_after_examples": "passed error",
    "test_each_schedule": "failed",
    "test_each_schedule_is_claimed": "passed",
    "test_set_up_of_schedules": "failed",
    "test_subtests[1]": "failed",
}


@pytest.mark.neighbours("hypothesispytest")
@pytest.mark.parametrize(
    "arguments", [(), pytest.param(("-n2", "--random-order"), marks=pytest.mark.slow)], ids=["alone", "xdist"]
)
def test_strictness_is_the_same_on_every_path(pytester, arguments):
    """Fixtures, TestCases, examples, schedules, subtests, teardown: an unclaimed event fails wherever it comes from."""
    source = PATHS if has_subtests() else PATHS[: PATHS.index('    @pytest.mark.parametrize("n", [1])')]
    expected = {test: word for test, word in ON_EACH_PATH.items() if test != "test_subtests[1]" or source is PATHS}
    pytester.makepyfile(source)

    result = pytester.runpytest_subprocess("-v", "--tb=short", "--errortrack-strict=error", *arguments, timeout=120)

    found = outcomes(result)
    assert {test: found.get(test) for test in expected} == expected, found
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
    result.stdout.fnmatch_lines_random(["*n=5,*", "*the interleaving (1 preemption*"])


def test_reruns_are_judged_apart(pytester):
    """An attempt that reported is run again, with a clean slate; one that did not passes."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        attempts = []

        def test_flaky():
            attempts.append(1)
            if len(attempts) < 3:
                sdk.capture_message("boom", level="error")
    """)

    result = pytester.runpytest_subprocess("-v", "--errortrack-strict=error", "--reruns=2", "-p", "no:randomly")

    result.assert_outcomes(passed=1)
    assert outcomes(result) == {"test_flaky": "rerun rerun passed"}


DOCTESTS = '''
    """
    >>> from pytest_errortrack import sdk
    >>> sdk.capture_message("boom", level="error") is not None
    True
    """

    def asks():
        """
        >>> from pytest_errortrack import sdk
        >>> captured_events = getfixture("captured_events")
        >>> event_id = sdk.capture_message("boom", level="error")
        >>> captured_events.one(level="error").message
        'boom'
        """
'''


def test_doctests_take_part(pytester):
    """A doctest captures where it asks by `getfixture`, and in strict mode it is judged like any test."""
    pytester.makepyfile(shop=DOCTESTS)

    usual = pytester.runpytest_subprocess("-v", "--doctest-modules")
    strict = pytester.runpytest_subprocess("-v", "--doctest-modules", "--errortrack-strict=error", "--tb=short")

    assert outcomes(usual) == {"shop.asks": "passed", "shop": "failed"}  # nobody captures there: no SDK was set up
    assert outcomes(strict) == {"shop.asks": "passed", "shop": "failed"}
    strict.stdout.fnmatch_lines(["*strict mode (error): 1 event that nothing claimed"])
    usual.stdout.no_fnmatch_line("*strict mode*")


BROKEN = """
    import pytest
    import sentry_sdk
    from pytest_errortrack import sdk

    def break_the_sdk(errortrack):
        sdk.add_attachment(path="/no/such/file", filename="missing.txt")
        sdk.capture_message("low", level="info")

    def test_broken(errortrack):
        break_the_sdk(errortrack)

    def test_known(errortrack):
        break_the_sdk(errortrack)
        assert [lost.reason for lost in errortrack.dropped] == ["internal_sdk_error"]

    def test_cleared(errortrack):
        break_the_sdk(errortrack)
        errortrack.clear()

    @pytest.mark.errortrack(strict="off")
    def test_not_strict(errortrack):
        break_the_sdk(errortrack)

    def refuse(event, hint):
        raise RuntimeError("refused")

    def test_a_callback_that_raises(errortrack):
        errortrack.init(before_send=refuse)
        sdk.capture_message("low", level="info")

    @pytest.mark.errortrack(backend="sentry_sdk", before_send=refuse)
    def test_a_callback_of_theirs_that_raises(errortrack):
        sentry_sdk.capture_message("low", level="info")

    def test_a_callback_that_is_known_to_raise(errortrack):
        errortrack.init(before_send=refuse)
        sdk.capture_message("low", level="info")
        assert {lost.reason for lost in errortrack.dropped} == {"before_send", "callback_error"}

    def test_wanted_losses(errortrack):
        errortrack.init(sample_rate=0.0)
        sdk.capture_message("boom", level="error")
"""


def test_an_sdk_that_fails_itself_fails_the_test(pytester):
    """In strict mode what the SDK lost by its own fault is a failure, unless the test reads what was dropped."""
    pytester.makepyfile(BROKEN)

    result = pytester.runpytest_subprocess("-v", "--tb=short", "--errortrack-strict=error")

    assert outcomes(result) == {
        "test_broken": "failed",
        "test_known": "passed",
        "test_cleared": "failed",
        "test_not_strict": "passed",
        "test_a_callback_that_raises": "failed",
        "test_a_callback_of_theirs_that_raises": "failed",
        "test_a_callback_that_is_known_to_raise": "passed",
        "test_wanted_losses": "passed",
    }
    result.stdout.fnmatch_lines(["*to allow it on purpose, read errortrack.dropped in the test"])
    result.stdout.fnmatch_lines(
        [
            "E*strict mode: the SDK, or a callback that it was given, failed",
            "*native lost one attachment (internal_sdk_error)*missing.txt*cannot be read*",
            "*native: RuntimeError: refused (in before_send)",
            "*sentry_sdk: RuntimeError: refused (raised at *",
        ]
    )


def test_a_message_about_many_events_is_bounded(pytester):
    """A hundred unclaimed events are counted, and some of them listed; ways to allow them are not repeated."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it():
            for n in range(100):
                sdk.capture_message(f"boom {n % 2}", level="error")
    """)

    result = pytester.runpytest_subprocess("--errortrack-strict=warning", "--errortrack-show=none")

    result.stdout.fnmatch_lines(["E*strict mode (warning): 100 events that nothing claimed", "*... 92 more*"])
    # Where `CI` is set, pytest repeats a failure in its summary, without the mark at the line's beginning.
    allowed = [line for line in result.outlines if line.startswith("E ") and "@pytest.mark.allow_events(" in line]
    assert len(allowed) == 2, allowed
