"""The order of steps within one execution, and the races in it."""

from __future__ import annotations

import pytest

from pytest_errortrack.interleave._accesses._access import UNKNOWN, Access
from pytest_errortrack.interleave._searching._happens_before import Execution, Order, Step, Wait
from pytest_errortrack.interleave._searching._races import races


def read(target, *part):
    """Return an access that only looks."""
    return Access(target, part, is_write=False)


def write(target, *part):
    """Return an access that changes."""
    return Access(target, part)


def order_of(*steps, **more):
    """Return the order of an execution given as actors and what they touch."""
    return Order(Execution([Step(actor, tuple(accesses)) for actor, *accesses in steps], **more))


def pairs_of(order):
    """Return the races as pairs of step numbers."""
    return [(race.first, race.second) for race in races(order)]


def test_what_one_actor_does_is_ordered():
    """An actor's own steps are ordered whatever they touch."""
    order = order_of(("a",), ("b",), ("a",))

    assert order.precedes(0, 2)
    assert not order.precedes(0, 1)
    assert not order.precedes(1, 2)


@pytest.mark.parametrize(
    ("first", "second", "is_ordered"),
    [
        (write(1), read(1), True),
        (read(1), write(1), True),
        (read(1), read(1), False),
        (write(1), write(2), False),
        (write(1, "x"), write(1, "y"), False),
        (write(1, "x"), read(1, "x", "id"), True),
        (write(1), read(1, "y"), True),
        (UNKNOWN, read(1), True),
        (read(1), UNKNOWN, True),
        (UNKNOWN, UNKNOWN, True),
    ],
)
def test_steps_that_conflict_are_ordered(first, second, is_ordered):
    """Two actors' steps are ordered where one writes what the other touches, and only there."""
    order = order_of(("a", first), ("b", second))

    assert order.precedes(0, 1) is is_ordered
    assert pairs_of(order) == ([(0, 1)] if is_ordered else [])


def test_order_is_passed_on():
    """What comes before a step comes before all that this step comes before."""
    order = order_of(("a", write(1)), ("b", read(1)), ("b", write(2)), ("c", read(2)))

    assert order.precedes(0, 3)


def test_a_write_is_ordered_after_all_earlier_reads():
    """A write waits for every reader, not only for the last."""
    order = order_of(("a", read(1)), ("b", read(1)), ("c", write(1)))

    assert order.precedes(0, 2)
    assert order.precedes(1, 2)


def test_an_actor_comes_after_the_step_that_made_it():
    """Nothing that a new actor does can come before its maker's step, so it is no race."""
    order = order_of(("a", write(1)), ("a.0", write(1)), makers={"a.0": 0})

    assert order.precedes(0, 1)
    assert pairs_of(order) == []


def test_a_second_round_comes_after_all_of_the_first():
    """Between two rounds the scenario itself acts, when all actors have ended."""
    order = order_of(("a", write(1)), ("b", write(2)), ("2:a", write(1)), rounds=[0, 2])

    assert order.precedes(0, 2)
    assert order.precedes(1, 2)
    assert pairs_of(order) == []


def test_a_race_hides_one_that_comes_before_it():
    """Of a chain of conflicts the last is reversed first; the others are met again after that."""
    order = order_of(("a", write(1)), ("b", write(1)), ("c", write(1)))

    assert pairs_of(order) == [(0, 1), (1, 2)]


def critical_sections(**more):
    """Return the order of two actors that take one lock, one after the other."""
    steps = [
        Step("a", (write(1),), ("a", "b"), Wait(1)),
        Step("a", (write(1),), ("a", "b")),
        Step("b", (), ("b",)),
        Step("b", (write(1),), ("b",), Wait(1)),
        Step("b", (write(1),), ("b",)),
    ]
    return Order(Execution(steps, **more))


def test_an_acquisition_does_not_race_with_the_release_that_allowed_it():
    """It races with the acquisition before that: the lock was free then."""
    readiness = {(0, 1): True, (1, 1): False, (3, 1): True, (4, 1): False}

    assert pairs_of(critical_sections(readiness=readiness)) == [(0, 3)]


def test_where_it_is_not_known_whether_an_actor_had_to_wait_both_are_tried():
    """What is not known takes nothing away: the release is tried, without any certainty, and so is the acquisition."""
    found = list(races(critical_sections()))

    assert [(race.first, race.is_certain) for race in found] == [(1, False), (0, False)]


def test_an_actor_that_never_went_on_races_with_who_took_what_it_waits_for():
    """In a deadlock the last acquisitions did not happen, but they could have come before those that did."""
    steps = [Step("a", (write(1),), ("a", "b"), Wait(1)), Step("b", (write(2),), ("b",), Wait(2))]
    stuck = {"a": Wait(2), "b": Wait(1)}
    readiness = {(0, 1): True, (1, 2): True}
    order = Order(Execution(steps, stuck, readiness=readiness))

    assert [(race.first, race.actor) for race in races(order)] == [(1, "a"), (0, "b")]


def test_a_step_keeps_its_identity_in_other_orders():
    """Steps are the same in two executions if what comes before them is, and the orders are equivalent then."""
    one = order_of(("a", write(1)), ("b", write(2)), ("a", read(2)))
    other = order_of(("b", write(2)), ("a", write(1)), ("a", read(2)))
    different = order_of(("a", write(1)), ("a", read(2)), ("b", write(2)))

    assert one.identities[2] == other.identities[2]
    assert one.trace == other.trace
    assert different.trace != one.trace
