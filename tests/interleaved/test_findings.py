"""The engine finds what concurrency goes wrong in."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_errortrack.interleave import Deadlock, Livelock, LostWakeup, explore


class Counter:
    def __init__(self):
        self.value = 0

    def add(self):
        """Add one, not atomically."""
        value = self.value
        self.value = value + 1


def lost_update(interleaving):
    counter = Counter()
    interleaving.run(counter.add, counter.add)
    assert counter.value == 2


def test_lost_update_is_found_with_one_preemption_at_line_level():
    """Two unprotected additions lose one; the shortest order that does so has one preemption."""
    exploration = explore(lost_update)

    assert isinstance(exploration.failure, AssertionError)
    assert exploration.preemptions == 1
    assert exploration.found_at <= 20


def test_the_tests_own_exception_is_what_is_found():
    """The failure is the scenario's exception, with the interleaving and the token in its notes."""
    exploration = explore(lost_update)

    notes = "\n".join(exploration.failure.__notes__)
    assert "the interleaving (1 preemption, found as schedule" in notes
    assert "-- preempted --" in notes
    assert "value = self.value" in notes
    assert f'replay: replay("{exploration.token}", scenario)' in notes


def test_check_then_act_is_found():
    """Two actors that both see an empty slot both fill it."""

    def scenario(interleaving):
        created = []
        cache = {}

        def get():
            if "key" not in cache:
                created.append(1)
                cache["key"] = object()
            return cache["key"]

        interleaving.run(get, get)
        assert len(created) == 1

    exploration = explore(scenario)

    assert isinstance(exploration.failure, AssertionError)
    assert exploration.preemptions == 1


@pytest.mark.parametrize("level", ["op", "line"])
def test_deadlock_of_two_locks_names_its_cycle(level):
    """Two locks taken in opposite order: the cycle, what each waits for and where, are told."""

    def scenario(interleaving):
        first, second = threading.Lock(), threading.Lock()

        def forwards():
            with first, second:
                pass

        def backwards():
            with second, first:
                pass

        interleaving.run(forwards=forwards, backwards=backwards)

    exploration = explore(scenario, level=level)

    assert isinstance(exploration.failure, Deadlock)
    assert set(exploration.failure.cycle) == {"forwards", "backwards"}
    assert "waits for a Lock at test_findings.py:" in str(exploration.failure)
    assert "held by backwards" in str(exploration.failure)
    assert exploration.found_at <= 20


def test_deadlock_of_three_actors_is_one_preemption_and_free_switches():
    """A cycle over three locks has all three in it; switches at a block cost nothing."""

    def scenario(interleaving):
        locks = [threading.Lock() for _ in range(3)]

        def take(first, second):
            with locks[first], locks[second]:
                pass

        interleaving.run(lambda: take(0, 1), lambda: take(1, 2), lambda: take(2, 0))

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert set(exploration.failure.cycle) == {"A", "B", "C"}
    assert exploration.preemptions == 1


def test_a_lock_taken_twice_by_one_actor_is_a_deadlock_with_itself():
    """A plain lock is not reentrant, and the message says who holds it."""

    def scenario(interleaving):
        lock = threading.Lock()

        def twice():
            with lock, lock:
                pass

        interleaving.run(twice, lambda: None)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert exploration.failure.cycle == ("A",)
    assert "which it holds itself" in str(exploration.failure)


def test_a_lock_that_an_actor_never_released_is_a_deadlock_without_cycle():
    """The message names the actor that ended with the lock."""

    def scenario(interleaving):
        lock = threading.Lock()
        interleaving.run(a=lock.acquire, b=lock.acquire)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert exploration.failure.cycle == ()
    assert "ended without releasing it" in str(exploration.failure)


def test_a_lock_held_by_the_scenario_is_told_as_such():
    """A lock that the scenario's own thread took before run() is not blamed on an actor."""

    def scenario(interleaving):
        lock = threading.Lock()
        with lock:
            interleaving.run(a=lock.acquire, b=lambda: None)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert "held by the scenario" in str(exploration.failure)


def test_lost_wakeup_of_an_event_is_found():
    """An event cleared after it was set is waited for in vain."""

    def scenario(interleaving):
        event = threading.Event()

        def wait():
            event.clear()
            event.wait()

        interleaving.run(waiter=wait, setter=event.set)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, LostWakeup)
    assert "waiter waits for an Event" in str(exploration.failure)


def test_lost_wakeup_of_a_condition_is_found():
    """A notification before the wait is lost if the waiter does not look first."""

    def scenario(interleaving):
        condition = threading.Condition()

        def wait():
            with condition:
                condition.wait()

        def notify():
            with condition:
                condition.notify()

        interleaving.run(waiter=wait, notifier=notify)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, LostWakeup)
    assert "a notification of a Condition" in str(exploration.failure)


def test_livelock_is_found_though_everybody_gets_a_turn():
    """Actors that wait for each other by looking again and again never end."""

    def scenario(interleaving):
        def politely():
            while True:
                interleaving.step("after you")

        interleaving.run(politely, politely)

    exploration = explore(scenario, level="op", budget=1)

    assert isinstance(exploration.failure, Livelock)
    assert "A and B still ran" in str(exploration.failure)


def test_a_loop_that_waits_for_another_actor_is_no_livelock():
    """A spinning actor does not keep the one it waits for from its turn; completeness is not claimed then."""

    def scenario(interleaving):
        done = []

        def spin():
            while not done:
                pass

        interleaving.run(spin, lambda: done.append(1))

    exploration = explore(scenario, budget=30)

    assert exploration.failure is None
    assert not exploration.complete


def test_a_polling_daemon_does_not_hide_a_deadlock():
    """Timers of daemons that fire for ever are no progress."""

    def scenario(interleaving):
        lock = threading.Lock()

        def poll():
            while True:
                time.sleep(1)

        def block():
            threading.Thread(target=poll, daemon=True).start()
            with lock, lock:
                pass

        interleaving.run(block, lambda: None)

    exploration = explore(scenario, level="op", budget=5)

    assert isinstance(exploration.failure, Deadlock)


def test_an_atomicity_bug_of_three_actors_needs_all_three():
    """An order of three events in three actors is found by enumeration."""

    def scenario(interleaving):
        log = []

        def note(name):
            interleaving.step(name)
            log.append(name)

        interleaving.run(a=lambda: note("a"), b=lambda: note("b"), c=lambda: note("c"))
        assert log != ["c", "a", "b"]

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, AssertionError)
    assert exploration.preemptions == 0


def test_all_orders_of_three_actors_are_run_without_preemptions():
    """Switches at the start and at ends are free, and all of them are branched."""
    orders = set()

    def scenario(interleaving):
        log = []

        def note(name):
            interleaving.step(name)
            log.append(name)

        interleaving.run(a=lambda: note("a"), b=lambda: note("b"), c=lambda: note("c"))
        orders.add("".join(log))

    exploration = explore(scenario, level="op", max_preemptions=0, search="exhaustive")

    assert exploration.complete
    assert orders == {"abc", "acb", "bac", "bca", "cab", "cba"}
    assert exploration.schedules == 1 + 6  # the calibration, and each order once
