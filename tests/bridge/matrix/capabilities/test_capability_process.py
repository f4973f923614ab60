"""What concerns a whole run: each is a run of its own."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.only_on("sync")


@pytest.fixture
def run(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(source, *arguments, **files):
        pytester.makepyfile(test_it=source, **files)
        quiet = ("-p", "no:asyncio", "-p", "no:trio", "-p", "no:hypothesispytest")
        return pytester.runpytest_subprocess(*quiet, *arguments)

    return run


@pytest.mark.capability("init never")
def test_never(run):
    """An application that never calls `init` is captured, and does not pass as if it did."""
    result = run("""
        import sentry_sdk

        def test_seen(captured_events):
            sentry_sdk.capture_message("low")
            captured_events.one(message="low")

        def test_told(captured_events):
            sentry_sdk.capture_message("low")
            captured_events.one(message="high")
    """)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E *never called init*"])


@pytest.mark.capability("imported inside the test")
def test_late_import(run):
    """`sentry_sdk` that comes with the application, inside the test, is captured from its first line."""
    result = run(
        """
        import sys

        def test_it(captured_events):
            assert "sentry_sdk" not in sys.modules
            import late_shop
            late_shop.work()
            assert captured_events.one(message="low").release == "late@1"
        """,
        late_shop="""
        import sentry_sdk
        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", release="late@1")

        def work():
            sentry_sdk.capture_message("low")
        """,
    )

    result.assert_outcomes(passed=1)


@pytest.mark.capability("mocked capture is warned of")
def test_mocks(run):
    """A test that mocks the capture away is told what it does not test."""
    result = run("""
        from unittest.mock import patch
        import sentry_sdk

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")

        def work():
            sentry_sdk.capture_exception(KeyError("card"))

        def test_mocked(captured_events):
            with patch("sentry_sdk.capture_exception") as capture:
                work()
            capture.assert_called_once()

        def test_real(captured_events):
            work()
            captured_events.one(exception=KeyError)
    """)

    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*test_mocked*", "*capture_exception*"])


@pytest.mark.capability("late reports are named in the summary")
def test_late_summary(run):
    """A report that comes after its test is told with that test's node id."""
    result = run("""
        import threading
        import sentry_sdk

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")
        released, threads = threading.Event(), []

        def report_late():
            released.wait(10)
            sentry_sdk.capture_message("too late")

        def test_first(captured_events):
            threads.append(threading.Thread(target=report_late))
            threads[0].start()

        def test_second(captured_events):
            released.set()
            threads[0].join()
            assert not captured_events
    """)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_it.py::test_first: *too late*"])


@pytest.mark.capability("interleaved: the mixed report is found")
def test_interleaved(run):
    """Two requests that share a scope: found, with the shortest interleaving."""
    result = run("""
        import sentry_sdk
        from pytest_errortrack.interleave import interleaved

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")

        def handle(name):
            sentry_sdk.Scope.get_global_scope().set_tag("request", name)
            sentry_sdk.capture_message("failed")

        @interleaved
        def test_requests_do_not_mix(interleaving, captured_events):
            interleaving.run(a=lambda: handle("A"), b=lambda: handle("B"))
            captured_events.assert_isolated()
    """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*carries data that*", "*replay*et1-*"])


@pytest.mark.capability("interleaved: the fixed form is complete")
def test_interleaved_complete(run):
    """The same with an isolation scope for each request: complete."""
    result = run("""
        import sentry_sdk
        from pytest_errortrack.interleave import interleaved

        sentry_sdk.init(dsn="http://key@127.0.0.1:9/1")

        def handle(name):
            with sentry_sdk.isolation_scope() as scope:
                scope.set_tag("request", name)
                sentry_sdk.capture_message("failed")

        @interleaved(level="op")
        def test_requests_do_not_mix(interleaving, captured_events):
            interleaving.run(a=lambda: handle("A"), b=lambda: handle("B"))
            captured_events.assert_isolated()
    """)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_requests_do_not_mix: complete: *"])
