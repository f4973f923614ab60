from __future__ import annotations

import logging
import re
from unittest.mock import ANY

import pytest

from pytest_errortrack.assertions import (
    ATTACHMENTS,
    ENVELOPES,
    EVENTS,
    LOGS,
    METRICS,
    SESSIONS,
    TRANSACTIONS,
    CapturedAttachment,
    CapturedEvent,
    CapturedLog,
    CapturedTransaction,
    Circumstances,
    Count,
    Expectation,
    ExpectationError,
    Vocabulary,
)
from pytest_errortrack.assertions._expecting import MISSING, Asked, Difference
from pytest_errortrack.assertions._expecting._differences import differences
from pytest_errortrack.assertions._expecting._ordered import Steps
from pytest_errortrack.assertions._expecting._values import (
    decides,
    judge_level,
    judge_mapping,
    judge_number,
    judge_text,
    one_of,
    or_none,
)
from pytest_errortrack.assertions._expecting._vocabulary import in_order, searched, valued
from pytest_errortrack.sdk import Envelope, Item

NOBODY = Circumstances()


def event(_files=(), **payload):
    return CapturedEvent({"event_id": "e", **payload}, raw=b"", circumstances=NOBODY, attachments=_files)


def chained(*values, **payload):
    return event(exception={"values": list(values)}, **payload)


def expecting(vocabulary=EVENTS, **keywords):
    return Expectation.parse(vocabulary, asked_by="one()", counted=True, **keywords)


def told(expectation, captured):
    """List the differences as a reader is told of them: path, expected, got; or the sentence instead."""
    found = expectation.mismatches(captured)
    return [each.words or (each.path, each.expected, each.got) for each in found]


def refused(vocabulary, **keywords):
    """Return the message with which an expectation is refused."""
    with pytest.raises(ExpectationError) as caught:
        Expectation.parse(vocabulary, asked_by="one()", **keywords)
    return str(caught.value)


# How many.


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "exactly 0 events"),
        (1, "exactly one event"),
        (2, "exactly 2 events"),
        ((None, 1), "between 0 and 1 event"),
        ((1, None), "at least 1 event"),
        ((2, None), "at least 2 events"),
        ((None, None), "at least 0 events"),
        ((0, 3), "between 0 and 3 events"),
        ((2, 2), "exactly 2 events"),
        ((1, 1), "exactly one event"),
    ],
)
def test_a_count_is_said_in_words(value, said):
    """Of a noun in the right number."""
    assert Count.parse(value, asked_by="x").of("event") == said


@pytest.mark.parametrize("wrong", [-1, True, (True, 2), (1, False), (-1, 2), (2, -1), (3, 1), (1, 2, 3), [1, 2], None])
def test_the_error_of_a_count_says_what_can_stand_there(wrong):
    """What was given, and what was expected."""
    with pytest.raises(ExpectationError) as caught:
        Count.parse(wrong, asked_by="matching()")

    assert str(caught.value) == (
        f"matching() got count={wrong!r}: expected an int from 0, or a pair (min, max) with None for no bound"
    )


def test_bounds_belong_to_a_count():
    """The least and the most are in it; no bound is none."""
    assert [number in Count(1, 2) for number in range(4)] == [False, True, True, False]
    assert [number in Count(2, None) for number in range(4)] == [False, False, True, True]


# What is refused, and how.


@pytest.mark.parametrize(
    ("vocabulary", "keyword", "value", "said"),
    [
        (EVENTS, "level", "erorr", "one of fatal, error, warning, info, debug, critical; did you mean 'error'?"),
        (EVENTS, "level", "WARNING", "one of fatal, error, warning, info, debug, critical; did you mean 'warning'?"),
        (
            EVENTS,
            "level",
            "notset",
            "one of fatal, error, warning, info, debug, critical; for a word of your own give a compiled regex",
        ),
        (EVENTS, "level", logging.WARNING, "a level's name: 'warning'"),
        (EVENTS, "level", logging.CRITICAL, "a level's name: 'fatal'"),
        (EVENTS, "level", logging.DEBUG, "a level's name: 'debug'"),
        (EVENTS, "level", 7, "a string or a compiled regex"),
        (EVENTS, "level", False, "a string or a compiled regex"),
        (EVENTS, "message", b"x", "a string or a compiled regex"),
        (EVENTS, "exception", int, "one exception class, a name, or a compiled regex"),
        (
            EVENTS,
            "exception",
            None,
            (
                "one exception class, a name, or a compiled regex; "
                "for an event without one: where=lambda event: event.exception is None"
            ),
        ),
        (EVENTS, "handled", "no", "True, False or None"),
        (EVENTS, "mechanism", 3, "a string, a compiled regex or a mapping"),
        (EVENTS, "tags", "x", "a mapping: a subset of what was captured"),
        (EVENTS, "fingerprint", "a", "a list"),
        (EVENTS, "breadcrumbs", "x", "a list, each a string, a compiled regex or a mapping"),
        (EVENTS, "attachments", "x", "a list of file names, each a string or a compiled regex"),
        (EVENTS, "not_contains", "", "one or many strings or bytes, none of them empty"),
        (EVENTS, "not_contains", {"a": "x"}, "one or many strings or bytes"),
        (METRICS, "value", "3", "a number"),
        (SESSIONS, "errors", True, "a number"),
        (METRICS, "type", "count", "one of counter, gauge, distribution, set; did you mean 'counter'?"),
        (ATTACHMENTS, "bytes", "t", "bytes or a compiled regex of bytes"),
        (ATTACHMENTS, "bytes", re.compile("t"), "bytes or a compiled regex of bytes"),
        (LOGS, "match", 3, "a regular expression"),
        (LOGS, "match", re.compile(b"x"), "a regular expression"),
        (ENVELOPES, "headers", [], "a mapping: a subset of what was captured"),
    ],
)
def test_what_can_stand_there_is_said_whole(vocabulary, keyword, value, said):
    """The whole text of the error, after what was given."""
    message = refused(vocabulary, **{keyword: value})

    start, found, rest = message.partition(": expected ")
    assert start.startswith(f"one() got {keyword}=")
    assert (found, rest) == (": expected ", said)


@pytest.mark.parametrize("vocabulary", [EVENTS, LOGS])
def test_a_pattern_that_is_none_is_told_with_its_trouble(vocabulary):
    """What `re` says is said."""
    assert refused(vocabulary, match="(") == (
        "one() got match='(', which is no regular expression: missing ), unterminated subpattern at position 0"
    )


def test_the_other_errors_are_whole_sentences():
    """Each says who was asked, what was found and what can be done."""
    assert refused(EVENTS, tag=1) == "one() got an unknown keyword 'tag': did you mean 'tags'?"
    assert refused(LOGS, zzz=1) == (
        "one() got an unknown keyword 'zzz': "
        "known are level, body, match, attributes, trace_id, span_id, not_contains, where, count"
    )
    assert refused(EVENTS, count=1) == "one() takes no count: use matching(), wait_for() or a marker"
    assert refused(LOGS, where=3) == "one() got where=3: expected a function of the log"
    with pytest.raises(ExpectationError) as caught:
        Expectation.parse(EVENTS, {"level": "error"}, 3, asked_by="one()")
    assert str(caught.value) == "one() takes keywords, or one mapping of them; got ({'level': 'error'}, 3)"
    with pytest.raises(ExpectationError) as caught:
        Expectation.parse(EVENTS, asked_by="none()", wants_none=True, not_contains="x")
    assert str(caught.value) == (
        "none() with not_contains would ask that everything contains it. To make sure that nothing sent does: "
        "assert_not_contains(...), or one(not_contains=...)"
    )


@pytest.mark.parametrize("count", [1, (0, 1), (0, None), (None, None)])
def test_a_count_that_allows_one_is_no_double_negation(count):
    """Only none at all would ask that everything contains it."""
    assert expecting(not_contains="x", count=count).count is not None


@pytest.mark.parametrize(
    ("value", "there", "absent"),
    [(None, False, True), ("x", True, False), (re.compile("x"), True, False), (ANY, True, True)],
)
def test_what_may_be_absent_may_be_asked_for_as_none(value, there, absent):
    """A text that the payload need not have can be expected not to be there."""
    assert expecting(release=value).matches(event(release="x")) is there
    assert expecting(release=value).matches(event()) is absent


class Word(str):
    """A string of a class of its own."""

    __slots__ = ()


class Loud:
    """Decides by its `==`."""

    def __eq__(self, other):
        return isinstance(other, str) and other.isupper()

    __hash__ = None


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(Loud(), True), (ANY, True), (Word("x"), True), (object(), False), (re.compile("x"), False), ("x", False)]
    + [(plain, False) for plain in (b"", bytearray(), 1, 1.0, 1j, True, None, [], (), {}, set(), frozenset())],
)
def test_what_decides_by_itself(value, is_one):
    """A value of a class with an `==` of its own; Python's own values and patterns are taken as they are."""
    assert decides(value) is is_one


# An expectation.


def test_an_expectation_says_what_it_is():
    """Its words in their order, the predicate last, and no secret; without any words it is of anything."""

    def is_paid(captured):
        return bool(captured)

    assert str(expecting()) == "anything"
    assert str(expecting(level="error", where=is_paid, extra={"password": "x"})) == (
        "level='error', extra={'password': '***'}, where=is_paid"
    )
    assert str(expecting(not_contains="x")) == "not_contains='***'"


def test_an_expectation_keeps_what_it_was_given():
    """A count and a predicate stand apart from the criteria; a text for `match` is compiled."""
    expectation = Expectation.parse(
        EVENTS, {"match": "a", "count": (1, None)}, asked_by="wait_for()", counted=True, level="error", where=bool
    )

    assert expectation.criteria == {"match": re.compile("a"), "level": "error"}
    assert (expectation.count, expectation.where) == (Count(1, None), bool)
    assert (expectation.asked_by, expectation.vocabulary) == ("wait_for()", EVENTS)
    assert Expectation.parse(EVENTS, {"level": "info"}, asked_by="x", level="error").criteria == {"level": "error"}


def test_a_count_of_its_own_is_kept():
    """Who gives a count to an expectation that has one changes nothing."""
    assert expecting(count=2).with_count(Count(1, 1)).count == Count(2, 2)
    assert expecting(level="error").with_count(Count(1, 1)).count == Count(1, 1)


def test_a_predicate_that_says_no_is_a_difference():
    """Told after all else fits, as the predicate, where it stands, and what it gave."""

    def is_paid(captured):
        return 0

    [difference] = expecting(level="error", where=is_paid).mismatches(event())
    line = is_paid.__code__.co_firstlineno
    assert (difference.path, difference.expected, difference.got) == ("where", is_paid, 0)
    assert difference.words == f"where: is_paid at test_expecting_in_detail.py:{line} gave 0"
    [by_c] = expecting(where={}.get).mismatches(event())
    assert by_c.words == "where: dict.get gave None"
    assert told(expecting(level="info", where=is_paid), event()) == [("level", "info", "error")]
    assert expecting(where=lambda captured: [captured]).matches(event())


def test_what_raises_names_the_thing_by_its_title_or_its_representation():
    """A captured thing has a title; what has none is shown."""
    broken = expecting(LOGS, where=lambda log: log.nonsense)

    with pytest.raises(AssertionError) as caught:
        broken.matches(CapturedLog({"level": "warn", "body": "a\nb"}, NOBODY))

    assert str(caught.value) == (
        "one(): where=<lambda> raised AttributeError: 'CapturedLog' object has no attribute 'nonsense'\n"
        "  asked of the log <CapturedLog warn 'a\\nb'>"
    )


@pytest.mark.parametrize(
    ("payloads", "said"),
    [
        ([], "expected at least one event: where none was sent, nothing can be told of what it contains"),
        (["clean"], ""),
        (["hunter2"], "expected no such event to contain it, found 1 that does"),
        (["hunter2", "clean", "a hunter2"], "expected no such event to contain it, found 2 that do"),
    ],
)
def test_what_is_not_proven_is_said(payloads, said):
    """Where nothing came there is no proof; what is as asked but for the secret is a leak."""
    expectation = expecting(level="error", not_contains="hunter2")

    assert expectation.unproven([event(message=each) for each in payloads]) == said
    assert expecting(level="error").unproven([]) == ""


def test_what_was_not_asked_about_is_no_leak():
    """An event that is not as asked may contain what it likes."""
    other = event(level="info", message="hunter2")

    assert expecting(level="error", not_contains="hunter2").unproven([other, event(message="clean")]) == ""


# How values are held against what was captured.


class Picky:
    """Raises where it is compared."""

    def __eq__(self, other):
        raise RuntimeError("no")

    __hash__ = None

    def __repr__(self):
        return "Picky()"


@pytest.mark.parametrize(
    ("expected", "got", "where"),
    [
        (Picky(), 1, "extra"),
        ({"a": Picky()}, {"a": 1}, "extra['a']"),
        ({"a": [1, Picky()]}, {"a": [1, 2]}, "extra['a'][1]"),
    ],
)
def test_a_value_that_raises_is_told_with_its_place(expected, got, where):
    """At any depth."""
    with pytest.raises(Exception, match=re.escape(f"comparing Picky() with {where} raised RuntimeError: no")):
        differences(expected, got, path="extra")


@pytest.mark.parametrize(
    ("expected", "got"),
    [([1], (1,)), ((1,), [1]), ([], ()), ([{"a": 1}], ({"a": 1, "b": 2},)), ({"a": [re.compile("x")]}, {"a": ["axb"]})],
)
def test_lists_and_tuples_are_compared_element_by_element(expected, got):
    """A payload has lists where a test may write tuples."""
    assert differences(expected, got, path="x") == []


@pytest.mark.parametrize(("expected", "got"), [([1], "1"), ("ab", ["a", "b"]), ([1], {0: 1}), ({}, []), ([1], [1, 1])])
def test_what_is_of_another_kind_differs_as_a_whole(expected, got):
    """The difference names both."""
    assert differences(expected, got, path="x") == [Difference("x", expected, got)]


def test_what_is_absent_is_shown_as_nothing():
    """A failure says that nothing was got."""
    assert repr(MISSING) == "nothing"
    assert differences(re.compile("x"), MISSING, path="x") == [Difference("x", re.compile("x"), MISSING)]


# Links of a chain.


E_, F_ = {"type": "E", "value": "e"}, {"type": "F", "value": "f", "module": "shop", "mechanism": {"type": "wsgi"}}


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        ({"exception": "G"}, [("exception", "G", "shop.F: f")]),
        ({"message": "x"}, [("message", "x", "f")]),
        ({"match": "x"}, [("match", re.compile("x"), "f")]),
        ({"mechanism": "x"}, [("mechanism", "x", "wsgi")]),
        ({"mechanism": {"type": "x", "b": 1}}, [("mechanism['type']", "x", "wsgi"), ("mechanism['b']", 1, MISSING)]),
        ({"handled": True}, [("handled", True, None)]),
        ({"exception": "E", "message": "x"}, [("message", "x", "e")]),
        ({"exception": KeyError}, [("exception", KeyError, "shop.F: f")]),
        ({"exception": re.compile("x")}, [("exception", re.compile("x"), "shop.F: f")]),
    ],
)
def test_the_nearest_link_says_in_what_it_differs(keywords, found):
    """Of equally near ones, the outermost; each difference under its own keyword."""
    assert told(expecting(**keywords), chained(E_, F_)) == found


@pytest.mark.parametrize(
    ("keywords", "found"),
    [
        ({"exception": "E"}, [("exception", "E", MISSING)]),
        ({"message": "x"}, [("message", "x", "low")]),
        ({"match": "x"}, [("match", re.compile("x"), "low")]),
        ({"mechanism": "x"}, [("mechanism", "x", MISSING)]),
        ({"handled": None}, [("handled", None, MISSING)]),
    ],
)
def test_an_events_own_message_has_nothing_else(keywords, found):
    """It has a text and no exception."""
    assert told(expecting(**keywords), event(message="low")) == found


def test_an_event_without_a_message_has_nothing():
    """Also no text that could be nothing."""
    assert told(expecting(message=ANY), event()) == [("message", ANY, MISSING)]


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("F", True),
        ("shop.F", True),
        ("builtins.F", False),
        (re.compile("^shop"), True),
        (re.compile("^F"), False),
        ("E", True),
        ("builtins.E", True),
        (re.compile("^builtins"), False),
        ("shop.E", False),
        (ANY, True),
    ],
)
def test_names_of_links(name, matches):
    """Plain or qualified; a pattern searches in the qualified one."""
    assert expecting(exception=name).matches(chained(E_, F_)) is matches


def test_the_words_name_the_link_that_has_it():
    """Which link has what, a link without a name too; of the event's own message as well."""
    captured = chained({"value": "x"}, F_)

    assert told(expecting(message="x", exception="F"), captured) == [
        (
            "message: an exception has it, but not the exception; shop.F has the exception. "
            "Both must hold for the same link"
        )
    ]
    assert told(expecting(message="f", mechanism="x", handled=True), captured) == [
        ("mechanism", "x", "wsgi"),
        ("handled", True, None),
    ]


class ShopError(Exception):
    pass


class BuiltInError(KeyError):
    pass


BuiltInError.__module__ = "builtins"


@pytest.mark.parametrize(
    ("kind", "module", "expected", "matches"),
    [
        (ShopError, __name__, Exception, True),
        (ShopError, "", Exception, True),
        (ShopError, "other", Exception, False),
        (ShopError, __name__, OSError, False),
        (BuiltInError, "", KeyError, True),
        (BuiltInError, "builtins", KeyError, True),
        (BuiltInError, "other", KeyError, False),
    ],
)
def test_a_base_class_is_asked_of_the_class_that_the_link_names(kind, module, expected, matches):
    """By its name and module, or by its name where the payload says no module; a link of another class is not it."""
    payload = {"exception": {"values": [{"type": kind.__name__, "value": "x", "module": module}]}}
    captured = CapturedEvent(payload, raw=b"", circumstances=NOBODY, types=[OSError, kind])

    assert expecting(exception=expected).matches(captured) is matches


@pytest.mark.parametrize(("module", "matches"), [("", True), ("builtins", True), (None, True), ("shop", False)])
def test_where_no_class_is_known_its_name_and_module_decide(module, matches):
    """A builtin has no module on the wire, or says it."""
    captured = chained({"type": "KeyError", "value": "x", "module": module})

    assert expecting(exception=KeyError).matches(captured) is matches


def test_a_class_within_a_class_has_both_names():
    """SDKs send the plain name or the qualified one."""

    class InnerError(Exception):
        pass

    for name in ("InnerError", InnerError.__qualname__):
        assert expecting(exception=InnerError).matches(chained({"type": name, "module": __name__})), name


# Steps in an order.


def crumbs(*messages):
    return event(breadcrumbs=[{"message": each} for each in messages])


@pytest.mark.parametrize(
    ("steps", "messages", "words"),
    [
        (["x"], "abcde", "breadcrumbs: expected 'x', got 'a', 'b', 'c', 'd', 'e'"),
        (["x"], "abcdef", "breadcrumbs: expected 'x', got 'a', 'b', 'c', 'd', 'e', ..."),
        (["a", "x"], "abcdefg", "after breadcrumbs[0] 'a', only 'b', 'c', 'd', 'e', 'f', ... comes there"),
        (["b", "a"], "ab", "after breadcrumbs[1] 'b', nothing comes there; one is at breadcrumbs[0], too early"),
        (["b", "a"], "aab", "after breadcrumbs[2] 'b', nothing comes there; one is at breadcrumbs[0], too early"),
        (
            ["a", "c", "b"],
            "abcd",
            "after breadcrumbs[2] 'c', only 'd' comes there; one is at breadcrumbs[1], too early",
        ),
        (["a", "b", "a"], "ab", "breadcrumbs: expected 'a' after breadcrumbs[1] 'b', nothing comes there"),
        (["a", {"message": "x"}], "ab", "after breadcrumbs[0] 'a', nearest is breadcrumbs[1]['message'] 'b'"),
        (["a", {"message": "x"}], "a", "after breadcrumbs[0] 'a', nothing comes there"),
        ([{"message": "x"}], "", "breadcrumbs: expected {'message': 'x'}, there are no breadcrumbs"),
    ],
)
def test_what_comes_instead_of_a_step_is_told(steps, messages, words):
    """Bounded, and from after the last step that was found."""
    (said,) = told(expecting(breadcrumbs=steps), crumbs(*messages))

    assert said.endswith(words)
    assert said.startswith("breadcrumbs: expected ")


def test_a_step_that_is_missing_keeps_what_came_instead():
    """The difference has the step and the names of what comes after the last step."""
    (missing,) = expecting(breadcrumbs=["a", "x"]).mismatches(crumbs("a", "b", "c"))

    assert (missing.path, missing.expected, missing.got) == ("breadcrumbs", "x", ["b", "c"])
    (missing,) = expecting(breadcrumbs=["x"]).mismatches(crumbs())
    assert (missing.path, missing.expected, missing.got) == ("breadcrumbs", "x", [])
    (missing,) = expecting(breadcrumbs=["x"]).mismatches(crumbs("a"))
    assert (missing.path, missing.expected, missing.got) == ("breadcrumbs", "x", ["a"])


def test_the_nearest_of_later_things_is_told_with_a_few_differences():
    """Of what comes after, the one with the fewest differences, and five of them at the most."""
    wanted = {"message": "b", "category": "x", "level": "fatal", "type": "t", "data": {"a": 1, "b": 2}}
    (said,) = told(expecting(breadcrumbs=["a", wanted]), crumbs("a", "c", "b", "d"))

    assert said.endswith(
        "nearest is breadcrumbs[2]['category'] '', breadcrumbs[2]['level'] 'info', breadcrumbs[2]['type'] 'default', "
        "breadcrumbs[2]['data'] nothing"
    )


def test_a_value_that_decides_is_held_against_all_steps():
    """In the place of the list, or of one step: a text, or the thing as a mapping."""

    class Two:
        """Is equal to two mappings."""

        def __eq__(self, other):
            return [type(each) for each in other] == [dict, dict]

        __hash__ = None

    two = Two()
    assert expecting(breadcrumbs=two).matches(crumbs("a", "b"))
    (missing,) = expecting(breadcrumbs=two).mismatches(crumbs("a"))
    assert (missing.path, missing.expected, missing.got[0]["message"]) == ("breadcrumbs", two, "a")
    assert expecting(breadcrumbs=[Loud()]).matches(crumbs("a", "A"))
    assert not expecting(breadcrumbs=[Loud()]).matches(crumbs("a"))


def test_each_keyword_of_steps_says_what_there_is_none_of():
    """Breadcrumbs, frames, spans and items."""
    transaction = CapturedTransaction({}, raw=b"", circumstances=NOBODY)

    assert told(expecting(frames=["f"]), event()) == ["frames: expected 'f', there are no frames"]
    assert told(expecting(TRANSACTIONS, spans=["s"]), transaction) == ["spans: expected 's', there are no spans"]
    assert told(expecting(ENVELOPES, items=["i"]), Envelope({}, ())) == ["items: expected 'i', there are no items"]


def test_a_functions_name_may_be_the_end_of_a_qualified_one():
    """However a value compares: by being equal, or by not being different."""

    class Other:
        """Is equal to what is not different from a text."""

        def __eq__(self, other):
            return not other != "charge"

        __hash__ = None

    frames = {"stacktrace": {"frames": [{"function": "Shop.charge", "in_app": True}]}}

    assert expecting(frames=[Other()]).matches(chained(frames))
    assert expecting(frames=["charge"]).matches(chained(frames))
    assert not expecting(frames=["arge"]).matches(chained(frames))
    assert not expecting(frames=[{"function": 3}]).matches(chained(frames))
    assert not expecting(frames=[Other()]).matches(chained({"stacktrace": {"frames": [{"function": "main"}]}}))


# The vocabularies.


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.txt", "x"], [("attachments", "x", ["a.txt", "b.txt"])]),
        (["a.txt", re.compile("^b")], []),
        (("b.txt",), []),
        (frozenset({"b.txt"}), []),
        (["x", "a.txt", "y"], [("attachments", each, ["a.txt", "b.txt"]) for each in "xy"]),
    ],
)
def test_names_of_files_are_looked_for_among_all(names, found):
    """Each that is missing is told with those that are there."""
    assert told(expecting(attachments=names), event(("a.txt", "b.txt"))) == found
    assert told(expecting(attachments=["x"]), event()) == [("attachments", "x", MISSING)]


def test_a_value_that_decides_sees_all_names_of_files():
    """In the place of the list."""

    class Two:
        """Is equal to a list of two."""

        def __eq__(self, other):
            return len(other) == 2

        __hash__ = None

    two = Two()
    assert expecting(attachments=two).matches(event(("a", "b")))
    assert told(expecting(attachments=two), event(("a",))) == [("attachments", two, ["a"])]


def test_keywords_that_may_be_told_by_their_place():
    """Each keyword of a vocabulary says its own name where it differs."""
    envelope = Envelope({"event_id": "e", "sdk": {"name": "x"}}, (Item({"type": "event"}, b"{}"),))

    assert told(expecting(ENVELOPES, event_id="f", headers={"sdk": {"name": "y"}}), envelope) == [
        ("event_id", "f", "e"),
        ("headers['sdk']['name']", "y", "x"),
    ]
    assert told(expecting(LOGS, match="x"), CapturedLog({"body": "low"}, NOBODY)) == [("match", re.compile("x"), "low")]
    assert expecting(ENVELOPES, event_id=None).matches(Envelope({}, ()))
    file = CapturedAttachment({}, NOBODY, b"ab", "")
    assert told(expecting(ATTACHMENTS, bytes=b"a"), file) == [("bytes", b"a", b"ab")]
    assert expecting(ATTACHMENTS, bytes=ANY).matches(file)
    assert expecting(ATTACHMENTS, bytes=re.compile(b"b")).matches(file)


def test_a_vocabulary_is_made_of_readings():
    """A keyword may read an attribute, something else, a pattern in a text, or steps in an order."""

    class Thing:
        """What is asked."""

        size, text = 3, "abc"
        parts = ("a", "b")

    steps = Steps(
        read=lambda thing: thing.parts,
        names=lambda part: (part,),
        as_mapping=lambda part: {"part": part},
        nothing="there are no parts",
    )
    words = Vocabulary(
        noun="thing",
        values={
            "size": valued(or_none(judge_number)),
            "half": valued(judge_number, lambda thing: thing.size / 2),
            "search": searched("text"),
            "parts": in_order(steps),
            "colour": valued(one_of("red", "green"), lambda _: "red"),
        },
    )

    def ask(**keywords):
        """Ask the thing."""
        return told(Expectation.parse(words, asked_by="one()", **keywords), Thing())

    assert words.keywords == ("size", "half", "search", "parts", "colour", "where", "count")
    assert ask(size=3, half=1.5, search="b", parts=["a", "b"], colour="red") == []
    assert ask(size=2, half=2) == [("size", 2, 3), ("half", 2, 1.5)]
    assert ask(size=None) == [("size", None, 3)]
    assert ask(search="x") == [("search", re.compile("x"), "abc")]
    assert ask(parts=["b", "a"]) == [
        "parts: expected 'a' after parts[1] 'b', nothing comes there; one is at parts[0], too early"
    ]
    assert ask(colour="green") == [("colour", "green", "red")]
    assert refused(words, colour="gren") == "one() got colour='gren': expected one of red, green; did you mean 'green'?"
    assert refused(words, half=None) == "one() got half=None: expected a number"
    assert refused(words, size="x") == "one() got size='x': expected a number"
    assert refused(words, search=3) == "one() got search=3: expected a regular expression"
    assert refused(words, parts=[3]).startswith("one() got parts=[3]: expected a list, each")


@pytest.mark.parametrize("judge", [judge_text, judge_mapping, judge_level, judge_number])
def test_none_passes_only_where_it_may(judge):
    """`or_none` lets it pass, and nothing else that the judge refuses."""
    or_none(judge)(Asked("one()", "word", None))

    for value in (None, b"x"):
        with pytest.raises(ExpectationError, match=r"^one\(\) got word="):
            judge(Asked("one()", "word", value))
    with pytest.raises(ExpectationError, match=r"^one\(\) got word=b'x': expected "):
        or_none(judge)(Asked("one()", "word", b"x"))


def test_an_exception_that_was_got_is_no_quoted_text():
    """A name was asked for; what was got is name and words, which no pair of quotes holds together."""
    raised = {"exception": {"values": [{"type": "PaymentError", "module": "shop", "value": "card declined"}]}}
    [difference] = expecting(exception="shop.PaymentEror").mismatches(event(message=None, **raised))
    assert difference.got == "shop.PaymentError: card declined"
    assert repr(difference.got) == "shop.PaymentError: card declined"
