"""Time that passes although somebody can go on: once, in the order of the deadlines, and at its own price."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_errortrack.interleave import LostWakeup, explore, replay


def too_late(interleaving):
    """A job that is given half a second, and takes no time at all unless time passes."""
    done = threading.Event()
    results = []

    def work():
        results.append("working")
        done.set()

    def wait():
        results.append(done.wait(0.5))

    interleaving.run(wait=wait, work=work)
    assert results[-1] is True or results == ["working", True]


def sleeping(interleaving):
    """A reader that trusts a second to be enough for the writer."""
    value = []

    def write():
        interleaving.step("before")
        value.append(1)

    def read():
        time.sleep(1)
        assert value == [1]

    interleaving.run(read=read, write=write)


def test_a_wait_runs_out_although_somebody_can_go_on():
    """The job takes longer than it was given: no preemption does that, one timer does."""
    exploration = explore(too_late, level="op")

    assert isinstance(exploration.failure, AssertionError)
    assert exploration.preemptions == 0
    assert "needs a time-out" in exploration.trace


def test_a_sleep_is_no_synchronisation():
    """Whoever sleeps may wake up before the others are done."""
    exploration = explore(sleeping, level="op")

    assert isinstance(exploration.failure, AssertionError)
    assert exploration.preemptions == 0


@pytest.mark.parametrize("scenario", [too_late, sleeping])
def test_such_a_failure_is_replayed_from_its_token(scenario):
    """The token names the point and whose time came."""
    exploration = explore(scenario, level="op")

    again = replay(exploration.token, scenario)

    assert type(again.failure) is type(exploration.failure)
    assert again.trace.count("\n") == exploration.trace.count("\n")


def test_time_comes_in_the_order_of_the_deadlines():
    """The longer sleep never ends before the shorter one."""

    def scenario(interleaving):
        woken = []

        def sleep(seconds):
            until = interleaving.now() + seconds
            time.sleep(seconds)
            woken.append(until)

        def work():
            interleaving.step("one")
            interleaving.step("two")

        interleaving.run(lambda: sleep(2), lambda: sleep(1), work)
        assert woken == sorted(woken)

    exploration = explore(scenario, level="op", search="exhaustive", max_preemptions=1)

    assert exploration.failure is None
    assert exploration.complete


def test_equal_deadlines_are_in_no_order():
    """Of two sleeps of one length, either ends first."""
    orders = set()

    def scenario(interleaving):
        woken = []

        def sleep(name):
            time.sleep(1)
            woken.append(name)

        interleaving.run(lambda: sleep("a"), lambda: sleep("b"))
        orders.add(tuple(woken))

    explore(scenario, level="op", search="exhaustive", max_preemptions=0)

    assert orders == {("a", "b"), ("b", "a")}


def test_without_a_deadline_no_time_passes():
    """Locks and events without a time-out are explored as they were before there was time."""

    def scenario(interleaving):
        lock = threading.Lock()

        def use():
            with lock:
                interleaving.step("inside")

        interleaving.run(use, use)
        assert interleaving.now() == 0

    exploration = explore(scenario, level="op", search="exhaustive", max_preemptions=1)

    assert exploration.failure is None
    assert exploration.complete


def test_time_that_passes_early_lets_a_lost_wakeup_be_found():
    """A notifier that gives up waiting leaves the other waiting for ever."""

    def scenario(interleaving):
        ready, answer = threading.Event(), threading.Event()

        def ask():
            ready.set()
            answer.wait()

        def reply():
            if ready.wait(1):
                answer.set()

        interleaving.run(reply=reply, ask=ask)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, LostWakeup)
