"""Searches that draw schedules: what they draw by, how it is distributed, and what they find."""

from __future__ import annotations

import threading
from collections import Counter
from itertools import combinations

import pytest

from pytest_errortrack.interleave import Deadlock, Environment, Options, explore
from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._searching._knowledge import Knowledge
from pytest_errortrack.interleave._session import Session

SAMPLERS = ["pct", "surw", "pos", "random"]


def lost_update(interleaving):
    """Read, wait, write: an update can be lost."""
    value = [0]

    def add():
        old = value[0]
        interleaving.step("between")
        value[0] = old + 1

    interleaving.run(add, add)
    assert value[0] == 2


def lock_order(interleaving):
    """Two locks in opposite order."""
    first, second = threading.Lock(), threading.Lock()

    def take(one, other):
        with one, other:
            pass

    interleaving.run(lambda: take(first, second), lambda: take(second, first))


def late_join(interleaving):
    """Started threads race with each other and with who started them."""
    log = []

    def parent():
        threads = [threading.Thread(target=log.append, args=(name,)) for name in "xy"]
        for thread in threads:
            thread.start()
        interleaving.step("started")
        log.append("p")
        for thread in threads:
            thread.join()

    interleaving.run(parent, lambda: interleaving.step("other"))
    assert log != ["y", "p", "x"]


@pytest.mark.parametrize("search", SAMPLERS)
@pytest.mark.parametrize(("scenario", "kind"), [(lost_update, AssertionError), (lock_order, Deadlock)])
def test_every_sampler_finds_the_small_bugs(search, scenario, kind):
    """From each of the published seeds 0 to 9, within 60 schedules."""
    for seed in range(10):
        exploration = explore(scenario, level="op", search=search, seed=seed, budget=60)

        assert type(exploration.failure) is kind
        assert exploration.found_at <= 60


@pytest.mark.parametrize("search", SAMPLERS)
def test_threads_that_actors_start_are_drawn_as_well(search):
    """The second thread can be first, and the first can come after who started both."""
    assert type(explore(late_join, level="op", search=search, budget=500).failure) is AssertionError


@pytest.mark.parametrize("search", SAMPLERS)
def test_a_seed_repeats_what_is_drawn(search):
    """The same seed draws the same schedules, another seed others."""

    def orders(seed):
        drawn = []

        def scenario(interleaving):
            log = []
            interleaving.run(*[lambda n=n: [interleaving.step("x"), log.append(n)] * 2 for n in range(3)])
            drawn.append(tuple(log))

        explore(scenario, level="op", budget=40, search=search, seed=seed)
        return drawn

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)


def merges(first, second):
    """Return all orders of so many events of two actors."""
    total = first + second
    places = [set(chosen) for chosen in combinations(range(total), first)]
    return ["".join("a" if index in chosen else "b" for index in range(total)) for chosen in places]


def test_the_selective_walk_is_uniform_over_what_it_selects():
    """By a fair coin all events are drawn by their numbers, or those that touch the same list."""
    drawn = Counter()

    def scenario(interleaving):
        log = []

        def body(name):
            for _ in range(2):
                interleaving.step("write")
                log.append(name)

        interleaving.run(a=lambda: body("a"), b=lambda: body("b"))
        drawn["".join(log)] += 1

    draws = 2_000
    explore(scenario, level="op", search="surw", budget=draws, seed=1)

    # Each actor has three events, of which the first, to begin, writes nothing.
    written = Counter()
    for order in merges(3, 3):
        seen = Counter()
        written["".join(name for name in order if (seen.update(name) or seen[name]) > 1)] += 1
    expected = {order: draws * (0.5 * written[order] / 20 + 0.5 / 6) for order in merges(2, 2)}
    assert set(drawn) == set(expected)
    assert sum((drawn[order] - count) ** 2 / count for order, count in expected.items()) < 20  # 5 degrees of freedom


def test_what_races_is_learned_from_what_steps_touch():
    """Points that touch one lock race, those of another do not; of a point never seen nothing is known."""

    def scenario(interleaving):
        shared, own = threading.Lock(), threading.Lock()

        def take(lock):
            with lock:
                pass

        def take_both():
            take(shared)
            with own:
                pass

        interleaving.run(lambda: take(shared), take_both)

    session = Session(scenario, home=__file__, options=Options(level="op"), environment=Environment())
    knowledge = Knowledge()
    with session.active():
        knowledge.learn(session.execute(Forced(), records=True))
    labels = {point.text: number for number, point in enumerate(session.labels.points) if point.name == "Lock.acquire"}
    assert len(labels) == 2
    of_shared = next(number for text, number in labels.items() if "take#" in text)
    of_own = next(number for text, number in labels.items() if "take_both#" in text)

    assert knowledge.is_race(of_shared, of_shared)
    assert not knowledge.is_race(of_shared, of_own)
    assert not knowledge.is_race(of_own, of_own)
    assert knowledge.is_race(of_shared, len(session.labels.points) + 1)
    assert not knowledge.is_race(0, of_shared)
    assert any(of_shared in group and of_own not in group for group in knowledge.groups)
    assert knowledge.expected(lambda label: label == of_shared) == {"A": 1, "B": 1}
