from __future__ import annotations

import datetime as dt

import pytest

from pytest_errortrack.assertions import CapturedEvent, CapturedLog, Circumstances
from pytest_errortrack.assertions._isolation._sent import GONE, sent
from pytest_errortrack.assertions._isolation._things import Thing
from pytest_errortrack.sdk.testing import Stamped


class File:
    """A file that a scope holds."""

    filename = "log.txt"


FILE = File()


def sent_of(payload, path, value, *, attachments=()):
    """Find what of a value at this path was sent in an event of this payload."""
    item = CapturedEvent(payload, raw=b"", circumstances=Circumstances())
    return sent(Thing("events[0]", item, (), attachments), Stamped(path, value, None))


@pytest.mark.parametrize("field", ["tags", "extra", "user", "contexts", "measurements"])
def test_what_stands_under_a_key_is_told_as_it_was_sent(field):
    """Also masked, also falsy; gone where the key or the field is gone, or is no mapping any more."""
    path = (field, "key")

    assert sent_of({field: {"key": "[masked]"}}, path, "secret") == "[masked]"
    assert sent_of({field: {"key": 0}}, path, "secret") == 0
    for payload in ({}, {field: {}}, {field: None}, {field: "key"}, {field: ["key"]}):
        assert sent_of(payload, path, "secret") is GONE


def test_a_path_may_go_through_lists():
    """The spans of a transaction are one: by place, as far as there are any."""
    payload = {"spans": [{"data": {"x": 1}}, {"data": {"x": 2}}]}

    assert sent_of(payload, ("spans", "1"), None) == {"data": {"x": 2}}
    assert sent_of(payload, ("spans", "0", "data", "x"), None) == 1
    assert sent_of(payload, ("spans", "2"), None) is GONE
    assert sent_of(payload, ("spans", "first"), None) is GONE
    assert sent_of(payload, ("spans", "0", "data", "y"), None) is GONE


@pytest.mark.parametrize("field", ["level", "transaction", "trace_id", "span_id"])
def test_a_lone_value_counts_as_long_as_it_is_the_same(field):
    """Another one is nobody's but the callback's."""
    assert sent_of({field: "b"}, (field,), "b") == "b"
    assert sent_of({field: "a"}, (field,), "b") is GONE
    assert sent_of({}, (field,), "b") is GONE


def test_a_fingerprint_is_the_same_as_a_list_or_a_tuple():
    """What was written as a tuple is sent as a list."""
    assert sent_of({"fingerprint": ["a", "b"]}, ("fingerprint",), ("a", "b")) == ["a", "b"]
    assert sent_of({"fingerprint": ["a", "b"]}, ("fingerprint",), ["a", "b"]) == ["a", "b"]
    assert sent_of({"fingerprint": ["b"]}, ("fingerprint",), ("a",)) is GONE


def test_a_flag_is_found_by_its_name():
    """Flags are a list of names and results: the result counts, whatever it is, and where the flag was sent."""
    values = [{"flag": "old", "result": True}, {"flag": "new", "result": False}, {"result": True}]
    payload = {"contexts": {"flags": {"values": values}}}

    assert sent_of(payload, ("contexts", "flags", "new"), True) is False
    assert sent_of(payload, ("contexts", "flags", "old"), False) is True
    assert sent_of(payload, ("contexts", "flags", "third"), True) is GONE
    for nothing in ({}, {"contexts": None}, {"contexts": {}}, {"contexts": {"flags": {}}}):
        assert sent_of(nothing, ("contexts", "flags", "new"), True) is GONE


WHEN = dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)
CRUMB = {"timestamp": WHEN, "type": "default", "category": "ui", "message": "card 4111"}
SENT = {**CRUMB, "timestamp": "2020-01-01T12:00:00.000000Z"}


@pytest.mark.parametrize("held", [{"values": [SENT]}, [SENT]])
def test_a_breadcrumb_is_found_with_its_time_in_the_form_that_is_sent(held):
    """Both forms that a payload may have it in are read; a time of another zone is the same time."""
    elsewhere = {**CRUMB, "timestamp": WHEN.astimezone(dt.timezone(dt.timedelta(hours=2)))}

    assert sent_of({"breadcrumbs": held}, ("breadcrumbs", "7"), CRUMB) is SENT
    assert sent_of({"breadcrumbs": held}, ("breadcrumbs", "7"), elsewhere) is SENT


def test_a_masked_breadcrumb_is_found_by_what_was_left_of_it():
    """Among those that look alike the one of the same message, else the first."""
    masked, other = {**SENT, "message": "[card]"}, {**SENT, "message": "other"}
    path = ("breadcrumbs", "0")

    assert sent_of({"breadcrumbs": [masked, SENT]}, path, CRUMB) is SENT
    assert sent_of({"breadcrumbs": [masked, other]}, path, CRUMB) is masked


@pytest.mark.parametrize("changed", ["timestamp", "type", "category"])
def test_a_breadcrumb_of_another_time_type_or_category_is_another(changed):
    """Whatever its message."""
    assert sent_of({"breadcrumbs": [{**SENT, changed: "another"}]}, ("breadcrumbs", "0"), CRUMB) is GONE


def test_breadcrumbs_of_any_form_do_not_break_a_search():
    """An application may have written a text, or put something else where they stand."""
    path = ("breadcrumbs", "0")

    assert sent_of({"breadcrumbs": ["text", SENT]}, path, CRUMB) is SENT
    assert sent_of({"breadcrumbs": ["other", "text"]}, path, "text") == "text"
    for held in (None, "text", {"values": None}, {"values": "text"}, {}):
        assert sent_of({"breadcrumbs": held}, path, "text") is GONE


def test_a_file_was_sent_if_one_of_its_name_was():
    """The file itself knows its name; where it does not, the path does."""
    assert sent_of({}, ("attachments", "0"), FILE, attachments=["other", "log.txt"]) is FILE
    assert sent_of({}, ("attachments", "log.txt"), b"x", attachments=["log.txt"]) == b"x"
    assert sent_of({}, ("attachments", "log.txt"), FILE, attachments=["other"]) is GONE
    assert sent_of({}, ("attachments", "log.txt"), b"x") is GONE


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ({"a": {"value": 1, "type": "integer"}}, 1),
        ({"a": {"value": None}}, None),
        ({"a": 1}, 1),
        ({"a": {"type": "integer"}}, {"type": "integer"}),
        ({"b": {"value": 1}}, GONE),
        ([1], GONE),
        (None, GONE),
    ],
)
def test_an_attribute_is_read_without_its_type(attributes, found):
    """Of a log or metric: with the type beside it, or plain."""
    log = CapturedLog({"attributes": attributes}, Circumstances())

    assert sent(Thing("logs[0]", log, ()), Stamped(("attributes", "a"), "written", None)) == found


@pytest.mark.parametrize("field", ["processors", "session"])
def test_what_leaves_no_trace_in_a_payload_is_told_as_it_was_written(field):
    """A processor acts on the event from beside it."""
    assert sent_of({}, (field, "0"), FILE) is FILE
