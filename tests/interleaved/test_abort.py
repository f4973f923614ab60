"""Whatever ends a schedule early, nothing of it is left."""

from __future__ import annotations

import _queue
import _thread
import logging
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import pytest_errortrack
from pytest_errortrack.interleave import Deadlock, Inconclusive, Livelock, explore


@pytest.fixture(autouse=True)
def hear_interrupts():
    """Let Ctrl-C raise KeyboardInterrupt; a shell that starts this in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_main():
    """Make Python raise KeyboardInterrupt in the main thread, as Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


def deadlock(interleaving, body=lambda: None):
    first, second = threading.Lock(), threading.Lock()

    def forwards():
        with first, second:
            body()

    def backwards():
        with second, first:
            body()

    interleaving.run(forwards, backwards)


def test_actors_of_a_deadlock_are_unwound():
    """Their `finally` blocks run, in which points are inert and nothing blocks."""
    unwound = []

    def scenario(interleaving):
        first, second = threading.Lock(), threading.Lock()

        def take(one, other):
            with one:
                interleaving.step("between")
                try:
                    other.acquire()
                finally:
                    interleaving.step("unwinding")
                    unwound.append(threading.get_ident())

        interleaving.run(lambda: take(first, second), lambda: take(second, first))

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert len(unwound) >= 2


def test_an_actor_that_swallows_the_unwinding_once_still_ends():
    """`except BaseException` around a wait is no way out: the next wait raises again."""

    def scenario(interleaving):
        lock = threading.Lock()
        lock.acquire()

        def stubborn():
            try:
                lock.acquire()
            except BaseException:  # noqa: BLE001 - what is tested
                lock.acquire()

        interleaving.run(stubborn, lambda: None)

    assert isinstance(explore(scenario, level="op").failure, Deadlock)


def test_keyboard_interrupt_goes_through_and_leaves_nothing():
    """Ctrl-C while actors run is raised from explore, after all actors were unwound."""
    unwound = []

    def scenario(interleaving):
        def body():
            try:
                interrupt_main()
                while True:
                    interleaving.step("running")
            finally:
                unwound.append(1)

        interleaving.run(body, body)

    with pytest.raises(KeyboardInterrupt):
        explore(scenario, level="op")

    assert unwound


def test_keyboard_interrupt_reaches_an_actor_that_has_no_scheduling_points():
    """An actor in a loop of plain Python code ends too."""

    def scenario(interleaving):
        def body():
            interrupt_main()
            while True:
                pass

        interleaving.run(body, body)

    with pytest.raises(KeyboardInterrupt):
        explore(scenario, level="op")

    _join_leftovers()


def _join_leftovers():
    # Its thread ends at its own next step, which is soon, but nobody waited for it.
    for thread in threading.enumerate():
        if thread.name == "errortrack-actor":
            thread.join(10)


def test_an_interrupt_raised_by_an_actor_itself_goes_through():
    """What is no failure of the scenario is not treated as one."""

    def scenario(interleaving):
        def body():
            raise KeyboardInterrupt

        interleaving.run(body, lambda: interleaving.step("x"))

    with pytest.raises(KeyboardInterrupt):
        explore(scenario, level="op")


def test_an_uncontrolled_block_is_inconclusive_and_never_a_pass():
    """A lock from before the exploration blocks in C: the watchdog sees it and says where."""
    lock = _thread.allocate_lock()

    def scenario(interleaving):
        def body():
            with lock:
                interleaving.step("inside")

        interleaving.run(body, body)

    exploration = explore(scenario, level="op", search="exhaustive", max_preemptions=1)

    assert isinstance(exploration.failure, Inconclusive)
    assert exploration.inconclusive >= 1
    assert not exploration.complete
    assert "waits for something the engine does not control" in str(exploration.failure)
    assert "with lock:" in str(exploration.failure)
    assert "inconclusive" in exploration.summary()
    assert not lock.locked()


def test_what_waits_in_c_is_inconclusive():
    """A wait that nobody can see is inconclusive rather than wrong."""

    def scenario(interleaving):
        items = _queue.SimpleQueue()
        interleaving.run(lambda: items.get(timeout=3), lambda: items.put(1))

    exploration = explore(scenario, level="op", budget=1)

    assert isinstance(exploration.failure, Inconclusive)
    _join_leftovers()


def test_an_actor_that_waits_for_a_thread_outside_is_inconclusive():
    """A controlled lock that an ordinary thread holds may be released at any time: no deadlock is claimed."""
    held, release = threading.Event(), threading.Event()
    threads = []

    def scenario(interleaving):
        lock = threading.Lock()

        def hold():
            with lock:
                held.set()
                release.wait()

        thread = threading.Thread(target=hold)
        threads.append(thread)
        thread.start()
        held.wait()
        interleaving.run(lock.acquire, lambda: None)

    exploration = explore(scenario, level="op", budget=1)
    release.set()
    threads[0].join()

    assert isinstance(exploration.failure, Inconclusive)


def test_an_actor_goes_on_when_a_thread_outside_releases_its_lock():
    """Waiting for somebody outside is real waiting."""
    held = threading.Event()

    def scenario(interleaving):
        lock = threading.Lock()
        release = _thread.allocate_lock()
        release.acquire()

        def hold():
            with lock:
                held.set()
                release.acquire()

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()

        def wait():
            release.release()
            with lock:
                interleaving.step("got it")

        interleaving.run(wait, lambda: interleaving.step("x"))
        thread.join()

    assert explore(scenario, level="op", budget=5, search="random").failure is None


def test_a_trace_function_of_the_callers_survives():
    """A debugger or coverage tool in the scenario's thread keeps its trace function."""

    def trace(frame, event, arg):
        return None

    previous = sys.gettrace()
    sys.settrace(trace)
    try:
        explore(deadlock)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(previous)


def test_no_schedule_is_disturbed_by_an_earlier_abort():
    """After deadlocks and livelocks on the same session's threads, the next schedule is sound."""

    def spin(interleaving):
        def body():
            while True:
                interleaving.step("x")

        interleaving.run(body, body)

    assert isinstance(explore(deadlock, level="op").failure, Deadlock)
    assert isinstance(explore(spin, level="op", budget=1).failure, Livelock)
    assert isinstance(explore(deadlock, level="line").failure, Deadlock)


def test_an_actor_switched_away_inside_a_log_handler_blocks_nobody():
    """The locks of handlers and of `logging` are controlled for the time of the exploration."""
    logger = logging.getLogger("test_abort")
    logger.propagate = False
    logger.setLevel("INFO")

    def scenario(interleaving):
        records = []

        def body():
            current[0] = interleaving
            current[1] = records
            logger.info("message")

        interleaving.run(body, body)
        assert len(records) == 2

    current = [None, None]

    class Handler(logging.Handler):
        def emit(self, record):
            current[0].step("emit")
            current[1].append(record)

    handler = Handler()
    logger.addHandler(handler)
    try:
        exploration = explore(scenario, level="op")
    finally:
        logger.removeHandler(handler)
        handler.close()

    assert exploration.failure is None
    assert exploration.complete


def test_what_an_exploration_patches_may_be_patched_on_top_by_others():
    """Somebody who wraps a patched function meanwhile keeps their wrapper; below it, all is as before."""
    original = threading.Thread.start

    def scenario(interleaving):
        if threading.Thread.start.__name__ != "wrapper":
            patched = threading.Thread.start

            def wrapper(thread):
                patched(thread)

            threading.Thread.start = wrapper
        interleaving.run(lambda: interleaving.step("x"), lambda: interleaving.step("x"))

    try:
        explore(scenario, level="op", budget=3)
        assert threading.Thread.start.__name__ == "wrapper"
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
    finally:
        threading.Thread.start = original


def test_an_actor_that_swallows_everything_is_left_waiting():
    """It cannot be ended, so it is kept quiet; what was found before stands."""
    script = textwrap.dedent(
        """
        import threading
        from pytest_errortrack.interleave import explore

        def scenario(interleaving):
            lock = threading.Lock()
            lock.acquire()

            def stubborn():
                while True:
                    try:
                        lock.acquire()
                    except BaseException:
                        pass

            interleaving.run(stubborn, lambda: None)

        print(type(explore(scenario, level="op", budget=1).failure).__name__)
        """
    )
    package = Path(pytest_errortrack.__file__).parent.parent

    done = subprocess.run(  # noqa: S603 - our own interpreter and script; a process, since its thread cannot end
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env={"PYTHONPATH": str(package)}
    )

    assert done.stdout.strip() == "Deadlock"


def test_points_are_inert_while_an_actor_is_unwound():
    """`finally` and `except` blocks of an aborted actor run through, whatever they do that does not wait."""
    seen = []

    def scenario(interleaving):
        lock, other, event = threading.Lock(), threading.RLock(), threading.Event()
        lock.acquire()

        def body():
            with other:
                try:
                    lock.acquire()
                finally:
                    event.set()
                    event.wait()
                    event.clear()
                    with other:
                        seen.append(event.is_set())
                    other.acquire(blocking=False)
                    other.release()
                    with pytest.raises(BaseException):  # noqa: B017, PT011 - private to the engine
                        time.sleep(1)
                    with pytest.raises(BaseException):  # noqa: B017, PT011 - as above
                        threading.Thread(target=body).start()

        interleaving.run(body, lambda: None)

    assert isinstance(explore(scenario, level="op", budget=1).failure, Deadlock)
    assert set(seen) == {False}


def test_a_stuck_actor_does_not_spoil_the_next_exploration():
    """What one exploration had to leave behind in C stops no other one, traced or not."""
    items = _queue.SimpleQueue()
    before = set(threading.enumerate())

    def stuck(interleaving):
        interleaving.run(lambda: items.get(timeout=20), lambda: items.put(1))

    def innocent(interleaving):
        interleaving.run(lambda: interleaving.step("a"), lambda: interleaving.step("b"))

    assert isinstance(explore(stuck, budget=1).failure, Inconclusive)

    found = explore(innocent)
    items.put(2)  # lets the stuck thread end
    for thread in set(threading.enumerate()) - before:
        thread.join(10)

    assert (found.failure, found.complete) == (None, True)
