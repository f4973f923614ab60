from __future__ import annotations

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import EVENTS, CapturedSpan, CapturedSpans, Expectation, ExpectationError, Recorder


def shown(call, *given):
    """Make a call that fails, and list the functions of the package that pytest shows of the failure."""
    with pytest.raises((AssertionError, ExpectationError)) as caught:
        call(*given)
    entries = caught.traceback.filter(caught)
    return [entry.name for entry in entries if entry.frame.f_globals["__name__"].startswith("pytest_errortrack.")]


def broken(_):
    raise KeyError("tenant")


def of_events(call):
    """Return a call of a recording that holds two events."""

    def ask():
        with capture() as errortrack:
            sdk.capture_message("a", level="error")
            sdk.capture_message("b hunter2", level="error")
            call(errortrack)

    return ask


EVENT_CALLS = {
    "one": lambda events: events.one(level="fatal"),
    "one, unproven": lambda events: events.one(level="error", not_contains="hunter2"),
    "one, broken": lambda events: events.one(where=broken),
    "find, broken": lambda events: events.find(where=broken),
    "matching": lambda events: events.matching(level="error", count=1),
    "matching, unproven": lambda events: events[:0].matching(not_contains="hunter2"),
    "find, unproven": lambda events: events[:0].find(not_contains="hunter2"),
    "count, unproven": lambda events: events.count(not_contains="hunter2"),
    "assert_ordered, unproven": lambda events: events.assert_ordered([{"not_contains": "hunter2"}]),
    "matching, broken": lambda events: events.matching(where=broken),
    "none": lambda events: events.none(level="error"),
    "none, broken": lambda events: events.none(where=broken),
    "count, broken": lambda events: events.count(where=broken),
    "wait_for": lambda events: events.wait_for(level="fatal", timeout=0),
    "wait_for, unproven": lambda events: events.wait_for(level="error", not_contains="hunter2", timeout=0),
    "wait_for, broken": lambda events: events.wait_for(where=broken),
    "assert_ordered": lambda events: events.assert_ordered([{"level": "fatal"}]),
    "assert_not_contains": lambda events: events.assert_not_contains("hunter2"),
    "assert_not_contains, nothing": lambda events: events[:0].assert_not_contains("hunter2"),
    "assert_isolated": lambda events: events[:0].assert_isolated(),
}
MISTAKES = {
    "one": lambda events: events.one(nonsense=1),
    "find": lambda events: events.find(nonsense=1),
    "matching": lambda events: events.matching(count="x"),
    "none": lambda events: events.none(not_contains="x"),
    "count": lambda events: events.count(nonsense=1),
    "wait_for": lambda events: events.wait_for(nonsense=1),
    "wait_for, timeout": lambda events: events.wait_for(timeout="x"),
    "assert_ordered": lambda events: events.assert_ordered("x"),
    "assert_ordered, a step": lambda events: events.assert_ordered([3]),
    "assert_ordered, its words": lambda events: events.assert_ordered([{"nonsense": 1}]),
    "assert_not_contains": lambda events: events.assert_not_contains(3),
    "assert_isolated": lambda events: events.assert_isolated(nonsense=1),
}


@pytest.mark.parametrize("name", sorted(EVENT_CALLS))
def test_a_failure_shows_the_line_that_asked_and_nothing_of_the_package(name):
    """Whatever fails, the traceback ends where the test asked."""
    assert shown(of_events(lambda errortrack: EVENT_CALLS[name](errortrack.events))) == []


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_in_the_test_shows_the_line_that_made_it(name):
    """A wrong word is told where it was written, not where it was read."""
    assert shown(of_events(lambda errortrack: MISTAKES[name](errortrack.events))) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda spans: spans.one(op="cache"),
        lambda spans: spans.one(nonsense=1),
        lambda spans: spans.find(nonsense=1),
        lambda spans: spans.find(where=broken),
        lambda spans: spans.matching(op="cache", count=1),
        lambda spans: spans.none(op="db"),
        lambda spans: spans.assert_ordered([{"op": "cache"}]),
    ],
)
def test_a_failure_of_spans_shows_the_line_that_asked(call):
    """The spans of a transaction are asked through one call more, which is not shown either."""
    assert shown(call, CapturedSpans([CapturedSpan({"op": "db"})])) == []


def test_invalid_envelopes_show_the_line_that_asked():
    """The check of the data model is a call like the others."""
    with capture() as errortrack:
        pass

    assert shown(errortrack.envelopes.assert_valid) == []


@pytest.mark.parametrize("ask", ["matches", "mismatches"])
def test_an_expectation_whose_predicate_raises_shows_who_held_it_against_what(ask):
    """An expectation may be used by itself."""
    expectation = Expectation.parse(EVENTS, asked_by="one()", where=broken)

    assert shown(getattr(expectation, ask), Recorder()) == []
