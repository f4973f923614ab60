from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import EVENTS, CapturedEvent, CapturedEvents, Circumstances, Expectation, Recorder
from pytest_errortrack.assertions._expecting import earliest_places

LETTERS = st.lists(st.sampled_from("abc"), max_size=7)
STEPS = st.lists(st.sets(st.sampled_from("abc"), min_size=1), max_size=4)


def longest_prefix(steps, things):
    """Try every choice of places, and say how many of the first steps the best one fits."""
    return max(
        number
        for number in range(len(steps) + 1)
        if any(
            all(things[place] in step for step, place in zip(steps, places, strict=False))
            for places in itertools.combinations(range(len(things)), number)
        )
    )


def event(**payload):
    return CapturedEvent(payload, raw=b"", circumstances=Circumstances())


def events(messages):
    recorder = Recorder()
    recorder.events += [event(message=message) for message in messages]
    return CapturedEvents(lambda: recorder)


def crumbs(messages):
    return event(breadcrumbs=[{"message": message} for message in messages])


@given(STEPS, LETTERS)
def test_the_earliest_places_are_as_good_as_any(steps, things):
    """No choice of places fits more of the first steps than the earliest ones, which are in order and do fit."""
    places = earliest_places([step.__contains__ for step in steps], things)

    assert len(places) == longest_prefix(steps, things)
    assert all(things[place] in step for step, place in zip(steps, places, strict=False))
    assert places == sorted(set(places))


@given(STEPS, LETTERS)
def test_each_thing_is_looked_at_once_at_the_most(steps, things):
    """The work is linear: a thing is held against the step that is due, and against no other."""
    looks = []

    def looking(step):
        return lambda thing: looks.append(thing) or thing in step

    earliest_places([looking(step) for step in steps], things)

    assert len(looks) <= len(things)


@given(LETTERS, st.data())
def test_every_sub_sequence_is_found(things, data):
    """What was taken out of a sequence, in its order, is found in it: as events and as breadcrumbs."""
    kept = [thing for thing in things if data.draw(st.booleans())]

    events(things).assert_ordered([{"message": thing} for thing in kept])

    assert Expectation.parse(EVENTS, asked_by="one()", breadcrumbs=kept).matches(crumbs(things))


@given(LETTERS, LETTERS)
def test_events_and_breadcrumbs_agree_on_what_is_in_order(steps, things):
    """`assert_ordered` and `breadcrumbs` are one rule."""
    asked = [{"message": step} for step in steps]

    if Expectation.parse(EVENTS, asked_by="one()", breadcrumbs=steps).matches(crumbs(things)):
        events(things).assert_ordered(asked)
    else:
        with pytest.raises(AssertionError, match="in this order, found no step"):
            events(things).assert_ordered(asked)
