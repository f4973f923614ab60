"""What reduction is told of an execution of the engine."""

from __future__ import annotations

import pytest

from pytest_errortrack.interleave._accesses._access import UNKNOWN, Access
from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL
from pytest_errortrack.interleave._running._history import History
from pytest_errortrack.interleave._schedulers import Led
from pytest_errortrack.interleave._searching._footsteps import footsteps, is_cut_short
from pytest_errortrack.interleave._searching._happens_before import Wait

POINT = 7  # the label of some operation


class Actor:
    """An actor as a scheduler sees it."""

    def __init__(self, index, path):
        self.index, self.path = index, path


A, B = Actor(0, "a"), Actor(1, "b")


def history_of(labels, *, paths=("a", "b"), **lists):
    """Return a history with these points, and whatever else is given."""
    history = History()
    history.labels += labels
    history.paths += paths
    for name, values in lists.items():
        setattr(history, name, values)
    return history


def test_the_actors_that_are_due_are_led_and_then_the_default_order():
    """At the first choices the given actors go on; after that whoever would go on anyway."""
    led = Led(["b", "a"])

    answers = [
        led.at_switch(0, START_LABEL, None, [A, B]),
        led.at_point(1, POINT, B, [A]),
        led.at_point(2, POINT, A, [B]),
    ]

    assert answers == [1, 0, None]
    assert led.chosen == ["b", "a", "a"]
    assert led.enabled == [("a", "b"), ("b", "a"), ("a", "b")]


def test_where_an_actor_is_not_there_nobody_is_led_any_more():
    """What comes after a choice that could not be made was meant for another state."""
    led = Led(["a", "c", "b"])

    answers = [led.at_switch(index, POINT, None, [A, B]) for index in range(3)]

    assert answers == [None, None, None]


def test_a_step_is_what_follows_a_choice():
    """What was noted with the index of a choice was touched by the actor that went on there."""
    led = Led(["a", "b"])
    led.at_switch(0, START_LABEL, None, [A, B])
    led.at_switch(1, END_LABEL, A, [B])
    history = history_of([START_LABEL, END_LABEL, END_LABEL], accesses=[(0, (Access(1),)), (0, (Access(2), Access(1)))])

    first, second = footsteps(history, led).steps

    assert (first.actor, first.accesses) == ("a", (Access(1), Access(2)))
    assert (second.actor, second.accesses) == ("b", (UNKNOWN,))  # nothing was noted, so anything may have been touched


def test_a_wait_belongs_to_the_step_that_ends_it():
    """Between them others go on; an actor that never goes on is stuck."""
    led = Led(["a", "b", "a"])
    led.at_switch(0, START_LABEL, None, [A, B])
    led.at_switch(1, POINT, A, [B])
    led.at_switch(2, END_LABEL, B, [A])
    waits = [(1, 0, 5, False), (3, 0, 6, True)]
    history = history_of([START_LABEL, POINT, END_LABEL, POINT], waits=waits)

    execution = footsteps(history, led)

    assert [step.wait for step in execution.steps] == [None, None, Wait(5)]
    assert execution.stuck == {"a": Wait(6, has_deadline=True)}


def test_an_actor_is_made_by_the_step_before_it_can_first_be_chosen():
    """Those of a round are made by nobody."""
    new = Actor(1, "a.0")
    led = Led([])
    led.at_switch(0, START_LABEL, None, [A])
    led.at_point(1, POINT, A, [])
    led.at_point(2, POINT, A, [new])

    execution = footsteps(history_of([START_LABEL, POINT, POINT], paths=("a", "a.0")), led)

    assert execution.makers == {"a.0": 1}
    assert execution.rounds == [0]


@pytest.mark.parametrize(
    ("last", "waits", "expected"),
    [(END_LABEL, [], False), (POINT, [], True), (POINT, [(1, 0, 5, False)], False), (POINT, [(0, 0, 5, False)], True)],
)
def test_an_execution_is_cut_short_if_somebody_could_have_gone_on(last, waits, expected):
    """The last actor ended or had to wait, unless it is a daemon that was not waited for."""
    assert is_cut_short(history_of([START_LABEL, last], waits=waits)) is expected
