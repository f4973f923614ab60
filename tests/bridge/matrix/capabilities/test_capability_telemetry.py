from __future__ import annotations

import pytest
import sentry_sdk
import shop
from sentry_sdk import crons, metrics, sessions

needs_a_free_thread = pytest.mark.not_on("interleaved")


@pytest.mark.capability("sessions")
@needs_a_free_thread
def test_sessions(errortrack):
    """A session that saw an error."""
    track = getattr(sessions, "track_session", None) or sessions.auto_session_tracking_scope
    with sentry_sdk.isolation_scope() as scope, track(scope, session_mode="application"):
        shop.pay("acme")
    errortrack.flush()

    assert errortrack.sessions[-1].payload["status"] == "exited"
    assert errortrack.sessions[-1].payload["attrs"]["release"] == "shop@1.2.3"


@pytest.mark.capability("check-ins")
def test_check_ins(errortrack):
    """A cron monitor tells that its job began and how it ended."""
    with crons.monitor(monitor_slug="nightly"):
        pass

    assert [check_in.payload["status"] for check_in in errortrack.check_ins] == ["in_progress", "ok"]
    assert {check_in.payload["monitor_slug"] for check_in in errortrack.check_ins} == {"nightly"}


@pytest.mark.capability("logs")
@pytest.mark.skipif(not hasattr(sentry_sdk, "logger"), reason="not in this SDK: sentry_sdk.logger")
@needs_a_free_thread
def test_logs(errortrack):
    """A structured log, without waiting for its batch."""
    sentry_sdk.logger.warning("stock is low: {item}", item="tea")
    errortrack.flush()

    (log,) = [log for log in errortrack.logs if "tea" in log.payload["body"]]
    assert log.payload["body"] == "stock is low: tea"
    assert log.payload["level"] == "warn"


@pytest.mark.capability("metrics")
@needs_a_free_thread
def test_metrics(errortrack):
    """A counter arrives under its name."""
    count = getattr(metrics, "count", None) or metrics.increment
    count("orders", 2)
    errortrack.flush()

    (metric,) = [metric for metric in errortrack.metrics if "orders" in metric.payload["name"]]
    assert metric.payload["value"] in (2, [2])


@pytest.mark.capability("attachments")
def test_attachments(captured_events, errortrack):
    """A file goes with the event."""
    with sentry_sdk.isolation_scope() as scope:
        scope.add_attachment(bytes=b"a,b\n1,2\n", filename="cart.csv")
        sentry_sdk.capture_message("low")

    assert captured_events.one().attachments == ["cart.csv"]
    (attachment,) = errortrack.attachments
    assert (attachment.filename, attachment.bytes) == ("cart.csv", b"a,b\n1,2\n")


@pytest.mark.capability("envelopes")
def test_envelopes(captured_envelopes):
    """Each envelope as it goes over the wire."""
    shop.pay("acme")

    (envelope,) = [each for each in captured_envelopes if any(item.type == "event" for item in each.items)]
    assert envelope.headers["event_id"]


@pytest.mark.capability("what was dropped, and why")
def test_dropped(captured_events, errortrack):
    """What `before_send` dropped is told, in the failure too."""
    sentry_sdk.capture_message("unwanted")

    assert [(lost.reason, lost.category) for lost in errortrack.dropped] == [("before_send", "error")]
    with pytest.raises(AssertionError, match="before_send"):
        captured_events.one(message="unwanted")


@pytest.mark.capability("client reports")
def test_client_reports(captured_envelopes, errortrack):
    """What the server would be told of the losses goes over the wire too."""
    with sentry_sdk.isolation_scope() as scope:
        scope.add_event_processor(lambda *_: None)
        sentry_sdk.capture_message("low")
    errortrack.flush()

    assert ("event_processor", "error") in [(lost.reason, lost.category) for lost in errortrack.dropped]
    items = [item for envelope in captured_envelopes for item in envelope.items if item.type == "client_report"]
    (report,) = [item.json() for item in items]
    assert {"reason": "event_processor", "category": "error", "quantity": 1} in report["discarded_events"]
