"""Locks: taken in the wrong order, twice, too early released, or the wrong one."""

from __future__ import annotations

import threading
from types import SimpleNamespace


def lock_order(interleaving):
    """Two locks in opposite order (Coffman et al., System Deadlocks, 1971; SCTBench `deadlock01_bad`)."""
    first, second = threading.Lock(), threading.Lock()

    def take(one, other):
        with one, other:
            pass

    interleaving.run(lambda: take(first, second), lambda: take(second, first))


def lock_order_repaired(interleaving):
    """One order for all (Havender, 1968)."""
    first, second = threading.Lock(), threading.Lock()

    def take(one, other):
        with one, other:
            pass

    interleaving.run(lambda: take(first, second), lambda: take(first, second))


def lock_order_of_three(interleaving):
    """Three locks of which two are in opposite order, with one between them (SCTBench `carter01_bad`)."""
    first, second, third = (threading.Lock() for _ in range(3))

    def forwards():
        with first, second, third:
            pass

    def backwards():
        with third, first:
            pass

    interleaving.run(forwards, backwards)


def lock_order_of_three_repaired(interleaving):
    """One order for all."""
    first, second, third = (threading.Lock() for _ in range(3))

    def forwards():
        with first, second, third:
            pass

    def some():
        with first, third:
            pass

    interleaving.run(forwards, some)


def dining_philosophers(interleaving):
    """Three philosophers, each with the left fork first (Dijkstra, EWD 310, 1971; SCTBench `din_phil3_sat`)."""
    forks = [threading.Lock() for _ in range(3)]

    def dine(left, right):
        with forks[left], forks[right]:
            pass

    interleaving.run(lambda: dine(0, 1), lambda: dine(1, 2), lambda: dine(2, 0))


def dining_philosophers_repaired(interleaving):
    """The last one takes the forks the other way round."""
    forks = [threading.Lock() for _ in range(3)]

    def dine(left, right):
        with forks[left], forks[right]:
            pass

    interleaving.run(lambda: dine(0, 1), lambda: dine(1, 2), lambda: dine(0, 2))


def not_reentrant(interleaving):
    """A method that holds the lock calls one that takes it (JaConTeBe, Lin et al., ASE 2015: self-deadlock)."""
    lock, log = threading.Lock(), []

    def write(text):
        with lock:
            log.append(text)

    def flush():
        with lock:
            write("flushed")

    interleaving.run(flush, lambda: write("other"))


def not_reentrant_repaired(interleaving):
    """A reentrant lock."""
    lock, log = threading.RLock(), []

    def write(text):
        with lock:
            log.append(text)

    def flush():
        with lock:
            write("flushed")

    interleaving.run(flush, lambda: write("other"))
    assert sorted(log) == ["flushed", "other"]


def wrong_lock(interleaving):
    """One value, two locks (SCTBench `wronglock_bad`)."""
    box, mine, yours = SimpleNamespace(n=0), threading.Lock(), threading.Lock()

    def add(lock):
        with lock:
            old = box.n
            box.n = old + 1

    interleaving.run(lambda: add(mine), lambda: add(yours))
    assert box.n == 2


def wrong_lock_repaired(interleaving):
    """One value, one lock."""
    box, lock = SimpleNamespace(n=0), threading.Lock()

    def add(own):
        with own:
            old = box.n
            box.n = old + 1

    interleaving.run(lambda: add(lock), lambda: add(lock))
    assert box.n == 2


def semaphore_off_by_one(interleaving):
    """A semaphore as a mutex that lets two in."""
    box, mutex = SimpleNamespace(n=0), threading.Semaphore(2)

    def add():
        with mutex:
            old = box.n
            box.n = old + 1

    interleaving.run(add, add)
    assert box.n == 2


def semaphore_off_by_one_repaired(interleaving):
    """One at a time (Dijkstra, EWD 123, 1965)."""
    box, mutex = SimpleNamespace(n=0), threading.Semaphore(1)

    def add():
        with mutex:
            old = box.n
            box.n = old + 1

    interleaving.run(add, add)
    assert box.n == 2


def two_stage(interleaving):
    """Two fields, each under its own lock, updated one after the other (SCTBench `twostage_bad`)."""
    data, first, second = SimpleNamespace(one=0, two=0), threading.Lock(), threading.Lock()

    def write():
        with first:
            data.one = 1
        with second:
            data.two = data.one + 1

    def read():
        with first:
            one = data.one
        with second:
            two = data.two
        assert one == 0 or two == one + 1

    interleaving.run(write, read)


def two_stage_repaired(interleaving):
    """The second lock is taken before the first is let go: a transaction, two-phase locked (Eswaran et al., 1976)."""
    data, first, second = SimpleNamespace(one=0, two=0), threading.Lock(), threading.Lock()

    def write():
        with first, second:
            data.one = 1
            data.two = data.one + 1

    def read():
        with first, second:
            one, two = data.one, data.two
        assert one == 0 or two == one + 1

    interleaving.run(write, read)


def readers_writers(interleaving):
    """The first reader waits for the writer outside the mutex, so the second does not (Courtois et al., 1971)."""
    pair, readers = [0, 0], []
    mutex, writing = threading.Lock(), threading.Lock()

    def write():
        with writing:
            pair[0] = 1
            pair[1] = 1

    def read():
        with mutex:
            readers.append(1)
            is_first = len(readers) == 1
        if is_first:
            writing.acquire()
        first = pair[0]
        second = pair[1]
        with mutex:
            readers.pop()
            is_last = not readers
        if is_last:
            writing.release()
        assert first == second

    interleaving.run(write, read, read)


def readers_writers_repaired(interleaving):
    """The first reader holds the mutex while it waits, which makes the others wait as well."""
    pair, readers = [0, 0], []
    mutex, writing = threading.Lock(), threading.Lock()

    def write():
        with writing:
            pair[0] = 1
            pair[1] = 1

    def read():
        with mutex:
            readers.append(1)
            if len(readers) == 1:
                writing.acquire()
        first = pair[0]
        second = pair[1]
        with mutex:
            readers.pop()
            if not readers:
                writing.release()
        assert first == second

    interleaving.run(write, read, read)


def fibonacci(interleaving):
    """Only strict alternation gives the largest sum (SV-COMP `pthread/fib_unsafe`): many preemptions are needed."""
    pair, lock = SimpleNamespace(i=1, j=1), threading.Lock()

    def add_to_i():
        for _ in range(3):
            with lock:
                pair.i += pair.j

    def add_to_j():
        for _ in range(3):
            with lock:
                pair.j += pair.i

    interleaving.run(add_to_i, add_to_j)
    assert max(pair.i, pair.j) < 21


def fibonacci_repaired(interleaving):
    """The bound that holds in every order (SV-COMP `pthread/fib_safe`)."""
    pair, lock = SimpleNamespace(i=1, j=1), threading.Lock()

    def add_to_i():
        for _ in range(3):
            with lock:
                pair.i += pair.j

    def add_to_j():
        for _ in range(3):
            with lock:
                pair.j += pair.i

    interleaving.run(add_to_i, add_to_j)
    assert max(pair.i, pair.j) <= 21
