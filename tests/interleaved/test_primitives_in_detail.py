"""The corners of locks: what the plain ones do is what the controlled ones do."""

from __future__ import annotations

import threading

import pytest

from pytest_errortrack.interleave import Deadlock, explore
from pytest_errortrack.interleave._controlled._reentrant import ControlledRLock


def in_actor(body, other=lambda: None):
    """Run a body as an actor in every schedule, and raise what it raised."""

    def scenario(interleaving):
        interleaving.run(lambda: (interleaving.step("begin"), body(interleaving)), other)

    exploration = explore(scenario, level="op", max_preemptions=1)
    if exploration.failure is not None:
        raise exploration.failure


@pytest.mark.parametrize("make", ["Lock", "RLock"])
def test_misuse_of_acquire_is_refused(make):
    """A time-out makes no sense without blocking, and below zero only -1 means for ever."""

    def body(_):
        lock = getattr(threading, make)()
        with pytest.raises(ValueError, match="non-blocking"):
            lock.acquire(blocking=False, timeout=1)
        with pytest.raises(ValueError, match=r"positive|non-negative"):
            lock.acquire(timeout=-2)

    in_actor(body)


@pytest.mark.parametrize("make", ["Lock", "RLock"])
def test_acquire_says_whether_it_got_the_lock(make):
    """With blocking, without it, and with a time-out, while another actor has the lock."""

    def body(interleaving):
        lock = getattr(threading, make)()
        assert lock.acquire()

        def other():
            return lock.acquire(blocking=False), lock.acquire(timeout=0), lock.acquire(timeout=1)

        assert interleaving.run(other, lambda: None)[0] == (False, False, False)
        lock.release()
        assert interleaving.run(lambda: (lock.acquire(timeout=1), lock.release()), lambda: None)[0] == (True, None)

    in_actor(body)


def test_a_lock_tells_its_state():
    """`locked` and `repr` are those of a lock."""

    def body(_):
        lock = threading.Lock()
        assert not lock.locked()
        assert repr(lock) == "<unlocked ControlledLock>"
        with lock:
            assert lock.locked()
            assert repr(lock) == "<locked ControlledLock>"

    in_actor(body)


def test_releasing_a_free_lock_raises():
    """As the plain one does."""

    def body(_):
        with pytest.raises(RuntimeError):
            threading.Lock().release()

    in_actor(body)


def test_a_lock_can_be_renewed_after_a_fork():
    """What `threading` does in a child process works on controlled locks too."""

    def body(_):
        lock, rlock = threading.Lock(), threading.RLock()
        lock.acquire()
        rlock.acquire()
        lock._at_fork_reinit()
        rlock._at_fork_reinit()
        assert lock.acquire(blocking=False)
        assert rlock.acquire(blocking=False)

    in_actor(body)


def test_a_deadlock_of_rlocks_has_its_cycle():
    """Waiting for another actor's RLock is waiting for that actor."""

    def scenario(interleaving):
        first, second = threading.RLock(), threading.RLock()

        def take(one, other):
            with one, one, other:
                pass

        interleaving.run(lambda: take(first, second), lambda: take(second, first))

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Deadlock)
    assert exploration.failure.cycle == ("A", "B")
    assert "an RLock" in str(exploration.failure)


def test_an_rlock_works_for_a_condition_that_is_held_twice():
    """A wait gives the lock away altogether, and takes it back as often."""

    def scenario(interleaving):
        condition = threading.Condition()
        done = []

        def wait():
            with condition, condition:
                while not done:
                    condition.wait()

        def notify():
            with condition:
                done.append(1)
                condition.notify()

        interleaving.run(wait, notify)

    exploration = explore(scenario, level="op")

    assert exploration.failure is None
    assert exploration.complete


def test_a_notify_without_the_lock_raises():
    """A Condition knows whether its lock is held by the caller."""

    def body(_):
        for lock in (None, threading.Lock()):
            with pytest.raises(RuntimeError, match="un-acquired"):
                threading.Condition(lock).notify()

    in_actor(body)


def test_a_plain_lock_taken_before_it_was_shadowed_is_waited_for():
    """A thread outside that holds the plain lock lets the actor go on by releasing it."""
    plain = threading.RLock()
    held, let_go = threading.Event(), threading.Event()

    def hold():
        with plain:
            held.set()
            let_go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    shadow = ControlledRLock.controlled(plain)

    def scenario(interleaving):
        def take():
            assert not shadow.acquire(blocking=False)
            let_go.set()
            with shadow:
                interleaving.step("taken")

        interleaving.run(take, lambda: interleaving.step("x"))

    exploration = explore(scenario, level="op", budget=1)
    thread.join()

    assert exploration.failure is None


def test_an_event_may_be_subclassed_during_an_exploration():
    """A class made while a schedule runs is a class like any other."""

    def body(_):
        class Flag(threading.Event):
            pass

        flag = Flag()
        flag.set()
        assert flag.wait(1)
        flag.clear()
        assert not flag.is_set()
        assert isinstance(flag, threading.Event)

    in_actor(body)


def test_clearing_an_event_stops_those_who_have_not_gone_on():
    """A waiter that was not given its turn before the event was cleared waits again."""
    outcomes = set()

    def scenario(interleaving):
        event = threading.Event()

        def pulse():
            event.set()
            event.clear()

        outcomes.add(interleaving.run(lambda: event.wait(1), pulse)[0])

    exploration = explore(scenario, level="op")

    assert exploration.failure is None
    assert outcomes == {True, False}
