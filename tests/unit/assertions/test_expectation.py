from __future__ import annotations

import re

import pytest

from pytest_errortrack.assertions import (
    EVENTS,
    TRANSACTIONS,
    CapturedEvent,
    Circumstances,
    Count,
    Expectation,
    ExpectationError,
)


def event(payload, *, live=None):
    payload = {"event_id": "e", **payload}
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances(), live={"e": live} if live else {})


def chained(*links):
    return {
        "exception": {"values": [{"type": kind, "value": value, "module": module} for module, kind, value in links]}
    }


def expecting(**keywords):
    return Expectation.parse(EVENTS, asked_by="one()", counted=True, **keywords)


class PaymentError(Exception):
    pass


class DeclinedError(PaymentError):
    pass


def test_an_unknown_keyword_names_the_nearest_right_one():
    """A typing error is told at once, with what was meant."""
    with pytest.raises(ExpectationError, match=r"one\(\) got an unknown keyword 'tag': did you mean 'tags'\?"):
        expecting(tag={})


def test_a_keyword_like_no_other_lists_all():
    """Where nothing is near, what is known is listed."""
    with pytest.raises(ExpectationError, match="known are exception, message"):
        expecting(zzz=1)
    with pytest.raises(ExpectationError, match="unknown keyword 'level': known are name, op, status"):
        Expectation.parse(TRANSACTIONS, {"level": "error"}, asked_by="@expect_transaction")


def test_a_mapping_means_the_same_as_keywords():
    """`one({...})` and `one(...)` are one expectation."""
    assert Expectation.parse(EVENTS, {"level": "error"}, asked_by="one()") == Expectation.parse(
        EVENTS, asked_by="one()", level="error"
    )


@pytest.mark.parametrize("wrong", [([],), ({}, {}), (3,)])
def test_other_positional_arguments_are_refused(wrong):
    """Only one mapping may stand before the keywords."""
    with pytest.raises(ExpectationError, match="takes keywords, or one mapping"):
        Expectation.parse(EVENTS, *wrong, asked_by="one()")


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [(0, [0], [1]), (2, [2], [1, 3]), ((1, 3), [1, 3], [0, 4]), ((None, 1), [0, 1], [2]), ((2, None), [2, 99], [1])],
)
def test_count_takes_a_number_or_bounds(value, inside, outside):
    """A count is exact, or from a least to a most."""
    count = Count.parse(value, asked_by="x")

    assert all(number in count for number in inside)
    assert not any(number in count for number in outside)


@pytest.mark.parametrize("wrong", [-1, True, "one", (3, 1), (1,), (1, "x"), 1.5])
def test_a_count_that_cannot_be_is_refused(wrong):
    """A count is judged when it is given."""
    with pytest.raises(ExpectationError, match="count="):
        Count.parse(wrong, asked_by="x")


def test_count_is_refused_where_it_means_nothing():
    """`one` is one: a count there is a mistake."""
    with pytest.raises(ExpectationError, match="takes no count"):
        Expectation.parse(EVENTS, asked_by="one()", count=2)


def test_a_class_matches_the_live_exception_by_isinstance():
    """A base class matches where the exception object is known, on any link of the chain."""
    live = RuntimeError("outer")
    live.__cause__ = DeclinedError("no")
    captured = event(chained((__name__, "DeclinedError", "no"), (None, "RuntimeError", "outer")), live=live)

    assert expecting(exception=PaymentError).matches(captured)
    assert expecting(exception=RuntimeError).matches(captured)
    assert not expecting(exception=KeyError).matches(captured)


def test_a_class_matches_by_qualified_name_where_no_object_is_known():
    """An event of another process is compared by module and name; a base class cannot be known then."""
    captured = event(chained((__name__, "DeclinedError", "no")))

    assert expecting(exception=DeclinedError).matches(captured)
    assert not expecting(exception=PaymentError).matches(captured)


@pytest.mark.parametrize("name", ["KeyError", re.compile("^Key"), "shop.errors.PaymentError", "PaymentError"])
def test_a_name_matches_any_link(name):
    """A name may be plain or qualified, and any link may have it."""
    assert expecting(exception=name).matches(
        event(chained((None, "KeyError", "k"), ("shop.errors", "PaymentError", "p")))
    )


def test_exception_and_message_must_hold_for_the_same_link():
    """The type of one link and the message of another are no match."""
    captured = event(chained((None, "KeyError", "inner"), (None, "ValueError", "outer")))

    assert expecting(exception="KeyError", message="inner").matches(captured)
    assert not expecting(exception="KeyError", message="outer").matches(captured)


def test_message_equals_and_match_searches():
    """`message` is equality, `match` and a compiled pattern search, for messages and for exceptions."""
    captured = event({"message": "disk almost full"})

    assert expecting(message="disk almost full").matches(captured)
    assert not expecting(message="disk").matches(captured)
    assert expecting(match="almost").matches(captured)
    assert expecting(message=re.compile("full$")).matches(captured)
    assert expecting(match="no").matches(event(chained((None, "E", "oh no"))))


def test_a_broken_pattern_is_told_at_once():
    """A pattern that cannot be compiled is a mistake in the test, not a mismatch."""
    with pytest.raises(ExpectationError, match="no regular expression"):
        expecting(match="(")


def test_where_is_asked_last_and_must_be_callable():
    """A predicate sees only what fits the rest."""
    assert expecting(level="error", where=lambda captured: captured.tags["a"] == "1").matches(
        event({"level": "error", "tags": {"a": "1"}})
    )
    assert not expecting(level="error", where=lambda captured: captured.tags["a"]).matches(event({"level": "info"}))
    with pytest.raises(ExpectationError, match="expected a function of the event"):
        expecting(where=3)


@pytest.mark.parametrize(
    ("keyword", "value", "payload"),
    [
        ("handled", False, {"exception": {"values": [{"type": "E", "mechanism": {"type": "wsgi", "handled": False}}]}}),
        ("mechanism", "wsgi", {"exception": {"values": [{"type": "E", "mechanism": {"type": "wsgi"}}]}}),
        ("mechanism", {"type": "wsgi"}, {"exception": {"values": [{"mechanism": {"type": "wsgi", "handled": True}}]}}),
        ("user", {"id": "1"}, {"user": {"id": "1", "email": "a@b"}}),
        ("contexts", {"trace": {"op": "x"}}, {"contexts": {"trace": {"op": "x", "span_id": "1"}}}),
        ("trace_id", "t", {"contexts": {"trace": {"trace_id": "t"}}}),
        ("fingerprint", ["a", "b"], {"fingerprint": ["a", "b"]}),
        ("release", "1.0", {"release": "1.0"}),
        ("request", {"method": "GET"}, {"request": {"method": "GET", "url": "/"}}),
    ],
)
def test_each_keyword_reads_its_part_of_the_payload(keyword, value, payload):
    """A keyword matches when its part has the value, and not when the part is absent."""
    assert expecting(**{keyword: value}).matches(event(payload))
    assert not expecting(**{keyword: value}).matches(event({"message": "nothing else"}))


def test_transactions_have_their_own_vocabulary():
    """What is a word for events need not be one for transactions."""
    with pytest.raises(ExpectationError, match="unknown keyword 'exception'"):
        Expectation.parse(TRANSACTIONS, asked_by="one()", exception="E")
