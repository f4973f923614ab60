from __future__ import annotations

import contextlib
import sys
import threading

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import CapturedEvents, Recorder
from pytest_errortrack.sdk import Envelope, Item

SMALL, LARGE = 200, 2000


class Counting:
    """A value that decides by its `==`, and counts how often it is asked."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.asked = 0

    def __eq__(self, other):
        self.asked += 1
        return self.wanted == other

    __hash__ = None


def report(recorder, number):
    payload = f'{{"event_id":"{number:032x}","message":"report {number}","level":"error","tags":{{"n":"{number}"}}}}'
    recorder.receive(Envelope({}, (Item({"type": "event"}, payload.encode()),)).serialize(), sdk="native")


def filled(count):
    recorder = Recorder()
    for number in range(count):
        report(recorder, number)
    return recorder


def comparisons(ask, count, *, wanted, fails):
    """Count how often a call compares among so many events."""
    recorder = filled(count)
    events, value = CapturedEvents(lambda: recorder), Counting(wanted)
    if fails:
        with pytest.raises(AssertionError):
            ask(events, value)
    else:
        ask(events, value)
    return value.asked


CALLS = {
    "one": lambda events, value: events.one(message=value),
    "find": lambda events, value: events.find(message=value),
    "matching": lambda events, value: events.matching(message=value, count=1),
    "none": lambda events, value: events.none(message=value),
    "count": lambda events, value: events.count(message=value),
    "wait_for": lambda events, value: events.wait_for(message=value, timeout=0),
    "assert_ordered": lambda events, value: events.assert_ordered([{"message": value}, {"level": "fatal"}]),
    "ordered steps": lambda events, value: events.assert_ordered([{"tags": {"n": "3"}}, {"message": value}]),
    "breadcrumbs": lambda events, value: events.one(breadcrumbs=[value]),
    "not_contains": lambda events, value: events.one(message=value, not_contains="hunter2"),
    "in": lambda events, value: value in events,
}


PASSES = sorted(CALLS.keys() - {"none", "assert_ordered", "breadcrumbs", "in"})
FAILS = sorted(CALLS.keys() - {"none", "find", "count", "in"})


@pytest.mark.parametrize(
    ("name", "wanted", "fails"),
    [(name, "report 5", False) for name in PASSES]
    + [(name, "nothing", True) for name in FAILS]
    + [("none", "report 5", True), ("none", "nothing", False), ("in", "nothing", False)]
    + [("assert_ordered", "report 5", True), ("breadcrumbs", "report 5", True)],
)
def test_every_call_compares_as_often_as_there_are_events(name, wanted, fails):
    """Ten times the events is ten times the comparisons, for a call that passes and for one that fails."""
    small = comparisons(CALLS[name], SMALL, wanted=wanted, fails=fails)
    large = comparisons(CALLS[name], LARGE, wanted=wanted, fails=fails)

    assert large <= 10 * small + 100, "a few steps may be found before the count begins"
    assert large <= 4 * LARGE, "each event is compared a few times at the most"


def test_waiting_compares_each_event_once():
    """However many arrivals wake the one who waits, no event is compared again."""
    recorder = Recorder()
    events, value = CapturedEvents(lambda: recorder), Counting("error")

    def report_all():
        for number in range(LARGE):
            report(recorder, number)

    thread = threading.Thread(target=report_all)
    thread.start()
    found = events.wait_for(level=value, count=(LARGE, None), timeout=60)
    thread.join()

    assert len(found) == LARGE
    assert value.asked == LARGE


def calls_of_a_verdict(count, **keywords):
    """Count the calls that the oracle makes where each of so many actors writes one tag of a scope that all share."""
    with capture() as errortrack:
        for number in range(count):
            with errortrack.actor(f"actor {number}"):
                sdk.set_tag("mine", str(number))
                sdk.set_tag("theirs" if number % 2 else "ours", "x")
                sdk.capture_message("test!")
    calls = []
    sys.setprofile(lambda _frame, event, _what: calls.append(event))
    try:
        with contextlib.suppress(AssertionError):
            errortrack.events.assert_isolated(**keywords)
    finally:
        sys.setprofile(None)
    return len(calls)


@pytest.mark.parametrize("keywords", [{}, {"inherited": ["tags.mine"]}], ids=["foreign", "inherited"])
def test_a_verdict_on_isolation_takes_as_many_calls_as_there_are_events(keywords):
    """Four times the events is four times the work, however many wrote to the same key."""
    small, large = calls_of_a_verdict(50, **keywords), calls_of_a_verdict(200, **keywords)

    assert large <= 5 * small


def test_ten_thousand_events_fail_in_a_readable_way():
    """The text of a failure is as short as ever."""
    recorder = filled(10_000)

    with pytest.raises(AssertionError) as caught:
        CapturedEvents(lambda: recorder).one(message="report 1234", tags={"n": "9"})

    assert len(str(caught.value).splitlines()) <= 60
    assert "report 9" in str(caught.value) or "report 1234" in str(caught.value)
