from __future__ import annotations

from outcomes import outcomes

UNREAD = """
    import unittest
    import pytest
    import sentry_sdk
    from pytest_errortrack import sdk

    def boom(level="error"):
        sdk.capture_message("boom", level=level)

    def test_ignored(captured_events):
        boom()

    def test_ignored_theirs(captured_events):
        sentry_sdk.capture_message("boom", level="fatal")
        sentry_sdk.capture_message("bang", level="error")

    def test_ignored_by_the_handle(errortrack):
        boom()

    def test_counted(captured_events):
        boom()
        assert len(captured_events) == 1

    def test_compared(captured_events):
        boom()
        assert captured_events != []

    def test_read(captured_events):
        boom()
        captured_events.one()

    def test_looked_at_something_else(captured_events, errortrack):
        boom()
        assert errortrack.logs == []

    def test_printed_only(captured_events):
        boom()
        print(repr(captured_events))

    @pytest.mark.expect_event(count=1)
    def test_marked(captured_events):
        boom()

    @pytest.mark.allow_events
    def test_allowed(captured_events):
        boom()

    @pytest.mark.errortrack(strict="fatal")
    def test_strict(captured_events):
        boom()

    def test_no_error(captured_events):
        boom("warning")

    def test_failing(captured_events):
        boom()
        assert False

    def test_skipping(captured_events):
        boom()
        pytest.skip("no server")

    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail(captured_events):
        boom()
        assert False

    @pytest.fixture
    def checked(captured_events):
        yield
        captured_events.one(message="boom")

    def test_read_in_the_teardown(checked, captured_events):
        boom()

    @pytest.fixture
    def breaks():
        yield
        raise RuntimeError("teardown")

    def test_teardown_that_breaks(breaks, captured_events):
        boom()

    @pytest.fixture
    def client(captured_events):
        return captured_events

    def test_a_fixture_asks(client):
        boom()

    @pytest.mark.usefixtures("captured_events")
    def test_kept_off_the_network():
        boom()

    @pytest.mark.errortrack(release="shop@1")
    def test_options_alone():
        boom()

    @pytest.mark.filterwarnings("ignore::pytest_errortrack.assertions.UnreadEventsWarning")
    def test_filtered(captured_events):
        boom()

    def test_inactive():
        assert True
"""

WARNED = {"test_ignored", "test_ignored_theirs", "test_ignored_by_the_handle", "test_printed_only"}


def warned(result):
    """Read from the summary which tests a warning of ours is about."""
    lines = [line for line in result.outlines if "UnreadEventsWarning:" in line]
    return {line.partition("UnreadEventsWarning")[0] for line in lines}, lines


def test_a_test_that_never_looks_at_its_errors_is_warned_of(pytester):
    """Once per test, at its line, and after it has passed alone: whoever looked in any way is left in peace."""
    path = pytester.makepyfile(UNREAD)
    numbers = {
        name: number
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for name in WARNED
        if line in {f"def {name}(captured_events):", f"def {name}(errortrack):"}
    }

    result = pytester.runpytest_subprocess("-v", "--tb=line")

    places, lines = warned(result)
    assert len(lines) == len(WARNED) == len(places)
    for name in WARNED:
        assert any(f"{path.name}:{numbers[name]}: " in place for place in places), (name, places)
    words = (
        "the test captured 1 error event and looked at nothing that it captured: error 'boom'. Ask for what you "
        "expect, captured_events.one(...); or allow it on purpose, @pytest.mark.allow_events(...)"
    )
    result.stdout.fnmatch_lines([f"*UnreadEventsWarning: {words}"])
    assert any("captured 2 error events" in line and "fatal 'boom', error 'bang'" in line for line in lines)


def test_warnings_as_errors_turn_it_into_an_error_of_the_teardown(pytester):
    """Under `-W error` the body is told as passed, and the warning as the error of the teardown that it arose in."""
    pytester.makepyfile(UNREAD)

    result = pytester.runpytest_subprocess("-v", "--tb=line", "-W", "error")

    found = outcomes(result)
    assert {test for test, words in found.items() if words == "passed error"} == WARNED | {"test_teardown_that_breaks"}
    assert {found[test] for test in ("test_read", "test_filtered", "test_read_in_the_teardown")} == {"passed"}


def test_workers_tell_it_as_well(pytester):
    """Under xdist the warnings arrive, and `-W ignore` of that kind silences them."""
    pytester.makepyfile(UNREAD)

    told = pytester.runpytest_subprocess("-n2", "--tb=no")
    silenced = pytester.runpytest_subprocess(
        "--tb=no", "-W", "ignore::pytest_errortrack.assertions.UnreadEventsWarning"
    )

    assert len(warned(told)[1]) == len(WARNED)
    assert warned(silenced)[1] == []


def test_a_run_that_captures_everything_counts_instead(pytester):
    """Tests that capture since the whole run does are not warned of; the summary counts, over all processes."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import sdk

        @pytest.mark.parametrize("n", range(3))
        def test_ignored(n):
            for _ in range(n):
                sdk.capture_message("boom", level="error")

        @pytest.mark.expect_event
        def test_expected():
            sdk.capture_message("boom", level="error")
    """)

    for arguments in ((), ("-n2",)):
        result = pytester.runpytest_subprocess("-o", "errortrack_capture=all", *arguments)

        result.assert_outcomes(passed=4, warnings=0)
        result.stdout.fnmatch_lines(["errortrack: 3 error events in 2 passed tests, at which nothing looked; *strict*"])

    quiet = pytester.runpytest_subprocess("-o", "errortrack_capture=requested")
    quiet.stdout.no_fnmatch_line("*nothing looked*")
