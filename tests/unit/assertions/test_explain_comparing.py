from __future__ import annotations

import pytest

from pytest_errortrack.assertions import CapturedBreadcrumb, CapturedEvent, Circumstances
from pytest_errortrack.assertions._explaining._comparing import compared_lines


def event(**payload):
    return CapturedEvent({"level": "error", **payload}, raw=b"", circumstances=Circumstances())


def compared(operator, left, right, *, noun="event"):
    return compared_lines(operator, left, right, noun=noun)


def test_events_where_none_is_expected_are_listed():
    """`assert captured_events == []` says what came, each once."""
    assert compared("==", [event(message="a"), event(message="b")], []) == [
        "2 captured events == []",
        "  events[0] error 'a'  from capture_message",
        "  events[1] error 'b'  from capture_message",
    ]


def test_the_sides_may_be_the_other_way_round():
    """`assert [] == captured_events` reads alike."""
    events = [event(message="a")]

    assert compared("==", [], events) == compared("==", events, [])


def test_the_first_element_that_is_another_is_shown_with_what_differs():
    """Of equal elements nothing is said."""
    same = event(message="a")

    lines = compared("==", [same, event(message="b")], [same, {"level": "info", "message": "b"}])

    assert lines == [
        "2 captured events == 2 expected",
        "events[1] is error 'b'  from capture_message",
        "level: expected 'info', got 'error'",
    ]


def test_one_too_few_and_one_too_many_are_named():
    """What is missing is shown as it was expected, what is surplus as it was captured."""
    first, second = event(message="a"), event(message="b")

    assert compared("==", [first], [first, {"message": "b"}]) == [
        "1 captured event == 2 expected",
        "missing: {'message': 'b'}",
    ]
    assert compared("==", [first, second], [first])[1:] == [
        "not expected:",
        "  events[1] error 'b'  from capture_message",
    ]


def test_a_payload_is_compared_by_its_differing_keys():
    """What is equal is left out; secrets are; keys that only one side has are told."""
    lines = compared(
        "==",
        event(message="a", tags={"x": "1"}, release="1"),
        {"level": "error", "message": "b", "user": {"password": "p"}},
    )

    assert lines[1:] == [
        "message: expected 'b', got 'a'",
        "user: expected {'password': '***'}, there is none",
        "not in what was expected: tags, release",
    ]


def test_equality_with_a_part_says_what_to_use_instead():
    """A part of a payload is never equal to it: keywords are what is meant."""
    assert "keywords, as of one(...)" in compared("==", event(message="a"), {"level": "error"})[-1]


def test_what_is_not_in_the_sequence_shows_the_nearest():
    """`assert {...} in captured_events` tells which comes nearest, and in what it differs."""
    lines = compared("in", {"level": "error", "message": "b"}, [event(level="info", message="a"), event(message="a")])

    assert lines[1:] == ["nearest: events[1] error 'a'  from capture_message", "message: expected 'b', got 'a'"]


def test_breadcrumbs_are_compared_alike():
    """A list of breadcrumbs says in which of them it differs."""
    crumbs = [CapturedBreadcrumb({"message": "a", "category": "auth"})]

    lines = compared("==", crumbs, [{"message": "b", "category": "auth"}], noun="breadcrumb")

    assert lines[1:] == ["breadcrumbs[0] is info auth 'a'", "message: expected 'b', got 'a'"]


@pytest.mark.parametrize(("operator", "right"), [("!=", []), ("<", []), ("not in", []), ("==", 3), ("==", "text")])
def test_other_comparisons_are_left_to_pytest(operator, right):
    """Nothing is said where there is nothing better to say."""
    assert compared(operator, event(), right) is None


def test_thousands_of_events_take_few_lines():
    """A comparison of ten thousand events is readable."""
    lines = compared("==", [event(message=f"m{n}" * 50) for n in range(10_000)], [])

    assert len(lines) < 16
    assert max(map(len, lines)) <= 92


def test_two_captured_things_are_compared_as_mappings_are():
    """What differs is said, and that even with nothing different they would not be equal."""
    lines = compared("==", event(message="a"), event(message="b"))

    assert lines == [
        "<CapturedEvent error 'a'> == <CapturedEvent error 'b'>",
        "message: expected 'b', got 'a'",
        "a captured thing is equal to itself alone: compare payloads, or what normalized() gives",
    ]
