"""Tests of the way to JSON: every value bounded, nothing of the user's called but `repr`."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import uuid

import pytest

from pytest_errortrack.sdk._serialize import DEFAULT_LIMITS, Limits, normalise
from pytest_errortrack.sdk.protocol import decode, encode


def extra(value, limits=DEFAULT_LIMITS):
    """Return a value as it is sent."""
    return decode(encode(normalise({"extra": {"value": value}}, limits)))["extra"]["value"]


class Colour(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Text(str):
    __slots__ = ()


class Described:
    def __sentry_repr__(self):
        return "my own words"


class OddWords:
    def __sentry_repr__(self):
        return 7


class NoClass:
    @property
    def __class__(self):
        raise RuntimeError


class WithRepr:
    def __repr__(self):
        return "<with repr>"


class OddRepr:
    def __repr__(self):
        return Text("odd\ud800")


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (None, None),
        (True, True),
        (1, 1),
        (1.5, 1.5),
        ("text", "text"),
        ("é😀", "é😀"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        (2**63 - 1, 2**63 - 1),
        (-(2**63) + 1, -(2**63) + 1),
        (2**63, str(2**63)),
        pytest.param(10**5000, f"<an int of {(10**5000).bit_length()} bits>", id="huge"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (b"bytes", "bytes"),
        (b"\xff", "\ufffd"),
        (bytearray(b"x"), "x"),
        (Number.ONE, 1),
        (Colour.RED, "<Colour.RED: 1>"),
        (Text("subclass"), "subclass"),
        (dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC), "2026-01-02 03:04:00+00:00"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (decimal.Decimal("1.50"), "1.50"),
        (Described(), "my own words"),
        (OddWords(), "<unprintable>"),
        pytest.param(NoClass(), "<unprintable>", id="no class"),
        (WithRepr(), "<with repr>"),
        (OddRepr(), "odd?"),
        ((1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({1: "int", None: "none", (1, 2): "tuple"}, {"1": "int", "None": "none", "(1, 2)": "tuple"}),
        ({"é": 1, "\ud800": 2}, {"é": 1, "?": 2}),
        (range(3), "range(0, 3)"),
    ],
)
def test_values_as_they_are_sent(value, sent):
    """JSON types go as they are; what JSON does not have is said as a text."""
    assert extra(value) == sent


def test_custom_containers_are_not_walked():
    """F5 (sentry-python#6304): walking somebody's own container could do anything; its repr must do."""

    class Trap(dict):
        def items(self):
            raise AssertionError("walked")

        __iter__ = __len__ = keys = values = __getitem__ = items

        def __repr__(self):
            return "<trap>"

    class TrapList(list):
        def __iter__(self):
            raise AssertionError("walked")

        def __repr__(self):
            return "<trap list>"

    assert extra([Trap(), TrapList()]) == ["<trap>", "<trap list>"]


def test_hostile_subclasses_of_plain_types():
    """A subclass of int, float or str that misbehaves does no harm."""

    class BadInt(int):
        def __int__(self):
            raise RuntimeError

        __le__ = __ge__ = __lt__ = __gt__ = __repr__ = __str__ = __index__ = __int__

    class BadStr(str):
        __slots__ = ()

        def __str__(self):
            raise RuntimeError

        __len__ = __repr__ = __getitem__ = isascii = encode = __str__

    class BadFloat(float):
        def __float__(self):
            raise RuntimeError

        __repr__ = __str__ = __float__

    sent = extra([BadInt(7), BadStr("text"), BadFloat(1.5)])

    assert sent[0] in {7, "<unprintable>"}
    assert sent[1] in {"text", "<unprintable>"}
    assert sent[2] in {1.5, "<unprintable>"}


def test_depth_and_breadth_are_bounded():
    """What is too deep or too much is said so, not sent."""
    deep = value = {}
    for _ in range(100):
        value["a"] = {}
        value = value["a"]
    wide = list(range(1000))

    sent = extra(deep, Limits(depth=3, breadth=10, text=100))
    assert sent == {"a": {"a": "<too deep>"}}
    assert extra(wide, Limits(depth=3, breadth=10, text=100)) == list(range(10))
    assert len(extra(dict.fromkeys(wide), Limits(depth=3, breadth=10, text=100))) == 10
    assert extra([[{}], [[]], [()]], Limits(depth=3, breadth=9, text=9)) == [[{}], [[]], [[]]]


def test_cycles_are_cut():
    """A container that holds itself is told as cyclic where it comes again; one that is there twice is not."""
    cyclic = {"name": "x"}
    cyclic["self"] = cyclic
    twice = [1]

    assert extra(cyclic) == {"name": "x", "self": "<cyclic>"}
    assert extra([twice, twice]) == [[1], [1]]


def test_containers_that_multiply_are_bounded():
    """Ten levels of ten references to the same list are ten thousand million values; not all of them are sent."""
    value = ["leaf"] * 10
    for _ in range(10):
        value = [value] * 10

    sent = str(extra(value, Limits(depth=12, breadth=200, text=100)))

    assert "<too much>" in sent
    assert len(sent) < 2_000_000


def test_text_that_is_cut_is_noted_in_meta():
    """E6: `_meta` has the path, the length, and what was cut; an event's own notes stay."""
    event = normalise({"message": "x" * 9000, "extra": {"a": ["y" * 9000]}, "_meta": {"own": 1}})

    assert event["message"] == "x" * 8189 + "..."
    assert event["_meta"] == {
        "own": 1,
        "message": {"": {"len": 9000, "rem": [["!limit", "x", 8189, 8192]]}},
        "extra": {"a": {"0": {"": {"len": 9000, "rem": [["!limit", "x", 8189, 8192]]}}}},
    }


def test_event_with_odd_top_level_keys():
    """Even the names of an event's fields may be anything."""
    assert normalise({1: "a", "_meta": "odd", "message": "x" * 9000})["1"] == "a"


def test_container_that_changes_while_it_is_read():
    """A repr that changes the very container it is in does no harm."""

    class Changes:
        def __repr__(self):
            changing.append(self)
            return "changed"

    changing = [Changes()]

    assert extra(changing) == ["changed"]


def test_trusted_parts_are_not_walked():
    """Parts that the SDK built itself, and nobody touched, go as they are: the objects, not what has their names."""
    stacktrace, spans = {"frames": [{"vars": {}}]}, [{"a": {1}}]
    event = {"exception": {"values": [{"stacktrace": stacktrace}]}, "spans": spans, "extra": {"spans": {2}}}

    normal = normalise(event, trusted=frozenset({id(stacktrace), id(spans)}))

    assert normal["exception"]["values"][0]["stacktrace"] is stacktrace
    assert normal["spans"] is spans
    assert normal["extra"] == {"spans": [2]}
    assert normalise(event)["spans"] == [{"a": [1]}]


def test_what_is_plain_is_not_copied():
    """An event of JSON values within the bounds is sent as it is."""
    event = {"message": "m", "extra": {"a": [1, 2.5, None, True, "é"]}, "breadcrumbs": {"values": [{"data": {}}] * 200}}

    assert normalise(event) is event
    assert normalise({**event, "user": {"id": {7}}})["breadcrumbs"] is event["breadcrumbs"]
