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


@pytest.mark.parametrize("keyword", ["exception", "handled", "mechanism"])
def test_a_message_has_nothing_of_an_exception(keyword):
    """What asks for any exception at all does not match an event without one."""
    message = CapturedEvent({"message": "low"}, raw=b"", circumstances=Circumstances())

    assert not expecting(**{keyword: ANY}).matches(message)
    assert expecting(**{keyword: ANY}).matches(chained((None, "KeyError", "k")))
