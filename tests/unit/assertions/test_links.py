from __future__ import annotations

import re
from unittest.mock import ANY

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Expectation


class PaymentError(Exception):
    pass


class DeclinedError(PaymentError):
    pass


def expecting(**keywords):
    return Expectation.parse(EVENTS, asked_by="one()", **keywords)


def chained(*links):
    values = [{"type": kind, "value": value, "module": module} for module, kind, value in links]
    return CapturedEvent({"exception": {"values": values}}, raw=b"", circumstances=Circumstances())


def words_of(expectation, captured):
    return [difference.words for difference in expectation.mismatches(captured)]


@pytest.mark.parametrize("name", ["ValueError", "builtins.ValueError", re.compile("^Value")])
@pytest.mark.parametrize("module", [None, "", "builtins"])
def test_a_builtin_has_a_name_with_and_without_its_module(name, module):
    """Whether or not an SDK sends the module, both names of a builtin match."""
    assert expecting(exception=name).matches(chained((module, "ValueError", "no")))


@pytest.mark.parametrize("name", ["builtins.PaymentError", "shop.PaymentError", "Payment"])
def test_another_modules_name_does_not_match(name):
    """A qualified name is the whole of it."""
    assert not expecting(exception=name).matches(chained(("shop.errors", "PaymentError", "no")))


def test_the_text_says_that_all_must_hold_for_the_same_link():
    """Where each keyword holds for some link, but not all for one, the message says which link has which."""
    captured = chained((None, "KeyError", "inner"), (None, "ValueError", "outer"))

    assert words_of(expecting(exception="KeyError", message="outer"), captured) == [
        "exception: KeyError has it, but not the message; ValueError has the message. Both must hold for the same link"
    ]


def test_a_keyword_that_holds_nowhere_is_a_plain_difference():
    """Only what another link has needs more words than expected and got."""
    captured = chained((None, "KeyError", "inner"), (None, "ValueError", "outer"))

    assert words_of(expecting(exception="KeyError", message="nobody"), captured) == [""]


def test_the_events_own_message_is_a_candidate_too():
    """An event may have both; what is asked together must hold for one of them."""
    captured = CapturedEvent(
        {"message": "low", "exception": {"values": [{"type": "KeyError", "value": "k"}]}},
        raw=b"",
        circumstances=Circumstances(),
    )

    assert expecting(message="low").matches(captured)
    assert expecting(exception="KeyError", message="k").matches(captured)
    assert words_of(expecting(exception="KeyError", message="low"), captured) == [
        (
            "message: the event's own message has it, but not the exception; KeyError has the exception. "
            "Both must hold for the same link"
        )
    ]


@pytest.mark.parametrize("api", ["native", "sentry_sdk"])
def test_a_base_class_matches_after_the_recording_has_ended(api):
    """Classes are noted when an exception is captured: of the whole chain, and of the members of groups."""
    sentry_sdk = pytest.importorskip("sentry_sdk")
    with capture() as errortrack:
        theirs = sdk if api == "native" else sentry_sdk
        theirs.init(dsn="http://key@localhost/1")
        try:
            try:
                raise DeclinedError("no")
            except DeclinedError as error:
                raise ExceptionGroup("several", [KeyError("k"), error]) from error
        except ExceptionGroup as group:
            theirs.capture_exception(group)

    event = errortrack.events.one()

    assert event.live_exception is None
    for expected in (PaymentError, LookupError, ExceptionGroup, Exception):
        assert expecting(exception=expected).matches(event), expected
    for unexpected in (OSError, KeyboardInterrupt):
        assert not expecting(exception=unexpected).matches(event), unexpected
    assert expecting(exception=PaymentError, message="no").matches(event)
    assert not expecting(exception=LookupError, message="no").matches(event)


def test_a_class_of_the_same_name_is_another_class():
    """What was captured is asked by its class, not by its name, where the class is known."""
    other = type("DeclinedError", (Exception,), {"__module__": __name__})
    with capture() as errortrack:
        sdk.capture_exception(DeclinedError("no"))

    assert not expecting(exception=other).matches(errortrack.events[0])
    assert expecting(exception=DeclinedError).matches(errortrack.events[0])


def same_named(base):
    """Make a class that only its bases tell from others."""
    return type("E", (base,), {"__module__": "m"})


@pytest.mark.parametrize("api", ["native", "sentry_sdk"])
def test_links_of_one_name_are_told_apart_by_their_place(api):
    """Each link is asked by its own class: in a chain, under an explicit cause, and among the members of a group."""
    theirs = sdk if api == "native" else pytest.importorskip("sentry_sdk")
    lookup, arithmetic = same_named(LookupError), same_named(ArithmeticError)
    with capture() as errortrack:
        theirs.init(dsn="http://key@localhost/1")
        try:
            try:
                raise lookup("a")
            except lookup as error:
                raise arithmetic("b") from error
        except arithmetic as error:
            theirs.capture_exception(error)
        try:
            try:
                raise lookup("a")
            except lookup:
                raise ExceptionGroup("several", [arithmetic("b"), lookup("c"), arithmetic("d")])  # noqa: B904
        except ExceptionGroup as group:
            theirs.capture_exception(group)

    chain, group = errortrack.events
    for event, messages in ((chain, "a"), (group, "ac")):
        found = [each for each in "abcd" if expecting(exception=LookupError, message=each).matches(event)]
        assert found == list(messages)
    for event, messages in ((chain, "b"), (group, "bd")):
        found = [each for each in "abcd" if expecting(exception=ArithmeticError, message=each).matches(event)]
        assert found == list(messages)


def test_a_chain_that_was_cut_is_asked_by_what_is_left_of_its_classes():
    """Where a link is not at its place any more, every class of its name counts."""
    lookup, arithmetic = same_named(LookupError), same_named(ArithmeticError)
    values = [{"type": "E", "value": "a", "module": "m"}]
    cut = CapturedEvent(
        {"exception": {"values": values}},
        raw=b"",
        circumstances=Circumstances(),
        types=[ValueError, arithmetic, lookup],
    )

    assert expecting(exception=LookupError, message="a").matches(cut)
    assert expecting(exception=ArithmeticError, message="a").matches(cut)
    assert not expecting(exception=OSError).matches(cut)


@pytest.mark.parametrize("keyword", ["exception", "handled", "mechanism"])
def test_a_message_has_nothing_of_an_exception(keyword):
    """What asks for any exception at all does not match an event without one."""
    message = CapturedEvent({"message": "low"}, raw=b"", circumstances=Circumstances())

    assert not expecting(**{keyword: ANY}).matches(message)
    assert expecting(**{keyword: ANY}).matches(chained((None, "KeyError", "k")))
