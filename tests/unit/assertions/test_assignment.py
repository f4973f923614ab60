from __future__ import annotations

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import EVENTS, CapturedEvent, Circumstances, Count, Expectation, Recorder, judge
from pytest_errortrack.assertions._judging._assignment import assign

CAPACITIES = st.lists(st.one_of(st.integers(0, 4), st.none()), min_size=1, max_size=4)


def assigned_one_by_one(capacities, things):
    """Give each thing a place by the textbook's augmenting paths, and count those that got one."""
    held = [[] for _ in capacities]

    def settle(thing, tried):
        """Find a place for one thing, by moving others if need be."""
        for place in thing:
            if place in tried:
                continue
            tried.add(place)
            if capacities[place] is None or len(held[place]) < capacities[place]:
                held[place].append(thing)
                return True
            for member in list(held[place]):
                if settle(member, tried):
                    held[place].remove(member)
                    held[place].append(thing)
                    return True
        return False

    return sum(settle(thing, set()) for kind, number in things.items() for thing in [kind] * number)


@given(data=st.data(), capacities=CAPACITIES)
def test_as_many_things_as_possible_are_given_a_place(data, capacities):
    """Kinds with numbers are assigned as well as things one by one; no place gets too many, nor what does not fit."""
    kinds = st.sets(st.integers(0, len(capacities) - 1), max_size=4).map(lambda places: tuple(sorted(places)))
    things = data.draw(st.dictionaries(kinds, st.integers(1, 5), max_size=6))

    loads, homeless = assign(capacities, things)

    assert sum(loads) == assigned_one_by_one(capacities, things)
    assert all(room is None or load <= room for load, room in zip(loads, capacities, strict=True))
    lacks_a_place = sum(loads) < sum(number for kind, number in things.items() if kind)
    assert (homeless is not None) is lacks_a_place
    for place, load in enumerate(loads):
        assert load <= sum(number for kind, number in things.items() if place in kind)


def test_the_work_does_not_grow_with_the_number_of_alike_things():
    """A million things that fit both of two full places are assigned like two."""
    began = time.process_time()

    loads, homeless = assign([500_000, 500_000], {(0, 1): 1_000_000})

    assert (loads, homeless) == ([500_000, 500_000], None)
    assert time.process_time() - began < 0.5


def test_each_event_is_held_against_each_expectation_once():
    """Ten thousand events and four markers take forty thousand comparisons, and no more."""
    asked = Counter()

    def is_known(event):
        """Count how often it is asked."""
        asked["times"] += 1
        return True

    events = [CapturedEvent({"message": "m"}, raw=b"", circumstances=Circumstances()) for _ in range(10_000)]
    expectations = [
        Expectation.parse(EVENTS, asked_by="@expect_event", where=is_known).with_count(Count(2_500, 2_500))
        for _ in range(4)
    ]

    assert judge(expectations, events, recorder=Recorder()) is None
    assert asked["times"] == 40_000
