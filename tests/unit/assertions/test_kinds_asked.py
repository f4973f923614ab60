from __future__ import annotations

import json
import re
import threading

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack._capture import ErrorTrack, current_recording
from pytest_errortrack.assertions import (
    CapturedAttachments,
    CapturedBreadcrumbs,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedEvents,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
    CapturedSpans,
    ExpectationError,
    NoRecording,
    Recorder,
)
from pytest_errortrack.sdk import Envelope, Item


def item(kind, payload, **headers):
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Item({"type": kind, **headers}, raw)


ITEMS = (
    item("log", {"items": [{"level": "info", "body": "cart priced"}, {"level": "error", "body": "card declined"}]}),
    item(
        "trace_metric",
        {
            "items": [
                {"name": "orders", "type": "counter", "value": 1, "attributes": {"tenant": {"value": "acme"}}},
                {"name": "latency", "type": "distribution", "value": 2.5, "unit": "second"},
            ]
        },
    ),
    item("check_in", {"monitor_slug": "nightly", "status": "ok", "duration": 2.0, "check_in_id": "c"}),
    item("check_in", {"monitor_slug": "hourly", "status": "error", "check_in_id": "d"}),
    item("session", {"sid": "1", "did": "u-7", "status": "exited", "errors": 0, "attrs": {"release": "shop@1"}}),
    item("session", {"sid": "2", "did": "u-8", "status": "crashed", "errors": 1, "attrs": {"release": "shop@1"}}),
    item("attachment", b"first\n", filename="a.txt", content_type="text/plain"),
    item("attachment", b"\x00\x01", filename="b.bin"),
)


@pytest.fixture
def recorder():
    """A recorder that took in one item of each kind and more, and two breadcrumbs."""
    filled = Recorder(nodeid="test_shop.py::test_it")
    for each in ITEMS:
        filled.receive(Envelope({"event_id": "e" * 32}, (each,)).serialize(), sdk="sentry_sdk")
    filled.breadcrumb({"message": "cart priced", "category": "cart"})
    filled.breadcrumb({"message": "card declined", "category": "bank", "level": "error", "data": {"code": 51}})
    return filled


KINDS = [
    (CapturedLogs, {"level": "error", "body": re.compile("declined")}, {"match": "^cart"}, {"body": "nothing"}),
    (
        CapturedMetrics,
        {"name": "orders", "type": "counter", "value": 1, "attributes": {"tenant": "acme"}},
        {"unit": "second", "value": 2.5},
        {"name": "nothing"},
    ),
    (CapturedCheckIns, {"monitor_slug": "nightly", "duration": 2.0}, {"status": "error"}, {"monitor_slug": "nothing"}),
    (CapturedSessions, {"status": "crashed", "errors": 1}, {"did": "u-7", "release": "shop@1"}, {"did": "nothing"}),
    (
        CapturedAttachments,
        {"filename": "a.txt", "bytes": b"first\n", "content_type": "text/plain"},
        {"bytes": re.compile(b"^\x00")},
        {"filename": "nothing"},
    ),
    (
        CapturedBreadcrumbs,
        {"message": "card declined", "level": "error", "data": {"code": 51}},
        {"match": "priced", "level": "info"},
        {"message": "nothing"},
    ),
    (
        CapturedEnvelopes,
        {"items": ["session"], "where": lambda each: b"crashed" in each.items[0].payload},
        {"items": [{"filename": "b.bin"}]},
        {"items": ["event"]},
    ),
]


@pytest.mark.parametrize(("kind", "one", "other", "nothing"), KINDS, ids=[kind[0].__name__ for kind in KINDS])
def test_every_kind_answers_every_call(recorder, kind, one, other, nothing):
    """`one find matching none wait_for count assert_ordered` work on each kind, in the words of its payload."""
    things = kind(lambda: recorder)

    assert things.one(one) is things.find(**one)
    assert things.wait_for(one, timeout=0) is things.one(one)
    assert things.one(other) is not things.one(one)
    assert things.find(nothing) is None
    things.none(nothing)
    assert len(things.matching(one, count=1)) == 1
    assert isinstance(things.matching(one), kind)
    assert things.wait_for(one, timeout=0, count=1) == things.matching(one)
    assert (things.count(one), things.count(nothing), things.count(), things.count("x")) == (1, 0, len(things), 0)
    first, second = sorted([things.one(one), things.one(other)], key=list(things).index)
    assert things.index(first) < things.index(second)
    steps = [one, other] if first is things.one(one) else [other, one]
    things.assert_ordered(steps)
    with pytest.raises(AssertionError, match="in this order, found no step 2"):
        things.assert_ordered(steps[::-1])
    things.assert_not_contains("hunter2")


@pytest.mark.parametrize(("kind", "one", "other", "nothing"), KINDS, ids=[kind[0].__name__ for kind in KINDS])
def test_every_kind_says_what_it_expected_and_found(recorder, kind, one, other, nothing):
    """A failure names the kind, the call, what was captured and the nearest."""
    things = kind(lambda: recorder)

    with pytest.raises(AssertionError) as caught:
        things.one(nothing)
    lines = str(caught.value).splitlines()

    noun = things._vocabulary.noun
    assert lines[0] == f"expected exactly one {noun}, found 0"
    assert lines[1].startswith("  asked by one(): ")
    assert lines[2] == f"  captured {len(things)} {noun}s:"
    assert any(line.startswith("  nearest: ") for line in lines)
    with pytest.raises(AssertionError, match=f"expected no such {noun}, found 1"):
        things.none(one)
    with pytest.raises(AssertionError, match=rf"expected at least 1 {noun}, found 0 within 0 s"):
        things.wait_for(nothing, timeout=0)
    with pytest.raises(ExpectationError, match="unknown keyword 'nonsense'"):
        things.one(nonsense=1)


@pytest.mark.parametrize("api", ["native", "sentry_sdk"])
def test_spans_of_a_transaction_can_be_asked(api):
    """`transaction.spans` is a list still, and answers like the captured sequences."""
    theirs = sdk if api == "native" else pytest.importorskip("sentry_sdk")
    with capture() as errortrack:
        theirs.init(dsn="http://key@localhost/1", traces_sample_rate=1.0)
        with theirs.start_transaction(name="checkout", op="http.server"):
            with theirs.start_span(op="db", name="SELECT 1") as span:
                span.set_data("rows", 3)
            with theirs.start_span(op="http", name="POST /charge"):
                pass

    transaction = errortrack.transactions.one(spans=["SELECT 1", {"op": "http"}])
    spans = transaction.spans

    assert isinstance(spans, CapturedSpans)
    assert isinstance(spans[:1], CapturedSpans)
    assert [len(spans), spans[0].op, spans[-1].op] == [2, "db", "http"]
    assert spans == [span.payload for span in spans] == list(spans) == transaction.spans
    assert spans.one(op="db", data={"rows": 3}).description == "SELECT 1"
    assert spans.find(name=re.compile("charge")).op == "http"
    assert spans.find(op="cache") is None
    assert spans.matching(op="db", count=1) == spans[:1]
    spans.none(op="cache")
    spans.assert_ordered([{"op": "db"}, {"op": "http"}])
    with pytest.raises(AssertionError) as caught:
        spans.one(op="cache")
    assert str(caught.value).splitlines() == [
        "expected exactly one span, found 0",
        "  asked by spans.one(): op='cache'",
        "  captured 2 spans:",
        f"    spans[0] {spans[0].title}",
        f"    spans[1] {spans[1].title}",
        "  nearest: spans[0], which differs in",
        "    op: expected 'cache', got 'db'",
    ]


class Waiting(Recorder):
    """A recorder in which time passes while somebody waits, and meanwhile another thread fills a batch."""

    def __init__(self):
        super().__init__()
        self.waits = []
        self.flush_pending = lambda: self.take_log() if len(self.waits) == 3 else None

    def take_log(self):
        """Receive what was batched."""
        log = item("log", {"items": [{"level": "warn", "body": "late"}]})
        self.receive(Envelope({}, (log,)).serialize(), sdk="sentry_sdk")

    def wait_for_more(self, seen, *, timeout):
        """Let so much time pass."""
        self.waits.append(timeout)
        return seen


def test_a_batch_is_looked_into_again_and_again():
    """Nothing tells of what another thread puts into a batch: whoever waits looks often at first, then less."""
    recorder = Waiting()

    assert CapturedLogs(lambda: recorder).wait_for(body="late", timeout=60).level == "warn"
    assert recorder.waits == [0.001, 0.002, 0.004]


def test_what_is_never_batched_is_waited_for_in_one_go():
    """An event's arrival wakes whoever waits: there is nothing to look for in between."""
    recorder = Waiting()
    recorder.wait_for_more = lambda _, *, timeout: recorder.waits.append(timeout) or recorder.events.append("x")

    CapturedEvents(lambda: recorder).wait_for(where=lambda event: event == "x", timeout=60)

    assert [round(wait) for wait in recorder.waits] == [60]


def test_a_batch_that_another_thread_fills_arrives():
    """A log of the real SDK, reported by a thread while the test waits for it."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    with capture() as errortrack:
        sentry_sdk.init(dsn="http://key@localhost/1", enable_logs=True)
        thread = threading.Thread(target=lambda: sentry_sdk.logger.warning("late"))
        thread.start()
        assert errortrack.logs.wait_for(body="late", timeout=30).level == "warn"
        thread.join()


@pytest.mark.parametrize("wrong", ["a", None, True, -1, float("nan"), float("inf"), [1]])
def test_a_timeout_that_nobody_can_wait_is_refused(recorder, wrong):
    """A timeout is a number of seconds."""
    with pytest.raises(ExpectationError, match=r"wait_for\(\) got timeout=.*: expected a number of seconds from 0"):
        CapturedLogs(lambda: recorder).wait_for(timeout=wrong)


@pytest.mark.parametrize("wrong", [{"level": "error"}, "error", 3, [{"level": "error"}, "x"], [None]])
def test_steps_that_are_no_list_of_mappings_are_refused(recorder, wrong):
    """`assert_ordered` takes a list of mappings."""
    with pytest.raises(ExpectationError, match=r"assert_ordered\(\) takes a list of mappings"):
        CapturedLogs(lambda: recorder).assert_ordered(wrong)


def test_a_step_is_judged_like_any_expectation(recorder):
    """A wrong keyword in a step names the step."""
    with pytest.raises(ExpectationError, match=r"assert_ordered\(\), step 2 of 2 got an unknown keyword 'bdy'"):
        CapturedLogs(lambda: recorder).assert_ordered([{"body": "a"}, {"bdy": "b"}])
    with pytest.raises(ExpectationError, match="takes no count"):
        CapturedLogs(lambda: recorder).assert_ordered([{"body": "a", "count": 2}])


def test_outside_of_a_recording_it_is_said_that_there_is_none():
    """Reading raises a clear error; only `repr` does not raise, for debuggers."""
    events = ErrorTrack(current_recording).events

    with pytest.raises(NoRecording, match="nothing is being captured here"):
        len(events)
    with pytest.raises(NoRecording, match="nothing is being captured here"):
        events.one()
    assert repr(events) == "<captured events: nothing is being captured here>"


def test_a_selection_outlives_the_recording():
    """A slice or a match stays readable after the test that took it."""
    with capture():
        events = ErrorTrack(current_recording).events
        sdk.capture_message("kept")
        selection, matching = events[:], events.matching(message="kept")

    assert [selection.one().message, matching.first.message] == ["kept", "kept"]
