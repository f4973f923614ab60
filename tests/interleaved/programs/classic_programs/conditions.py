"""Waiting for one another: notifications that are lost, stolen, or too few."""

from __future__ import annotations

import threading
from collections import deque
from types import SimpleNamespace


def notify_before_wait(interleaving):
    """A notification is not kept for whoever waits later (Hoare, Monitors, 1974)."""
    condition = threading.Condition()

    def wait():
        with condition:
            condition.wait()

    def notify():
        with condition:
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def notify_before_wait_repaired(interleaving):
    """A state is waited for, not a notification."""
    condition, state = threading.Condition(), SimpleNamespace(is_ready=False)

    def wait():
        with condition:
            while not state.is_ready:
                condition.wait()

    def notify():
        with condition:
            state.is_ready = True
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def check_outside_of_the_lock(interleaving):
    """Between the look at the state and the wait, the notification comes and goes (JaConTeBe: missed notify)."""
    condition, state = threading.Condition(), SimpleNamespace(is_ready=False)

    def wait():
        if not state.is_ready:
            with condition:
                condition.wait()

    def notify():
        with condition:
            state.is_ready = True
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def check_outside_of_the_lock_repaired(interleaving):
    """The look and the wait are one critical section."""
    condition, state = threading.Condition(), SimpleNamespace(is_ready=False)

    def wait():
        with condition:
            condition.wait_for(lambda: state.is_ready)

    def notify():
        with condition:
            state.is_ready = True
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def if_instead_of_while(interleaving):
    """Between notification and waking, another takes the item (Lampson and Redell, Mesa, 1980)."""
    condition, items = threading.Condition(), []

    def consume():
        with condition:
            if not items:
                condition.wait()
            items.pop()

    def produce():
        for item in range(2):
            with condition:
                items.append(item)
                condition.notify()

    interleaving.run(consume, consume, produce)


def if_instead_of_while_repaired(interleaving):
    """Whoever wakes looks again."""
    condition, items = threading.Condition(), []

    def consume():
        with condition:
            while not items:
                condition.wait()
            items.pop()

    def produce():
        for item in range(2):
            with condition:
                items.append(item)
                condition.notify()

    interleaving.run(consume, consume, produce)


def notify_for_two(interleaving):
    """Two wait for one state, and only one of them is told."""
    condition, state = threading.Condition(), SimpleNamespace(is_open=False)

    def wait():
        with condition:
            while not state.is_open:
                condition.wait()

    def open_gate():
        with condition:
            state.is_open = True
            condition.notify()

    interleaving.run(wait, wait, open_gate)


def notify_for_two_repaired(interleaving):
    """All are told."""
    condition, state = threading.Condition(), SimpleNamespace(is_open=False)

    def wait():
        with condition:
            while not state.is_open:
                condition.wait()

    def open_gate():
        with condition:
            state.is_open = True
            condition.notify_all()

    interleaving.run(wait, wait, open_gate)


def bounded_buffer(interleaving):
    """One condition for "not empty" and "not full": the wrong kind of waiter is woken (Cargill's challenge, 1998)."""
    condition, buffer = threading.Condition(), []

    def put():
        for item in range(2):
            with condition:
                while len(buffer) == 1:
                    condition.wait()
                buffer.append(item)
                condition.notify()

    def get():
        with condition:
            while not buffer:
                condition.wait()
            buffer.pop()
            condition.notify()

    interleaving.run(put, get, get)


def bounded_buffer_repaired(interleaving):
    """A condition for each of the two, over one lock (Hoare, 1974)."""
    lock, buffer = threading.Lock(), []
    is_filled, is_free = threading.Condition(lock), threading.Condition(lock)

    def put():
        for item in range(2):
            with lock:
                while len(buffer) == 1:
                    is_free.wait()
                buffer.append(item)
                is_filled.notify()

    def get():
        with lock:
            while not buffer:
                is_filled.wait()
            buffer.pop()
            is_free.notify()

    interleaving.run(put, get, get)


def event_reset(interleaving):
    """The flag is cleared after the work is taken, and with it the signal that came in between."""
    event, items, taken = threading.Event(), deque(), []

    def produce():
        for item in range(2):
            items.append(item)
            event.set()

    def consume():
        while len(taken) < 2:
            event.wait()
            while items:
                taken.append(items.popleft())
            event.clear()

    interleaving.run(produce, consume)


def event_reset_repaired(interleaving):
    """The flag is cleared first, so that a signal after that counts."""
    event, items, taken = threading.Event(), deque(), []

    def produce():
        for item in range(2):
            items.append(item)
            event.set()

    def consume():
        while len(taken) < 2:
            event.wait()
            event.clear()
            while items:
                taken.append(items.popleft())

    interleaving.run(produce, consume)


def nested_monitor(interleaving):
    """Waiting inside with the outer lock held, which the one who would notify needs (Lister, 1977)."""
    outer, condition, state = threading.Lock(), threading.Condition(), SimpleNamespace(is_ready=False)

    def wait():
        with outer, condition:
            while not state.is_ready:
                condition.wait()

    def notify():
        with outer, condition:
            state.is_ready = True
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def nested_monitor_repaired(interleaving):
    """One lock, which the wait lets go."""
    outer = threading.Lock()
    condition, state = threading.Condition(outer), SimpleNamespace(is_ready=False)

    def wait():
        with outer:
            while not state.is_ready:
                condition.wait()

    def notify():
        with outer:
            state.is_ready = True
            condition.notify()

    interleaving.run(waiter=wait, notifier=notify)


def barrier_reuse(interleaving):
    """A barrier of one turnstile: who is fast passes it twice (Downey, The Little Book of Semaphores, 3.6)."""
    lock, gate = threading.Lock(), threading.Event()
    state, rounds = SimpleNamespace(count=0), [0, 0]

    def cross():
        with lock:
            state.count += 1
            if state.count == 2:
                gate.set()
        gate.wait()
        with lock:
            state.count -= 1
            if state.count == 0:
                gate.clear()

    def work(me):
        for number in (1, 2):
            rounds[me] = number
            cross()
            assert rounds[1 - me] >= number

    interleaving.run(lambda: work(0), lambda: work(1))


def barrier_reuse_repaired(interleaving):
    """A barrier that counts its generations, as the standard library's does (Herlihy and Shavit, chapter 17)."""
    condition = threading.Condition()
    state, rounds = SimpleNamespace(count=0, generation=0), [0, 0]

    def cross():
        with condition:
            generation = state.generation
            state.count += 1
            if state.count == 2:
                state.count, state.generation = 0, generation + 1
                condition.notify_all()
            while state.generation == generation:
                condition.wait()

    def work(me):
        for number in (1, 2):
            rounds[me] = number
            cross()
            assert rounds[1 - me] >= number

    interleaving.run(lambda: work(0), lambda: work(1))


def upgrade(interleaving):
    """Two readers want to become writers, and each waits for the other to leave (Courtois et al., 1971)."""
    condition, state = threading.Condition(), SimpleNamespace(readers=0)

    def read_then_write():
        with condition:
            state.readers += 1
        with condition:
            while state.readers > 1:
                condition.wait()
            state.readers -= 1
            condition.notify_all()

    interleaving.run(read_then_write, read_then_write)


def upgrade_repaired(interleaving):
    """Whoever wants to write leaves first."""
    condition, state = threading.Condition(), SimpleNamespace(readers=0)

    def read_then_write():
        with condition:
            state.readers += 1
        with condition:
            state.readers -= 1
            condition.notify_all()
            while state.readers > 0:
                condition.wait()

    interleaving.run(read_then_write, read_then_write)


def sleeping_barber(interleaving):
    """The barber sees no customer, and falls asleep after one came (Dijkstra, EWD 123, 1965)."""
    chairs, wake = deque(), threading.Event()
    barber = SimpleNamespace(is_asleep=False)

    def cut():
        if not chairs:
            barber.is_asleep = True
            wake.wait()
        chairs.popleft().set()

    def visit():
        done = threading.Event()
        chairs.append(done)
        if barber.is_asleep:
            wake.set()
        done.wait()

    interleaving.run(barber=cut, customer=visit)


def sleeping_barber_repaired(interleaving):
    """The customers are counted by a semaphore, which keeps its signals."""
    chairs, customers = deque(), threading.Semaphore(0)

    def cut():
        customers.acquire()
        chairs.popleft().set()

    def visit():
        done = threading.Event()
        chairs.append(done)
        customers.release()
        done.wait()

    interleaving.run(barber=cut, customer=visit)
