"""What each controlled operation says that its step touches."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from pytest_errortrack.interleave._accesses._access import UNKNOWN, conflict
from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._session import Session


def footprints(scenario, *, times=1):
    """Return, for one recorded execution in the default order, what each actor's steps touched."""
    options = Options(level="op", modules=[__name__])  # what is not followed conflicts with everything
    session = Session(scenario, home=__file__, options=options, environment=Environment())
    with session.active():
        for _ in range(times):
            outcome = session.execute(Forced(), records=True)
    assert outcome.failure is None, outcome.failure
    history = outcome.run.history
    owners = dict(history.switches)
    found: dict[str, list[object]] = {path: [] for path in history.paths}
    actor = -1
    by_step: dict[int, list[object]] = {}
    for step, accesses in history.accesses:
        # What lines touch they tell by its address; no identity that an operation tells is above zero.
        by_step.setdefault(step, []).extend([access for access in accesses if access.target <= 0])
    for step in range(len(history.labels)):
        actor = owners.get(step, actor)
        if actor >= 0:
            found[history.paths[actor]] += by_step.get(step, [])
    return found


def conflicts(first, second):
    """Tell whether anything that one actor did conflicts with anything another did."""
    return any(conflict(one, other) for one in first for other in second)


def together(one, other):
    """Return a scenario of two actors."""
    return lambda interleaving: interleaving.run(a=one, b=other)


def made(kind, *uses, value=()):
    """Return a scenario in which each actor uses one primitive that both have."""

    def scenario(interleaving):
        thing = getattr(threading, kind)(*value)
        interleaving.run(**{name: (lambda use=use: use(thing)) for name, use in zip("ab", uses, strict=True)})

    return scenario


def queued(*uses):
    """Return the same with a queue."""

    def scenario(interleaving):
        items = queue.SimpleQueue()
        interleaving.run(**{name: (lambda use=use: use(items)) for name, use in zip("ab", uses, strict=True)})

    return scenario


def with_lock(lock):
    """Take a lock and release it."""
    with lock:
        pass


def wait_shortly(condition):
    """Wait until the time is out."""
    with condition:
        condition.wait(1)


CONFLICTING = {
    "two locks": made("Lock", with_lock, with_lock),
    "two reentrant locks": made("RLock", with_lock, with_lock),
    "a try against a lock": made("Lock", lambda lock: lock.acquire(blocking=False), lambda lock: lock.locked()),
    "set against is_set": made("Event", lambda event: event.set(), lambda event: event.is_set()),
    "set against wait": made("Event", lambda event: event.set(), lambda event: event.wait()),
    "clear against set": made("Event", lambda event: event.clear(), lambda event: event.set()),
    "two semaphores": made("Semaphore", with_lock, with_lock, value=(2,)),
    "conditions": made("Condition", with_lock, with_lock),
    "barriers": made("Barrier", lambda barrier: barrier.wait(), lambda barrier: barrier.wait(), value=(2,)),
    "two items": queued(lambda items: items.put(1), lambda items: items.put(2)),
    "an item and a question": queued(lambda items: items.put(1), lambda items: items.empty()),
}

COMMUTING = {
    "locks of their own": together(lambda: with_lock(threading.Lock()), lambda: with_lock(threading.Lock())),
    "two questions of an event": made("Event", lambda e: e.is_set(), lambda e: e.is_set()),
    "two questions of a lock": made("Lock", lambda lock: lock.locked(), lambda lock: lock.locked()),
    "two looks at the clock": together(lambda: time.monotonic(), lambda: time.time()),  # noqa: PLW0108 - the patched ones
    "two questions of a queue": queued(lambda items: items.empty(), lambda items: items.qsize()),
    "two yields": together(lambda: time.sleep(0), lambda: time.sleep(0)),
}


@pytest.mark.parametrize("name", CONFLICTING)
def test_operations_on_one_object_conflict(name):
    """The order of two operations on one primitive may make a difference if one changes it."""
    found = footprints(CONFLICTING[name])

    assert conflicts(found["a"], found["b"])


@pytest.mark.parametrize("name", COMMUTING)
def test_operations_that_nobody_else_notices_commute(name):
    """Questions, and operations on objects of one's own, are in no conflict."""
    found = footprints(COMMUTING[name])

    assert not conflicts(found["a"], found["b"])


def test_the_passing_of_time_commutes_with_nothing():
    """A sleep that ends, and a wait that runs out of time."""
    slept = footprints(together(lambda: time.sleep(1), lambda: None))
    waited = footprints(made("Condition", wait_shortly, lambda _: None))

    assert UNKNOWN in slept["a"]
    assert UNKNOWN in waited["a"]
    assert UNKNOWN not in slept["b"]


def test_a_thread_and_its_starter_are_in_order():
    """Starting writes the thread, its first step reads it, its end writes it, and a join reads it."""

    def starter():
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()

    found = footprints(together(starter, lambda: None))

    assert conflicts(found["a"], found["a.0"])
    assert not conflicts(found["a.0"], found["b"])


def test_two_actors_that_fail_conflict():
    """Which of two failures is raised depends on their order."""

    def fail():
        raise ValueError("on purpose")

    def scenario(interleaving):
        with pytest.raises(ValueError, match="on purpose"):
            interleaving.run(a=fail, b=fail)

    found = footprints(scenario)

    assert conflicts(found["a"], found["b"])


def test_identities_are_those_of_the_schedules_before():
    """What is made alike has the same identity in every execution, though not the same address."""
    kept = []

    def scenario(interleaving):
        lock = threading.Lock()
        kept.append(lock)  # so that no address is used again
        interleaving.run(a=lambda: with_lock(lock), b=lambda: with_lock(threading.RLock()))

    assert footprints(scenario) == footprints(scenario, times=3)
