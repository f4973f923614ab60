"""Tests of events that are too big: what goes first, and what the event says of it."""

from __future__ import annotations

import json

import pytest

from pytest_errortrack.sdk._pipeline import encode_event
from pytest_errortrack.sdk._pipeline._shrinking import encode_smaller

LIMIT = 10_000


def event(*, variables=0, crumbs=0, extra=0, frames=0, source=0):
    """Return an event with so many characters in each of its parts."""
    built = [{"function": f"f{number}", "vars": {"x": "v" * variables}} for number in range(4)]
    built += [{"function": f"g{number}", "context_line": "s" * source} for number in range(frames)]
    return {
        "message": "kept",
        "exception": {"values": [{"type": "E", "stacktrace": {"frames": built}}]},
        "breadcrumbs": {"values": [{"message": "m", "data": {"x": "c" * crumbs}} for _ in range(4)]},
        "extra": {f"k{number}": "x" * extra for number in range(4)},
    }


def shrunk(given):
    """Return an event as it is sent."""
    payload = encode_smaller(given, limit=LIMIT)
    assert len(payload) <= LIMIT
    return json.loads(payload)


def has(given, part):
    """Tell whether a part is still there."""
    frames = given["exception"]["values"][0]["stacktrace"]["frames"]
    return {
        "vars": any("vars" in frame for frame in frames),
        "data": any("data" in crumb for crumb in given["breadcrumbs"]["values"]),
        "extra": "extra" in given,
    }[part]


@pytest.mark.parametrize(
    ("parts", "left", "named"),
    [
        ({"variables": 3000}, ["data", "extra"], ["exception.values.stacktrace.frames.vars"]),
        (
            {"variables": 10, "crumbs": 3000},
            ["extra"],
            ["exception.values.stacktrace.frames.vars", "breadcrumbs.values.data"],
        ),
        (
            {"variables": 10, "crumbs": 10, "extra": 3000},
            ["extra"],
            ["exception.values.stacktrace.frames.vars", "breadcrumbs.values.data", "extra"],
        ),
    ],
    ids=["vars", "data", "extra"],
)
def test_what_matters_least_goes_first(parts, left, named):
    """E11: variables, then the data of breadcrumbs, then long extras; `errors` names what is gone."""
    sent = shrunk(event(**parts))

    assert [part for part in ("vars", "data", "extra") if has(sent, part)] == left
    assert [error["name"] for error in sent["errors"]] == named
    assert {error["type"] for error in sent["errors"]} == {"value_too_long"}
    assert sent["message"] == "kept"


def test_frames_in_the_middle_go_last():
    """E11: of many frames the outermost and the innermost 25 remain."""
    sent = shrunk(event(frames=96, source=100))

    frames = sent["exception"]["values"][0]["stacktrace"]["frames"]
    assert len(frames) == 50
    assert (frames[0]["function"], frames[-1]["function"]) == ("f0", "g95")
    assert (frames[24]["function"], frames[25]["function"]) == ("g20", "g71")


def test_event_given_is_left_as_it_is():
    """E11: what is taken out is taken out of a copy; the event's own `errors` stay."""
    given = {**event(variables=3000), "errors": [{"type": "mine"}]}
    before = json.dumps(given)

    sent = shrunk(given)

    assert json.dumps(given) == before
    assert sent["errors"][0] == {"type": "mine"}


def test_event_that_nothing_helps():
    """E11: what is too big without all of that is bounded value by value, and is else not sent."""
    texts = {"contexts": {f"c{number}": {"x": "y" * 3000} for number in range(10)}}
    parts = {"fingerprint": ["f" * 500] * 20, "extra": {"a": "b"}, "exception": {"values": "odd"}, "threads": [7]}

    assert len(encode_smaller(texts, limit=LIMIT)) <= LIMIT
    assert encode_smaller(parts, limit=9_000) is None


def test_small_events_are_not_touched():
    """E7, E11: an event of less than a megabyte is sent whole."""
    given = event(variables=1000, crumbs=1000, extra=1000)

    assert json.loads(encode_event(dict(given))) == given
