"""What actors, threads and jobs run need not be a function of the user's: the lines of others see it all the same.

Each program reads one list twice, while something that has no lines of its own appends to it, or clears it.
"""

from __future__ import annotations

import functools
import itertools
import operator
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pytest_errortrack.interleave import explore

LIBRARY = """
def add(numbers, *, also=()):
    numbers.append(1)
    for each in also:
        each.append(1)

class Adder:
    def __init__(self, numbers):
        self.numbers = numbers
    def __call__(self):
        self.numbers.append(1)

def adder(numbers):
    def add():
        numbers.append(1)
    return add

def once(function):
    def call():
        return function()
    return call

def by_default(numbers):
    def add(numbers=numbers):
        numbers.append(1)
    return add

import threading

class CallingThread(threading.Thread):
    def __init__(self, body):
        super().__init__()
        self.body = body
    def run(self):
        self.body()
"""


def borrowed():
    """Return the names of a module that is not among those under test."""
    namespace = {"__name__": "borrowed"}
    exec(compile(LIBRARY, "/somewhere/site-packages/borrowed.py", "exec"), namespace)  # noqa: S102 - a module of ours
    return namespace


def of_c(numbers):
    """Return a method written in C."""
    return functools.partial(numbers.append, 1)


def of_c_bare(numbers):
    """Return one that takes no arguments."""
    return numbers.clear


def of_c_by_name(numbers):
    """Return one that is looked up when it is called."""
    return functools.partial(operator.methodcaller("append", 1), numbers)


def of_an_iterator(numbers):
    """Return one that calls another."""
    return map(numbers.append, itertools.repeat(1)).__next__


def of_a_wrapper(numbers):
    """Return a slot of a type."""
    return functools.partial(numbers.__iadd__, [1])


def of_a_library(numbers):
    """Return a function that is not under test."""
    return functools.partial(borrowed()["add"], numbers)


def of_a_library_by_keyword(numbers):
    """Return one that is given the list by keyword."""
    return functools.partial(borrowed()["add"], [], also=[numbers])


def of_a_library_by_closure(numbers):
    """Return one that keeps the list."""
    return borrowed()["adder"](numbers)


def of_a_library_by_default(numbers):
    """Return one that has the list as a default."""
    return borrowed()["by_default"](numbers)


def of_a_library_as_decorator(numbers):
    """Return one that calls a function in C."""
    return borrowed()["once"](numbers.clear)


def of_a_library_by_instance(numbers):
    """Return an object of a class that is not under test."""
    return borrowed()["Adder"](numbers)


def as_actor(body):
    """Run it as an actor."""
    return body


def in_thread(body):
    """Run it in a thread."""

    def start():
        thread = threading.Thread(target=body)
        thread.start()
        thread.join()

    return start


def in_thread_with_arguments(body):
    """Run it in a thread that is given it."""

    def start():
        thread = threading.Thread(target=functools.reduce, args=(lambda _, each: each(), [body], None))
        thread.start()
        thread.join()

    return start


def in_timer(body):
    """Run it when its time has come."""

    def start():
        timer = threading.Timer(1, body)
        timer.start()
        timer.join()

    return start


def in_pool(body):
    """Hand it to a pool."""

    def start():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(body)

    return start


def at_start_of_pool(body):
    """Let the threads of a pool begin with it."""

    def start():
        with ThreadPoolExecutor(1, initializer=body) as pool:
            pool.submit(int)

    return start


def as_callback(body):
    """Let it be called when a future has a result."""

    def start():
        future = Future()
        future.add_done_callback(lambda _: body())
        future.set_result(1)

    return start


def called(body):
    """Call it on a line."""

    def call():
        body()

    return call


BODIES = [
    of_c,
    of_c_bare,
    of_c_by_name,
    of_an_iterator,
    of_a_wrapper,
    of_a_library,
    of_a_library_by_keyword,
    of_a_library_by_closure,
    of_a_library_by_default,
    of_a_library_as_decorator,
    of_a_library_by_instance,
]
WAYS = [as_actor, in_thread, in_thread_with_arguments, in_timer, in_pool, at_start_of_pool, as_callback, called]


QUICK_WAYS = (as_actor, in_thread, called)
FEW_BODIES = (of_c_bare, of_an_iterator, of_a_library_by_closure)


def case(*values, is_quick):
    """Return a case, which is for the quick step of the tests or not."""
    return pytest.param(*values, marks=[] if is_quick else pytest.mark.slow)


CASES = [
    case(way, body, "exhaustive", is_quick=way in QUICK_WAYS or body in FEW_BODIES) for way in WAYS for body in BODIES
]
# Pools and early timers are not reduced.
CASES += [case(way, body, "dpor", is_quick=body in FEW_BODIES) for way in QUICK_WAYS for body in BODIES]


@pytest.mark.parametrize(("way", "body", "search"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_what_has_no_lines_is_seen_by_the_lines_of_others(way, body, search):
    """Two looks at a list may differ by what was done to it in between."""

    def scenario(interleaving):
        numbers = [0]

        def look():
            before = len(numbers)
            after = len(numbers)
            assert before == after

        interleaving.run(look, way(body(numbers)))

    found = explore(
        scenario, modules=[__name__], budget=600, max_preemptions=1 if search == "exhaustive" else None, search=search
    )

    assert type(found.failure) is AssertionError


def start_thread(body):
    """Run it in a thread; return how to wait for it."""
    thread = threading.Thread(target=body)
    thread.start()
    return thread.join


def start_timer(body):
    """Run it when its time has come."""
    timer = threading.Timer(0, body)
    timer.start()
    return timer.join


def start_job(body):
    """Run it in a pool."""
    pool = ThreadPoolExecutor(1)
    pool.submit(body)
    return pool.shutdown


def start_after_job(body):
    """Run it in a pool, after a job."""
    pool = ThreadPoolExecutor(1)
    pool.submit(int).add_done_callback(lambda _: body())
    return pool.shutdown


def start_with_pool(body):
    """Run it where a thread of a pool begins."""
    pool = ThreadPoolExecutor(1, initializer=body)
    pool.submit(int)
    return pool.shutdown


def start_library_thread(body):
    """Run it in a thread of a class that is not under test."""
    thread = borrowed()["CallingThread"](body)
    thread.start()
    return thread.join


STARTS = [start_thread, start_timer, start_job, start_after_job, start_with_pool, start_library_thread]


@pytest.mark.parametrize(
    "body", [case(body, is_quick=body in FEW_BODIES) for body in BODIES], ids=lambda each: each.__name__
)
@pytest.mark.parametrize("begin", STARTS, ids=lambda each: each.__name__)
def test_who_starts_it_sees_it_as_well(begin, body):
    """Who starts a thread, a timer or a job goes on while that runs."""

    def scenario(interleaving):
        numbers = [0]

        def start():
            wait = begin(body(numbers))
            before = len(numbers)
            after = len(numbers)
            wait()
            assert before == after

        interleaving.run(start)

    found = explore(scenario, modules=[__name__], budget=600, max_preemptions=1, search="exhaustive")

    assert type(found.failure) is AssertionError


def job_of_c(pool, numbers):
    """Hand a method in C to a pool, bare."""
    pool.submit(numbers.append, 1)


def jobs_of_c(pool, numbers):
    """Do so for several items."""
    pool.map(numbers.append, [1])


def callback_of_c(pool, numbers):
    """Let a method in C be called when a job is done."""
    pool.submit(int).add_done_callback(numbers.append)


@pytest.mark.parametrize("order", [job_of_c, jobs_of_c, callback_of_c], ids=lambda each: each.__name__)
def test_who_gives_an_order_sees_it_carried_out(order):
    """What a pool is given to call is seen by who gave it."""

    def scenario(interleaving):
        numbers = [0]

        def start():
            with ThreadPoolExecutor(1) as pool:
                order(pool, numbers)
                before = len(numbers)
                after = len(numbers)
            assert before == after

        interleaving.run(start)

    found = explore(scenario, modules=[__name__], budget=600, max_preemptions=1, search="exhaustive")

    assert type(found.failure) is AssertionError
