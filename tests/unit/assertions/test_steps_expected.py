from __future__ import annotations

import re
from unittest.mock import ANY

import pytest
from dirty_equals import IsPartialDict, IsStr

from pytest_errortrack.assertions import (
    ENVELOPES,
    EVENTS,
    TRANSACTIONS,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    Expectation,
)
from pytest_errortrack.sdk import Envelope, Item

CRUMBS = [
    {"message": "cart priced", "category": "cart", "data": {"articles": 2, "total": 9}},
    {"message": "card charged", "category": "bank", "level": "warning"},
    {"message": "mail sent", "category": "mail"},
]
FRAMES = [
    {"function": "main", "in_app": True, "lineno": 1},
    {"function": "render", "in_app": False},
    {"function": "Shop.checkout", "in_app": True, "filename": "shop.py"},
    {"function": "test_it.<locals>.charge", "in_app": True, "lineno": 7},
]


def event(**payload):
    return CapturedEvent({"event_id": "e", **payload}, raw=b"", circumstances=Circumstances())


def traced(*spans):
    payload = {"spans": [{"op": op, "description": description} for op, description in spans]}
    return CapturedTransaction(payload, raw=b"", circumstances=Circumstances())


def expecting(vocabulary=EVENTS, **keywords):
    return Expectation.parse(vocabulary, asked_by="one()", **keywords)


def words_of(expectation, captured):
    (difference,) = expectation.mismatches(captured)
    return difference.words


@pytest.mark.parametrize(
    "steps",
    [
        [],
        ["cart priced"],
        ("cart priced", "mail sent"),
        ["cart priced", re.compile("^card"), "mail sent"],
        [{"category": "cart"}, {"message": re.compile("sent$")}],
        [{"data": {"articles": 2}}],
        [{"level": "info"}, {"level": "warning"}, {"level": "info", "type": "default"}],
        [ANY, ANY, ANY],
        [IsStr(regex="cart.*"), IsPartialDict(category="mail")],
        ANY,
    ],
)
def test_breadcrumbs_in_order_match(steps):
    """Each step is a message, a pattern, a subset with the payload's defaults, or what decides by itself."""
    assert expecting(breadcrumbs=steps).matches(event(breadcrumbs={"values": CRUMBS}))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["card"], "breadcrumbs: expected 'card', got 'cart priced', 'card charged', 'mail sent'"),
        (
            ["mail sent", "cart priced"],
            (
                "breadcrumbs: expected 'cart priced' after breadcrumbs[2] 'mail sent', nothing comes there; "
                "one is at breadcrumbs[0], too early"
            ),
        ),
        (
            ["cart priced", re.compile("refund")],
            (
                "breadcrumbs: expected /refund/ after breadcrumbs[0] 'cart priced', "
                "only 'card charged', 'mail sent' comes there"
            ),
        ),
        (
            ["mail sent", "mail sent"],
            "breadcrumbs: expected 'mail sent' after breadcrumbs[2] 'mail sent', nothing comes there",
        ),
        ([ANY] * 4, "breadcrumbs: expected <ANY> after breadcrumbs[2] 'mail sent', nothing comes there"),
    ],
)
def test_the_first_step_that_is_missing_is_told(steps, words):
    """The words name the step, what it would have to come after, and what comes there."""
    assert words_of(expecting(breadcrumbs=steps), event(breadcrumbs=CRUMBS)) == words


def test_a_mapping_as_a_step_tells_what_differs_in_the_nearest():
    """Where nothing was found yet, the differences of the nearest thing say more than its name."""
    (difference,) = expecting(breadcrumbs=[{"category": "bank", "level": "error"}]).mismatches(
        event(breadcrumbs=CRUMBS)
    )

    assert (difference.path, difference.expected, difference.got) == ("breadcrumbs[1]['level']", "error", "warning")


def test_a_mapping_as_a_later_step_tells_what_is_nearest():
    """After what was found, the words name the nearest thing that comes, and in what it differs."""
    expectation = expecting(breadcrumbs=["cart priced", {"category": "bank", "message": "refunded"}])

    assert words_of(expectation, event(breadcrumbs=CRUMBS)) == (
        "breadcrumbs: expected {'category': 'bank', 'message': 'refunded'} after breadcrumbs[0] 'cart priced', "
        "nearest is breadcrumbs[1]['message'] 'card charged'"
    )


def test_no_breadcrumbs_at_all():
    """That there are none is said in words."""
    assert words_of(expecting(breadcrumbs=["a"]), event()) == "breadcrumbs: expected 'a', there are no breadcrumbs"


@pytest.mark.parametrize(
    "steps",
    [
        ["main", "charge"],
        ["checkout", "charge"],
        ["Shop.checkout"],
        ["test_it.<locals>.charge"],
        [re.compile(r"charge$")],
        [{"function": "charge", "lineno": 7}],
        [{"filename": "shop.py"}],
    ],
)
def test_frames_of_the_application(steps):
    """A function may be named with or without its class; frames of libraries do not count."""
    values = [{"type": "E", "stacktrace": {"frames": FRAMES}}]

    assert expecting(frames=steps).matches(event(exception={"values": values}))


@pytest.mark.parametrize("steps", [["render"], ["charge", "main"], ["harge"], ["Other.checkout"], [{"lineno": 2}]])
def test_frames_that_are_not_there(steps):
    """A library's frame, another order, part of a name: no match."""
    values = [{"type": "E", "stacktrace": {"frames": FRAMES}}]

    assert not expecting(frames=steps).matches(event(exception={"values": values}))


def test_frames_are_those_of_the_innermost_exception():
    """Of a chain it is the cause at its bottom, which stands first on the wire; one without a stack is passed over."""
    values = [
        {"type": "Bare"},
        {"type": "Inner", "stacktrace": {"frames": [{"function": "charge", "in_app": True}]}},
        {"type": "Outer", "stacktrace": {"frames": [{"function": "main", "in_app": True}]}},
    ]

    assert expecting(frames=["charge"]).matches(event(exception={"values": values}))
    assert not expecting(frames=["main"]).matches(event(exception={"values": values}))


def test_frames_without_any_of_the_application_and_those_of_a_message():
    """Where no frame says that it is the application's, all count; a message's stack counts as well."""
    stack = {"stacktrace": {"frames": [{"function": "a", "in_app": False}, {"function": "b"}]}}

    assert expecting(frames=["a", "b"]).matches(event(exception={"values": [stack]}))
    assert expecting(frames=["a", "b"]).matches(event(threads={"values": [stack]}))


@pytest.mark.parametrize(
    "steps",
    [["SELECT 1", "POST /charge"], ["db", "http"], [{"op": "db"}, re.compile("charge")], [{"name": "SELECT 1"}]],
)
def test_spans_in_order_match(steps):
    """A span's step is its description or its kind, a pattern in either, or a subset."""
    assert expecting(TRANSACTIONS, spans=steps).matches(traced(("db", "SELECT 1"), ("http", "POST /charge")))


def test_spans_in_another_order_do_not():
    """The order is that of the payload."""
    words = words_of(
        expecting(TRANSACTIONS, spans=["http", "db"]), traced(("db", "SELECT 1"), ("http", "POST /charge"))
    )

    assert words == (
        "spans: expected 'db' after spans[1] 'POST /charge', nothing comes there; one is at spans[0], too early"
    )


def test_envelopes_are_asked_by_their_items():
    """An item's step is its type or its file's name, or a subset of its headers."""
    envelope = Envelope(
        {"event_id": "e" * 32}, (Item({"type": "event"}, b"{}"), Item({"type": "attachment", "filename": "a.txt"}, b""))
    )

    assert expecting(ENVELOPES, items=["event", "a.txt"], event_id="e" * 32).matches(envelope)
    assert expecting(ENVELOPES, items=[{"type": "attachment"}], headers={"event_id": ANY}).matches(envelope)
    assert not expecting(ENVELOPES, items=["attachment", "event"]).matches(envelope)


@pytest.mark.parametrize("names", [["a.txt"], ["b.bin", "a.txt"], {"a.txt"}, [re.compile("^b")], [], ANY])
def test_attachments_are_a_subset_of_names(names):
    """Any order, a pattern too."""
    captured = CapturedEvent({}, raw=b"", circumstances=Circumstances(), attachments=["a.txt", "b.bin"])

    assert expecting(attachments=names).matches(captured)


def test_an_attachment_that_is_not_there_is_told():
    """Each name that is missing is a difference."""
    captured = CapturedEvent({}, raw=b"", circumstances=Circumstances(), attachments=["a.txt"])

    found = expecting(attachments=["a.txt", "c.txt", "d.txt"]).mismatches(captured)

    assert [(each.expected, each.got) for each in found] == [("c.txt", ["a.txt"]), ("d.txt", ["a.txt"])]


def test_data_is_that_of_the_trace_context():
    """`data` of an event is what its span was given: a recursive subset of the trace context's data."""
    captured = event(contexts={"trace": {"data": {"rows": 3, "cache": {"hit": True}}}})

    assert expecting(data={"cache": {"hit": True}}).matches(captured)
    assert not expecting(data={"rows": 4}).matches(captured)
