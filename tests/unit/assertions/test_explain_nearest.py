from __future__ import annotations

import re

import pytest

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation
from pytest_errortrack.assertions._expecting import MISSING, Difference
from pytest_errortrack.assertions._explaining._explain import explain
from pytest_errortrack.assertions._explaining._nearest import difference_lines, distance, nearest_of
from pytest_errortrack.assertions._explaining._repeated import parted_lines


def event(**payload):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances())


def raised(kind, value="x", **payload):
    return event(exception={"values": [{"type": kind, "value": value}]}, **payload)


def nearest(expected, events):
    expectation = Expectation.parse(EVENTS, asked_by="one()", **expected)
    return nearest_of([expectation.mismatches(each) for each in events])


def test_the_same_exception_beats_the_same_level():
    """What tells which report it is weighs more than all that is said about it."""
    events = [raised("KeyError", level="error"), raised("ValueError", level="info", tags={"a": "2", "b": "2"})]

    assert nearest({"exception": "ValueError", "level": "error", "tags": {"a": "1", "b": "1"}}, events) == 1


def test_the_same_message_beats_the_same_tags():
    """A message is what an event is known by where it has no exception."""
    events = [event(message="other", tags={"a": "1"}), event(message="wanted", tags={"a": "2"}, level="info")]

    assert nearest({"message": "wanted", "tags": {"a": "1"}, "level": "error"}, events) == 1


def test_many_keys_of_one_mapping_do_not_outweigh_the_exception():
    """All keys of one keyword together have a bound."""
    wanted = {str(n): "1" for n in range(50)}

    assert nearest({"exception": "A", "tags": wanted}, [raised("B", tags=wanted), raised("A")]) == 1
    assert distance([Difference(f"tags['{n}']", 1, 2) for n in range(50)]) == 6
    assert distance([]) == 0


def test_of_equals_the_first_captured_is_the_nearest():
    """So that the answer is the same in each run."""
    assert nearest({"level": "error"}, [event(level="info"), event(level="debug")]) == 0


def test_what_is_as_expected_is_no_candidate():
    """Where one too few was found, the nearest of the others is shown."""
    assert nearest({"level": "error"}, [event(level="error"), event(level="info")]) == 1
    assert nearest({"level": "error"}, [event(level="error")]) is None


def test_the_nearest_of_ten_thousand_is_found_wherever_it_is():
    """All are compared, each once; and the one that comes nearest is in the bounded list."""
    events = [event(message=f"m{n}", level="info") for n in range(10_000)]
    events[7_777] = event(message="wanted", level="info")
    asked = []
    expectation = Expectation.parse(EVENTS, asked_by="one()", message="wanted", level="error")

    class Counting:
        vocabulary, criteria, where, count, asked_by = (
            *(expectation.vocabulary, expectation.criteria),
            *(expectation.where, expectation.count, expectation.asked_by),
        )

        def mismatches(self, item):
            """Count each comparison."""
            asked.append(item)
            return expectation.mismatches(item)

    text = explain("headline", Counting(), events, recorder=None)

    assert len(asked) == 10_000
    assert "events[7777] info 'wanted'" in text
    assert "nearest: events[7777], which differs in\n    level: expected 'error', got 'info'" in text
    assert len(text.splitlines()) < 25


@pytest.mark.parametrize(
    ("difference", "lines"),
    [
        (Difference("level", "error", "info"), ["level: expected 'error', got 'info'"]),
        (Difference("tags['a']", "1", MISSING), ["tags['a']: expected '1', there is none"]),
        (Difference("x", 1, 2, words="a whole sentence"), ["a whole sentence"]),
        (Difference("user['password']", "hunter2", "hunter3"), ["user['password']: expected '***', got another ***"]),
        (Difference("user['cookies']['sid']", "a", "b"), ["user['cookies']['sid']: expected '***', got another ***"]),
        (Difference("user['password']", "x", "[Filtered]"), ["user['password']: expected '***', got '[Filtered]'"]),
    ],
)
def test_a_difference_is_said_without_secrets(difference, lines):
    """Expected against got, in the words that come with it where it has some."""
    assert difference_lines(difference) == lines


def test_long_texts_are_cut_where_they_part():
    """Two messages that begin alike show the place at which they do not."""
    same = "the payment could not be taken because the card of the customer was "

    lines = difference_lines(Difference("message", f"{same * 3}declined", f"{same * 3}expired"))

    assert lines[0] == "message:"
    assert re.fullmatch(r"  expected \.\.\..*declined'", lines[1])
    assert re.fullmatch(r"  got      \.\.\..*expired'", lines[2])
    assert max(map(len, lines)) <= 72


def test_repeated_reports_say_in_what_they_differ():
    """Two that answer to one expectation are held against each other, without what differs in any two reports."""
    first = raised("A", tags={"n": "1"}, event_id="1" * 32, timestamp=1, contexts={"trace": {"span_id": "1"}})
    second = raised("A", tags={"n": "2"}, event_id="2" * 32, timestamp=2, contexts={"trace": {"span_id": "2"}})

    assert parted_lines([first, second], [0, 1], noun="event") == [
        "  events[0] and events[1] differ in",
        "    tags['n']: events[0] has '1', events[1] has '2'",
    ]


def test_equal_reports_are_told_as_equal():
    """The same thing reported twice is the most frequent surplus."""
    events = [event(message="m", event_id=str(n) * 32, timestamp=n) for n in (1, 2)]

    assert parted_lines(events, [0, 1], noun="event") == ["  events[0] and events[1] are equal, but for ids and times"]


def test_one_exception_object_reported_twice_is_told():
    """Captured here and logged there: one object, two reports."""
    error = ValueError("x")
    live = {"1" * 32: error, "2" * 32: error}
    events = [
        CapturedEvent({"event_id": str(n) * 32, "logger": name}, raw=b"", circumstances=Circumstances(), live=live)
        for n, name in ((1, None), (2, "shop"))
    ]

    lines = parted_lines(events, [0, 1], noun="event")

    assert lines[0] == "  events[0] and events[1] report the same exception object; they differ in"
    assert lines[1] == "    logger: events[0] has None, events[1] has 'shop'"
