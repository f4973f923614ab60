"""`interleavings()`: schedules that Hypothesis draws and shrinks together with the data."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, assume, example, given, note, settings, target
from hypothesis import strategies as st

import pytest_errortrack
from pytest_errortrack.interleave import (
    Deadlock,
    Diverged,
    Environment,
    Interleaving,
    decode_token,
    environment,
    interleavings,
)
from pytest_errortrack.interleave._schedulers import AsDrawn, DrawnSchedule

QUIET = settings(database=None, max_examples=150, phases=[Phase.explicit, Phase.generate, Phase.target, Phase.shrink])


class Counter:
    """A counter that forgets."""

    def __init__(self):
        self.value = 0

    def add(self, times):
        """Add one, several times."""
        for _ in range(times):
            value = self.value
            self.value = value + 1


@pytest.mark.parametrize("level", ["op", "line"])
def test_data_and_schedule_shrink_together(level):
    """One round, one preemption; the example reads as a call, and the interleaving stands in the notes."""

    @QUIET
    @given(interleaving=interleavings(level=level), times=st.integers(0, 5))
    def prop(interleaving, times):
        counter = Counter()

        def add():
            for _ in range(times):
                value = counter.value
                interleaving.step("between")
                counter.value = value + 1

        interleaving.run(a=add, b=add)
        assert counter.value == 2 * times

    with pytest.raises(AssertionError) as caught:
        prop()

    notes = "\n".join(caught.value.__notes__)
    assert "times=1" in notes
    assert "interleaving=Interleaving(first=0, preemptions=[(" in notes
    assert "the interleaving (1 preemption, drawn)" in notes
    assert "-- preempted --" in notes


def test_nothing_is_left_of_an_example():
    """Locks are controlled from the draw on, and plain again when the example is over, however it ended."""
    plain, sleep = threading.Lock, time.sleep

    @settings(QUIET, max_examples=30)
    @given(interleaving=interleavings(level="op"), fate=st.sampled_from(["pass", "assume", "fail"]))
    def prop(interleaving, fate):
        assert threading.Lock is not plain
        lock = threading.Lock()

        def body():
            with lock:
                time.sleep(3_600)

        interleaving.run(body, body)
        assert interleaving.now() == 7_200
        assume(fate != "assume")
        assert fate != "fail"

    with pytest.raises(AssertionError):
        prop()

    assert (threading.Lock, time.sleep) == (plain, sleep)


def test_a_deadlock_is_found_and_time_is_no_matter():
    """Findings are raised as ever; virtual hours count for no deadline, and no health check is in the way."""

    @settings(QUIET, deadline=timedelta(milliseconds=2_000))
    @given(interleaving=interleavings(level="op", max_preemptions=2))
    def prop(interleaving):
        locks = [threading.Lock(), threading.Lock()]

        def take(first, second):
            with locks[first]:
                time.sleep(0)
                with locks[second]:
                    time.sleep(5_000)

        interleaving.run(a=lambda: take(0, 1), b=lambda: take(1, 0))

    with pytest.raises(Deadlock, match="a waits for b"):
        prop()


def test_what_hypothesis_offers_keeps_working():
    """`assume`, `note`, `target`, phases and examples of other arguments."""
    seen = []

    @example(number=99, interleaving=None)
    @settings(QUIET, max_examples=20, phases=[Phase.explicit, Phase.generate, Phase.target])
    @given(interleaving=interleavings(level="op"), number=st.integers(0, 3))
    def prop(interleaving, number):
        if interleaving is None:
            seen.append(number)
            return
        assume(number != 1)
        note("noted")
        results = interleaving.run(a=lambda: interleaving.step("x"), b=lambda: number)
        target(float(number))
        assert results["b"] == number
        seen.append(number)

    prop()

    assert 99 in seen
    assert set(seen) <= {0, 2, 3, 99}


@settings(max_examples=60)
@given(
    first=st.integers(0, 10**6),
    preemptions=st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), max_size=5).map(tuple),
    turns=st.lists(st.integers(0, 10**6), max_size=6).map(tuple),
    actors=st.integers(1, 4),
)
def test_any_numbers_are_a_schedule(first, preemptions, turns, actors):
    """Numbers that are too large stand for the last one there is, or for nothing; every actor comes to its end."""
    from pytest_errortrack.interleave._exploration import Options
    from pytest_errortrack.interleave._session import Session

    done = []

    def scenario(interleaving):
        interleaving.run(
            *[lambda n=n: [interleaving.step("x"), interleaving.step("y"), done.append(n)] for n in range(actors)]
        )

    session = Session(scenario, home=__file__, options=Options(level="op"), environment=Environment())
    with session.active():
        outcome = session.execute(AsDrawn(DrawnSchedule(first, preemptions, turns)))

    assert outcome.failure is None
    assert len(done) == actors


def test_every_order_of_three_actors_can_be_drawn():
    """Who begins and who goes on at an end are both drawn."""
    orders = set()

    @settings(QUIET, max_examples=200, phases=[Phase.generate])
    @given(interleaving=interleavings(level="op", max_preemptions=0))
    def prop(interleaving):
        order = []
        interleaving.run(*[lambda n=n: order.append(n) for n in range(3)])
        orders.add(tuple(order))

    prop()

    assert len(orders) == 6


def test_a_token_of_a_drawn_schedule_is_followed():
    """In the words of its deviations; a run that goes another way is told as diverged."""
    explorations = []
    is_edited = []

    def prop():
        @settings(QUIET)
        @given(interleaving=interleavings(level="op"))
        def test(interleaving):
            log = []
            names = ["x", "edited" if is_edited else "y"]
            interleaving.run(*[lambda n=n: [*map(interleaving.step, names), log.append(n)] for n in range(2)])
            assert log == [0, 1]

        return test

    with environment(Environment(identity="t.py::t", finished=explorations.append)), pytest.raises(AssertionError):
        prop()()
    token = explorations[-1].token
    assert decode_token(token).deviations
    assert explorations[-1].search == "drawn"
    assert not any(each.complete for each in explorations)
    assert explorations[-1].sampled == len(explorations)

    replayed = Environment(identity="t.py::t", replay_token=token)
    with environment(replayed), pytest.raises(AssertionError) as caught:
        prop()()
    assert not isinstance(caught.value, Diverged)
    assert "replayed" in caught.value.__notes__[0]

    is_edited.append(1)
    with environment(replayed), pytest.raises(Diverged, match="at step"):
        prop()()


def test_what_is_drawn_is_an_interleaving():
    """It may be annotated as one."""
    kinds = set()

    @settings(QUIET, max_examples=2)
    @given(interleaving=interleavings(level="op"))
    def prop(interleaving):
        kinds.add(isinstance(interleaving, Interleaving))

    prop()

    assert kinds == {True}


@pytest.mark.parametrize("name", ["level", "max_preemptions"])
def test_a_wrong_option_is_refused_at_once(name):
    """As in `explore`."""
    with pytest.raises(ValueError, match=name):
        interleavings(**{name: -1})


SCRIPT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pytest", "_pytest", "hypothesis", "sentry_sdk", "pluggy"}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())

from pytest_errortrack.interleave import Deadlock, explore, interleavings, replay
import threading

def scenario(interleaving):
    locks = threading.Lock(), threading.Lock()

    def take(first, second):
        with locks[first]:
            with locks[second]:
                pass

    interleaving.run(a=lambda: take(0, 1), b=lambda: take(1, 0))

found = explore(scenario)
assert isinstance(found.failure, Deadlock), found.failure
assert isinstance(replay(found.token, scenario).failure, Deadlock)
try:
    interleavings()
except ModuleNotFoundError as error:
    print(error)
print(found.trace)
"""


def test_explore_and_replay_need_nothing_but_the_standard_library(tmp_path):
    """Neither pytest nor Hypothesis nor sentry_sdk; what needs Hypothesis says how to install it."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, str(script)],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(pytest_errortrack.__file__).parent.parent)},
    )

    assert done.returncode == 0, done.stderr
    assert "pip install 'pytest-errortrack[hypothesis]'" in done.stdout
    assert "-- preempted --" in done.stdout
