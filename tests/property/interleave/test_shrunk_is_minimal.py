"""What is shown is 1-minimal: no deviation can be left out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_errortrack.interleave import decode_token, explore
from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._schedulers import Following, Forced
from pytest_errortrack.interleave._session import Session
from pytest_errortrack.interleave._telling._shrink import failure_key, minimise


@settings(max_examples=25)
@given(bodies=st.lists(st.integers(1, 4), min_size=2, max_size=3), seed=st.integers(0, 1_000))
def test_no_deviation_of_a_shrunk_schedule_can_be_deleted(bodies, seed):
    """Deleting any one and keeping the others no longer gives the same failure."""

    def scenario(interleaving):
        value = [0]

        def add(times):
            for _ in range(times):
                old = value[0]
                interleaving.step("between")
                value[0] = old + 1

        interleaving.run(*[lambda times=times: add(times) for times in bodies])
        assert value[0] == sum(bodies)

    exploration = explore(scenario, level="op", search="random", seed=seed, budget=200)
    deviations = decode_token(exploration.token).deviations
    key = failure_key(exploration.failure)

    session = Session(scenario, home=__file__, options=Options(level="op"), environment=Environment())
    with session.active():
        session.execute(Forced())
        whole = session.execute(Following(deviations, session.labels))
        assert failure_key(whole.failure) == key
        for number in range(len(deviations)):
            rest = deviations[:number] + deviations[number + 1 :]
            outcome = session.execute(Following(rest, session.labels))
            assert outcome.failure is None or failure_key(outcome.failure) != key


class Choice:
    def __init__(self, number):
        self.is_preemption = bool(number % 2)
        self.number = number

    def __repr__(self):
        return f"Choice({self.number})"


@given(total=st.integers(0, 40), data=st.data())
def test_minimise_keeps_what_is_needed_and_nothing_else(total, data):
    """For a failure that needs a fixed set of deviations, exactly these are left."""
    choices = tuple(Choice(number) for number in range(total))
    needed = set(data.draw(st.lists(st.sampled_from(choices), unique=True))) if choices else set()

    left = minimise(choices, lambda tried: tuple(tried) if needed <= set(tried) else None)

    assert set(left) == needed
