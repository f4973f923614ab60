"""Everything that `sentry_sdk` sends besides events and transactions, seen as it goes over the wire."""

from __future__ import annotations

import re

import pytest

from pytest_errortrack import capture

SHOP = """
    import sentry_sdk
    from sentry_sdk.consts import DEFAULT_OPTIONS

    LOGS = {"enable_logs": True} if "enable_logs" in DEFAULT_OPTIONS else {}
    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1", release="shop@1", environment="ci", traces_sample_rate=1.0,
        auto_enabling_integrations=False, **LOGS,
    )
"""


@pytest.fixture
def shop(pytester):
    """An application that has called `init`."""
    pytester.makepyfile(shop=SHOP)
    return pytester


def test_logs(shop):
    """Reading lets the batch arrive; a log has the payload's words, its attributes without types, and its place."""
    pytest.importorskip("sentry_sdk.logger", reason="this version has no logs")
    shop.makepyfile("""
        import sentry_sdk, shop

        def test_it(errortrack):
            assert errortrack.logs == []
            with sentry_sdk.start_transaction(name="pay") as transaction:
                sentry_sdk.logger.warning("stock is low: {item}", item="tea", attributes={"left": 2})
            assert repr(errortrack.logs) == "<0 captured logs>", "a repr never flushes"

            (log,) = errortrack.logs

            assert (log.level, log.body, log.trace_id) == ("warn", "stock is low: tea", transaction.trace_id)
            assert log.attributes["left"] == 2 and log.attributes["sentry.release"] == "shop@1"
            assert log.timestamp == log.payload["timestamp"]
            assert log.captured_at == f"{__file__}:6"
            assert log.circumstances.actor.name == "MainThread"
            assert (log.sdk, log.nodeid) == ("sentry_sdk", "test_logs.py::test_it")
            assert log == log.payload and errortrack.logs == [log.payload]
            assert errortrack.logs[:1].first is log and repr(log) == "<CapturedLog warn 'stock is low: tea'>"

        def test_clear_forgets_what_is_pending_too(errortrack):
            sentry_sdk.logger.info("before")
            errortrack.clear()
            sentry_sdk.logger.info("same")
            sentry_sdk.logger.info("same")

            assert [log.body for log in errortrack.logs] == ["same", "same"]
            assert [log.captured_at.rpartition(":")[2] for log in errortrack.logs] == ["23", "24"]

        async def read(errortrack):
            sentry_sdk.logger.info("on a loop")
            return [log.body for log in errortrack.logs]

        def test_reading_on_an_event_loop_waits_for_nothing(errortrack):
            import asyncio
            assert asyncio.run(read(errortrack)) == ["on a loop"]
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=3)


def test_no_thread_is_started_for_batches(shop):
    """While a test captures, the SDK starts no thread, full batches arrive all the same, and actors may log."""
    pytest.importorskip("sentry_sdk.logger", reason="this version has no logs")
    shop.makepyfile("""
        import threading
        import sentry_sdk, shop
        from pytest_errortrack.interleave import interleaved

        def test_many(errortrack):
            threads = threading.enumerate()
            with sentry_sdk.start_transaction(name="pay"):
                for number in range(250):
                    sentry_sdk.logger.info("number {number}", number=number)
            assert threading.enumerate() == threads
            assert len(errortrack.envelopes) == 4, "a transaction, two full batches, the rest"
            assert [log.body for log in errortrack.logs] == [f"number {number}" for number in range(250)]

        @interleaved(budget=50)
        def test_actors(interleaving, errortrack):
            def work():
                sentry_sdk.logger.info("low")
            interleaving.run(work, work)
            assert len(errortrack.logs) == 2
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=2)


def test_metrics(shop):
    """A metric has its name, type, value, unit and attributes, whichever form the SDK's version sends."""
    shop.makepyfile("""
        import sentry_sdk, shop
        from sentry_sdk import metrics

        def test_it(errortrack):
            if hasattr(metrics, "count"):
                metrics.count("orders", 2, attributes={"tenant": "acme"})
                metrics.distribution("latency", 12.5, unit="millisecond")
                metrics.gauge("queue", 7)
            else:
                metrics.increment("orders", 2, tags={"tenant": "acme"})
                metrics.distribution("latency", 12.5, unit="millisecond")
                metrics.gauge("queue", 7)

            found = {metric.name: metric for metric in errortrack.metrics}

            assert {name: (metric.type, metric.value) for name, metric in found.items()} == {
                "orders": ("counter", 2), "latency": ("distribution", 12.5), "queue": ("gauge", 7),
            }
            assert found["orders"].attributes["tenant"] == "acme"
            assert found["latency"].unit == "millisecond"
            assert found["queue"].sdk == "sentry_sdk"
            if hasattr(metrics, "count"):
                assert found["queue"].captured_at == f"{__file__}:8"
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=1)


def test_check_ins_and_attachments(shop):
    """A check-in names its monitor and how it ended; an attachment its file, its bytes and its event."""
    shop.makepyfile("""
        import pytest, sentry_sdk, shop
        from sentry_sdk import crons
        from sentry_sdk.envelope import Envelope, Item

        @crons.monitor(monitor_slug="nightly")
        def nightly():
            raise KeyError("card")

        def test_check_ins(errortrack, captured_events):
            with pytest.raises(KeyError):
                nightly()

            began, ended = errortrack.check_ins

            assert (began.monitor_slug, began.status, ended.status) == ("nightly", "in_progress", "error")
            assert began.check_in_id == ended.check_in_id and ended.duration >= 0 and ended.release == "shop@1"
            assert ended.circumstances.thread == "MainThread" and len(captured_events) == 0

        def test_attachments(errortrack, captured_events):
            with sentry_sdk.new_scope() as scope:
                scope.add_attachment(bytes=b"a,b", filename="cart.csv", content_type="text/csv")
                event_id = sentry_sdk.capture_message("low")
            alone = Item(b"x", type="attachment", filename="alone.bin")
            sentry_sdk.get_client().transport.capture_envelope(Envelope(items=[alone]))

            with_event, by_itself = errortrack.attachments

            assert (with_event.filename, with_event.content_type, with_event.bytes) == ("cart.csv", "text/csv", b"a,b")
            assert with_event.event_id == event_id and captured_events.one().attachments == ["cart.csv"]
            assert with_event.captured_at == captured_events.one().captured_at
            assert (by_itself.filename, by_itself.event_id, by_itself.captured_at) == ("alone.bin", "", None)
            assert with_event.payload["filename"] == "cart.csv"
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=2)


def test_sessions(shop):
    """Sessions of users arrive one by one, those of requests added up."""
    shop.makepyfile("""
        import sentry_sdk, shop
        from sentry_sdk import sessions

        track = getattr(sessions, "track_session", None) or sessions.auto_session_tracking_scope

        def test_one_of_a_user(errortrack):
            with sentry_sdk.isolation_scope() as scope:
                scope.set_user({"id": "7"})
                with track(scope):
                    sentry_sdk.capture_exception(KeyError("card"))

            (session,) = errortrack.sessions

            assert (session.status, session.errors, session.did, session.release) == ("exited", 1, "7", "shop@1")
            assert session.counts == {"exited": 1} and session.environment == "ci" and session.sid
            assert session.captured_at.startswith(__file__)

        def test_those_of_requests(errortrack):
            for error in (None, ValueError("x"), None):
                with sentry_sdk.isolation_scope() as scope, track(scope, session_mode="request"):
                    if error:
                        sentry_sdk.capture_exception(error)

            (bucket,) = errortrack.sessions

            assert (bucket.status, bucket.counts, bucket.errors) == (None, {"exited": 2, "errored": 1}, 1)
            assert bucket.release == "shop@1" and bucket.did is None
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=2)


def test_batches_belong_to_the_test_that_filled_them(shop):
    """What is batched when a test ends is its own; what tests that capture nothing left behind leaves as ever."""
    pytest.importorskip("sentry_sdk.logger", reason="this version has no logs")
    shop.makepyfile("""
        import threading
        import sentry_sdk, shop
        from sentry_sdk.transport import Transport

        class Real(Transport):
            sent = []
            def capture_envelope(self, envelope):
                Real.sent += [item.get_bytes() for item in envelope.items]

        sentry_sdk.get_client().transport = real = Real()
        real.options = sentry_sdk.get_client().options
        go_on = threading.Event()
        late = []

        def log_later():
            go_on.wait(10)
            sentry_sdk.logger.info("late")

        def test_first_is_inactive():
            sentry_sdk.logger.info("inactive")

        def test_second(errortrack):
            sentry_sdk.logger.info("mine")
            assert [log.body for log in errortrack.logs] == ["mine"]
            assert b"inactive" in Real.sent[0] and b"mine" in Real.sent[1]
            sentry_sdk.logger.info("unread")
            late.append(threading.Thread(target=log_later))
            late[0].start()

        def test_third(errortrack):
            sentry_sdk.logger.info("third")
            go_on.set()
            late[0].join()
            sentry_sdk.logger.info("third again")
            assert [log.body for log in errortrack.logs] == ["third", "third again"]
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=3)


def test_envelopes_and_client_reports(shop):
    """`captured_envelopes` holds each envelope; a flush sends what the server would be told of losses."""
    shop.makepyfile("""
        import sentry_sdk, shop

        def drop_everything(event, hint):
            return None

        def test_it(captured_envelopes, captured_events, errortrack):
            sentry_sdk.capture_message("low")
            (envelope,) = captured_envelopes
            assert [item.type for item in envelope.items] == ["event"]
            assert envelope.headers["event_id"] == captured_events.one().event_id
            assert captured_envelopes == errortrack.envelopes

            with sentry_sdk.isolation_scope() as scope:
                scope.add_event_processor(drop_everything)
                sentry_sdk.capture_message("low")
                sentry_sdk.capture_message("low")
            errortrack.flush()

            report = captured_envelopes[-1].items[0].json()
            assert report["discarded_events"] == [{"reason": "event_processor", "category": "error", "quantity": 2}]
            assert [(lost.reason, lost.quantity) for lost in errortrack.dropped] == [("event_processor", 1)] * 2
            errortrack.flush()
            assert len(captured_envelopes) == 2

        def test_without_client_reports(captured_envelopes, errortrack):
            client = sentry_sdk.get_client()
            client.options["send_client_reports"] = False
            client.transport.record_lost_event("sample_rate", "transaction")
            errortrack.flush()
            assert captured_envelopes == [] and len(errortrack.dropped) == 1

        def test_a_report_that_the_application_sends(errortrack):
            from sentry_sdk.envelope import Envelope, Item, PayloadRef
            lost = {"reason": "queue_overflow", "category": "error", "quantity": 3}
            report = Item(PayloadRef(json={"discarded_events": [lost]}), type="client_report")
            sentry_sdk.get_client().transport.capture_envelope(Envelope(items=[report]))
            assert [(lost.reason, lost.category, lost.quantity) for lost in errortrack.dropped] == [
                ("queue_overflow", "error", 3)
            ]
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=3)


def test_our_own_sdk_has_none_of_it_yet(pytester):
    """The sequences are there and empty."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(errortrack):
            sdk.capture_message("low")
            for kind in ("logs", "metrics", "check_ins", "sessions", "attachments"):
                assert list(getattr(errortrack, kind)) == []
            assert len(errortrack.envelopes) == 1
    """)

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_why_something_is_absent(shop):
    """A failure says what was dropped and why, where the SDK counts it and where it is silent."""
    shop.makepyfile("""
        import sentry_sdk, shop

        def fail(event, hint):
            raise RuntimeError("broken")

        def test_a_duplicate(captured_events, errortrack):
            error = KeyError("card")
            sentry_sdk.capture_exception(error)
            sentry_sdk.capture_exception(error)
            captured_events.one(message="duplicate")

        def test_ignored(captured_events, monkeypatch):
            monkeypatch.setitem(sentry_sdk.get_client().options, "ignore_errors", [KeyError])
            sentry_sdk.capture_exception(KeyError("ignored"))
            captured_events.one()

        def test_closed(captured_events):
            sentry_sdk.get_client().close()
            sentry_sdk.capture_message("too late")
            captured_events.one()

        def test_failing_callback(captured_events, monkeypatch):
            monkeypatch.setitem(sentry_sdk.get_client().options, "before_send", fail)
            sentry_sdk.capture_message("broken")
            captured_events.one()

        def test_unserialisable(captured_events, monkeypatch):
            monkeypatch.setitem(
                sentry_sdk.get_client().options, "before_send", lambda event, hint: {**event, "extra": {"x": object()}}
            )
            sentry_sdk.capture_message("odd")
            captured_events.one()
    """)

    result = shop.runpytest_subprocess()

    result.assert_outcomes(failed=5)
    result.stdout.fnmatch_lines(
        [
            "E*error x1 (KeyError: 'card'): deduplicated, this very exception was captured before",
            "E*error x1 (KeyError: 'ignored'): the option ignore_errors names its class",
            "E*error x1 (too late): the client had been closed",
            "E*error x1 (odd): the SDK failed to build it: it cannot be written as JSON:*",
        ]
    )
    # 2.20 and older tell of a failing callback as of one that returned None.
    assert re.search(
        r"error x1 \(broken\): (a callback of the application|dropped by before_send)", result.stdout.str()
    )


def test_a_duplicate_of_another_test_is_no_duplicate(shop):
    """What deduplication saw last in one test is forgotten in the next."""
    shop.makepyfile("""
        import pytest, sentry_sdk, shop

        ERROR = KeyError("card")

        @pytest.mark.parametrize("attempt", [1, 2])
        def test_it(captured_events, attempt):
            sentry_sdk.capture_exception(ERROR)
            captured_events.one(exception=KeyError)
    """)

    shop.runpytest_subprocess().assert_outcomes(passed=2)


def test_text_that_is_no_unicode_is_captured():
    """A lone surrogate, of a file name that could not be decoded, is sent by the SDK and seen here."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    with capture(backend="sentry_sdk", dsn="", default_integrations=False) as errortrack:
        sentry_sdk.capture_message("bad \udcff")
        sentry_sdk.capture_exception(ValueError("no such file: \udcff"))

    assert [event.message for event in errortrack.events][:1] == ["bad ?"]
    assert errortrack.events[1].exception.value == "no such file: ?"


def test_spans_that_are_not_sampled_name_the_rate_of_traces():
    """A transaction and its spans are left out by one option, which is not that of errors."""
    theirs = pytest.importorskip("sentry_sdk")
    with (
        capture(backend="sentry_sdk", dsn="", traces_sample_rate=0.0, sample_rate=0.5) as errortrack,
        theirs.start_transaction(name="checkout"),
        theirs.start_span(op="db"),
    ):
        pass
    details = {lost.category: lost.detail for lost in errortrack.dropped}
    assert details == dict.fromkeys(("transaction", "span"), "traces_sample_rate is 0.0")
