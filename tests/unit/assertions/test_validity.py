from __future__ import annotations

import copy
import json

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions._validity import envelope_problems, problems_of, refuse_invalid
from pytest_errortrack.sdk import Envelope, Item

EVENT_ID, TRACE_ID, SPAN_ID = "4f" * 16, "a1" * 16, "b2" * 8
ATTRIBUTES = {"n": {"value": 1, "type": "integer"}, "s": {"value": "x", "type": "string"}}
GOOD = {
    "check_in": {
        "check_in_id": EVENT_ID,
        "monitor_slug": "nightly",
        "status": "ok",
        "duration": 1.5,
        "monitor_config": {"schedule": {"type": "interval", "value": 10, "unit": "minute"}, "timezone": "UTC"},
    },
    "session": {
        "sid": EVENT_ID,
        "started": "2026-01-31T12:00:00Z",
        "status": "exited",
        "errors": 0,
        "attrs": {"release": "shop@1.0"},
    },
    "sessions": {"aggregates": [{"started": "2026-01-31T12:00:00Z", "exited": 2}], "attrs": {"release": "shop@1.0"}},
    "client_report": {"timestamp": 1.0, "discarded_events": [{"reason": "x", "category": "error", "quantity": 1}]},
    "feedback": {"event_id": EVENT_ID, "contexts": {"feedback": {"message": "broken", "contact_email": "a@b.c"}}},
    "user_report": {"event_id": EVENT_ID, "email": "a@b.c", "name": "A", "comments": "broken"},
    "log": {"timestamp": 1.0, "level": "info", "body": "paid", "trace_id": TRACE_ID, "attributes": ATTRIBUTES},
    "trace_metric": {
        "timestamp": 1.0,
        "name": "paid",
        "type": "counter",
        "value": 1,
        "trace_id": TRACE_ID,
        "attributes": ATTRIBUTES,
    },
    "span": {
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "name": "pay",
        "status": "ok",
        "start_timestamp": 1.0,
        "end_timestamp": 2.0,
    },
}
BATCHED = {
    "log": "application/vnd.sentry.items.log+json",
    "trace_metric": "application/vnd.sentry.items.trace-metric+json",
    "span": "application/vnd.sentry.items.span.v2+json",
}


def item(kind, payload, **headers):
    return Item({"type": kind, **headers}, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def item_of(kind, payload):
    """Make the item that a payload travels in: alone, or in a batch."""
    if kind in BATCHED:
        return item(kind, {"items": [payload]}, item_count=1, content_type=BATCHED[kind])
    return item(kind, payload)


def problems(*items, **headers):
    envelope = Envelope({"event_id": EVENT_ID, **headers}, items)
    return [problem for _, problem in envelope_problems(envelope)]


def changed(kind, path, value):
    """Return a good payload with another value at one place; without it for `...`."""
    payload = place = copy.deepcopy(GOOD[kind])
    *owners, last = path.split(".")
    for name in owners:
        place = place[int(name) if name.isdigit() else name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return payload


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_payload_of_each_kind_breaks_no_rule(kind):
    """What the wrong ones below are made from is right."""
    assert problems(item_of(kind, GOOD[kind])) == []


@pytest.mark.parametrize(
    ("kind", "path", "value", "expected"),
    [
        ("check_in", "status", "done", "status: expected one of in_progress, ok, error, got 'done'"),
        ("check_in", "monitor_slug", "", "monitor_slug: expected a text of 1 to 128 characters, got ''"),
        ("check_in", "check_in_id", ..., "check_in_id: is missing"),
        ("check_in", "duration", -1, "duration: expected a number from 0, got -1"),
        (
            "check_in",
            "monitor_config.schedule.unit",
            "eon",
            "monitor_config.schedule.unit: expected one of minute, hour, day, week, month, year, got 'eon'",
        ),
        ("check_in", "monitor_config.schedule", ..., "monitor_config.schedule: is missing"),
        ("session", "sid", "x", "sid: expected 32 hexadecimal digits, got 'x'"),
        ("session", "started", 1.0, "started: expected a time as in 2026-01-31T12:00:00Z, got 1.0"),
        ("session", "errors", -1, "errors: expected a whole number from 0, got -1"),
        ("session", "attrs.release", ..., "attrs.release: is missing"),
        ("sessions", "aggregates.0.exited", "x", "aggregates[0].exited: expected a whole number from 0, got 'x'"),
        ("client_report", "discarded_events.0.reason", ..., "discarded_events[0].reason: is missing"),
        (
            "feedback",
            "contexts.feedback.message",
            " ",
            "contexts.feedback.message: expected a text of 1 to 4096 characters, got ' '",
        ),
        ("feedback", "contexts.feedback", ..., "contexts.feedback: is missing"),
        ("user_report", "event_id", ..., "event_id: is missing"),
        (
            "log",
            "level",
            "warning",
            "items[0].level: expected one of trace, debug, info, warn, error, fatal, got 'warning'",
        ),
        (
            "log",
            "trace_id",
            "0" * 32,
            f"items[0].trace_id: expected 32 hexadecimal digits, not all zero, got '{'0' * 32}'",
        ),
        ("log", "body", 3, "items[0].body: expected a text, got 3"),
        ("log", "attributes.n.value", "x", "items[0].attributes.n.value: expected a value of type integer, got 'x'"),
        ("log", "attributes.n", 3, "items[0].attributes.n: expected an object with a value and its type"),
        ("trace_metric", "value", None, "items[0].value: is missing"),
        ("trace_metric", "type", "set", "items[0].type: expected one of counter, gauge, distribution, got 'set'"),
        ("span", "end_timestamp", 0.5, "items[0].end_timestamp: is before start_timestamp"),
        ("span", "name", ..., "items[0].name: is missing"),
    ],
)
def test_a_wrong_value_is_told_with_its_path_and_the_rule(kind, path, value, expected):
    """One wrong value is one problem."""
    assert problems(item_of(kind, changed(kind, path, value))) == [expected]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"tags": {"a b": "x"}}, "tags.a b: expected letters, digits and _ . : - only, up to 200 of them, got 'a b'"),
        ({"tags": {"a": ""}}, "tags.a: expected a text of one line, of 1 to 200 characters, got ''"),
        ({"tags": [["a"]]}, "tags[0]: expected a pair of name and value, got ['a']"),
        ({"level": "warn"}, "level: expected one of fatal, critical, error, warning, info, log, debug, got 'warn'"),
        (
            {"timestamp": "noon"},
            "timestamp: expected seconds since 1970, or a time as in 2026-01-31T12:00:00Z, got 'noon'",
        ),
        ({"timestamp": "2026-02-30T00:00:00Z"}, None),
        ({"colour": "red"}, "colour: is no field of the data model; a server drops it"),
        ({"user": {"ip_address": "here"}}, "user.ip_address: expected an IP address, or {{auto}}, got 'here'"),
        ({"contexts": {"a": 1}}, "contexts.a: expected an object, got 1"),
        ({"contexts": {"trace": {"trace_id": TRACE_ID}}}, "contexts.trace.span_id: is missing"),
        ({"exception": {"values": [{"module": "m"}]}}, "exception.values[0]: expected a type or a value, got neither"),
        (
            {"exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"lineno": "3"}]}}]}},
            "exception.values[0].stacktrace.frames[0].lineno: expected a whole number from 0, got '3'",
        ),
        (
            {"exception": {"values": [{"type": "E", "stacktrace": {"frames": []}}]}},
            "exception.values[0].stacktrace.frames: expected at least 1 element, got none",
        ),
        ({"breadcrumbs": {"values": [{"note": "x"}]}}, None),
        ({"release": "latest"}, None),
        ({"environment": "a/b"}, None),
    ],
)
def test_rules_of_events(event, expected):
    """Each broken rule is one problem; those without an expected text begin with the field's path."""
    (problem,) = problems_of("event", event)

    if expected is None:
        assert problem.startswith(f"{next(iter(event))}")
    else:
        assert problem == expected


def transaction(**fields):
    trace = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
    return {"type": "transaction", "start_timestamp": 1.0, "timestamp": 2.0, "contexts": {"trace": trace}} | fields


def span(**fields):
    base = {"trace_id": TRACE_ID, "span_id": "c3" * 8, "parent_span_id": SPAN_ID}
    return base | {"start_timestamp": 1.2, "timestamp": 1.4} | fields


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"timestamp": 0.5}, "timestamp: is before start_timestamp"),
        ({"contexts": {}}, "contexts.trace: is no trace with its ids; a server drops the transaction"),
        ({"start_timestamp": None}, "start_timestamp: is missing"),
        ({"spans": [span(timestamp="1970-01-01T00:00:01Z")]}, "spans[0].timestamp: is before start_timestamp"),
        ({"spans": [span(), span()]}, "spans[1].span_id: is that of spans[0] as well"),
        ({"spans": [span(parent_span_id="c3" * 8)]}, "spans[0].parent_span_id: is the span itself"),
        ({"spans": [span(status="done")]}, "spans[0].status: expected the status of a span, got 'done'"),
        (
            {"measurements": {"a b": {"value": 1}}},
            "measurements.a b: expected letters, digits, _ and . only, got 'a b'",
        ),
    ],
)
def test_rules_of_transactions(fields, expected):
    """Times must be in order, ids must differ, and the trace must be there."""
    assert problems_of("transaction", transaction(spans=[span()])) == []
    assert problems_of("transaction", transaction(**fields)) == [expected]


@pytest.mark.parametrize(
    ("items", "headers", "expected"),
    [
        (
            [item("event", {"event_id": EVENT_ID})],
            {"event_id": None},
            ["event_id: is missing, and there is an item of type event"],
        ),
        ([item("event", {"event_id": "c3" * 16})], {}, ["event_id: is not that of the envelope's header"]),
        ([item("event", {}), item("event", {})], {}, ["expected at most one item of type event, got 2"]),
        (
            [item("event", {}), item("transaction", transaction())],
            {},
            ["expected only one of event, transaction, feedback, got event and transaction"],
        ),
        ([item_of("check_in", GOOD["check_in"])] * 2, {}, ["expected at most one item of type check_in, got 2"]),
        ([item("event", {}, length=7)], {}, ["header length: is 7, the payload has 2 bytes"]),
        ([item("event", b"{]")], {}, None),
        ([item("event", [])], {}, ["the payload: expected an object, got []"]),
        ([item("attachment", b"x")], {}, ["header filename: is missing"]),
        ([item("log", {"items": [GOOD["log"]]}, content_type=BATCHED["log"])], {}, ["header item_count: is missing"]),
        ([item("log", {"items": [GOOD["log"]]}, item_count=2, content_type=BATCHED["log"])], {}, None),
        ([item("log", {"items": [GOOD["log"]]}, item_count=1)], {}, None),
        ([], {"sent_at": 3}, ["sent_at: expected a time as in 2026-01-31T12:00:00Z, got 3"]),
        ([], {"dsn": "nowhere"}, ["dsn: expected a DSN, got 'nowhere'"]),
        ([], {"trace": {"trace_id": TRACE_ID, "sample_rate": 2}}, None),
    ],
)
def test_rules_of_envelopes_and_items(items, headers, expected):
    """Headers and payloads must fit each other."""
    found = problems(*items, **headers)

    assert len(found) == 1
    assert expected is None or found == expected


def test_items_of_unknown_type_are_nobody_s_to_judge():
    """A server passes on what it does not know, and so do we."""
    assert problems(item("profile", b"\x00"), item("attachment", b"x", filename="a.txt")) == []


def test_the_failure_tells_each_envelope_and_part_once():
    """Where, which rule and what was found; bounded."""
    bad = Envelope({"event_id": EVENT_ID}, (item("event", {"message": "paid", "tags": {"a": "", "b": []}}),))
    many = Envelope({}, (item("event", {f"x{n}": 1 for n in range(30)}),))

    with pytest.raises(AssertionError) as one:
        refuse_invalid([Envelope({}), bad])
    with pytest.raises(AssertionError) as bounded:
        refuse_invalid([many])

    assert str(one.value).splitlines() == [
        "what was sent breaks the rules of the data model: 2 problems",
        "  envelopes[1] items[0] event 'paid'",
        "    tags.a: expected a text of one line, of 1 to 200 characters, got ''",
        "    tags.b: expected a text, a number or true or false, got []",
    ]
    assert str(bounded.value).endswith("  and 11 more")


def test_captured_envelopes_can_be_asked():
    """What our SDK sends is valid; a release that no server takes is not; and nothing captured proves nothing."""
    with capture() as errortrack:
        with pytest.raises(AssertionError, match="no envelope was captured"):
            errortrack.envelopes.assert_valid()
        errortrack.init(traces_sample_rate=1.0, release="shop@1.0")
        with sdk.start_transaction(name="checkout", op="task"), sdk.start_span(op="db"):
            sdk.add_attachment(bytes=b"total 7", filename="bill.txt")
            sdk.capture_message("paid")
        errortrack.envelopes.assert_valid()
        assert errortrack.events[0].problems == errortrack.transactions[0].problems == []

        errortrack.init(release="latest")
        sdk.capture_message("refused")

        assert [problem[:9] for problem in errortrack.events.last.problems] == ["release: "]
        with pytest.raises(AssertionError, match="event 'refused'"):
            errortrack.envelopes.assert_valid()
