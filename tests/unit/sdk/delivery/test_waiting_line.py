"""Tests of where parcels wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.sdk import Envelope, Item
from pytest_errortrack.sdk._delivery._line import WaitingLine
from pytest_errortrack.sdk._delivery._parcel import Parcel

TYPES = ["event", "session", "check_in", "transaction", "log", "client_report"]


def parcel(*types):
    """Return a parcel with items of these types."""
    return Parcel(Envelope({}, tuple(Item({"type": kind}, b"{}") for kind in types)))


@pytest.mark.parametrize(
    ("types", "rank"),
    [
        (["event", "attachment"], 0),
        (["feedback"], 0),
        (["session"], 1),
        (["sessions"], 1),
        (["check_in"], 1),
        (["transaction", "profile"], 2),
        (["span"], 2),
        (["log"], 3),
        (["trace_metric"], 3),
        (["client_report"], 4),
        (["not_yet_invented"], 4),
        ([], 4),
        (["log", "event"], 0),
    ],
)
def test_rank_is_that_of_the_most_important_item(types, rank):
    """T8: errors come before sessions and check-ins, then transactions, then logs and metrics, then mere reports."""
    assert parcel(*types).rank == rank


def test_highest_rank_is_taken_first_and_lowest_is_given_up_first():
    """T8: by rank, and the oldest first within one; without room the oldest of the lowest rank goes."""
    line = WaitingLine(3)
    log, event, transaction, session = parcel("log"), parcel("event"), parcel("transaction"), parcel("session")
    later_log = parcel("log")

    assert [line.put(each) for each in (log, event, transaction)] == [[], [], []]
    assert line.put(session) == [log]
    assert line.put(later_log) == [later_log]
    assert line.put(parcel("event")) == [transaction]
    assert line.take() is event
    assert len(line) == 2
    assert len(line.clear()) == 2
    assert line.take() is None


def test_line_without_room_takes_nothing():
    """T8: where nothing may wait, each one is given up at once."""
    line, event = WaitingLine(0), parcel("event")

    assert line.put(event) == [event]
    assert len(line) == 0


@given(st.lists(st.sampled_from([*TYPES, None])), st.integers(0, 5))
def test_line_is_a_bounded_sorted_list(steps, bound):
    """T8: whatever is put and taken, the line is a list sorted by rank, cut at its bound."""
    line, model = WaitingLine(bound), []
    for step in steps:
        if step is None:
            expected = min(model, key=lambda each: each.rank) if model else None
            assert line.take() is expected
            model = [each for each in model if each is not expected]
            continue
        new = parcel(step)
        model.append(new)
        lowest = max(each.rank for each in model)
        surplus = [next(each for each in model if each.rank == lowest)] if len(model) > bound else []
        assert line.put(new) == surplus
        model = [each for each in model if each not in surplus]
        assert len(line) == len(model) <= bound
