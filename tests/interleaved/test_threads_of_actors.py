"""Threads that actors start are actors of the same schedule."""

from __future__ import annotations

import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack.interleave import LostWakeup, current_actor, explore
from pytest_errortrack.interleave._errors import Inconclusive


def test_threads_started_by_an_actor_are_explored():
    """A race between two threads of one actor is found, with the threads in columns of their own."""

    def scenario(interleaving):
        value = [0]

        def add():
            old = value[0]
            value[0] = old + 1

        def parent():
            threads = [threading.Thread(target=add) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert not any(thread.is_alive() for thread in threads)

        interleaving.run(parent=parent)
        assert value[0] == 2

    exploration = explore(scenario)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1
    assert "parent.0" in exploration.trace
    assert "parent.1" in exploration.trace


def test_a_join_returns_only_after_the_thread_ended():
    """What a joined thread wrote is there, in every schedule."""

    def scenario(interleaving):
        def parent():
            log = []
            thread = threading.Thread(target=lambda: (interleaving.step("child"), log.append(1)))
            thread.start()
            thread.join()
            thread.join()
            assert log == [1]
            assert not thread.is_alive()

        interleaving.run(parent, parent)

    exploration = explore(scenario, level="op", max_preemptions=1)

    assert exploration.failure is None
    assert exploration.complete


def test_the_child_knows_its_place():
    """A child's path is below its parent's, and its thread is the one that was started."""
    seen = set()

    def scenario(interleaving):
        def child():
            actor = current_actor()
            seen.add((actor.name, actor.path, actor.parent_path, threading.current_thread().name))

        def parent():
            thread = threading.Thread(target=child, name="worker")
            thread.start()
            thread.join()

        interleaving.run(p=parent, q=lambda: None)

    explore(scenario, level="op", budget=3)

    assert seen == {("p.0", "p.0", "p", "worker")}


def test_starting_and_joining_wrongly_raises_as_ever():
    """A second start, and a join of the current thread, are refused by `threading` itself."""

    def scenario(interleaving):
        def parent():
            thread = threading.Thread(target=lambda: interleaving.step("x"))
            with pytest.raises(RuntimeError, match="before it is started"):
                thread.join()
            assert not thread.is_alive()
            thread.start()
            with pytest.raises(RuntimeError, match="only be started once"):
                thread.start()
            thread.join()

        interleaving.run(parent, lambda: None)

    assert explore(scenario, level="op").failure is None


def test_a_daemon_may_be_left_behind():
    """A schedule ends without its daemons, which are unwound."""
    unwound = []

    def scenario(interleaving):
        items = queue.Queue()
        done = []

        def work():
            try:
                while True:
                    done.append(items.get())
                    items.task_done()
            finally:
                unwound.append(1)

        def parent():
            threading.Thread(target=work, daemon=True).start()
            items.put(1)
            items.join()

        interleaving.run(parent, lambda: None)
        assert done == [1]

    exploration = explore(scenario, level="op", max_preemptions=1)

    assert exploration.failure is None
    assert exploration.complete
    assert len(unwound) == exploration.schedules


def test_a_busy_daemon_does_not_keep_a_schedule_from_its_end():
    """A daemon that never waits is stopped soon after all others have ended."""

    def scenario(interleaving):
        def spin():
            while True:
                interleaving.step("spin")

        def parent():
            threading.Thread(target=spin, daemon=True).start()
            interleaving.step("on")

        interleaving.run(parent, lambda: None)

    exploration = explore(scenario, level="op", budget=10)

    assert exploration.failure is None


def test_an_exception_in_a_thread_is_raised_by_run():
    """What ends a thread ends the scenario, with a note that names the thread's actor."""

    def scenario(interleaving):
        def child():
            raise LookupError("in the child")

        def parent():
            thread = threading.Thread(target=child)
            thread.start()
            thread.join()

        interleaving.run(p=parent)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, LookupError)
    assert "in actor 'p.0'" in exploration.failure.__notes__


def test_a_thread_may_exit_by_system_exit():
    """`sys.exit` in a thread ends it silently, as `threading` does."""

    def scenario(interleaving):
        def parent():
            thread = threading.Thread(target=sys.exit)
            thread.start()
            thread.join()

        interleaving.run(parent, parent)

    assert explore(scenario, level="op", budget=50).failure is None


def test_a_timer_fires_in_virtual_time():
    """`threading.Timer` is a thread as any other."""

    def scenario(interleaving):
        fired = []

        def parent():
            timer = threading.Timer(60, lambda: fired.append(interleaving.now()))
            timer.start()
            timer.join()

        interleaving.run(parent, lambda: None)
        assert fired == [60]

    assert explore(scenario, level="op").failure is None


def test_run_inside_an_actor_waits_for_its_own_actors():
    """A nested run returns its results to the actor that called it."""

    def scenario(interleaving):
        def parent():
            return list(interleaving.run(lambda: 1, x=lambda: 2))

        assert interleaving.run(p=parent, q=lambda: 3) == [[1, 2], 3]

    exploration = explore(scenario, level="op", max_preemptions=1)

    assert exploration.failure is None
    assert exploration.complete


def test_an_exception_in_a_nested_run_is_the_calling_actors_to_catch():
    """It is raised where the nested run was called, and nowhere else if it is caught there."""

    def scenario(interleaving):
        def bad():
            raise LookupError

        def parent():
            with pytest.raises(LookupError):
                interleaving.run(bad, lambda: None)

        interleaving.run(p=parent, q=lambda: interleaving.step("q"))

    assert explore(scenario, level="op").failure is None


def test_a_pool_that_was_made_before_the_actors_is_explored():
    """Another one stands for it in each schedule, and idle threads that it leaves are no lost wakeup."""
    with ThreadPoolExecutor(1, initializer=lambda: names.append(threading.current_thread().name)) as pool:
        names = []
        pool.submit(int).result()
        own = set(names)

        def scenario(interleaving):
            results = interleaving.run(a=lambda: pool.submit(int).result(), b=lambda: list(pool.map(str, [1, 2])))
            assert results == [0, ["1", "2"]]

        exploration = explore(scenario, level="op", max_preemptions=0)

        assert exploration.failure is None
        assert exploration.complete
        assert pool.submit(threading.current_thread).result().name in own
        assert len(names) > 1
        assert set(names) == own  # the workers of the schedules are named alike


def test_a_pool_of_the_scenario_is_explored():
    """One that the scenario makes is controlled: the same code, complete."""

    def scenario(interleaving):
        with ThreadPoolExecutor(1) as pool:
            results = interleaving.run(a=lambda: pool.submit(int).result(), b=lambda: None)
        assert results["a"] == 0

    assert explore(scenario, max_preemptions=0).failure is None


def test_waiting_for_a_worker_from_before_is_inconclusive():
    """A thread that nobody controls answers in its own time: what that shows cannot be repeated, and is no finding."""
    todo = queue.SimpleQueue()

    def work():
        while (answered := todo.get()) is not None:
            busy.acquire(timeout=0.01)  # so that whoever asked waits by then
            answered.set()

    busy = threading.Lock()
    busy.acquire()
    worker = threading.Thread(target=work, name="old worker")
    worker.start()

    def scenario(interleaving):
        def ask():
            answered = threading.Event()
            plain_put(answered)
            answered.wait()

        interleaving.run(a=ask, b=ask)

    plain_put = todo.put
    try:
        exploration = explore(scenario)
    finally:
        todo.put(None)
        worker.join()

    assert isinstance(exploration.failure, Inconclusive)
    assert "a thread that no actor started (old worker)" in str(exploration.failure)


def test_a_thread_that_has_nothing_to_do_with_it_hides_no_lost_wakeup():
    """A thread of somebody else that merely exists changes no finding."""
    end = threading.Event()
    bystander = threading.Thread(target=end.wait, name="bystander")
    bystander.start()
    try:
        exploration = explore(lambda interleaving: interleaving.run(a=threading.Event().wait, b=lambda: None))
    finally:
        end.set()
        bystander.join()

    assert isinstance(exploration.failure, LostWakeup)
