from __future__ import annotations

import pytest

SDKS = {"native": ("pytest_errortrack.sdk", ""), "sentry_sdk": ("sentry_sdk", ", auto_enabling_integrations=False")}

CONFTEST = """
    import pytest

    @pytest.fixture
    def sdk():
        import {module} as sdk
        sdk.init(traces_sample_rate=0.5, release="shop@1.0"{more})
        return sdk

    @pytest.fixture
    def checkout(sdk):
        def run():
            for _ in range(6):
                with sdk.start_transaction(name="checkout", op="task"), sdk.start_span(op="db"):
                    sdk.add_breadcrumb(message="priced")
                    sdk.capture_message("paid", level="info")
        return run
"""
TEST = """
    import pathlib, pytest

    def told(events, transactions, envelopes):
        keys = ("event_id", "timestamp", "start_timestamp", "breadcrumbs", "spans")
        times = [{{key: each.payload.get(key) for key in keys}} for each in (*events, *transactions)]
        ids = [(each.trace_id, each.span_id) for each in (*events, *transactions)]
        for each in times:
            for span in each["spans"] or ():
                span.pop("data", None)  # thread ids are the process's
        return repr((times, ids, [(e.headers.get("sent_at"), e.headers.get("trace")) for e in envelopes]))

    @pytest.mark.errortrack(deterministic=True)
    @pytest.mark.parametrize("number", [1, 2])
    def test_report(checkout, captured_events, captured_transactions, captured_envelopes, number):
        checkout()
        assert 0 < len(captured_transactions) < 6  # some were left out by sampling
        ids = [event.event_id for event in captured_events]
        assert all(len(each) == 32 and each.startswith("0" * 28) for each in ids)
        assert len(set(ids)) == 6
        timestamp = captured_events[0].payload["timestamp"]
        assert timestamp.startswith("2020-01-01T") if isinstance(timestamp, str) else 0 < timestamp - 1577836800 < 1
        with pathlib.Path({path!r}).open("a") as file:
            file.write(told(captured_events, captured_transactions, captured_envelopes) + "\\n")

    def test_without(checkout, captured_events):
        checkout()
        assert not captured_events[0].event_id.startswith("0" * 28)
"""


@pytest.mark.parametrize("name", SDKS)
def test_everything_that_is_drawn_is_the_same_in_every_run(pytester, name):
    """Ids, times and what sampling decides: equal in two tests of a run, and in two runs; the next test draws again."""
    module, more = SDKS[name]
    told = pytester.path / "told.txt"
    pytester.makeconftest(CONFTEST.format(module=module, more=more))
    pytester.makepyfile(TEST.format(path=str(told)))

    first = pytester.runpytest_subprocess()
    second = pytester.runpytest_subprocess("-k", "test_report")

    first.assert_outcomes(passed=3)
    second.assert_outcomes(passed=2)
    assert len(told.read_text().splitlines()) == 4
    assert len(set(told.read_text().splitlines())) == 1


def test_the_marker_takes_true_or_false(pytester):
    """Anything else is refused when the test is collected."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.errortrack(deterministic="yes")
        def test_it(captured_events):
            pass
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@errortrack: deterministic='yes' is neither True nor False*"])


def test_a_held_clock_is_followed_and_each_schedule_begins_again(pytester):
    """A clock that is held by freezegun or time-machine says what time it is; an interleaved test counts anew."""
    pytester.makepyfile("""
        import datetime, freezegun, pytest, sentry_sdk, time_machine
        from pytest_errortrack import sdk
        from pytest_errortrack.interleave import interleaved

        pytestmark = pytest.mark.errortrack(deterministic=True)
        DAY = datetime.datetime(2031, 5, 6, tzinfo=datetime.UTC)

        def seen(events):
            return [str(event.payload["timestamp"]) for event in events]

        def report():
            sdk.capture_message("a")
            sentry_sdk.capture_message("b")

        def test_frozen(captured_events):
            with freezegun.freeze_time(DAY):
                report()
            assert seen(captured_events) == [str(DAY.timestamp()), "2031-05-06T00:00:00.000000Z"]
            report()
            assert captured_events[2].payload["timestamp"] < 1577836801
            assert captured_events[3].payload["timestamp"].startswith("2020-01-01T")

        @freezegun.freeze_time(DAY)
        def test_frozen_all_along(captured_events):
            report()
            assert seen(captured_events)[0] == str(DAY.timestamp())

        def test_travelled(captured_events):
            with time_machine.travel(DAY, tick=False):
                report()
            assert seen(captured_events) == [str(DAY.timestamp()), "2031-05-06T00:00:00.000000Z"]

        @interleaved(budget=10)
        def test_schedules(interleaving, captured_events):
            interleaving.run(report, report)
            assert min(int(event.event_id, 16) for event in captured_events) < 9
            assert max(int(event.event_id, 16) for event in captured_events) < 20
    """)
    pytester.makepyfile(
        test_the_next_one="""
        import datetime, random, time, uuid
        from sentry_sdk import client, logger, scope, tracing, utils

        def test_nothing_stays():
            assert client.uuid is uuid and tracing.uuid is uuid
            assert client.random is random
            assert client.datetime is scope.datetime is tracing.datetime is datetime.datetime
            assert tracing.nanosecond_time is utils.nanosecond_time
            assert logger.time is time
    """
    )

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=5)
