from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pytest_errortrack.assertions._validity import envelope_problems, problems_of, refuse_invalid
from pytest_errortrack.assertions._validity._checks import one_of
from pytest_errortrack.assertions._validity._events import _text_or_pairs
from pytest_errortrack.sdk import Envelope, Item

EVENT_ID, TRACE_ID, SPAN_ID = "4f" * 16, "a1" * 16, "b2" * 8
DASHED = "4f4f4f4f-4f4f-4f4f-4f4f-4f4f4f4f4f4f"
LOGS = "application/vnd.sentry.items.log+json"
A_RELEASE = "a release: up to 250 characters without slashes and line breaks, not 'latest' and not dots alone"
AN_ENVIRONMENT = "an environment: up to 64 characters without slashes and line breaks, not 'none'"
KINDS = "string, boolean, integer, double, array, string[], boolean[], integer[], double[]"
A_TIME = "seconds since 1970, or a time as in 2026-01-31T12:00:00Z"


def item(kind, payload, **headers):
    return Item({"type": kind, **headers}, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def parts(*items, **headers):
    """Return each problem of an envelope after the part that it is about."""
    return list(envelope_problems(Envelope({"event_id": EVENT_ID, **headers}, items)))


def problems(*items, **headers):
    return [problem for _, problem in parts(*items, **headers)]


def nested(path, value):
    """Make the event in which a value stands at a path."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


GOOD_VALUES = [
    ("event_id", EVENT_ID),
    ("event_id", DASHED.upper()),
    ("timestamp", 0),
    ("timestamp", 253_402_300_799),
    ("timestamp", "2026-01-31T12:00:00"),
    ("timestamp", "2026-01-31T12:00:00.123456789Z"),
    ("timestamp", "2026-01-31T12:00:00.5+02:00"),
    ("level", "critical"),
    ("release", "a" * 250),
    ("release", 3),
    ("release", "shop@1.0"),
    ("dist", "a" * 64),
    ("dist", " 1.0 "),
    ("environment", "e" * 64),
    ("logger", ""),
    ("tags", {"a.b:c-d_E1": "x" * 200, "n": 1, "b": True}),
    ("tags", {"n" * 200: "x"}),
    ("tags", [["a", "1"]]),
    ("user.ip_address", "{{auto}}"),
    ("user.ip_address", "127.0.0.1"),
    ("user.ip_address", "::1"),
    ("user.id", 7),
    ("request.method", "GET"),
    ("request.method", "M-SEARCH"),
    ("request.headers", {"Accept": ["a", "b"], "Host": "x"}),
    ("request.headers", [["Accept", "a"]]),
    ("request.cookies", "a=1"),
    ("request.cookies", " "),
    ("request.cookies", {"a": "1"}),
    ("request.cookies", [["a", "1"]]),
    ("request.query_string", "free text"),
    ("request.query_string", {"a": [1]}),
    ("contexts.trace", {"trace_id": TRACE_ID, "span_id": SPAN_ID, "status": 0, "origin": "auto.http"}),
    ("contexts.trace", {"trace_id": DASHED, "span_id": SPAN_ID, "status": "error"}),
    ("contexts.trace", {"trace_id": TRACE_ID, "span_id": SPAN_ID, "status": 19}),
    ("contexts.shop", {"trace_id": 3}),
    ("contexts.trace", {"type": "shop", "trace_id": 3}),
    ("contexts.trace", {"type": 3, "trace_id": 3}),
    ("contexts.shop", None),
    ("exception", [{"type": "E", "value": 3}, {"value": "text"}, None]),
    ("exception", {"type": "E", "mechanism": {"type": "generic", "meta": {"errno": {"number": -1}}}}),
    ("stacktrace.frames", [{"instruction_addr": "0x1f", "symbol_addr": 31, "image_addr": "31", "vars": []}]),
    ("breadcrumbs", [{"message": "m", "level": "info", "timestamp": 1.0, "data": {"a": []}}]),
    ("threads", [{"id": 7, "name": "T", "current": True}]),
    ("logentry", "a text"),
    ("logentry", {"formatted": "m"}),
    ("message", {"message": "m", "params": [1]}),
    ("measurements", {"free name": "anything"}),
    ("fingerprint", ["a", 1]),
    ("modules", {"pytest": "9"}),
]


@pytest.mark.parametrize(("path", "value"), GOOD_VALUES)
def test_values_that_a_server_takes(path, value):
    """The bounds themselves are good, and so is each other form of the same."""
    assert problems_of("event", nested(path, value)) == []


BAD_VALUES = [
    ("event_id", EVENT_ID + "0", "32 hexadecimal digits"),
    ("event_id", 3, "32 hexadecimal digits"),
    ("timestamp", -1, A_TIME),
    ("timestamp", 253_402_300_800, A_TIME),
    ("timestamp", True, A_TIME),
    ("timestamp", "2026-13-01T00:00:00Z", A_TIME),
    ("timestamp", "2026-01-31 12:00:00", A_TIME),
    ("timestamp", [], A_TIME),
    ("release", " ", A_RELEASE),
    ("release", ".", A_RELEASE),
    ("release", " .. ", A_RELEASE),
    ("release", " Latest ", A_RELEASE),
    ("release", "a/b", A_RELEASE),
    ("release", [], A_RELEASE),
    ("dist", "a b", "letters, digits and _ . - only, up to 64 of them"),
    ("dist", 3, "letters, digits and _ . - only, up to 64 of them"),
    ("environment", " ", AN_ENVIRONMENT),
    ("environment", "None", AN_ENVIRONMENT),
    ("environment", " . ", AN_ENVIRONMENT),
    ("environment", "..", AN_ENVIRONMENT),
    ("environment", "a\nb", AN_ENVIRONMENT),
    ("environment", 3, AN_ENVIRONMENT),
    ("logger", "a\nb", "a text of one line"),
    ("tags.a", " ", "a text of one line, of 1 to 200 characters"),
    ("tags.a", "a\nb", "a text of one line, of 1 to 200 characters"),
    ("user.ip_address", 3, "an IP address, or {{auto}}"),
    ("user.ip_address", 0, "an IP address, or {{auto}}"),
    ("user.ip_address", "{{AUTO}}", "an IP address, or {{auto}}"),
    ("user.ip_address", "1.2.3", "an IP address, or {{auto}}"),
    ("user.id", [], "a text, a number or true or false"),
    ("request.method", "GO", "an HTTP method"),
    ("request.method", 3, "an HTTP method"),
    ("request.cookies", "a; b", "name=value"),
    ("fingerprint", "a", "a list"),
    ("modules.pytest", 9, "a text"),
]


@pytest.mark.parametrize(("path", "value", "expected"), BAD_VALUES)
def test_values_that_a_server_does_not_take(path, value, expected):
    """Each is told once, at its path, in the words of its rule."""
    assert problems_of("event", nested(path, value)) == [f"{path}: expected {expected}, got {value!r}"]


@pytest.mark.parametrize(("path", "width"), [("release", 250), ("environment", 64), ("dist", 64), ("tags.a", 200)])
def test_one_character_too_many(path, width):
    """A value has a bound."""
    (problem,) = problems_of("event", nested(path, "a" * (width + 1)))

    assert problem.startswith(f"{path}: expected ")


@pytest.mark.parametrize("status", [-1, 20, True, 1.0, "done", []])
def test_a_status_is_a_word_or_its_number(status):
    """There are twenty of them; true is no number."""
    trace = {"trace_id": TRACE_ID, "span_id": SPAN_ID, "status": status}

    assert problems_of("event", {"contexts": {"trace": trace}}) == [
        f"contexts.trace.status: expected the status of a span, got {status!r}"
    ]


@pytest.mark.parametrize("address", ["1f", "x", "", [], 1.5])
def test_an_address_of_a_frame_is_a_number_or_says_its_base(address):
    """Hexadecimal digits without `0x` would be read as another number."""
    assert problems_of("event", {"stacktrace": {"frames": [{"instruction_addr": address}]}}) == [
        f"stacktrace.frames[0].instruction_addr: expected an address as in 0x1f, or a number, got {address!r}"
    ]


def test_contexts_are_known_by_their_type_or_their_name():
    """A type that is given counts; one that nobody knows leaves the context to the application."""
    found = problems_of("event", {"contexts": {"first": {"type": "trace"}, "os": {"name": 3}, "a": 1, "b": {"x": 1}}})

    assert found == [
        "contexts.first.trace_id: is missing",
        "contexts.first.span_id: is missing",
        "contexts.os.name: expected a text, got 3",
        "contexts.a: expected an object, got 1",
    ]
    assert problems_of("event", {"contexts": []}) == ["contexts: expected an object, got []"]


def test_a_link_of_a_chain_says_something():
    """A type or a value that is not empty; a number is a value too."""
    links = [{"value": ""}, {"type": ""}, {"value": 0}, {"type": "E"}, {"type": "", "value": "v"}, 3]

    assert problems_of("event", {"exception": {"values": links}}) == [
        "exception.values[0]: expected a type or a value, got neither",
        "exception.values[1]: expected a type or a value, got neither",
        "exception.values[5]: expected an object, got 3",
    ]


def test_a_header_of_a_request_is_one_value_or_a_list_of_them():
    """Both are told where they are neither."""
    headers = {"A": {}, "B": [[]], "C": "x", "D": ["x", 1]}

    assert problems_of("event", {"request": {"headers": headers}}) == [
        "request.headers.A: expected a text, a number or true or false, got {}",
        "request.headers.B[0]: expected a text, a number or true or false, got []",
    ]


def test_a_text_may_stand_for_pairs():
    """What it has to hold can be asked for; it is cut in the message; pairs are checked by name and value."""
    cookies = _text_or_pairs(one_of("x"), expected="name=value")
    free = _text_or_pairs(one_of("x"))

    assert list(cookies("a=b", "p")) == list(cookies("  ", "p")) == list(free("anything", "p")) == []
    assert list(cookies("c" * 50, "p")) == [f"p: expected name=value, got '{'c' * 40}'"]
    assert list(cookies({"a": "y"}, "p")) == ["p.a: expected one of x, got 'y'"]
    assert list(free([["a", "y"]], "p")) == ["p[0][1]: expected one of x, got 'y'"]
    assert list(free([[1, "x"]], "p")) == ["p[0][0]: expected a text, got 1"]
    assert list(free(3, "p")) == ["p: expected an object, got 3"]


@pytest.mark.parametrize(
    ("event", "path"),
    [
        ({"logentry": {"params": [1]}}, "logentry"),
        ({"logentry": {"message": "", "formatted": ""}, "message": "m"}, "logentry"),
        ({"message": {}}, "message"),
    ],
)
def test_a_message_has_words(event, path):
    """An entry says something itself, with its parameters filled in or not."""
    assert problems_of("event", event) == [f"{path}: expected a message or a formatted one, got neither"]
    assert problems_of("transaction", transaction(**event)) == problems_of("event", event)


def test_the_parts_of_a_message_are_checked():
    """In `logentry`, and in a `message` that stands for it; where both are there the first counts."""
    wrong = {"message": "m", "formatted": 3}

    assert problems_of("event", {"logentry": wrong}) == ["logentry.formatted: expected a text, got 3"]
    assert problems_of("event", {"message": wrong}) == ["message.formatted: expected a text, got 3"]
    assert problems_of("event", {"logentry": {"message": "m"}, "message": wrong}) == []
    assert problems_of("event", {"logentry": 3}) == ["logentry: expected an object or a text, got 3"]


def transaction(**fields):
    trace = {"trace_id": TRACE_ID, "span_id": SPAN_ID}
    return {"type": "transaction", "start_timestamp": 1.0, "timestamp": 2.0, "contexts": {"trace": trace}} | fields


def span(span_id="c3" * 8, **fields):
    base = {"trace_id": TRACE_ID, "span_id": span_id, "parent_span_id": SPAN_ID}
    return base | {"start_timestamp": 1.2, "timestamp": 1.4} | fields


@pytest.mark.parametrize(
    "trace", [{"span_id": SPAN_ID}, {"trace_id": TRACE_ID}, {"trace_id": TRACE_ID, "span_id": SPAN_ID, "type": "shop"}]
)
def test_a_transaction_needs_its_trace(trace):
    """Both ids, in a context that is a trace."""
    found = problems_of("transaction", transaction(contexts={"trace": trace}))

    assert "contexts.trace: is no trace with its ids; a server drops the transaction" in found
    assert problems_of("transaction", transaction(contexts={"trace": trace | {"type": "trace"}}))[1:] == (
        [] if trace.get("type") else found[1:]
    )


def test_times_of_a_transaction_and_its_spans_may_be_equal_and_of_both_forms():
    """What took no time ended no earlier than it began; a time without a zone is UTC."""
    spans = [span(start_timestamp=1.0, timestamp="1970-01-01T00:00:01"), span("d4" * 8, timestamp=1.2)]

    assert problems_of("transaction", transaction(timestamp=1.0, spans=spans)) == []
    assert problems_of("transaction", transaction(spans=[span(timestamp="1970-01-01T00:59:59+01:00")])) == [
        "spans[0].timestamp: is before start_timestamp"
    ]


def test_a_time_without_a_zone_is_utc_wherever_the_test_runs(monkeypatch):
    """A server does not know where that is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    spans = [span(start_timestamp=1.0, timestamp="1970-01-01T00:00:01")]
    try:
        assert problems_of("transaction", transaction(spans=spans)) == []
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_time_that_is_none_is_told_once():
    """No order is told of a time that cannot be read."""
    assert problems_of("transaction", transaction(timestamp="noon")) == [f"timestamp: expected {A_TIME}, got 'noon'"]


def test_spans_that_cannot_be_looked_into():
    """A null and what is no object are told, and those after them are looked at."""
    late = span(timestamp=0.5)

    assert problems_of("transaction", transaction(spans=[None, 3, late])) == [
        "spans[1]: expected an object, got 3",
        "spans[0]: expected an object, got None",
        "spans[2].timestamp: is before start_timestamp",
    ]
    assert problems_of("transaction", transaction(spans=3)) == ["spans: expected a list, got 3"]
    assert problems_of("transaction", transaction(spans=None)) == []


def test_ids_of_spans_are_unique_in_their_transaction():
    """The transaction's own is one of them; every span after the first of an id is told."""
    spans = [span(SPAN_ID, parent_span_id=None), span(), span(), span()]

    assert problems_of("transaction", transaction(spans=spans)) == [
        "spans[0].span_id: is that of contexts.trace as well",
        "spans[2].span_id: is that of spans[1] as well",
        "spans[3].span_id: is that of spans[1] as well",
    ]
    assert problems_of("transaction", transaction(spans=[span(None, parent_span_id=None)] * 2)) == [
        "spans[0].span_id: is missing",
        "spans[1].span_id: is missing",
    ]
    assert "spans[1].span_id: is that of spans[0] as well" not in problems_of(
        "transaction", transaction(spans=[span([]), span([1])])
    )
    assert problems_of("transaction", transaction(spans=[span([]), span([])])) == [
        "spans[0].span_id: expected 16 hexadecimal digits, not all zero, got []",
        "spans[1].span_id: expected 16 hexadecimal digits, not all zero, got []",
        "spans[1].span_id: is that of spans[0] as well",
    ]


def test_measurements_of_a_transaction_have_values_and_units():
    """Of an event they are the application's."""
    wrong = {"lcp": {"unit": "a unit of its own"}}

    assert problems_of("event", {"measurements": wrong}) == []
    assert problems_of("transaction", transaction(measurements=wrong)) == [
        "measurements.lcp.value: is missing",
        "measurements.lcp.unit: expected a unit: letters, digits and _ only, up to 15 of them, got 'a unit of its own'",
    ]


@pytest.mark.parametrize("dsn", ["https://key@errors.example.com/1", "memory://"])
def test_a_dsn_in_the_header(dsn):
    """It says where the envelope goes."""
    assert problems(dsn=dsn) == []


@pytest.mark.parametrize("dsn", ["", 3, "https://errors.example.com/1"])
def test_a_dsn_in_the_header_that_is_none(dsn):
    """One without a key cannot be one, nor can what is no text."""
    assert problems(dsn=dsn) == [f"dsn: expected a DSN, got {dsn!r}"]


@pytest.mark.parametrize("share", [0, 1, 0.5, "0", "1.0", "0.25"])
def test_a_share_of_the_whole(share):
    """A number or its text, from nothing to all."""
    assert problems(trace={"trace_id": TRACE_ID, "sample_rate": share, "sample_rand": share}) == []


@pytest.mark.parametrize("share", [-0.1, 1.1, "2", "half", "", []])
def test_a_share_that_is_none(share):
    """More than all, less than nothing, and no number."""
    assert problems(trace={"trace_id": TRACE_ID, "sample_rate": share}) == [
        f"trace.sample_rate: expected a number from 0 to 1, got {share!r}"
    ]


def test_each_problem_is_told_of_its_part():
    """The header, or an item with its number, its type and what it says of itself."""
    found = parts(
        item("event", {"message": "m" * 90, "level": "x"}),
        item("client_report", {"timestamp": "x"}),
        item("attachment", b"", filename="bill.txt", length=3),
        sent_at=3,
    )

    assert [part for part, _ in found] == [
        "the header",
        f"items[0] event '{'m' * 80}'",
        "items[1] client_report",
        "items[2] attachment 'bill.txt'",
    ]


@pytest.mark.parametrize("kind", ["transaction", "feedback", "user_report"])
def test_what_is_about_an_event_needs_its_id(kind):
    """So does the event itself; where there are several, one is named."""
    assert f"event_id: is missing, and there is an item of type {kind}" in problems(item(kind, {}), event_id=None)
    assert "event_id: is missing, and there is an item of type event" in problems(
        item(kind, {}), item("event", {}), event_id=None
    )
    assert problems(item("client_report", {}), event_id=None) == []


def test_how_many_of_a_kind_an_envelope_may_hold():
    """One event, one check-in, one batch; of two main items both are named."""
    feedback = item("feedback", {"contexts": {"feedback": {"message": "m"}}})

    assert problems(item("event", {}), item("event", {}), item("event", {})) == [
        "expected at most one item of type event, got 3"
    ]
    assert problems(item("event", {}), feedback) == [
        "expected only one of event, transaction, feedback, got event and feedback"
    ]
    assert problems(item("client_report", {}), item("client_report", {})) == []


def test_the_length_of_a_payload_is_that_of_its_bytes():
    """It may be left out."""
    assert problems(item("event", {}, length=2)) == []
    assert problems(item("event", {}, length=3)) == ["header length: is 3, the payload has 2 bytes"]
    assert problems(item("event", {}, length="2")) == ["header length: expected a whole number from 0, got '2'"]


def test_the_headers_of_an_item_are_told_as_such():
    """An item without a type is one of them."""
    found = parts(Item({"type": "event", "content_type": 3}, b"{}"))

    assert found == [("items[0] event", "header content_type: expected a text, got 3")]


def test_payloads_that_cannot_be_read():
    """Bytes that are no JSON are told once, and a null is no payload."""
    (problem,) = problems(item("event", b"{]"))

    assert problem.startswith("the payload of the 'event' item is no JSON: ")
    assert problems(item("event", b"null")) == ["the payload: expected an object, got None"]
    assert problems(item("transaction", b"3")) == ["the payload: expected an object, got 3"]
    assert problems(item("client_report", b"null")) == ["the payload: expected an object, got None"]


def test_an_attachment_is_held_to_its_header_alone():
    """It needs a name, and may hold anything."""
    assert problems(item("attachment", b"{]", filename="x")) == []
    assert problems(item("attachment", b"{]", filename="")) == ["header filename: is missing"]


def log(**fields):
    return {"timestamp": 1.0, "level": "info", "body": "paid", "trace_id": TRACE_ID} | fields


def logs(*entries, **headers):
    return item("log", {"items": list(entries)}, **{"item_count": len(entries), "content_type": LOGS} | headers)


def test_batches_tell_their_number_and_their_content_type():
    """Both are in the header, and must fit what is there."""
    assert problems(logs(log(), log())) == []
    assert problems(logs(log(), item_count=2)) == ["header item_count: is 2, the payload has 1"]
    assert problems(logs(log(), item_count=None)) == ["header item_count: is missing"]
    assert problems(logs(log(), content_type=None)) == [f"header content_type: expected {LOGS}, got None"]
    assert problems(logs(log(), content_type="text/plain")) == [
        f"header content_type: expected {LOGS}, got 'text/plain'"
    ]
    assert problems(logs()) == ["items: expected at least 1 element, got none"]


def test_batches_that_hold_no_entries():
    """What is no list has no number to compare; what is no object has no entries."""
    assert problems(item("log", {"items": 3}, item_count=1, content_type=LOGS)) == ["items: expected a list, got 3"]
    assert problems(item("log", [], item_count=1, content_type=LOGS)) == ["the payload: expected an object, got []"]
    assert problems(item("log", {}, item_count=1, content_type=LOGS)) == ["items: is missing"]


def test_spans_travel_alone_or_in_batches():
    """A header with a number makes it a batch, whose spans have the newer form."""
    entry = {"trace_id": TRACE_ID, "span_id": SPAN_ID, "name": "pay", "start_timestamp": 1.0, "end_timestamp": 2.0}

    assert problems(item("span", span())) == []
    assert problems(item("span", span(timestamp=0.5))) == ["timestamp: is before start_timestamp"]
    assert problems(item("span", 3)) == ["the payload: expected an object, got 3"]
    assert problems(item("span", {"items": [entry]}, item_count=1)) == []
    assert problems(item("span", {"items": [entry | {"end_timestamp": 0.5}, 3]}, item_count=2)) == [
        "items[0].end_timestamp: is before start_timestamp",
        "items[1]: expected an object, got 3",
    ]
    assert problems(item("span", {"items": [span()]}, item_count=1)) == [
        "items[0].name: is missing",
        "items[0].end_timestamp: is missing",
    ]


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ({"value": 1, "type": "integer"}, None),
        ({"value": 1.5, "type": "double"}, None),
        ({"value": ["x"], "type": "string[]"}, None),
        ({"value": None, "type": "string"}, None),
        (None, None),
        ({"value": True, "type": "integer"}, "a.value: expected a value of type integer, got True"),
        ({"value": "x", "type": "double"}, "a.value: expected a value of type double, got 'x'"),
        ({"value": 1, "type": "boolean"}, "a.value: expected a value of type boolean, got 1"),
        ({"type": "string"}, "a: expected an object with a value and its type"),
        ("x", "a: expected an object with a value and its type"),
        (
            {"value": 1, "type": "number"},
            f"a.type: expected one of {KINDS}, got 'number'",
        ),
        (
            {"value": 1},
            f"a.type: expected one of {KINDS}, got 'None'",
        ),
    ],
)
def test_attributes_have_a_value_of_their_type(attribute, expected):
    """A null has any type; a type that is not known is told with those that are."""
    found = problems(logs(log(attributes={"a": attribute})))

    assert found == ([f"items[0].attributes.{expected}"] if expected else [])


def test_what_a_feedback_must_have():
    """The rules of events, and the words of the user."""
    feedback = {"message": "broken", "associated_event_id": EVENT_ID}

    assert problems(item("feedback", {"level": "x", "contexts": {"feedback": feedback}})) == [
        "level: expected one of fatal, critical, error, warning, info, log, debug, got 'x'"
    ]
    assert problems(item("feedback", {"contexts": {"feedback": None}})) == ["contexts.feedback: is missing"]
    assert problems(item("feedback", {"contexts": []})) == [
        "contexts: expected an object, got []",
        "contexts.feedback: is missing",
    ]
    assert problems(item("feedback", [])) == [
        "the payload: expected an object, got []",
        "contexts.feedback: is missing",
    ]


def test_a_transaction_in_an_envelope_is_held_to_its_own_rules():
    """Its times are required, unlike those of an event."""
    assert problems(item("transaction", transaction())) == []
    assert problems(item("transaction", transaction(timestamp=None))) == ["timestamp: is missing"]


@pytest.mark.parametrize("kind", ["event", "transaction"])
def test_the_id_of_an_event_is_that_of_its_envelope(kind):
    """Dashes make no difference; where one of both is absent there is nothing to compare."""
    payload = transaction() if kind == "transaction" else {}

    assert problems(item(kind, payload | {"event_id": DASHED})) == []
    assert problems(item(kind, payload), event_id=DASHED) == []
    assert problems(item(kind, payload | {"event_id": EVENT_ID}), event_id=DASHED) == []
    assert problems(item(kind, payload | {"event_id": "c3" * 16})) == ["event_id: is not that of the envelope's header"]
    assert problems(item("user_report", {"event_id": "c3" * 16})) == []


def test_all_of_many_envelopes_are_told():
    """Problems of one part stand below it, once; the same part of the next envelope has a line of its own."""
    bad = Envelope({}, (item("client_report", {"timestamp": "x", "discarded_events": 3}),))

    with pytest.raises(AssertionError) as failed:
        refuse_invalid([bad, bad])

    wrong = [f"    timestamp: expected {A_TIME}, got 'x'", "    discarded_events: expected a list, got 3"]
    assert str(failed.value).splitlines() == [
        "what was sent breaks the rules of the data model: 4 problems",
        "  envelopes[0] items[0] client_report",
        *wrong,
        "  envelopes[1] items[0] client_report",
        *wrong,
    ]


@pytest.mark.parametrize(("number", "last"), [(20, "    x19: "), (21, "  and 1 more")])
def test_twenty_problems_are_shown(number, last):
    """Of more, the number of the rest."""
    with pytest.raises(AssertionError) as failed:
        refuse_invalid([Envelope({"event_id": EVENT_ID}, (item("event", {f"x{n}": 1 for n in range(number)}),))])

    lines = str(failed.value).splitlines()
    assert lines[0].endswith(f": {number} problems")
    assert lines[1] == "  envelopes[0] items[0] event"
    assert lines[-1].startswith(last)
    assert len(lines) == 22 + (number > 20)
    assert failed.traceback.filter(failed)[-1].path == Path(__file__)


def test_one_problem_is_said_in_the_singular_and_none_is_no_failure():
    """What is valid passes; nothing at all proves nothing."""
    refuse_invalid([Envelope({}, ())])

    with pytest.raises(AssertionError, match=r"^what was sent breaks the rules of the data model: 1 problem\n"):
        refuse_invalid([Envelope({"sent_at": 3}, ())])
    with pytest.raises(AssertionError, match=r"^no envelope was captured: that all of none are valid proves nothing$"):
        refuse_invalid([])
