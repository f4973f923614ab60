from __future__ import annotations

import re

import pytest

from pytest_errortrack.assertions import CapturedBreadcrumb, CapturedEvent, CapturedTransaction, Circumstances
from pytest_errortrack.assertions._expecting import MISSING, Difference
from pytest_errortrack.assertions._explaining import compared_lines
from pytest_errortrack.assertions._explaining._nearest import difference_lines, distance, nearest_of
from pytest_errortrack.assertions._explaining._repeated import parted_lines
from pytest_errortrack.sdk import Item


def event(**payload):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances())


def raised(*links, **payload):
    return event(exception={"values": [{"type": kind, "value": value} for kind, value in links]}, **payload)


def transaction(*spans, **payload):
    listed = [{"description": each, "op": "db", "span_id": str(id(each))} for each in spans]
    return CapturedTransaction({"spans": listed, **payload}, raw=b"", circumstances=Circumstances())


def parted(first, second, noun="event"):
    return parted_lines([first, second], [0, 1], noun=noun)


EQUAL = ["  events[0] and events[1] are equal, but for ids and times"]


def test_exceptions_differ_by_their_chains():
    """Frames are no difference: one thing may be reported from two places."""
    stack = {"frames": [{"function": "f"}]}
    first, second = raised(("A", "1"), ("B", "2")), raised(("A", "1"), ("B", "3"))
    second.payload["exception"]["values"][0]["stacktrace"] = stack
    second.payload["stacktrace"] = second.payload["threads"] = {"values": [{"stacktrace": stack}]}

    assert parted(first, second) == [
        "  events[0] and events[1] differ in",
        "    exception: events[0] has B: 2 <- A: 1, events[1] has B: 3 <- A: 1",
    ]
    second.payload["exception"]["values"][1]["value"] = "2"
    assert parted(first, second) == EQUAL


@pytest.mark.parametrize(
    "name", ["event_id", "timestamp", "start_timestamp", "sdk", "modules", "received", "_meta", "span_id"]
)
def test_what_differs_in_any_two_reports_is_no_difference(name):
    """At the top and at any depth."""
    assert parted(event(**{name: "1"}), event(**{name: "2"})) == EQUAL
    assert parted(event(contexts={"x": {name: "1"}}), event(contexts={"x": {name: "2"}})) == EQUAL


def test_breadcrumbs_and_spans_differ_by_what_they_say():
    """Their times and ids are no difference; both forms of breadcrumbs read alike."""
    first = event(breadcrumbs=[{"message": "a", "category": "x"}, {"message": "b"}])
    second = event(breadcrumbs={"values": [{"message": "a", "category": "y"}, {"message": "c"}]})
    told = parted(first, second)

    assert told[1:] == ["    breadcrumbs[1]: events[0] has 'b', events[1] has 'c'"]
    assert parted(first, event(breadcrumbs={"values": [{"message": "a"}, {"message": "b"}]})) == EQUAL
    assert parted(event(breadcrumbs=["odd"]), event(breadcrumbs=[{}])) == EQUAL
    assert parted(transaction("a", "b"), transaction("a", "c"), "transaction")[1:] == [
        "    spans[1]: transactions[0] has 'b', transactions[1] has 'c'"
    ]
    assert parted(transaction("a"), transaction("a"), "transaction") == [EQUAL[0].replace("events", "transactions")]


def test_what_only_one_has_is_told_of_the_other():
    """Secrets are masked by the key that they stand under."""
    assert parted(event(logger="shop"), event())[1:] == ["    logger: events[0] has 'shop', events[1] has none"]
    assert parted(event(password="a"), event(password="b"))[1:] == [
        "    password: events[0] has '***', events[1] has '***'"
    ]


def test_long_values_stand_below_each_other():
    """Seventy-two columns are one line."""
    fits = "    logger: events[0] has '', events[1] has 'y'"
    room = 72 - len(fits)

    assert parted(event(logger="x" * room), event(logger="y"))[1:] == [fits.replace("''", f"'{'x' * room}'")]
    assert parted(event(logger="x" * (room + 1)), event(logger="y"))[1:] == [
        "    logger:",
        f"      events[0] has '{'x' * (room + 1)}'",
        "      events[1] has 'y'",
    ]


def test_a_long_chain_and_a_long_path_are_cut():
    """A chain is words and no value; of a path a line's width."""
    assert parted(raised(("A", "x" * 200)), raised(("B", "y")))[1:] == [
        "    exception:",
        f"      events[0] has A: {'x' * 72}...",
        "      events[1] has B: y",
    ]
    assert parted(event(**{"k" * 100: 1}), event(**{"k" * 100: 2}))[1] == f"    {'k' * 72}:"


def test_six_places_are_told():
    """Of more, their number."""
    six = event(extra={str(n): "a" for n in range(6)}), event(extra={str(n): "b" for n in range(6)})
    eight = event(extra={str(n): "a" for n in range(8)}), event(extra={str(n): "b" for n in range(8)})

    assert parted(*six)[-1] == "    extra['5']: events[0] has 'a', events[1] has 'b'"
    assert parted(*eight)[-2:] == ["    extra['5']: events[0] has 'a', events[1] has 'b'", "    ... 2 more"]
    assert len(parted(*six)) == 7


def test_the_first_two_that_were_found_are_compared():
    """By their own numbers; one alone, and what has no payload, is not compared."""
    events = [event(logger=name) for name in "abcd"]

    assert parted_lines(events, [1, 3], noun="event") == [
        "  events[1] and events[3] differ in",
        "    logger: events[1] has 'b', events[3] has 'd'",
    ]
    assert parted_lines(events, [2, 1, 0], noun="event")[0] == "  events[2] and events[1] differ in"
    assert parted_lines(events, [1], noun="event") == []
    assert parted_lines([event(), 3], [0, 1], noun="event") == []
    assert parted_lines([3, event()], [0, 1], noun="event") == []


def live(error, event_id, **payload):
    return CapturedEvent(
        {"event_id": event_id, **payload}, raw=b"", circumstances=Circumstances(), live={event_id: error}
    )


def test_one_exception_object_is_told_of_equal_reports():
    """Two equal exceptions are two objects; a transaction has none."""
    error = ValueError("x")

    assert parted(live(error, "1"), live(error, "2")) == ["  events[0] and events[1] report the same exception object"]
    assert parted(live(error, "1"), live(ValueError("x"), "2")) == EQUAL
    assert parted(live(error, "1"), transaction())[0] == "  events[0] and events[1] differ in"
    assert parted(transaction(), live(error, "1"))[0] == "  events[0] and events[1] differ in"


@pytest.mark.parametrize(
    ("path", "weight"),
    [
        ("exception", 12),
        ("exception.value", 12),
        ("message", 8),
        ("op", 3),
        ("level", 1),
        ("tags['a']", 2),
        ("['odd']", 2),
        ("...", 2),
    ],
)
def test_what_a_difference_weighs(path, weight):
    """By the keyword with which its path begins."""
    assert distance([Difference(path, 1, 2)]) == weight


def test_differences_of_one_keyword_have_a_bound():
    """Six, or what one of them weighs where that is more; those of several keywords are added."""
    assert distance([Difference("level", 1, 2)] * 9) == 6
    assert distance([Difference("message", 1, 2)] * 2) == 8
    assert distance([Difference("exception", 1, 2)] * 2) == 12
    assert distance([Difference("op", 1, 2), Difference("level", 1, 2), Difference("tags['a']", 1, 2)]) == 6
    assert nearest_of([]) is None
    assert nearest_of([[], [Difference("op", 1, 2)], [Difference("level", 1, 2)]]) == 2


SAME = "x" * 60


@pytest.mark.parametrize(
    ("difference", "lines"),
    [
        (Difference("level", re.compile("e"), "info"), ["level: expected to find /e/, got 'info'"]),
        (
            Difference("message", "a" * 70, MISSING),
            [f"message: expected '{'a' * 55}..., there is none"],
        ),
        (Difference("p" * 100, 1, MISSING), [f"{'p' * 74}..., there is none"]),
        (Difference("p" * 100, 1, 2), [f"{'p' * 72}:", "  expected 1", "  got      2"]),
        (Difference("headers.Authorization", "a", "b"), ["headers.Authorization: expected '***', got another ***"]),
        (Difference("extra['Cookie']['n']", "a", MISSING), ["extra['Cookie']['n']: expected '***', there is none"]),
        (
            Difference("x", 1, 2, words="word " * 20),
            ["word " * 13 + "word", "  word word word word word word"],
        ),
    ],
)
def test_a_difference_fits_its_lines(difference, lines):
    """A pattern is to be found; what is long is cut or stands below; secrets are masked by any key on the way."""
    assert difference_lines(difference) == lines


def test_a_difference_of_seventy_two_columns_is_one_line():
    """One more, and the values stand below each other."""
    room = 72 - len("m: expected '', got 'y'")

    assert difference_lines(Difference("m", "x" * room, "y")) == [f"m: expected '{'x' * room}', got 'y'"]
    assert difference_lines(Difference("m", "x" * (room + 1), "y")) == [
        "m:",
        f"  expected '{'x' * (room + 1)}'",
        "  got      'y'",
    ]


def test_other_words_may_stand_for_what_was_got():
    """They are cut like a value."""
    difference = Difference("exception", "A", "B")

    assert difference_lines(difference, instead="B: 1 <- C: 2") == ["exception: expected 'A', got B: 1 <- C: 2"]
    assert difference_lines(difference, instead="B" * 100) == [
        "exception:",
        "  expected 'A'",
        f"  got      {'B' * 58}...",
    ]


def test_long_texts_are_shown_from_twelve_characters_before_they_part():
    """Both from the same place; sixty-one characters fit."""
    expected, got = f"{SAME}ab{SAME}", f"{SAME}cd{SAME}"

    assert difference_lines(Difference("m", expected, got)) == [
        "m:",
        f"  expected ...{'x' * 12}ab{'x' * 41}...",
        f"  got      ...{'x' * 12}cd{'x' * 41}...",
    ]
    assert difference_lines(Difference("m", f"{'x' * 40}a", f"{'x' * 40}b")) == [
        "m:",
        f"  expected '{'x' * 40}a'",
        f"  got      '{'x' * 40}b'",
    ]


def test_a_text_that_goes_on_is_shown_where_the_other_ends():
    """What begins with all of the other differs at its end."""
    (_, expected, got) = difference_lines(Difference("m", type("X" * 70, (), {}), 1), instead="X" * 80)

    assert expected == f"  expected ...{'X' * 12}"
    assert got == f"  got      ...{'X' * 22}"


def test_values_that_read_alike_are_told_as_others():
    """Only what is masked is told as masked."""
    assert difference_lines(Difference("n", list(range(20)), list(range(19)))) == [
        "n: expected [0, 1, 2, 3, 4, 5, 6, 7, ...], got another that reads alike"
    ]
    assert difference_lines(Difference("n", "password=a", "password=b")) == [
        "n: expected 'password=***', got another ***"
    ]


def compared(operator, left, right, *, noun="event"):
    return compared_lines(operator, left, right, noun=noun)


def test_what_is_not_in_a_list_that_has_no_payloads_is_told_with_the_list():
    """A value that is no mapping comes near to nothing; in an empty list nothing does."""
    assert compared("in", "x", [event(message="a")]) == [
        "'x' in 1 captured event",
        "  events[0] error 'a'  from capture_message",
    ]
    assert compared("in", {"message": "x"}, []) == ["{'message': 'x'} in 0 captured events"]
    assert compared("in", event(message="b"), [event(message="a"), event(message="c")])[0] == (
        "<CapturedEvent error 'b'> in 2 captured events"
    )
    assert compared("in", "x", "xyz") is None


def test_the_nearest_in_a_list_is_the_one_with_the_fewest_differences():
    """Of equals the first."""
    events = [event(message="a", level="x"), event(message="a"), event(message="a", level="error")]

    assert compared("in", {"message": "b"}, events)[1:] == [
        "nearest: events[1] error 'a'  from capture_message",
        "message: expected 'b', got 'a'",
    ]


def test_a_payload_and_a_mapping_may_stand_on_either_side():
    """The words are the same."""
    captured, expected = event(message="a"), {"message": "b"}

    assert compared("==", captured, expected) == compared("==", expected, captured)
    assert compared("==", captured, expected) == [
        "<CapturedEvent error 'a'> == {'message': 'b'}",
        "message: expected 'b', got 'a'",
    ]
    assert compared("==", 3, {"message": "b"}) is None
    assert compared("==", Item({"type": "event"}, b"{}"), {"message": "b"}) is None


def test_a_list_and_its_expected_elements():
    """One element is shown at once, more are counted; the first place at which they part is told."""
    assert compared("==", [event(message="a")], ["x"]) == [
        "1 captured event == ['x']",
        "events[0] is error 'a'  from capture_message",
        "expected there: 'x'",
    ]
    assert compared("==", [], ["x", "y"]) == ["0 captured events == 2 expected", "missing: 'x'"]
    assert compared("==", [], ["x" * 200]) == [
        f"0 captured events == ['{'x' * 31}...",
        f"missing: '{'x' * 78}...",
    ]
    assert compared("==", [event()], ["x" * 200])[2] == f"expected there: '{'x' * 72}..."


def test_captured_things_are_those_with_a_payload():
    """On whichever side of the comparison they stand; where both sides have them, the left one is the captured."""
    one, other = event(message="a"), event(message="b")

    assert compared("==", ["x"], [one])[1] == "events[0] is error 'a'  from capture_message"
    assert compared("==", [one], [other])[1:] == [
        "events[0] is error 'a'  from capture_message",
        "message: expected 'b', got 'a'",
    ]
    assert compared("==", ["x", one], [one, "x"])[1] == "events[0] is 'x'"


def test_twelve_surplus_things_are_listed():
    """With their own numbers."""
    first = event(message="0")
    lines = compared("==", [first, *(event(message=str(n)) for n in range(1, 20))], [first])
    assert lines[1] == "not expected:"
    assert lines[2] == "  events[1] error '1'  from capture_message"
    assert len(lines) == 14


def test_five_differing_keys_are_told():
    """Of more their number; of surplus keys the names, eight at the most."""
    five = {str(n): "x" for n in range(5)}
    seven = {str(n): "x" for n in range(7)}

    assert compared("==", event(), five)[1:] == [f"{n}: expected 'x', there is none" for n in range(5)]
    assert compared("==", event(), seven)[5:] == ["4: expected 'x', there is none", "... 2 more that differ"]
    assert compared("==", event(**{f"k{n}": 1 for n in range(8)}), {"a": 1})[2:] == [
        "not in what was expected: k0, k1, k2, k3, k4, k5, k6, k7"
    ]
    assert compared("==", event(**{f"k{n}": 1 for n in range(9)}), {"a": 1})[2:] == [
        "not in what was expected: k0, k1, k2, k3, k4, k5, k6, k7, ..."
    ]


def test_equality_with_a_part_is_told_as_such():
    """Only where all that was expected is there."""
    assert compared("==", event(message="a", level="info"), {"message": "a"})[1:] == [
        "not in what was expected: level",
        "== is about the whole payload: keywords, as of one(...), are about a part of it",
    ]


def test_long_sides_of_a_comparison_are_cut():
    """What was captured is shown by its title, what was expected by its beginning."""
    (headline, *_) = compared("==", event(message="m" * 99), {"k": "x" * 99})

    assert headline == f"<CapturedEvent error '{'m' * 35}... == {{'k': '{'x' * 26}..."


def test_other_kinds_of_lists_are_compared():
    """A tuple is a list; a text is none."""
    crumb = CapturedBreadcrumb({"message": "a"})

    assert compared("==", (crumb,), ("x",), noun="breadcrumb")[0] == "1 captured breadcrumb == ['x']"
    assert compared("==", [crumb], "x") is None
    assert compared("==", [crumb], b"x") is None
