"""Ends: shutting down, running out of time, and queues that are looked at before they are used."""

from __future__ import annotations

import queue
import threading
import time
from types import SimpleNamespace


def pool_shutdown(interleaving):
    """A job is handed in behind the word that ends the worker (JaConTeBe: pool shut down while in use)."""
    jobs, is_done, pool = queue.Queue(), threading.Event(), SimpleNamespace(is_closed=False)

    def work():
        while (job := jobs.get()) is not None:
            job()

    def submit():
        if not pool.is_closed:
            jobs.put(is_done.set)
            is_done.wait()

    def close():
        pool.is_closed = True
        jobs.put(None)

    interleaving.run(submit=submit, close=close, work=work)


def pool_shutdown_repaired(interleaving):
    """Whether the pool is open and the place in the queue are one critical section."""
    jobs, is_done, pool = queue.Queue(), threading.Event(), SimpleNamespace(is_closed=False)
    lock = threading.Lock()

    def work():
        while (job := jobs.get()) is not None:
            job()

    def submit():
        with lock:
            is_open = not pool.is_closed
            if is_open:
                jobs.put(is_done.set)
        if is_open:
            is_done.wait()

    def close():
        with lock:
            pool.is_closed = True
            jobs.put(None)

    interleaving.run(submit=submit, close=close, work=work)


def queue_not_empty(interleaving):
    """`if not q.empty(): q.get()` with two consumers: one of them waits for ever."""
    jobs = queue.SimpleQueue()
    jobs.put(1)

    def consume():
        if not jobs.empty():
            jobs.get()

    interleaving.run(consume, consume)


def queue_not_empty_repaired(interleaving):
    """Taking without waiting says at once that nothing is left."""
    jobs, missed = queue.SimpleQueue(), []
    jobs.put(1)

    def consume():
        try:
            jobs.get_nowait()
        except queue.Empty:
            missed.append(1)

    interleaving.run(consume, consume)
    assert len(missed) == 1


def timeout_race(interleaving):
    """The answer comes as the time runs out: the order is cancelled and paid (needs a timer)."""
    order, lock, answered = SimpleNamespace(is_cancelled=False, is_paid=False), threading.Lock(), threading.Event()

    def shop():
        if not answered.wait(1):
            with lock:
                order.is_cancelled = True

    def bank():
        time.sleep(1)
        if not order.is_cancelled:
            with lock:
                order.is_paid = True
            answered.set()

    interleaving.run(shop=shop, bank=bank)
    assert not (order.is_cancelled and order.is_paid)


def timeout_race_repaired(interleaving):
    """Who comes first decides, under the lock."""
    order, lock, answered = SimpleNamespace(is_cancelled=False, is_paid=False), threading.Lock(), threading.Event()

    def shop():
        if not answered.wait(1):
            with lock:
                order.is_cancelled = not order.is_paid

    def bank():
        time.sleep(1)
        with lock:
            order.is_paid = not order.is_cancelled
        answered.set()

    interleaving.run(shop=shop, bank=bank)
    assert not (order.is_cancelled and order.is_paid)


def slow_answer(interleaving):
    """The time runs out while the answer is given, which takes its time (needs a timer)."""
    request, lock, answered = SimpleNamespace(is_given_up=False, is_served=False), threading.Lock(), threading.Event()

    def ask():
        if not answered.wait(1):
            with lock:
                request.is_given_up = True

    def answer():
        if not request.is_given_up:
            with lock:
                request.is_served = True
            answered.set()

    interleaving.run(ask=ask, answer=answer)
    assert not (request.is_given_up and request.is_served)


def slow_answer_repaired(interleaving):
    """Who comes first decides, under the lock."""
    request, lock, answered = SimpleNamespace(is_given_up=False, is_served=False), threading.Lock(), threading.Event()

    def ask():
        if not answered.wait(1):
            with lock:
                request.is_given_up = not request.is_served

    def answer():
        with lock:
            request.is_served = not request.is_given_up
        answered.set()

    interleaving.run(ask=ask, answer=answer)
    assert not (request.is_given_up and request.is_served)


def watchdog_timer(interleaving):
    """The watchdog looks, the job ends, the watchdog bites (needs a timer)."""
    job, lock = SimpleNamespace(is_done=False, is_killed=False), threading.Lock()

    def kill():
        if not job.is_done:
            with lock:
                job.is_killed = True

    def work():
        watchdog = threading.Timer(5, kill)
        watchdog.start()
        time.sleep(5)
        with lock:
            job.is_done = not job.is_killed
        watchdog.cancel()
        watchdog.join()
        assert not (job.is_done and job.is_killed)

    interleaving.run(work)


def watchdog_timer_repaired(interleaving):
    """The watchdog looks and bites in one critical section."""
    job, lock = SimpleNamespace(is_done=False, is_killed=False), threading.Lock()

    def kill():
        with lock:
            job.is_killed = not job.is_done

    def work():
        watchdog = threading.Timer(5, kill)
        watchdog.start()
        time.sleep(5)
        with lock:
            job.is_done = not job.is_killed
        watchdog.cancel()
        watchdog.join()
        assert not (job.is_done and job.is_killed)

    interleaving.run(work)
