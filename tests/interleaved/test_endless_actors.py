"""Who goes round in circles is a livelock; who may only have a long way to go is not called one."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
import time

import pytest

from pytest_errortrack.interleave import Livelock, explore
from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._session import Session

MANY = 5_000  # more than the steps after which a schedule of these tests is cut short


def ended(*bodies, level="op"):
    """Return what one execution in the default order came to, with few steps before it is called endless."""

    def scenario(interleaving):
        interleaving.run(*(body(interleaving) for body in bodies))

    session = Session(scenario, home=__file__, options=Options(level=level), environment=Environment())
    session.step_limit = 200
    with session.active():
        return session.execute(Forced(), filtered=False)


def for_ever(interleaving):
    """Do the same thing again and again."""

    def body():
        while True:
            interleaving.step("again")

    return body


def looking(_):
    """Wait for what nobody does, by looking."""
    event = threading.Event()

    def body():
        while not event.is_set():
            pass

    return body


def politely(interleaving):
    """Change something, and change it back."""
    wants = [False]

    def body():
        while True:
            wants[0] = True
            interleaving.step("wants")
            wants[0] = False

    return body


def by_number(interleaving):
    """Go through numbers."""

    def body():
        for _ in range(MANY):
            interleaving.step("work")

    return body


def by_iterator(interleaving):
    """Go through items that all look alike."""

    def body():
        for _ in itertools.repeat(None, MANY):
            interleaving.step("work")

    return body


def by_attribute(interleaving):
    """Count in an object."""

    class Counter:
        n = 0

    counter = Counter()

    def body():
        while counter.n < MANY:
            counter.n += 1
            interleaving.step("work")

    return body


def by_list(interleaving):
    """Empty a list."""
    left = [None] * MANY

    def body():
        while left:
            left.pop()
            interleaving.step("work")

    return body


def by_function(interleaving):
    """Count in a variable of another function."""
    count = 0

    def is_enough():
        nonlocal count
        count += 1
        return count > MANY

    def body():
        while not is_enough():
            interleaving.step("work")

    return body


def by_clock(_):
    """Look at the clock until it is time."""

    def body():
        until = time.monotonic() + MANY
        while time.monotonic() < until:
            time.sleep(1)

    return body


@pytest.mark.parametrize("body", [for_ever, looking, politely], ids=lambda each: each.__name__)
@pytest.mark.parametrize("level", ["op", "line"])
def test_who_goes_round_in_circles_is_in_a_livelock(body, level):
    """It comes to the same place again and again, and nothing that it knows of has changed."""
    outcome = ended(body, body, level=level)

    assert isinstance(outcome.failure, Livelock)
    assert "again and again with nothing changed" in str(outcome.failure)
    assert "level=" not in str(outcome.failure)


@pytest.mark.parametrize(
    "body", [by_number, by_iterator, by_attribute, by_list, by_function, by_clock], ids=lambda each: each.__name__
)
@pytest.mark.parametrize("level", ["op", "line"])
def test_who_has_a_long_way_to_go_is_not(body, level):
    """The schedule shows nothing then, and what could be done about it fits the level."""
    outcome = ended(body, lambda _: lambda: None, level=level)

    assert outcome.failure is None
    assert "A still ran after 2,601 steps" in outcome.inconclusive
    assert ("choose level='op'" in outcome.inconclusive) == (level == "line")


@pytest.mark.slow
def test_a_livelock_is_told_without_going_on_for_as_long_again():
    """What is shown is an execution in which fair turns began soon."""

    def scenario(interleaving):
        interleaving.run(for_ever(interleaving), for_ever(interleaving))

    found = explore(scenario, level="op")

    assert isinstance(found.failure, Livelock)
    assert "13,001 steps" in str(found.failure)
    assert found.token


UNWINDING = """
import threading
from pytest_errortrack.interleave import LostWakeup, explore

def scenario(interleaving):
    event = threading.Event()

    def stubborn():
        while True:
            try:
                event.wait()
            except BaseException:
                pass

    interleaving.run(stubborn, lambda: None)

found = explore(scenario, level="op")
assert isinstance(found.failure, LostWakeup)
assert "not repeated" in found.failure.__notes__[-1]
print(threading.active_count())
"""


def test_who_swallows_its_unwinding_leaves_one_thread():
    """Nothing is executed again that cannot be ended, and the process can exit all the same."""
    run = subprocess.run([sys.executable, "-c", UNWINDING], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - ours

    assert run.stdout.split() == ["2"]
