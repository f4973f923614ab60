from __future__ import annotations

import itertools

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import CapturedEvents, Recorder
from pytest_errortrack.sdk import Envelope, Item


def recorded(count=4):
    """Return a recorder that holds some events, and the sequence of them."""
    recorder = Recorder()
    for number in range(count):
        payload = f'{{"event_id":"{number:032}","message":"{number}","level":"error"}}'.encode()
        recorder.receive(Envelope({}, (Item({"type": "event"}, payload),)).serialize(), sdk="native")
    return recorder, CapturedEvents(lambda: recorder)


def claimed(recorder):
    """List the numbers of the events that somebody has in hand."""
    return [number for number, event in enumerate(recorder.events) if recorder.claims.is_claimed(event)]


def fails(kind, read):
    """Read what cannot be had."""
    with pytest.raises(kind):
        read()


@pytest.mark.parametrize(
    ("read", "numbers"),
    [
        (lambda events: events.one(message="2"), [2]),
        (lambda events: events.find(level="error"), [0]),
        (lambda events: events.matching(where=lambda event: event.message in "13"), [1, 3]),
        (lambda events: events.wait_for(message="3"), [3]),
        (lambda events: events.wait_for(level="error"), [0]),
        (lambda events: events.wait_for(level="error", count=(2, None)), [0, 1, 2, 3]),
        (lambda events: events.first, [0]),
        (lambda events: events.last, [3]),
        (lambda events: events[1], [1]),
        (lambda events: events[1:3], [1, 2]),
        (list, [0, 1, 2, 3]),
        (lambda events: list(itertools.islice(events, 2)), [0, 1]),
        (lambda events: list(itertools.islice(reversed(events), 1)), [3]),
        (lambda events: events.assert_ordered([{"message": "1"}, {"message": "3"}]), [1, 3]),
    ],
)
def test_what_is_handed_out_is_claimed(read, numbers):
    """An object in the test's hands is claimed, each that iteration gave as well, and no other."""
    recorder, events = recorded()

    read(events)

    assert claimed(recorder) == numbers
    assert recorder.claims.has_looked


@pytest.mark.parametrize(
    "read",
    [
        len,
        bool,
        lambda events: events == [],
        lambda events: events != events[:0],
        lambda events: "x" in events,
        lambda events: events.none(level="fatal"),
        lambda events: events.find(level="fatal"),
        lambda events: events.count(level="error"),
        lambda events: events.count("x"),
        lambda events: fails(ValueError, lambda: events.index("x")),
        lambda events: events.normalized(),
        lambda events: events.assert_not_contains("hunter2"),
        lambda events: fails(AssertionError, lambda: events.one(level="error")),
        lambda events: fails(IndexError, lambda: events[9]),
        lambda events: fails(AssertionError, events.assert_isolated),
        iter,
    ],
)
def test_what_is_only_looked_at_is_not(read):
    """Counting, comparing and making sure of absence are looks: nothing is in anybody's hands."""
    recorder, events = recorded()

    read(events)

    assert claimed(recorder) == []
    assert recorder.claims.has_looked


def test_repr_is_no_look():
    """A debugger or a failure may show a sequence: that is not the test's reading, and nothing is made to arrive."""
    recorder, events = recorded()
    recorder.flush_pending = lambda: pytest.fail("repr let something arrive")

    assert repr(events) == "<4 captured events>"
    assert not recorder.claims.has_looked


def test_a_span_belongs_to_its_transaction():
    """Asking for spans needs no recording: it may be over."""
    with capture() as errortrack:
        sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0)
        with sdk.start_transaction(name="checkout"), sdk.start_span(op="db", name="SELECT 1"):
            pass

    transaction = errortrack.transactions.one()

    assert transaction.spans.one(op="db").description == "SELECT 1"
