"""What the standard library offers to threads does in an actor what it does in a plain thread."""

from __future__ import annotations

import _thread
import concurrent.futures
import contextlib
import queue
import threading
import time

import pytest

from pytest_errortrack.interleave import explore


def said(call, *args, **kwargs):
    """Return what a call returned, or the type and the words of what it raised."""
    try:
        return call(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
        return type(error).__name__, str(error)


def helped(job, *, then):
    """Run a job in a thread of its own beside a function; return what both returned."""
    results = {}
    thread = threading.Thread(target=lambda: results.update(job=job()))
    thread.start()
    mine = then()
    thread.join()
    return results["job"], mine


def lock_tries(make):
    """Every way to take a lock that is free, and one that another thread has."""
    lock = make()
    free = [lock.acquire(), lock.release(), lock.acquire(False), lock.release(), lock.acquire(timeout=1)]
    taken = [said(lock.acquire, False), said(lock.acquire, timeout=0), said(lock.acquire, timeout=0.001)]
    held = helped(lambda: [lock.acquire(blocking=False), lock.acquire(timeout=0.001)], then=lambda: None)[0]
    return free, taken if make is not threading.Lock else None, held


def lock_misuse(make):
    """Everything that locks refuse."""
    lock = make()
    return [
        said(lock.release),
        said(lock.acquire, False, 1),
        said(lock.acquire, True, -2),
        said(lock.acquire, blocking=False, timeout=0),
        said(lock.__enter__),
        said(lock.__exit__, None, None, None),
    ]


def rlock_of_another():
    """A lock that another thread holds cannot be released."""
    lock = threading.RLock()
    lock.acquire()
    lock.acquire()
    stolen = helped(lambda: said(lock.release), then=lambda: None)[0]
    lock.release()
    still = helped(lambda: lock.acquire(blocking=False), then=lambda: None)[0]
    lock.release()
    freed = helped(lambda: (lock.acquire(blocking=False), lock.release()), then=lambda: None)[0]
    return stolen, still, freed


def condition_waits():
    """Time-outs, predicates, and notifications that nobody waits for."""
    condition = threading.Condition()
    with condition:
        waited = condition.wait(0.001), condition.wait_for(lambda: False, 0.001), condition.wait_for(lambda: 7)
        condition.notify()
        condition.notify_all()
    return waited, said(condition.notify), said(condition.wait), said(condition.notify_all)


def condition_wakes(notify):
    """One that waits, and one that notifies."""
    condition, value = threading.Condition(threading.Lock()), []

    def give():
        with condition:
            value.append(1)
            notify(condition)

    def take():
        with condition:
            return condition.wait_for(lambda: value)

    return helped(give, then=take)


def event_life():
    """Set, cleared, waited for, with and without time."""
    event = threading.Event()
    before = event.is_set(), event.wait(0), event.wait(0.001), event.wait(-1)
    event.set()
    after = event.is_set(), event.wait(), event.wait(0)
    event.clear()
    return before, after, event.is_set(), helped(event.set, then=event.wait)


def semaphore_counts():
    """What it counts, and what a bounded one refuses."""
    semaphore = threading.Semaphore(2)
    taken = [semaphore.acquire(), semaphore.acquire(blocking=False), semaphore.acquire(blocking=False)]
    late = semaphore.acquire(timeout=0.001), said(semaphore.acquire, False, 1)
    semaphore.release(2)
    bounded = threading.BoundedSemaphore(1)
    return taken, late, said(semaphore.release, 0), said(threading.Semaphore, -1), said(bounded.release)


def barrier_meets():
    """Two meet; exactly one of them does the action and is told a number of its own."""
    done = []
    barrier = threading.Barrier(2, action=lambda: done.append(1))
    both = helped(barrier.wait, then=barrier.wait)
    return sorted(both), done, barrier.parties, barrier.n_waiting, barrier.broken


def barrier_breaks():
    """By time, by abort, and repaired by a reset."""
    barrier = threading.Barrier(2, timeout=0.001)
    late = said(barrier.wait)
    broken = barrier.broken, said(barrier.wait)
    barrier.reset()
    repaired = barrier.broken
    barrier.abort()
    return late, broken, repaired, barrier.broken, said(barrier.wait)


def timers():
    """One that fires, and one that is cancelled."""
    fired = []
    timer = threading.Timer(0.001, fired.append, ["fired"])
    timer.start()
    timer.join()
    cancelled = threading.Timer(30, fired.append, ["too late"])
    cancelled.start()
    cancelled.cancel()
    cancelled.join()
    return fired, timer.finished.is_set(), cancelled.is_alive()


def threads():
    """Their life, as they tell it, and what is refused."""

    class Worker(threading.Thread):
        def run(self):
            self.seen = threading.current_thread() is self, self.is_alive(), self.name, self.daemon

    thread = Worker(name="worker", daemon=True)
    before = thread.is_alive(), thread.ident, said(thread.join)
    thread.start()
    again = said(thread.start)
    thread.join()
    after = thread.is_alive(), thread.seen, thread.ident is None, said(setattr, thread, "daemon", False)
    return before, again, after, said(threading.current_thread().join), threading.stack_size()


def joined_too_early():
    """A join that runs out of time."""
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    thread.join(0.001)
    alive = thread.is_alive()
    go.set()
    thread.join()
    return alive, thread.is_alive()


def own_values():
    """Each thread has its own, and a new one begins without."""
    own = threading.local()
    own.value = "mine"
    return helped(lambda: (hasattr(own, "value"), setattr(own, "value", "theirs")), then=lambda: None), own.value


def raw_threads():
    """What `_thread` makes, used without `threading`."""
    lock, results = _thread.allocate_lock(), []
    lock.acquire()

    def work(*args, **kwargs):
        results.append((args, kwargs))
        lock.release()

    ident = _thread.start_new_thread(work, (1,), {"two": 2})
    lock.acquire()
    recursive = _thread.RLock()
    return results, isinstance(ident, int), lock.locked(), recursive.acquire(), recursive.acquire(False)


def queues(kind, *sizes):
    """Every way in and out of a queue, and what it refuses."""
    items = kind(*sizes)
    facts = [items.put(2), items.put_nowait(1), items.qsize(), items.empty(), said(getattr(items, "full", bool))]
    out = items.get(), items.get(timeout=1), said(items.get, False), said(items.get, True, 0.001)
    wrong = said(items.get, True, -1), said(items.get_nowait)
    return facts, out, wrong, helped(lambda: items.put("late"), then=items.get)


def full_queue():
    """One that is full blocks, and runs out of time."""
    items = queue.Queue(1)
    items.put(1)
    return said(items.put, 2, False), said(items.put, 2, True, 0.001), helped(lambda: items.put(2), then=items.get)


def finished_tasks():
    """`join` waits for what was taken to be done; more than that is refused."""
    items = queue.Queue()
    items.put(1)
    done = helped(lambda: (items.get(), items.task_done()), then=items.join)
    return done, said(items.task_done)


def closed_queue():
    """From 3.13 on, a queue can be shut down."""
    if not hasattr(queue.Queue, "shutdown"):
        return None
    items = queue.Queue()
    items.put(1)
    items.shutdown()
    return said(items.put, 2), items.get(), said(items.get)


def pools():
    """What a pool of threads answers."""
    with concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="p", initializer=int) as pool:
        first = pool.submit(divmod, 7, 2)
        wrong = pool.submit(divmod, 7, 0)
        mapped = list(pool.map(abs, [-1, -2]))
        done = concurrent.futures.wait([first, wrong]).done
        second = pool.submit(divmod, 5, 2)
        order = sorted(said(each.result) for each in concurrent.futures.as_completed([first, second]))
    return first.result(), said(wrong.result), mapped, len(done), order, said(pool.submit, int)


def cancelled_jobs():
    """What waits behind a job that takes long can be cancelled; a result can be too late."""
    begun, go = threading.Event(), threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(1)
    running = pool.submit(lambda: (begun.set(), go.wait()))
    waiting, last = pool.submit(int), pool.submit(int)
    begun.wait()
    late = said(running.result, 0.001)
    facts = late, waiting.cancel(), waiting.cancelled()
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    return facts, running.result(), last.cancelled(), said(last.result), said(pool.submit, int)


def broken_pool():
    """A pool whose initializer fails takes no more."""
    with contextlib.ExitStack() as stack:
        logger = __import__("logging").getLogger("concurrent.futures")
        stack.callback(setattr, logger, "disabled", logger.disabled)
        logger.disabled = True
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(1, initializer=divmod, initargs=(1, 0)))
        return said(pool.submit(int).result), said(pool.submit, int)


def sleeps():
    """Sleep returns nothing, and goes at least as far as asked."""
    began = time.monotonic(), time.perf_counter(), time.time(), time.monotonic_ns()
    slept = time.sleep(0.001), time.sleep(0), said(time.sleep, -1)
    ended = time.monotonic(), time.perf_counter(), time.time(), time.monotonic_ns()
    return slept, [end > begin for begin, end in zip(began, ended, strict=True)]


ROWS = {
    "Lock, taken": lambda: lock_tries(threading.Lock),
    "Lock, misused": lambda: lock_misuse(threading.Lock),
    "RLock, taken": lambda: lock_tries(threading.RLock),
    "RLock, misused": lambda: lock_misuse(threading.RLock),
    "RLock of another": rlock_of_another,
    "Condition, waits": condition_waits,
    "Condition, notify": lambda: condition_wakes(lambda condition: condition.notify(1)),
    "Condition, notify_all": lambda: condition_wakes(lambda condition: condition.notify_all()),
    "Event": event_life,
    "Semaphore": semaphore_counts,
    "Barrier, meets": barrier_meets,
    "Barrier, breaks": barrier_breaks,
    "Timer": timers,
    "Thread": threads,
    "Thread, joined too early": joined_too_early,
    "local": own_values,
    "_thread": raw_threads,
    "Queue": lambda: queues(queue.Queue),
    "LifoQueue": lambda: queues(queue.LifoQueue),
    "PriorityQueue": lambda: queues(queue.PriorityQueue),
    "Queue, bounded": lambda: queues(queue.Queue, 2),
    "SimpleQueue": lambda: queues(queue.SimpleQueue),
    "Queue, full": full_queue,
    "Queue, joined": finished_tasks,
    "Queue, shut down": closed_queue,
    "ThreadPoolExecutor": pools,
    "ThreadPoolExecutor, cancelled": cancelled_jobs,
    "ThreadPoolExecutor, broken": broken_pool,
    "sleep": sleeps,
}


@pytest.mark.parametrize("name", ROWS)
def test_an_actor_gets_what_a_plain_thread_gets(name):
    """The same values, the same errors in the same words, while another actor has work, too."""
    program, plain = ROWS[name], []
    thread = threading.Thread(target=lambda: plain.append(program()))
    thread.start()
    thread.join()
    seen = []

    def scenario(interleaving):
        results = interleaving.run(program, lambda: interleaving.step("other"))
        seen.append(results[0])

    exploration = explore(scenario, level="op", max_preemptions=0, search="exhaustive", budget=20)

    assert exploration.failure is None, exploration.failure
    assert seen
    assert all(repr(each) == repr(plain[0]) for each in seen), (plain[0], seen)
