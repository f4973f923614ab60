from __future__ import annotations

import pytest

FLOOD = """
    import threading
    import pytest
    from pytest_errortrack import sdk

    gate, done = threading.Event(), threading.Event()

    def flood():
        gate.wait(10)
        for n in range(2000):
            sdk.capture_message(f"late {n}")
        done.set()

    def test_starts(captured_events):
        threading.Thread(target=flood).start()

    def test_victim(captured_events):
        gate.set()
        assert done.wait(30)
        assert captured_events == []
"""


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n1",), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_a_flood_of_late_reports_is_counted_not_listed(pytester, arguments):
    """Two thousand late reports are twenty lines and a number, here and from a worker."""
    pytester.makepyfile(FLOOD)

    result = pytester.runpytest_subprocess(*arguments)

    result.assert_outcomes(passed=2)
    assert len([line for line in result.outlines if "::test_starts: " in line]) == 20
    result.stdout.fnmatch_lines(["*... 1,980 more; all in all of 1 test"])


def test_late_reports_beyond_what_is_kept_are_told_as_not_delivered(pytester, receiver):
    """Delivery keeps a thousand late reports; of the others it says that they were not delivered."""
    pytester.makepyfile(FLOOD)

    result = pytester.runpytest_subprocess("--errortrack-dsn", receiver.dsn, timeout=60)

    result.assert_outcomes(passed=2)
    assert len(receiver.events) == 1000
    result.stdout.fnmatch_lines(
        ["1000 captured reports delivered to *; 1000 NOT delivered: too many late reports x1000"]
    )


def test_late_logs_metrics_and_check_ins_are_told(pytester):
    """What a thread still logs, measures or checks in after its test is told beside events."""
    pytest.importorskip("sentry_sdk.logger", reason="this sentry_sdk has no structured logs")
    pytester.makepyfile("""
        import threading
        import sentry_sdk
        from sentry_sdk import logger
        from sentry_sdk.crons import capture_checkin

        sentry_sdk.init(enable_logs=True)
        gate, done = threading.Event(), threading.Event()

        def work():
            gate.wait(10)
            logger.error("late log")
            capture_checkin(monitor_slug="nightly", status="ok")
            done.set()

        def test_starts(captured_events):
            threading.Thread(target=work).start()

        def test_victim(errortrack):
            gate.set()
            assert done.wait(10)
            assert errortrack.logs == [] and errortrack.check_ins == []
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(
        ["*::test_starts: *CapturedCheckIn *nightly* ok*", "*::test_starts: <CapturedLog error 'late log'>*"]
    )
