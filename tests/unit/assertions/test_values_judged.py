from __future__ import annotations

import enum
import logging
import re
from unittest.mock import ANY

import pytest
from dirty_equals import AnyThing, IsStr

from pytest_errortrack.assertions import (
    ATTACHMENTS,
    CHECK_INS,
    ENVELOPES,
    EVENTS,
    LOGS,
    METRICS,
    SESSIONS,
    TRANSACTIONS,
    Expectation,
    ExpectationError,
)


def refused(vocabulary, keyword, value):
    """Return the message with which a value is refused."""
    with pytest.raises(ExpectationError) as caught:
        Expectation.parse(vocabulary, asked_by="one()", **{keyword: value})
    return str(caught.value)


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("level", "eror", "did you mean 'error'?"),
        ("level", "ERROR", "did you mean 'error'?"),
        ("level", logging.ERROR, "a level's name: 'error'"),
        ("level", logging.CRITICAL, "a level's name: 'fatal'"),
        ("level", "zzz", "for a word of your own give a compiled regex"),
        ("level", ["error"], "a string or a compiled regex"),
        ("level", None, "a string or a compiled regex"),
        ("level", re.compile(b"error"), "a string or a compiled regex"),
        ("message", b"x", "a string or a compiled regex"),
        ("message", lambda text: text, "a string or a compiled regex"),
        ("match", 3, "a string or a compiled regex"),
        ("exception", (KeyError, ValueError), "one exception class, a name, or a compiled regex"),
        ("exception", KeyError("x"), "one exception class, a name, or a compiled regex"),
        ("exception", int, "one exception class, a name, or a compiled regex"),
        ("exception", None, "where=lambda event: event.exception is None"),
        ("handled", "no", "True, False or None"),
        ("mechanism", 3, "a string, a compiled regex or a mapping"),
        ("tags", "tenant", "a mapping"),
        ("tags", [("tenant", "acme")], "a mapping"),
        ("user", None, "a mapping"),
        ("fingerprint", "a", "a list"),
        ("release", 3, "a string or a compiled regex"),
        ("breadcrumbs", "cart priced", "a list, each a string, a compiled regex or a mapping"),
        ("breadcrumbs", [3], "a list, each a string, a compiled regex or a mapping"),
        ("frames", {"function": "charge"}, "a list, each a string, a compiled regex or a mapping"),
        ("attachments", "log.txt", "a list of file names"),
        ("attachments", [b"log.txt"], "a list of file names"),
        ("not_contains", "", "none of them empty"),
        ("not_contains", ["x", ""], "none of them empty"),
        ("not_contains", [], "one or many strings or bytes"),
        ("not_contains", 3, "one or many strings or bytes"),
        ("not_contains", re.compile("x"), "one or many strings or bytes"),
    ],
)
def test_what_no_event_can_have_is_refused_at_once(keyword, value, expected):
    """A value that could never match is a mistake in the test, told with what was given and what can stand there."""
    message = refused(EVENTS, keyword, value)

    assert message.startswith(f"one() got {keyword}=")
    assert expected in message


@pytest.mark.parametrize(
    ("vocabulary", "keyword", "value", "expected"),
    [
        (TRANSACTIONS, "spans", "db", "a list"),
        (TRANSACTIONS, "status", 200, "a string"),
        (TRANSACTIONS, "name", None, "a string"),
        (LOGS, "level", "warning", "did you mean 'warn'?"),
        (METRICS, "type", "count", "did you mean 'counter'?"),
        (METRICS, "value", "3", "a number"),
        (CHECK_INS, "status", "failed", "one of in_progress, ok, error"),
        (SESSIONS, "status", "crash", "did you mean 'crashed'?"),
        (SESSIONS, "errors", True, "a number"),
        (ATTACHMENTS, "bytes", "text", "bytes or a compiled regex of bytes"),
        (ENVELOPES, "items", "event", "a list"),
        (ENVELOPES, "headers", ["event_id"], "a mapping"),
    ],
)
def test_each_kind_judges_its_own_words(vocabulary, keyword, value, expected):
    """Transactions, logs and the rest refuse what they can never have as well."""
    assert expected in refused(vocabulary, keyword, value)


@pytest.mark.parametrize(
    "keyword", [each for each in EVENTS.keywords if each not in {"where", "count", "not_contains"}]
)
@pytest.mark.parametrize("value", [ANY, AnyThing()], ids=["mock", "dirty-equals"])
def test_what_decides_by_itself_is_never_refused(keyword, value):
    """`mock.ANY` and dirty-equals may stand wherever a value stands."""
    assert Expectation.parse(EVENTS, asked_by="one()", **{keyword: value}).criteria == {keyword: value}


@pytest.mark.parametrize("value", [re.compile("^(err|warn)"), IsStr(regex="e.*"), "critical", "warn"])
def test_levels_of_other_making_have_their_ways(value):
    """A pattern, a matcher, and what `sentry_sdk` sends as it was given are levels too."""
    Expectation.parse(EVENTS, asked_by="one()", level=value)


def test_a_level_of_the_applications_own_is_one(monkeypatch):
    """`logging` knows the names of an application's own levels, and they are sent as they are."""
    assert "expected one of" in refused(EVENTS, "level", "notice")

    for names, key, value in ((logging._nameToLevel, "NOTICE", 25), (logging._levelToName, 25, "NOTICE")):
        monkeypatch.setitem(names, key, value)  # as `addLevelName` does, and taken back

    Expectation.parse(EVENTS, asked_by="one()", level="notice")


def test_members_of_an_enumeration_are_judged_by_how_they_compare():
    """One that is a string is equal to what is captured; a plain one never is."""

    class Word(enum.StrEnum):
        ERROR = "error"

    class Plain(enum.Enum):
        ERROR = "error"

    Expectation.parse(EVENTS, asked_by="one()", level=Word.ERROR)
    assert "a string or a compiled regex" in refused(EVENTS, "level", Plain.ERROR)
