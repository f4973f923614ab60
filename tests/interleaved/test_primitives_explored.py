"""What `threading`, `queue` and `time` offer works under control, and waits in virtual time."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock as LockByName
from time import sleep as sleep_by_name

import pytest

from pytest_errortrack.interleave import explore


def complete(scenario, **options):
    """Explore at op level; assert that nothing was found and all of it was run."""
    exploration = explore(scenario, level="op", **{"budget": 5_000, **options})
    assert exploration.failure is None, exploration.failure
    assert exploration.complete, exploration.summary()
    return exploration


@pytest.mark.parametrize("make", [threading.Lock, threading.RLock, threading.Semaphore, threading.BoundedSemaphore])
def test_mutual_exclusion_holds_in_every_schedule(make):
    """No schedule lets two actors into what a lock protects."""

    def scenario(interleaving):
        # Looked up again: the parameter is the plain one, from before the exploration.
        lock = getattr(threading, make.__name__ if make.__name__ != "allocate_lock" else "Lock", threading.Lock)()
        inside = []

        def work():
            with lock:
                inside.append(1)
                interleaving.step("inside")
                assert len(inside) == 1
                inside.pop()

        interleaving.run(work, work)

    complete(scenario)


def test_condition_wakes_every_waiter_that_looks_first():
    """A correct producer and consumer over a Condition pass in every schedule."""

    def scenario(interleaving):
        condition = threading.Condition()
        items = []

        def consume():
            with condition:
                while not items:
                    condition.wait()
                return items.pop()

        def produce():
            with condition:
                items.extend("ab")
                condition.notify_all()

        results = interleaving.run(consume, consume, produce)
        assert sorted(results[:2]) == ["a", "b"]

    complete(scenario, max_preemptions=1)


def test_barrier_lets_all_through_together():
    """Both parties of a barrier get a number of their own."""

    def scenario(interleaving):
        barrier = threading.Barrier(2)
        assert sorted(interleaving.run(barrier.wait, barrier.wait)) == [0, 1]

    complete(scenario, max_preemptions=1)


def test_queue_keeps_its_order_and_bound():
    """A bounded queue between two actors delivers everything in order."""

    def scenario(interleaving):
        items = queue.Queue(maxsize=1)

        def produce():
            for number in range(3):
                items.put(number)

        results = interleaving.run(produce=produce, consume=lambda: [items.get() for _ in range(3)])
        assert results["consume"] == [0, 1, 2]

    complete(scenario, max_preemptions=1)


def test_event_lets_all_waiters_go_on():
    """Waiters of an event return True once it is set."""

    def scenario(interleaving):
        event = threading.Event()
        assert interleaving.run(event.wait, event.wait, event.set)[:2] == (True, True)
        assert event.is_set()

    complete(scenario)


def test_rlock_is_reentrant_and_exclusive():
    """Its holder may take an RLock again; the other actor waits until it is released as often."""

    def scenario(interleaving):
        lock = threading.RLock()
        inside = []

        def work():
            with lock, lock:
                inside.append(1)
                interleaving.step("inside")
                assert len(inside) == 1
                inside.pop()

        interleaving.run(work, work)

    complete(scenario)


def test_an_rlock_released_by_a_stranger_raises_as_the_plain_one_does():
    """Misuse is the plain lock's to judge."""

    def scenario(interleaving):
        lock = threading.RLock()

        def misuse():
            with pytest.raises(RuntimeError):
                lock.release()
            interleaving.step("on")

        interleaving.run(misuse, misuse)

    complete(scenario)


def test_acquiring_without_blocking_is_explored_both_ways():
    """A try-lock succeeds in some schedules and fails in others."""
    outcomes = set()

    def scenario(interleaving):
        lock = threading.Lock()

        def hold():
            with lock:
                interleaving.step("held")

        def try_it():
            is_acquired = lock.acquire(blocking=False)
            if is_acquired:
                lock.release()
            return is_acquired

        outcomes.add(interleaving.run(hold, try_it)[1])

    complete(scenario)
    assert outcomes == {True, False}


def test_time_passes_in_the_order_of_the_deadlines():
    """Sleeps take virtual time, in the order of their deadlines, and no real time."""
    began = time.perf_counter()

    def scenario(interleaving):
        log = []

        def nap(seconds):
            until = interleaving.now() + seconds
            time.sleep(seconds)
            log.append(until)

        start = time.monotonic()
        interleaving.run(lambda: nap(3600), lambda: nap(60))
        assert log == sorted(log)
        assert interleaving.now() == log[-1]  # 3600, or 60 more if the first slept before the second was up
        assert time.monotonic() - start == pytest.approx(log[-1])

    complete(scenario)
    assert time.perf_counter() - began < 60


def test_all_clocks_agree_on_virtual_time():
    """Every clock of `time` moves by the same virtual seconds, in the actor and in the scenario."""

    def scenario(interleaving):
        clocks = (time.time, time.monotonic, time.perf_counter)
        clocks_ns = (time.time_ns, time.monotonic_ns, time.perf_counter_ns)
        before = [clock() for clock in clocks], [clock() for clock in clocks_ns]

        interleaving.run(lambda: time.sleep(2), lambda: None)
        time.sleep(1)

        assert [clock() - old for clock, old in zip(clocks, before[0], strict=True)] == pytest.approx([3, 3, 3])
        assert [clock() - old for clock, old in zip(clocks_ns, before[1], strict=True)] == [3_000_000_000] * 3

    complete(scenario)


def test_a_negative_sleep_raises_as_ever():
    """What `time.sleep` refuses is refused."""

    def scenario(interleaving):
        def nap():
            with pytest.raises(ValueError, match="non-negative"):
                time.sleep(-1)
            interleaving.step("on")

        interleaving.run(nap, nap)

    complete(scenario)


def test_timeouts_of_lock_event_queue_and_join_are_virtual():
    """Waits that run out of time return as the plain ones do, at their deadlines."""

    def scenario(interleaving):
        lock, event, items = threading.Lock(), threading.Event(), queue.Queue()
        lock.acquire()

        def wait():
            assert lock.acquire(timeout=1) is False
            assert event.wait(timeout=1) is False
            with pytest.raises(queue.Empty):
                items.get(timeout=1)
            thread = threading.Thread(target=time.sleep, args=(10,))
            thread.start()
            thread.join(timeout=1)
            return interleaving.now()

        assert interleaving.run(wait, lambda: None)[0] == pytest.approx(4)
        lock.release()

    # Were the join preempted, time might come to the end of the sleep before it.
    complete(scenario, max_preemptions=0)


def test_a_finding_that_needs_a_timeout_says_so():
    """A failure that hangs on a time-out running out is marked."""

    def scenario(interleaving):
        event = threading.Event()
        results = interleaving.run(lambda: event.wait(1), lambda: time.sleep(2))
        assert results[0]

    exploration = explore(scenario, level="op")

    assert "needs a time-out" in exploration.trace


def test_yielding_gives_the_turn_away():
    """A loop over `sleep(0)` ends, since the other actor gets its turn."""

    def scenario(interleaving):
        done = []

        def wait():
            while not done:
                time.sleep(0)

        interleaving.run(wait, lambda: done.append(1))

    complete(scenario)


def test_names_bound_by_import_are_controlled_too():
    """`from threading import Lock` in the scenario's module is replaced for the time of the exploration."""
    seen = []

    def scenario(interleaving):
        lock = LockByName()

        def work():
            with lock:
                sleep_by_name(1)

        interleaving.run(work, work)
        seen.append(type(lock).__name__)
        assert interleaving.now() == 2

    complete(scenario)
    assert set(seen) == {"ControlledLock"}
    assert type(LockByName()).__name__ == "lock"


def test_controlled_primitives_are_instances_of_the_plain_classes():
    """Code that asks what it was given gets the usual answer, during and after an exploration."""
    kept = []

    def scenario(interleaving):
        event = threading.Event()
        assert isinstance(event, threading.Event)
        assert isinstance(threading.Lock(), type(threading.Lock()))
        kept.append(event)
        interleaving.run(event.set, event.set)

    complete(scenario)
    assert isinstance(kept[0], threading.Event)


def test_controlled_primitives_work_as_plain_ones_afterwards():
    """What a scenario made outlives it as an ordinary lock or event, in any thread."""
    kept = []

    def scenario(interleaving):
        made = threading.Lock(), threading.RLock(), threading.Event()
        interleaving.run(made[2].set, made[2].set)
        kept[:] = made

    complete(scenario)
    lock, rlock, event = kept
    event.clear()

    def other():
        with lock, rlock:
            event.set()

    with lock, rlock:
        thread = threading.Thread(target=other)
        thread.start()
        assert not event.wait(0)
    assert event.wait(10)
    thread.join()
    assert not lock.locked()


def test_who_takes_the_last_item_of_a_simple_queue_leaves_the_others_waiting():
    """Of two who wait one gets the item; the other goes on waiting, and does not find the queue empty."""

    def scenario(interleaving):
        items = queue.SimpleQueue()

        def relay():
            if items.get() is None:
                items.put(None)

        interleaving.run(relay, relay, lambda: items.put(None))

    complete(scenario)


def test_the_threads_of_a_pool_are_joined_in_one_order():
    """A pool keeps its threads in a set; a schedule repeats itself all the same."""

    def scenario(interleaving):
        def work():
            with ThreadPoolExecutor(2) as pool:
                return sum(pool.map(abs, [1, 2]))

        assert interleaving.run(work, lambda: None)[0] == 3

    exploration = explore(scenario, level="op", max_preemptions=1, budget=300, search="exhaustive")

    assert exploration.failure is None
