"""Whatever a schedule comes to, the process is afterwards as it was; and however many there were, memory is flat."""

from __future__ import annotations

import _thread
import gc
import logging
import signal
import sys
import threading
import time

import pytest

from pytest_errortrack.interleave import explore

SLOPE = 0.9  # blocks of memory for each exploration: a leak of the smallest thing there is comes to more
KEPT = []


def passes(interleaving):
    """Two actors and a lock."""
    lock = threading.Lock()

    def use():
        with lock:
            interleaving.step("inside")

    interleaving.run(use, use)


def fails(interleaving):
    """An actor raises while it holds a lock that the other waits for."""
    lock = threading.Lock()

    def use():
        lock.acquire()
        interleaving.step("inside")
        raise ValueError("on purpose")

    interleaving.run(use, use)


def deadlocks(interleaving):
    """Two locks, in opposite order."""
    first, second = threading.Lock(), threading.RLock()

    def take(one, other):
        with one, other:
            pass

    interleaving.run(lambda: take(first, second), lambda: take(second, first))


def runs_out_of_time(interleaving):
    """A wait that nobody ends, in threads that an actor started."""
    event = threading.Event()

    def wait():
        thread = threading.Thread(target=event.wait, args=(1,), daemon=True)
        thread.start()
        thread.join(0.5)

    interleaving.run(wait, lambda: event.wait(0.1))
    raise AssertionError("too late")


def waits_for_ever(interleaving):
    """A wakeup is lost, and a timer goes on."""
    timer = threading.Timer(5, lambda: None)
    timer.daemon = True
    interleaving.run(timer.start, threading.Event().wait)


def swallows(interleaving):
    """An actor catches what unwinds it, twice, and then gives in."""
    lock = threading.Lock()
    lock.acquire()

    def stubborn():
        for _ in range(2):
            try:
                lock.acquire()
            except BaseException:  # noqa: BLE001 - what is tested
                logging.getLogger("quiet").debug("once more")
        lock.acquire()

    interleaving.run(stubborn, lambda: None)


def blocks(interleaving):
    """An actor waits where nobody can see it, until it is sent an exception."""
    gate = KEPT[0]
    interleaving.run(lambda: gate.acquire(timeout=1.5), lambda: None)


OUTCOMES = [passes, fails, deadlocks, runs_out_of_time, waits_for_ever, swallows]


@pytest.mark.parametrize("level", ["op", "line"])
@pytest.mark.parametrize("scenario", OUTCOMES)
def test_nothing_is_left_after_an_outcome(scenario, level):
    """The fixture that looks at the world finds it unchanged, and so is what a thread of ours would have left."""
    threads = threading.active_count()

    explore(scenario, level=level, budget=30)

    assert threading.active_count() == threads
    assert all(not thread.name.startswith("errortrack") for thread in threading.enumerate())


def test_nothing_is_left_after_an_inconclusive_schedule():
    """An actor that blocked in C ends as soon as it comes back from there."""
    gate = _thread.allocate_lock()
    gate.acquire()
    KEPT[:] = [gate]

    exploration = explore(blocks, level="op", budget=1, modules=["json"])  # where no lock of ours is shadowed

    assert exploration.inconclusive == 1
    for thread in threading.enumerate():
        if thread.name.startswith("errortrack"):
            thread.join(5)
            assert not thread.is_alive()


def test_nothing_is_left_after_an_interrupt():
    """Ctrl-C in the middle of a schedule goes to whoever started the exploration, and the actors are unwound."""
    unwound = []

    def scenario(interleaving):
        event = threading.Event()

        def wait():
            try:
                event.wait()
            finally:
                unwound.append(1)

        def interrupt():
            signal.raise_signal(signal.SIGINT)
            until = time.process_time() + 0.05
            while time.process_time() < until:
                interleaving.step("work")

        interleaving.run(wait, interrupt)

    listening = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            explore(scenario, level="op", budget=1)
    finally:
        signal.signal(signal.SIGINT, listening)

    assert unwound == [1]


def growth(scenario, times):
    """Return how many blocks of memory more are in use for each of so many explorations, once the first are over.

    It is the least of three: what is leaked is leaked each time, what others do in this process is not.
    """
    return min(growth_once(scenario, times // 3) for _ in range(3))


def growth_once(scenario, times):
    """Return the same of one series."""
    for _ in range(20):
        explore(scenario, level="op", budget=2, modules=[__file__])
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        explore(scenario, level="op", budget=2, modules=[__file__])
    gc.collect()
    return (sys.getallocatedblocks() - before) / times


@pytest.mark.parametrize("scenario", [passes, deadlocks])
def test_memory_is_flat(scenario):
    """A few hundred explorations need no more memory than the first ones."""
    assert growth(scenario, 250) < SLOPE


def test_a_leak_would_be_seen():
    """The measure is good enough to see one small list kept for each exploration."""

    def leaks(interleaving):
        passes(interleaving)
        KEPT.append([interleaving])

    try:
        assert growth(leaks, 60) > SLOPE
    finally:
        KEPT.clear()


@pytest.mark.soak
def test_memory_is_flat_over_ten_thousand_explorations():
    """The same for as many as a long test run has."""
    assert growth(passes, 10_000) < SLOPE
