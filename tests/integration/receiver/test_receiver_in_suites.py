"""Whole runs of pytest with a receiver: how long it lives, whose reports it takes, and what else is in the run."""

from __future__ import annotations

import pytest

# The smallest SDK there is: it starts at once, and a run of pytest inside of a test takes long enough.
REPORTING = """
import http.client
import json
import os
from urllib.parse import urlsplit

def report(message):
    dsn = urlsplit(os.environ["SENTRY_DSN"])
    client = http.client.HTTPConnection(dsn.hostname, dsn.port, timeout=30)
    lines = [{}, {"type": "event"}, {"message": message}]
    body = "\\n".join(map(json.dumps, lines))
    client.request("POST", f"/api{dsn.path}/envelope/?sentry_key={dsn.username}", body)
    assert client.getresponse().status == 200
    client.close()
"""

PROGRAM = """
import sys
from reporting import report
for message in sys.argv[1:]:
    report(message)
"""

SERVER = """
import sys
from reporting import report
for line in sys.stdin:
    report(line.strip())
    print("done", flush=True)
"""

# What the suites below run programs with.
SUPPORT = """
import os
import subprocess
import sys
import pytest

@pytest.fixture(scope="session")
def report(errortrack_receiver):
    def run(*messages):
        env = {**os.environ, **errortrack_receiver.env}
        subprocess.run([sys.executable, "program.py", *messages], env=env, check=True)
    return run

@pytest.fixture(scope="module")
def service(errortrack_receiver):
    env = {**os.environ, **errortrack_receiver.env}
    command = [sys.executable, "server.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        def ask(message):
            process.stdin.write(message + "\\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\\n"
        yield ask
        process.stdin.close()
"""


@pytest.fixture
def suite(pytester):
    """Write a suite whose tests can run the programs, and run it."""
    pytester.makepyfile(reporting=REPORTING, program=PROGRAM, server=SERVER, conftest=SUPPORT)

    def run(source, *options):
        pytester.makepyfile(test_suite=source)
        return pytester.runpytest_subprocess(*options)

    return run


def test_markers_judge_what_came_from_outside(suite):
    """An expected report of another process satisfies its marker; a missing and a surplus one fail, and are shown."""
    result = suite("""
        import os
        import subprocess
        import sys
        import pytest

        @pytest.mark.expect_event(message="expected")
        def test_expected(report):
            report("expected")

        @pytest.mark.expect_event(message="expected")
        def test_missing(report):
            report("another")

        @pytest.mark.expect_event(message="expected")
        def test_surplus(report):
            report("expected", "expected")

        def test_waiting(report, captured_events):
            report("cart priced")
            captured_events.wait_for(message="card charged", timeout=0.1)

        def test_refused(errortrack_receiver, captured_events):
            env = {**os.environ, "SENTRY_DSN": errortrack_receiver.dsn.replace("//", "//not")}
            subprocess.run([sys.executable, "program.py", "lost"], env=env, stderr=subprocess.DEVNULL)
            captured_events.one(message="lost")

        def test_silent(errortrack_receiver, captured_events):
            captured_events.one(message="never sent")
    """)

    result.assert_outcomes(passed=1, failed=5)
    result.stdout.fnmatch_lines(
        ["*Refused by errortrack_receiver*", "403 POST /api/1/envelope/: event submission rejected*unknown public key"]
    )
    assert result.stdout.str().count("Refused by errortrack_receiver") == 1
    result.stdout.fnmatch_lines(
        ["E *note: the receiver refused 1 request: 403 event submission rejected*", "E *unknown public key"]
    )
    result.stdout.fnmatch_lines(["E *note: the receiver got no request"])
    assert "init()" not in result.stdout.str(), "this process was never to report anything"
    assert "nothing was reported" not in result.stdout.str()
    result.stdout.fnmatch_lines(["FAILED *::test_missing*", "FAILED *::test_surplus*", "FAILED *::test_waiting*"])
    result.stdout.fnmatch_lines(["E *within 0.1 s*", "*cart priced*"])


def test_the_receiver_closes_with_its_test(suite):
    """After the test nobody listens any more, no thread is left, and the next test has another address and key."""
    result = suite("""
        import socket
        import threading

        seen = {}

        def test_first(errortrack_receiver, captured_events):
            seen.update(url=errortrack_receiver.url, dsn=errortrack_receiver.dsn)
            assert [each for each in threading.enumerate() if "errortrack" in each.name]

        def test_without():
            assert not [each for each in threading.enumerate() if "errortrack" in each.name]
            with socket.socket() as connection:
                host, _, port = seen["url"].removeprefix("http://").partition(":")
                assert connection.connect_ex((host, int(port))) != 0

        def test_second(errortrack_receiver):
            assert errortrack_receiver.dsn != seen["dsn"]
    """)

    result.assert_outcomes(passed=3)


def test_a_server_of_a_module_reports_to_the_test_that_runs(suite):
    """While a fixture of wider scope stands that read the address, one receiver serves all tests, and marks events."""
    result = suite("""
        import threading

        addresses = set()

        def test_first(service, captured_events, errortrack_receiver):
            addresses.add(errortrack_receiver.url)
            service("one")
            assert captured_events.one().message == "one"
            assert captured_events[0].stranger

        def test_second(service, captured_events, errortrack_receiver):
            addresses.add(errortrack_receiver.url)
            service("two")
            assert captured_events.one().message == "two"
            assert len(addresses) == 1
    """)

    result.assert_outcomes(passed=2)


def test_the_receiver_of_a_module_closes_with_the_fixture_that_kept_it(suite, pytester):
    """Once the module's server is torn down, the next module has a receiver of its own again."""
    pytester.makepyfile(
        test_zzz="""
        import threading

        def test_other(report, captured_events):
            report("other")
            assert not captured_events.one(message="other").stranger
            assert sum(each.name.startswith("errortrack-receiver") for each in threading.enumerate()) <= 2

        def test_none_left():
            assert not [each for each in threading.enumerate() if "errortrack" in each.name]
    """
    )

    result = suite("""
        def test_first(service, captured_events):
            service("one")
            captured_events.one()
    """)

    result.assert_outcomes(passed=3)


def test_what_comes_between_two_tests_is_late_for_the_first(suite):
    """A server that reports while an inactive test runs is told at the end, with the test that ran before."""
    result = suite("""
        asked = []

        def test_first(service, captured_events):
            asked.append(service)

        def test_inactive():
            asked[0]("too late")

        def test_last(captured_events, service):
            assert len(captured_events) == 0
    """)

    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*late error reports*", "*test_suite.py::test_first*too late*"])


@pytest.mark.slow
def test_a_child_pytest_delivers_its_own_tests_here(suite, pytester):
    """A run of pytest inside of a test finds `ERRORTRACK_DSN`, and what its tests captured arrives with their names."""
    inner = pytester.mkdir("inner")
    (inner / "test_inner.py").write_text(
        "from pytest_errortrack import sdk\n\n\ndef test_it(captured_events):\n    sdk.capture_message('inner')\n"
        "    assert captured_events.one()\n"
    )

    result = suite(
        """
        import os
        import subprocess
        import sys

        def test_outer(errortrack_receiver, captured_events):
            command = [sys.executable, "-m", "pytest", "inner", "-q"]
            env = {**os.environ, **errortrack_receiver.env}
            run = subprocess.run(command, env=env, capture_output=True, text=True)
            assert run.returncode == 0, run.stdout
            event = captured_events.one(message="inner")
            assert event.tags["pytest.nodeid"].endswith("test_inner.py::test_it")
        """,
        "test_suite.py",
    )

    result.assert_outcomes(passed=1)


@pytest.mark.neighbours("hypothesispytest")
def test_it_works_under_given_and_interleaved_and_a_frozen_clock(suite):
    """No health check has to be suppressed, and neither the engine nor a clock that stands still reach the receiver."""
    result = suite("""
        import freezegun
        from hypothesis import given, settings, strategies as st
        from pytest_errortrack.interleave import interleaved

        @settings(max_examples=3, deadline=None)
        @given(message=st.sampled_from(["a", "b"]))
        def test_given(report, captured_events, message):
            report(message)
            assert captured_events.one().message == message

        @interleaved(budget=4)
        def test_interleaved(interleaving, report, captured_events):
            interleaving.run(a=lambda: interleaving.step("a"), b=lambda: interleaving.step("b"))
            report("after")
            captured_events.one(message="after")

        def test_frozen(report, captured_events):
            with freezegun.freeze_time("2020-01-01"):
                report("meanwhile")
                assert captured_events.wait_for(message="meanwhile", timeout=20)
    """)

    result.assert_outcomes(passed=3)


@pytest.mark.slow
def test_each_worker_of_xdist_has_its_own(suite):
    """Tests that run at the same time in several processes do not see each other's reports."""
    result = suite(
        """
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(report, captured_events, number):
            report(f"from {number}")
            assert captured_events.one().message == f"from {number}"
        """,
        "-n2",
    )

    result.assert_outcomes(passed=6)


def test_it_works_where_the_network_is_switched_off(suite):
    """pytest-socket refuses the code under test its sockets; other processes still reach the receiver."""
    result = suite(
        """
        import socket
        import pytest
        import pytest_socket

        def test_it(report, captured_events):
            report("from outside")
            assert captured_events.one().message == "from outside"
            with pytest.raises(pytest_socket.SocketBlockedError):
                socket.socket()
        """,
        "--disable-socket",
    )

    result.assert_outcomes(passed=1)


def test_a_run_without_the_fixture_loads_no_server(suite):
    """Whoever does not ask for a receiver does not pay for one."""
    result = suite("""
        import sys
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_message("m")
            assert captured_events.one()
            assert "http.server" not in sys.modules
            assert "pytest_errortrack.reporting._receiver" not in sys.modules
    """)

    result.assert_outcomes(passed=1)
