from __future__ import annotations

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

from pytest_errortrack.interleave import explore

MODULE_LOCK = threading.Lock()
MODULE_RLOCK = threading.RLock()
acquire, release = MODULE_RLOCK.acquire, MODULE_RLOCK.release


class Box:
    lock = threading.Lock()

    def __init__(self):
        self.n = 0


def explored(act, **options):
    """Run two actors of the same kind, and add up."""

    def scenario(interleaving):
        box = Box()
        interleaving.run(lambda: act(box), lambda: act(box))
        assert box.n == 2

    return explore(scenario, **options)


def add(box):
    seen = box.n
    box.n = seen + 1


def test_a_lock_that_a_module_made_when_it_was_imported_is_controlled():
    """The most usual lock of all protects, and no schedule is inconclusive."""

    def act(box):
        with MODULE_LOCK:
            add(box)

    found = explored(act)

    assert (found.failure, found.complete, found.inconclusive) == (None, True, 0)
    assert explored(add).failure is not None


def test_a_reentrant_lock_of_a_module_is_controlled():
    """Its holder may take it again, others wait."""

    def act(box):
        with MODULE_RLOCK, MODULE_RLOCK:
            add(box)

    assert explored(act).complete


def test_a_method_that_a_module_took_of_its_lock_is_controlled():
    """`acquire = lock.acquire` takes the same lock as the lock itself, and is the plain method again afterwards."""
    before = acquire, release

    def act(box):
        acquire()
        try:
            with MODULE_RLOCK:
                add(box)
        finally:
            release()

    found = explored(act)

    assert (found.failure, found.complete, found.inconclusive) == (None, True, 0)
    assert (acquire, release) == before


def test_a_lock_of_a_class_is_controlled():
    """A lock that all instances share, too."""

    def act(box):
        with box.lock:
            add(box)

    assert explored(act).complete


def test_the_locks_are_the_plain_ones_again_afterwards():
    """They are put back by identity, and free, also when a schedule failed while one was held."""
    before = MODULE_LOCK, MODULE_RLOCK, Box.__dict__["lock"]

    def act(box):
        with MODULE_LOCK, Box.lock:
            box.n += 1
            raise ValueError

    assert isinstance(explored(act).failure, ValueError)
    assert (MODULE_LOCK, MODULE_RLOCK, Box.__dict__["lock"]) == before
    assert not MODULE_LOCK.locked()
    assert not Box.lock.locked()


def test_a_simple_queue_made_in_the_scenario_is_controlled():
    """To get from an empty one waits for whoever puts."""

    def scenario(interleaving):
        items = queue.SimpleQueue()
        results = interleaving.run(put=lambda: items.put(1), get=items.get)
        assert results["get"] == 1

    assert explore(scenario, level="op").complete


def test_a_thread_pool_inside_an_actor_is_controlled():
    """Its workers are actors; the pool works as usual again afterwards."""

    def scenario(interleaving):
        def act():
            with ThreadPoolExecutor(1) as pool:
                return pool.submit(int, "3").result()

        assert interleaving.run(act, act) == [3, 3]

    found = explore(scenario, level="op", budget=200)

    assert found.failure is None
    assert found.inconclusive == 0
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(int, "3").result() == 3
