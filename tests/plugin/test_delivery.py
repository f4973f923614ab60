from __future__ import annotations

import pytest

SUITE = """
    import pytest
    from pytest_errortrack import sdk

    def test_passing():
        sdk.set_tag("tenant", "acme")
        try:
            raise KeyError("id")
        except KeyError as error:
            sdk.capture_exception(error)

    def test_failing(captured_events):
        sdk.capture_message("from the failing one", level="warning")
        assert False

    def test_inactive():
        pass
"""


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["alone", "xdist"])
def test_what_is_captured_is_delivered_with_its_test(pytester, receiver, arguments):
    """Every captured event arrives once, with node id, attempt and outcome; the key is hidden."""
    pytester.makepyfile(test_suite=SUITE)

    result = pytester.runpytest_subprocess("--errortrack-dsn", receiver.dsn, *arguments)

    result.assert_outcomes(passed=2, failed=1)
    delivered = {event["tags"]["pytest.nodeid"]: event["tags"] for event in receiver.events}
    assert delivered == {
        "test_suite.py::test_passing": {
            "tenant": "acme",
            "pytest.nodeid": "test_suite.py::test_passing",
            "pytest.attempt": "1",
            "pytest.outcome": "passed",
        },
        "test_suite.py::test_failing": {
            "pytest.nodeid": "test_suite.py::test_failing",
            "pytest.attempt": "1",
            "pytest.outcome": "failed",
        },
    }
    assert len(receiver.events) == 2
    result.stdout.fnmatch_lines(["*errortrack: delivering to http://*127.0.0.1*", "2 captured reports delivered to *"])
    assert "thekey" not in result.stdout.str() + result.stderr.str()


def test_a_dead_server_changes_no_outcome(pytester):
    """With nobody listening the run ends as it would have, and says once what was not delivered."""
    pytester.makepyfile(test_suite=SUITE)

    result = pytester.runpytest_subprocess("--errortrack-dsn", "http://thekey@127.0.0.1:9/1")

    result.assert_outcomes(passed=2, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["0 captured reports delivered to *; 2 NOT delivered: network_error*"])
    assert "thekey" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [(500, {}, "send_error*500"), (403, {}, "send_error*403"), (429, {"Retry-After": "60"}, "*429*")],
)
def test_a_refusing_server_is_told_with_its_answer(pytester, receiver, status, headers, reason):
    """Errors and rate limits of the server are counted as not delivered."""
    receiver.status, receiver.headers = status, headers
    pytester.makepyfile(test_suite=SUITE)

    result = pytester.runpytest_subprocess("--errortrack-dsn", receiver.dsn)

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines([f"0 captured reports delivered*2 NOT delivered: *{reason}*"])


def test_a_server_that_is_gone_is_not_tried_forever(pytester):
    """After three failures in a row the rest is counted without trying."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it():
            for n in range(50):
                sdk.capture_message(str(n))
    """)

    result = pytester.runpytest_subprocess("--errortrack-dsn", "http://key@127.0.0.1:9/1")

    result.stdout.fnmatch_lines(["*50 NOT delivered: network_error*, not tried, the server was gone x47*"])


@pytest.mark.parametrize("origin", ["environment", "ini"])
def test_the_dsn_may_come_from_elsewhere(pytester, monkeypatch, receiver, origin):
    """Environment and ini file mean the same as the option; the command line wins."""
    dead = "http://key@127.0.0.1:9/1"
    if origin == "environment":
        monkeypatch.setenv("ERRORTRACK_DSN", receiver.dsn)
        pytester.makeini(f"[pytest]\nerrortrack_dsn = {dead}")
    else:
        pytester.makeini(f"[pytest]\nerrortrack_dsn = {receiver.dsn}")
    pytester.makepyfile(test_suite=SUITE)

    pytester.runpytest_subprocess()
    assert len(receiver.events) == 2

    pytester.runpytest_subprocess("--errortrack-dsn", dead)
    assert len(receiver.events) == 2


def test_the_application_never_reads_the_delivery_dsn(pytester, monkeypatch, receiver):
    """`ERRORTRACK_DSN` is not the SDK's: an application without a DSN of its own stays without."""
    monkeypatch.setenv("ERRORTRACK_DSN", receiver.dsn)
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(errortrack):
            errortrack.init()
            assert errortrack.client.options.dsn is None
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


FAILING = """
    import pytest
    from pytest_errortrack import sdk

    attempts = []

    def charge():
        try:
            raise TimeoutError("no answer")
        except TimeoutError as error:
            raise ValueError("declined") from error

    def test_failing():
        sdk.set_tag("tenant", "acme")
        charge()

    def test_flaky():
        attempts.append(1)
        assert len(attempts) == 2, "the first time"

    def test_passing():
        sdk.capture_message("seen")

    @pytest.fixture
    def broken():
        raise RuntimeError("set-up broke")

    def test_without_set_up(broken):
        pass

    @pytest.mark.xfail(strict=True)
    def test_expected():
        assert False

    @pytest.mark.xfail(strict=True)
    def test_unexpected():
        pass
"""


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n2",), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_failing_tests_are_delivered_as_events(pytester, receiver, arguments):
    """One event per failing attempt: its exceptions without the runner's frames, grouped by test, flaky or not."""
    pytester.makepyfile(test_suite=FAILING)

    result = pytester.runpytest_subprocess(
        "--errortrack-dsn", receiver.dsn, "--errortrack-send-failures", "--reruns=1", "-W", "ignore", *arguments
    )

    failures = [event for event in receiver.events if event.get("logger") == "pytest"]
    said = sorted(
        (
            event["fingerprint"][0].partition("::")[2],
            event["tags"]["pytest.attempt"],
            event["tags"]["pytest.when"],
            event["tags"]["pytest.final_outcome"],
            event["tags"]["pytest.flaky"],
        )
        for event in failures
    )
    assert said == [
        ("test_failing", "1", "call", "failed", "no"),
        ("test_failing", "2", "call", "failed", "no"),
        ("test_flaky", "1", "call", "passed", "yes"),
        ("test_unexpected", "1", "call", "failed", "no"),
        ("test_unexpected", "2", "call", "failed", "no"),
        ("test_without_set_up", "1", "setup", "failed", "no"),
        ("test_without_set_up", "2", "setup", "failed", "no"),
    ]
    failing = next(event for event in failures if event["transaction"].endswith("test_failing"))
    assert [(value["type"], value["value"]) for value in failing["exception"]["values"]] == [
        ("TimeoutError", "no answer"),
        ("ValueError", "declined"),
    ]
    assert [frame["function"] for frame in failing["exception"]["values"][1]["stacktrace"]["frames"]] == [
        "test_failing",
        "charge",
    ]
    assert (failing["level"], failing["tags"]["pytest.outcome"], failing["tags"].get("tenant")) == (
        "error",
        "failed",
        None,
    )
    result.stdout.fnmatch_lines(
        [f"1 captured report and {len(said)} failures of tests (1 of flaky ones) delivered to *"]
    )


def test_a_failure_is_invisible_to_the_code_under_test(pytester, receiver):
    """What is sent of a failing test is in nobody's capture, not even in one that spans the tests."""
    pytester.makepyfile("""
        import pytest
        from pytest_errortrack import capture, sdk

        @pytest.fixture(scope="module")
        def wide():
            with capture() as track:
                yield track

        def test_failing(wide, captured_events):
            assert False

        def test_nothing_was_captured(wide, captured_events):
            assert list(wide.events) == [] and list(captured_events) == []
    """)

    result = pytester.runpytest_subprocess("--errortrack-dsn", receiver.dsn, "--errortrack-send-failures")

    result.assert_outcomes(passed=1, failed=1)
    assert [event["transaction"] for event in receiver.events] == [
        "test_a_failure_is_invisible_to_the_code_under_test.py::test_failing"
    ]


def test_a_test_that_kills_its_worker_is_delivered_too(pytester, receiver):
    """The controller tells of it; what failed before is not lost with the worker."""
    pytester.makepyfile("""
        import os

        def test_failing():
            assert False

        def test_deadly():
            os._exit(3)
    """)

    pytester.runpytest_subprocess("-n1", "--errortrack-dsn", receiver.dsn, "--errortrack-send-failures")

    said = {
        event["transaction"].partition("::")[2]: (event["level"], event["tags"]["pytest.outcome"])
        for event in receiver.events
    }
    assert said == {"test_failing": ("error", "failed"), "test_deadly": ("fatal", "crashed")}


def test_without_the_option_failures_are_not_sent(pytester, receiver):
    """A DSN alone delivers what the tests captured, and nothing about the tests themselves."""
    pytester.makepyfile("def test_failing(): assert False")

    pytester.runpytest_subprocess("--errortrack-dsn", receiver.dsn)

    assert receiver.events == []
