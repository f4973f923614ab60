from __future__ import annotations

import json
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_records import event, record

from pytest_errortrack.assertions import CapturedEnvelopes, CapturedEvents, LostReport, Recorder
from pytest_errortrack.reporting._bounds import bounded
from pytest_errortrack.reporting._document import Document
from pytest_errortrack.reporting._html import page
from pytest_errortrack.reporting._intake import Limits, Request, read_envelope
from pytest_errortrack.reporting._joining import Joining
from pytest_errortrack.reporting._passing_on import PassingOn
from pytest_errortrack.reporting._receiver import Receiver, fresh_key
from pytest_errortrack.reporting._record import written
from pytest_errortrack.reporting._seen_breadcrumbs import SeenBreadcrumbs
from pytest_errortrack.sdk import Envelope, Item

TARGET = "/api/1/envelope/?sentry_key=k&sentry_client=sentry.go%2F1"
SEGMENT = {"trace_id": "t", "span_id": "s", "name": "job", "is_segment": True, "attributes": {}}


def envelope(*entries, **headers):
    """Write an envelope of items, each a type and a payload."""
    lines = [headers, *(line for kind, payload in entries for line in ({"type": kind}, payload))]
    return "\n".join(map(json.dumps, lines)).encode()


def arrival(*entries, **headers):
    """Read such an envelope as a receiver does."""
    return read_envelope(Request("POST", TARGET, {}, envelope(*entries, **headers)), key=None, limits=Limits())


@pytest.fixture
def recorder():
    """A recorder for a test."""
    return Recorder(nodeid="test_it.py::test_it")


def test_an_event_is_recorded_with_what_is_known_of_it(recorder):
    """The SDK and the test are known; who captured it in the other process is not."""
    Joining(lambda: recorder).take(arrival(("event", {"message": "m"})))

    (event,) = recorder.events
    assert (event.message, event.sdk, event.nodeid, event.thread) == ("m", "sentry.go", "test_it.py::test_it", "")
    assert (event.stranger, event.late, event.captured_at, event.actor) == (False, False, None, None)
    assert recorder.arrived == 1


def test_what_cannot_be_attributed_is_marked(recorder):
    """A receiver that serves several tests marks what arrives."""
    Joining(lambda: recorder, is_stranger=lambda: True).take(
        arrival(("event", {}), ("log", {"items": [{"body": "b"}]}))
    )

    assert recorder.events[0].stranger
    assert recorder.telemetry.logs[0].stranger


def test_what_arrives_after_the_end_is_late(recorder):
    """Events, and transactions that come as spans, are told to whoever collects late reports."""
    told = []
    recorder.end(on_late=told.append)

    Joining(lambda: recorder).take(arrival(("event", {}), ("span", {"items": [SEGMENT]})))

    assert len(told) == 2
    assert all(each.late for each in told)


def test_spans_become_a_transaction_when_their_segment_comes(recorder):
    """The transaction is there as soon as its segment is, and spans that come later join it."""
    joining = Joining(lambda: recorder)
    child = {
        "trace_id": "t",
        "span_id": "c",
        "parent_span_id": "s",
        "name": "step",
        "attributes": {"sentry.segment.id": "s"},
    }

    joining.take(arrival(("span", {"items": [SEGMENT]})))
    assert recorder.transactions[0].span_tree() == "-: job"
    joining.take(arrival(("span", {"items": [child]})))

    (transaction,) = recorder.transactions
    assert transaction.span_tree() == "-: job\n  -: step"
    assert json.loads(transaction.raw) == {"items": [SEGMENT]}
    assert len(recorder.envelopes) == 2


def test_breadcrumbs_are_taken_once(recorder):
    """A process sends a breadcrumb with every event that follows it; two of one event may be equal."""
    joining = Joining(lambda: recorder)
    first, second = {"message": "a", "timestamp": 1}, {"message": "b", "timestamp": 2}

    joining.take(arrival(("event", {"breadcrumbs": [first, first]})))
    joining.take(arrival(("event", {"breadcrumbs": {"values": [first, first, second]}})))

    assert [crumb.message for crumb in recorder.breadcrumbs] == ["a", "a", "b"]


def test_of_equal_breadcrumbs_as_many_are_new_as_are_more_than_before(recorder):
    """A client without timestamps says the same thing twice: the second time is told too."""
    joining = Joining(lambda: recorder)
    crumb = {"message": "login", "category": "auth"}

    for count in (1, 2, 1, 3):
        joining.take(arrival(("event", {"breadcrumbs": [crumb] * count})))

    assert len(recorder.breadcrumbs) == 3


@pytest.mark.parametrize("is_cleared", [True, False])
def test_a_receiver_that_stays_open_knows_old_breadcrumbs_by_their_timestamps_alone(recorder, is_cleared):
    """In the next test, or after a `clear()`, what cannot be told from a new one is one."""
    recorders = [recorder]
    joining = Joining(lambda: recorders[-1])
    timed, untimed = {"message": "a", "timestamp": 1}, {"message": "b"}
    joining.take(arrival(("event", {"breadcrumbs": [timed, untimed]})))

    if is_cleared:
        recorder.clear()
    else:
        recorders.append(Recorder())
    for _ in range(2):
        joining.take(arrival(("event", {"breadcrumbs": [timed, untimed]})))

    assert [crumb.message for crumb in recorders[-1].breadcrumbs] == ["b"]


@pytest.mark.parametrize("extra", [{}, {"timestamp": 1}])
def test_the_breadcrumbs_that_were_seen_last_are_remembered(extra):
    """Not more than so many, however long a receiver is open."""
    seen = SeenBreadcrumbs(most=2)
    a, b, c = ({"message": message, **extra} for message in "abc")

    assert seen.fresh([a, b]) == [a, b]
    assert seen.fresh([a, c]) == [c]
    assert seen.fresh([a]) == []
    assert seen.fresh([b]) == [b]


def test_a_report_of_any_depth_that_is_taken_can_be_asked_about_and_kept(recorder):
    """However deep a client nests: expectations, proofs of absence, snapshots, records and pages come to an end."""
    deep = json.loads("[" * 500 + "]" * 500)
    Joining(lambda: recorder).take(arrival(("event", {"message": "m", "extra": {"deep": deep}, "user": {"u": deep}})))
    events = CapturedEvents(lambda: recorder)

    assert events.one(message="m", extra={"deep": mock.ANY}) is recorder.events[0]
    with pytest.raises(AssertionError, match="extra"):
        events.one(extra={"deep": [1]})
    events.assert_not_contains("hunter2")
    assert events.normalized()[0]["message"] == "m"
    assert CapturedEnvelopes(lambda: recorder).normalized()[0]["items"][0]["payload"]["message"] == "m"
    small = bounded(record(events=[event("m", extra={"deep": deep})]))
    assert "..." in written(small)
    assert "..." in page(Document.of([small]))


def test_losses_are_counted(recorder):
    """What a client report says was dropped is in the list of losses."""
    discarded = [{"reason": "sample_rate", "category": "error", "quantity": 3}]

    Joining(lambda: recorder).take(arrival(("client_report", {"discarded_events": discarded})))

    (lost,) = recorder.lost
    assert (lost.reason, lost.category, lost.quantity, lost.sdk) == ("sample_rate", "error", 3, "sentry.go")


def test_a_trace_is_one_unit_of_work(recorder):
    """Events of one trace belong together, others do not, nor do those without any."""
    joining = Joining(lambda: recorder)
    for trace in ("t1", "t1", "t2", None, None):
        joining.take(arrival(("event", {"contexts": {"trace": {"trace_id": trace}}})))
    joining.take(arrival(("event", {}), trace={"trace_id": "t1"}))

    one, same, other, alone, lonely, again = [event.circumstances.request for event in recorder.events]
    assert one == same == again
    assert len({one, other, alone, lonely}) == 4


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
WORDS = ["event_id", "message", "breadcrumbs", "contexts", "trace", "trace_id", "items", "values", "timestamp", "sid"]
WORDS += ["aggregates", "attrs", "span_id", "is_segment", "attributes", "discarded_events", "exception", "sdk"]
KINDS = ["event", "transaction", "span", "log", "trace_metric", "session", "sessions", "check_in", "feedback", "new"]
payloads = st.dictionaries(st.sampled_from(WORDS), json_values | st.dictionaries(st.sampled_from(WORDS), json_values))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(KINDS), payloads), max_size=4))
def test_whatever_is_taken_in_is_recorded(entries):
    """Any JSON objects in any items are recorded without an error."""
    recorder = Recorder()
    taken = arrival(*((kind, {**payload, "event_id": "a" * 32}) for kind, payload in entries))

    Joining(lambda: recorder).take(taken)

    assert len(recorder.envelopes) == 1
    assert len(recorder.events) == sum(kind == "event" for kind, _ in entries)


def test_a_forked_child_passes_on_what_was_not_told_otherwise():
    """Envelopes and losses arrive at the receiver; a client report of losses that were told one by one does not."""
    arrived = []
    with Receiver(arrived.append, key=fresh_key()) as receiver:
        passing = PassingOn(port=receiver.port, key=receiver.key)
        report = Item({"type": "client_report"}, b'{"discarded_events":[]}')
        event = Item({"type": "event"}, b'{"message":"m"}')

        passing.receive(Envelope({}, (event, report)).serialize(), told_losses=True)
        passing.receive(Envelope({}, (report,)).serialize(), told_losses=True)
        passing.receive(Envelope({}, (report,)).serialize(), told_losses=False)
        passing.lose(LostReport("before_send", "error", 2, sdk="native"))

    assert [[item.type for item in each.envelope.items] for each in arrived] == [
        ["event"],
        ["client_report"],
        ["client_report"],
    ]
    assert arrived[-1].sdk == "native"
    assert arrived[-1].envelope.items[0].json()["discarded_events"] == [
        {"reason": "before_send", "category": "error", "quantity": 2}
    ]


def test_a_child_that_outlives_its_test_does_no_harm():
    """With the receiver gone, passing on does nothing and raises nothing."""
    with Receiver([].append) as receiver:
        pass

    PassingOn(port=receiver.port, key=receiver.key).receive(envelope(("event", {})), told_losses=True)
