"""The watchdog tells waiting from computing."""

from __future__ import annotations

import _thread
import threading
import time

import pytest

from pytest_errortrack.interleave._running import _watchdog
from pytest_errortrack.interleave._running._watchdog import Watchdog


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves."""
    now = [0.0]
    monkeypatch.setattr(_watchdog, "real_clock", lambda: now[0])
    return now


@pytest.fixture
def stuck():
    """A thread that waits for a lock in C."""
    lock = _thread.allocate_lock()
    lock.acquire()
    thread = threading.Thread(target=lock.acquire)
    thread.start()
    yield thread.ident
    lock.release()
    thread.join()


def test_a_thread_that_stands_still_is_given_up_after_a_second(clock, stuck):
    """The reason shows where it stands."""
    watchdog = Watchdog()
    assert watchdog.look(1, stuck) is None
    clock[0] = 0.5
    assert watchdog.look(1, stuck) is None
    clock[0] = 1.6

    reason = watchdog.look(1, stuck)

    assert "no step for 1 s: the actor waits for something the engine does not control" in reason
    assert "threading.py" in reason


def test_every_step_is_a_sign_of_life(clock, stuck):
    """A new step begins the count again."""
    watchdog = Watchdog()
    for step in range(10):
        clock[0] = float(step)
        assert watchdog.look(step, stuck) is None


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="the system does not tell a thread's time")
def test_a_thread_that_computes_is_given_up_only_after_a_minute(clock):
    """Even a loop that is always seen at the same place uses the processor, and may yet come to a scheduling point."""
    is_done = []
    started = threading.Event()

    def compute():
        started.set()
        while not is_done:
            pass

    thread = threading.Thread(target=compute)
    thread.start()
    started.wait()
    processor = time.pthread_getcpuclockid(thread.ident)
    watchdog = Watchdog()
    reasons = []
    for _ in range(9):
        used = time.clock_gettime(processor)
        while time.clock_gettime(processor) < used + 0.02:
            pass
        clock[0] += 10
        reasons.append(watchdog.look(1, thread.ident))
    is_done.append(1)
    thread.join()

    assert reasons[:5] == [None] * 5
    assert "computes without a scheduling point" in reasons[-1]


def test_a_thread_that_is_gone_is_no_riddle(clock):
    """There is nothing to show, and no error either."""
    watchdog = Watchdog()
    watchdog.look(1, -1)
    clock[0] = 2.0

    assert "(its thread is gone)" in watchdog.look(1, -1)
