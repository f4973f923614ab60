from __future__ import annotations

import types
from unittest.mock import ANY

import pytest

from pytest_errortrack.assertions import (
    CapturedAttachment,
    CapturedBreadcrumb,
    CapturedCheckIn,
    CapturedEvent,
    CapturedException,
    CapturedFeedback,
    CapturedLog,
    CapturedMetric,
    CapturedSession,
    CapturedSpan,
    CapturedSpans,
    CapturedTransaction,
    Circumstances,
    ExpectationError,
)
from pytest_errortrack.assertions._captured import mapping_of, mappings_of, types_in, values_of

NOBODY = Circumstances(sdk="sentry_sdk")


def event(payload, **more):
    return CapturedEvent(payload, raw=b"raw", circumstances=NOBODY, **more)


def traced(*spans, **payload):
    trace = {"span_id": "r", "op": "http.server", "status": "ok"}
    whole = {"transaction": "checkout", "contexts": {"trace": trace}, "spans": list(spans), **payload}
    return CapturedTransaction(whole, raw=b"", circumstances=NOBODY)


def span(number, parent, **more):
    return {"span_id": number, "parent_span_id": parent, "op": f"op {number}", "description": f"span {number}", **more}


# What a payload may hold instead.


@pytest.mark.parametrize(
    ("value", "read"), [({"a": 1}, {"a": 1}), (types.MappingProxyType({"a": 1}), {"a": 1}), (None, {}), ([1], {})]
)
def test_what_is_no_object_reads_as_an_empty_one(value, read):
    """A payload that an application made itself may hold anything."""
    assert mapping_of(value) == read


def test_what_is_read_is_a_copy():
    """Who changes what a reader gave changes nothing that was captured."""
    payload = {"tags": {"a": "1"}}

    event(payload).tags["a"] = "2"

    assert payload == {"tags": {"a": "1"}}


@pytest.mark.parametrize(
    ("value", "read"),
    [([{"a": 1}, 3, {"b": 2}], [{"a": 1}, {"b": 2}]), ({"values": [{"a": 1}]}, []), ("ab", []), (None, [])],
)
def test_of_a_list_only_the_objects_are_read(value, read):
    """What is no list is an empty one, and what is no object in it is left out."""
    assert mappings_of(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [([{"a": 1}, 3], [{"a": 1}]), ({"values": [{"a": 1}, 3]}, [{"a": 1}]), ({"VALUES": [{"a": 1}]}, []), (None, [])],
)
def test_a_list_may_stand_under_values(value, read):
    """Both forms of the protocol read the same."""
    assert values_of(value) == read


# Events.


def test_the_classes_of_an_exception_are_those_of_all_that_stands_behind_it():
    """In the order of the wire read backwards: its own, its cause or else its context, the members of a group."""
    outer, cause, context = RuntimeError("outer"), KeyError("cause"), OSError("context")
    group = ExceptionGroup("several", [ValueError("a"), ValueError("b"), TypeError("c")])
    outer.__cause__, outer.__context__, cause.__context__, group.__context__ = cause, context, group, outer

    assert types_in(outer) == (RuntimeError, KeyError, ExceptionGroup, ValueError, ValueError, TypeError)
    outer.__cause__ = None
    assert types_in(outer) == (RuntimeError,), "from None"
    outer.__suppress_context__ = False
    assert types_in(outer) == (RuntimeError, OSError)
    assert types_in(None) == ()


def test_an_event_keeps_what_it_was_made_of():
    """The bytes, the files' names, the envelope's absence, and the classes that were noted."""
    captured = event({}, attachments=("a.txt", "b.txt"), types=[KeyError])

    assert (captured.raw, captured.attachments, captured.envelope) == (b"raw", ["a.txt", "b.txt"], None)
    assert captured.exception_types == (KeyError,)
    assert event({}).attachments == []
    assert captured.circumstances is NOBODY


def test_an_event_is_in_sets_by_its_identity():
    """Two events with one payload are two."""
    one, other = event({"message": "a"}), event({"message": "a"})

    assert len({one, other, one}) == 2
    assert one != other
    assert one != [("message", "a")]
    assert one == {"message": "a"}


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        ({"message": "low"}, "error 'low'"),
        ({"level": "info"}, "info ''"),
        ({"exception": [{"type": "KeyError", "value": "'id'"}]}, "error KeyError: 'id'"),
        ({"exception": [{"type": "E", "value": "a\nb"}]}, "error E: a b"),
    ],
)
def test_the_title_of_an_event_is_its_level_and_what_happened(payload, title):
    """On one line, also in its representation."""
    assert event(payload).title == title
    assert repr(event(payload)) == f"<CapturedEvent {title}>"


# Parts of an event.


def test_breadcrumbs_are_equal_by_what_they_say():
    """To each other and to a mapping; to nothing else."""
    crumb = CapturedBreadcrumb({"message": "a"})

    assert crumb == CapturedBreadcrumb({"message": "a"}) == {"message": "a"}
    assert crumb != CapturedBreadcrumb({"message": "b"})
    assert crumb != {"message": "b"}
    assert crumb != "a"
    assert crumb == ANY


def test_breadcrumbs_say_what_they_are_on_one_line():
    """Level, category and message."""
    assert repr(CapturedBreadcrumb({"message": "a"})) == "<CapturedBreadcrumb info 'a'>"
    crumb = CapturedBreadcrumb({"message": "a", "category": "auth", "level": "error"})
    assert repr(crumb) == "<CapturedBreadcrumb error auth: 'a'>"


def test_a_link_of_a_chain_has_a_qualified_name():
    """Without the module where it is a builtin."""
    assert CapturedException({"type": "E", "module": "shop"}).qualified_name == "shop.E"
    assert CapturedException({"type": "E", "module": "builtins"}).qualified_name == "E"


# Transactions and their spans.


def test_a_span_tree_keeps_the_order_and_the_depth():
    """Children stand below their parents in the order of the payload, whatever the order of the parents is."""
    transaction = traced(
        span("c", "b"), span("a", "r"), span("b", "r"), span("d", "a"), span("e", "b"), span("f", "c"), span("g", "r")
    )

    assert transaction.span_tree().splitlines() == [
        "http.server: checkout",
        "  op a: span a",
        "    op d: span d",
        "  op b: span b",
        "    op c: span c",
        "      op f: span f",
        "    op e: span e",
        "  op g: span g",
    ]


def test_a_span_tree_puts_what_is_detached_last_and_with_its_children():
    """A span without its parent stands below the root, after the others, and its own children below it."""
    transaction = traced(span("x", "gone"), span("y", "x"), span("a", "r"), span("z", "lost", op="", description="?"))

    tree = transaction.span_tree().splitlines()

    assert tree[:2] == ["http.server: checkout", "  op a: span a"]
    assert sorted(tree[2:]) == ["    op y: span y", "  -: ? (detached)", "  op x: span x (detached)"]
    assert tree.index("    op y: span y") == tree.index("  op x: span x (detached)") + 1


def test_a_span_tree_of_a_span_that_is_its_own_parent_ends():
    """A payload may say anything; the tree ends."""
    assert traced(span("a", "a")).span_tree() == "http.server: checkout"


@pytest.mark.parametrize(("number", "spans"), [(0, "0 spans"), (1, "1 span"), (2, "2 spans")])
def test_the_title_of_a_transaction(number, spans):
    """What it was, how it ended, and how many spans it has."""
    transaction = traced(*(span(str(each), "r") for each in range(number)))

    assert transaction.title == f"http.server 'checkout' ok, {spans}"
    assert repr(transaction) == f"<CapturedTransaction {transaction.title}>"


def test_what_a_transaction_does_not_say():
    """Nothing is there, and the readers say so."""
    empty = CapturedTransaction({}, raw=b"", circumstances=NOBODY)

    assert (empty.name, empty.op, empty.status, empty.source) == ("", "", None, None)
    assert (empty.measurements, empty.spans, empty.span_tree()) == ({}, [], "-: ")
    assert empty.title == "transaction '' no status, 0 spans"


def test_spans_are_equal_by_what_they_say():
    """To each other and to a mapping; to nothing else; and they are in no set."""
    one = CapturedSpan({"op": "db"})

    assert one == CapturedSpan({"op": "db"}) == {"op": "db"}
    assert one != CapturedSpan({"op": "http"})
    assert one != {"op": "http"}
    assert one != "db"
    assert one == ANY
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_spans_say_what_they_are_on_one_line():
    """Kind, what was done and how it ended."""
    assert repr(CapturedSpan({"description": "x"})) == "<CapturedSpan span 'x'>"
    assert repr(CapturedSpan({"op": "db", "description": "x", "status": "ok"})) == "<CapturedSpan db 'x' ok>"


def test_a_list_of_spans_answers_in_its_own_kind():
    """A mapping means the same as keywords in each call, and what is selected can be asked again."""
    first, second, third = (CapturedSpan({"op": op, "description": text}) for op, text in ("ax", "bx", "by"))
    spans = CapturedSpans([first, second, third])

    assert spans.one({"op": "a"}) is spans.one(op="a") is first
    assert spans.one({"op": "b"}, description="y") is third
    assert spans.find({"op": "b"}) is spans.find(op="b") is second
    assert spans.find({"op": "b"}, description="y") is third
    assert type(spans.matching({"op": "b"})) is CapturedSpans
    assert spans.matching({"op": "b"}) == spans.matching(op="b") == [second, third]
    assert spans.matching({"op": "b"}, description="y").one() is third
    assert type(spans[1:]) is CapturedSpans
    assert (spans[1:], spans[-1]) == ([second, third], third)
    spans.none({"op": "c"})
    spans.none({"op": "a"}, description="y")
    spans.assert_ordered([{"op": "a"}, {"description": "y"}])
    for fails in (
        lambda: spans.none({"op": "a"}),
        lambda: spans.none(op="a"),
        lambda: spans.none({"op": "b"}, description="y"),
        lambda: spans.assert_ordered([{"op": "b"}, {"op": "a"}]),
    ):
        with pytest.raises(AssertionError, match=r"asked by spans\."):
            fails()


# What else is captured.


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (CapturedLog({"level": "warn", "body": "low"}, NOBODY), "<CapturedLog warn 'low'>"),
        (
            CapturedMetric({"type": "counter", "name": "orders", "value": 2}, NOBODY),
            "<CapturedMetric counter 'orders' 2>",
        ),
        (CapturedCheckIn({"monitor_slug": "nightly", "status": "ok"}, NOBODY), "<CapturedCheckIn 'nightly' ok>"),
        (CapturedSession({"status": "ok"}, NOBODY), "<CapturedSession ok x1>"),
        (CapturedSession({"exited": 3, "crashed": 1, "errored": 0}, NOBODY), "<CapturedSession exited x3, crashed x1>"),
        (CapturedAttachment({"filename": "a.txt"}, NOBODY, b"abc", "e"), "<CapturedAttachment 'a.txt', 3 bytes>"),
        (
            CapturedFeedback({"contexts": {"feedback": {"message": "m" * 99}}}, NOBODY),
            f"<CapturedFeedback '{'m' * 80}'>",
        ),
    ],
)
def test_each_kind_says_what_it_is(thing, said):
    """A representation on one line."""
    assert repr(thing) == said


def test_what_is_no_event_is_equal_to_itself_and_to_its_payload():
    """Two logs with one text are two."""
    log = CapturedLog({"body": "a"}, NOBODY)

    assert log == log  # noqa: PLR0124 - the promise under test
    assert log == {"body": "a"}
    assert log != {"body": "b"}
    assert log != CapturedLog({"body": "a"}, NOBODY)
    assert len({log, CapturedLog({"body": "a"}, NOBODY)}) == 2


def test_an_attribute_without_a_type_is_its_own_value():
    """What is an object without a value stays as it is."""
    attributes = {"typed": {"value": 0, "type": "integer"}, "plain": 1, "object": {"type": "x"}, "list": ["value"]}

    assert CapturedLog({"attributes": attributes}, NOBODY).attributes == {
        "typed": 0,
        "plain": 1,
        "object": {"type": "x"},
        "list": ["value"],
    }


# Snapshots.


def test_a_snapshot_of_one_thing_keeps_and_drops_what_is_asked():
    """`keep` and `drop` work on one thing as on all."""
    captured = event({"event_id": "4f" * 16, "tags": {"a": "1", "b": "2"}, "modules": {"shop": "1.0"}})

    assert captured.normalized() == {"event_id": "<event 1>", "tags": {"a": "1", "b": "2"}}
    assert captured.normalized(drop=["tags.a"])["tags"] == {"b": "2"}
    assert captured.normalized(keep=["modules"])["modules"] == {"shop": "1.0"}
    with pytest.raises(ExpectationError):
        captured.normalized(keep=["nonsense"])


def test_a_snapshot_of_a_file_shows_what_is_in_it():
    """The content as text, bytes that are none escaped, and the event that it went with."""
    attachment = CapturedAttachment({"filename": "a.bin"}, NOBODY, b"h\xc3\xbc\xff", "4f" * 16)

    assert attachment.normalized() == {"content": "h\u00fc\\xff", "event_id": "<event 1>", "filename": "a.bin"}
