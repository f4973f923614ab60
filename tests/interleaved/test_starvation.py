"""Who goes on for ever, and who only waits for them, are told apart."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_errortrack.interleave import Deadlock, Livelock
from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._session import Session


def ended(scenario, *, step_limit=200):
    """Return what one execution in the default order came to, with few steps before it is called endless."""
    session = Session(scenario, home=__file__, options=Options(level="op"), environment=Environment())
    session.step_limit = step_limit
    with session.active():
        return session.execute(Forced())


def test_an_actor_that_waits_for_a_busy_one_starves():
    """The one that holds the lock and works for ever is named as running, the other as starving."""

    def scenario(interleaving):
        lock = threading.Lock()

        def greedy():
            with lock:
                while True:
                    interleaving.step("work")

        interleaving.run(greedy=greedy, patient=lock.acquire)

    failure = ended(scenario).failure

    assert isinstance(failure, Livelock)
    assert "greedy still ran" in str(failure)
    assert "starving: patient waits for a Lock, held by greedy" in str(failure)


@pytest.mark.parametrize("is_daemon", [True, False])
def test_a_timer_that_comes_again_and_again_is_no_progress(is_daemon):
    """Of a daemon that polls it hides nothing: the deadlock is found; anybody else's is a livelock."""

    def scenario(interleaving):
        stop = threading.Event()

        def poll():
            while not stop.wait(0.1):
                pass

        def body():
            threading.Thread(target=poll, daemon=is_daemon).start()
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()

        interleaving.run(body=body, other=lambda: None)

    failure = ended(scenario).failure

    assert type(failure) is (Deadlock if is_daemon else Livelock)
    assert "body" in str(failure)


def test_polling_that_comes_to_an_end_is_progress():
    """A hundred short sleeps while another sleeps long are no livelock."""

    def scenario(interleaving):
        done = []

        def poll():
            while not done:
                time.sleep(0.1)

        interleaving.run(poll=poll, work=lambda: (time.sleep(5), done.append(1)))

    outcome = ended(scenario)

    assert outcome.failure is None
    assert not outcome.run.is_capped
