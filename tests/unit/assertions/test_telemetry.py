from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import Circumstances, Recorder, log_key, metric_key
from pytest_errortrack.assertions._captured._telemetry import CapturedLog, CapturedSession
from pytest_errortrack.assertions._recording._statsd import parse_statsd
from pytest_errortrack.sdk import Envelope, Item

NOBODY = Circumstances(sdk="sentry_sdk")


def item(kind, payload, **headers):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Item({"type": kind, **headers}, raw)


def received(*items, **headers):
    recorder = Recorder(nodeid="test_shop.py::test_it")
    recorder.receive(Envelope(headers, items).serialize(), sdk="sentry_sdk", told_losses=False)
    return recorder


def test_attributes_are_read_without_their_types():
    """On the wire an attribute is a value and its type; a reader wants the value."""
    log = CapturedLog({"attributes": {"left": {"value": 2, "type": "integer"}, "plain": "x"}}, NOBODY)

    assert log.attributes == {"left": 2, "plain": "x"}


def test_payloads_of_the_applications_own_making_do_not_break_a_reader():
    """Items may hold anything: what is not there reads as empty."""
    recorder = received(item("log", {"items": [{}, 3]}), item("session", {}), item("check_in", []))

    (log,) = recorder.telemetry.logs
    assert (log.level, log.body, log.attributes, log.timestamp) == ("", "", {}, None)
    assert recorder.telemetry.sessions[0].counts == {}
    assert recorder.telemetry.check_ins[0].monitor_slug == ""


def test_a_bucket_of_sessions_has_counts():
    """Added-up sessions have no status but a number for each way to end."""
    bucket = {"attrs": {"release": "shop@1"}, "aggregates": [{"started": "x", "exited": 2, "crashed": 1}]}

    (session,) = received(item("sessions", bucket)).telemetry.sessions

    assert (session.status, session.counts, session.release) == (None, {"exited": 2, "crashed": 1}, "shop@1")
    assert repr(session) == "<CapturedSession exited x2, crashed x1>"
    assert CapturedSession({"status": "ok", "errors": 1}, NOBODY).errors == 1


def test_what_was_noted_meets_what_was_sent():
    """Each entry of a batch finds who made it, those of one moment and text in their order."""
    recorder = Recorder()
    makers = [Circumstances(thread=name) for name in "abc"]
    for maker in makers[:2]:
        recorder.telemetry.note(log_key(1.5, "same"), maker)
    recorder.telemetry.note(metric_key(1.5, "orders"), makers[2])
    logs = item("log", {"items": [{"timestamp": 1.5, "body": "same"}] * 3})
    metrics = item("trace_metric", {"items": [{"timestamp": 1.5, "name": "orders"}]})

    recorder.receive(Envelope({}, (logs, metrics)).serialize(), sdk="sentry_sdk")

    assert [log.circumstances.thread for log in recorder.telemetry.logs] == ["a", "b", ""]
    assert recorder.telemetry.metrics[0].circumstances is makers[2]


def test_client_reports_count_as_losses_unless_they_were_told():
    """A report that comes from elsewhere tells of losses; our own transport has told of its own before."""
    report = item(
        "client_report", {"discarded_events": [{"reason": "before_send", "category": "error", "quantity": 2}]}
    )

    recorder = received(report)
    recorder.receive(Envelope({}, (report,)).serialize(), sdk="sentry_sdk")

    assert [(lost.reason, lost.category, lost.quantity) for lost in recorder.lost] == [("before_send", "error", 2)]


def test_an_attachment_knows_its_event():
    """The envelope's header names the event; the headers of the item are the attachment's payload."""
    (attachment,) = received(item("attachment", b"x", filename="a.txt"), event_id="e" * 32).telemetry.attachments

    assert (attachment.filename, attachment.bytes, attachment.event_id) == ("a.txt", b"x", "e" * 32)
    assert attachment.attachment_type == "event.attachment"
    assert attachment == {"type": "attachment", "filename": "a.txt"}


def test_statsd_lines():
    """Each kind of line reads as the newer form has it; a line that is none is left out."""
    text = (
        "orders@none:2.0|c|#tenant:a\\u{2c}b,path:\\\\x|T1700000000\n"
        "latency@millisecond:1.5:2.5|d\n"
        "queue@:7:1:9:20:4|g\n"
        "users@none:42|s|T1700000000\n"
        "no line\n"
    )

    assert list(parse_statsd(text)) == [
        {
            "name": "orders",
            "type": "counter",
            "unit": "none",
            "attributes": {"tenant": "a,b", "path": "\\x"},
            "timestamp": 1700000000,
            "value": 2.0,
        },
        {"name": "latency", "type": "distribution", "unit": "millisecond", "attributes": {}, "value": 1.5},
        {"name": "latency", "type": "distribution", "unit": "millisecond", "attributes": {}, "value": 2.5},
        {"name": "queue", "type": "gauge", "attributes": {}, "value": 7, "min": 1, "max": 9, "sum": 20, "count": 4},
        {"name": "users", "type": "set", "unit": "none", "attributes": {}, "timestamp": 1700000000, "value": 42},
    ]


@given(st.text() | st.from_regex(r"\w+@\w*:[^|]*\|[cgds]\|#[^|]*"))
def test_no_text_breaks_the_statsd_reader(text):
    """Whatever an item holds, reading it raises nothing."""
    list(parse_statsd(text))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_statsd_values_come_back(values):
    """A distribution reads back as the values that were written, one payload each."""
    line = f"latency@second:{':'.join(map(str, values))}|d"

    assert [payload["value"] for payload in parse_statsd(line)] == values
