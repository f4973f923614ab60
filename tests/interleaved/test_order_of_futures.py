"""`wait` and `as_completed` go through futures in one order in every schedule, wherever these lie in memory."""

from __future__ import annotations

import random
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, as_completed, wait

import pytest

from pytest_errortrack.interleave import explore, replay


class Thing:
    """Takes as much memory as anything with attributes."""

    def __init__(self):
        self.name = "thing"


def stirred(seed):
    """Return things that lie scattered, so that what is made next lies in the gaps."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable
    return [thing for thing in [Thing() for _ in range(500)] if chance.random() < 0.5]


def by_completion(futures):
    """Go through them as they are done."""
    return [future.result() for future in as_completed(futures)]


def by_wait(futures):
    """Go through those that are done."""
    return [future.result() for future in wait(futures).done]


def by_first(futures):
    """Go through those that are done when the first is."""
    done, others = wait(futures, return_when=FIRST_COMPLETED)
    return [future.result() for future in done], [future.result() for future in others]


def by_set(futures):
    """Hand them over as a set."""
    return by_completion(set(futures))


@pytest.mark.parametrize("gather", [by_completion, by_wait, by_first, by_set], ids=lambda each: each.__name__)
def test_the_same_schedule_gives_the_same_order(gather):
    """A failure that depends on that order is found, repeats itself, and is replayed from its token."""
    kept = []
    orders = []

    def scenario(interleaving):
        def work():
            with ThreadPoolExecutor(3) as pool:
                return gather([pool.submit(int, number) for number in (1, 2, 3)])

        kept.append(stirred(len(kept)))
        orders.append(interleaving.run(work, lambda: None)[0])
        assert len(orders) == 1

    found = explore(scenario, modules=[__name__], max_preemptions=0, budget=50)

    assert type(found.failure) is AssertionError
    orders.clear()
    for _ in range(5):
        assert type(replay(found.token, scenario).failure) in (AssertionError, type(None))
    assert all(order == orders[0] for order in orders)


def test_older_futures_come_first():
    """That order is the one in which they were made; what the module has is put back."""
    orders = []

    def scenario(interleaving):
        things = [stirred(number) and Future() for number in range(8)]
        for future in reversed(things):
            future.set_result(things.index(future))

        def look():
            orders.append([future.result() for future in wait(things).done])
            interleaving.step("looked")

        interleaving.run(look, look)

    explore(scenario, level="op", max_preemptions=1)

    assert all(order == list(range(8)) for order in orders)
    assert type(wait([]).done) is set
