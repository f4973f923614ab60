"""What a line does after a scheduling point within it belongs to the step that begins there."""

from __future__ import annotations

import functools
import queue
import threading
import time
from collections import defaultdict

import pytest

from pytest_errortrack.interleave import Vacuous, explore

LIBRARY = """
count = 0

def transfer(box, first, second):
    with first:
        read = box.n
    with second:
        box.n = read + 1

def count_up(first, second):
    global count
    with first:
        read = count
    with second:
        count = read + 1

def around(function, box):
    read = box.n
    function()
    box.n = read + 1

def at_once(box):
    box.n = box.n * 10 + 1

def at_once_too(box):
    box.n = box.n * 10 + 2
"""


class Box:
    """A number that actors share."""

    def __init__(self):
        self.n = 0


def borrowed():
    """Return the functions of a module that is not among those under test."""
    namespace = {"__name__": "borrowed"}
    exec(compile(LIBRARY, "/somewhere/site-packages/borrowed.py", "exec"), namespace)  # noqa: S102 - a module of ours
    return namespace


def outcomes(program, **options):
    """Return all results that a search sees, and what it found."""
    seen = set()

    def scenario(interleaving):
        seen.add(program(interleaving))

    found = explore(scenario, modules=[__name__], budget=400, **options)
    # Where only code that is not under test runs, that is told as well.
    assert found.failure is None or isinstance(found.failure, Vacuous)
    return seen, found


def after_a_step(interleaving):
    """Write, after a step on the same line, what was read before it."""
    box = Box()

    def body():
        read = box.n
        box.n = interleaving.step("x") or read + 1

    interleaving.run(body, body)
    return box.n


def after_an_acquisition(interleaving):
    """Do so after a lock was taken that the other does not take."""
    box = Box()

    def body(lock):
        read = box.n
        box.n = read + lock.acquire()

    interleaving.run(*[functools.partial(body, threading.Lock()) for _ in range(2)])
    return box.n


def after_a_get(interleaving):
    """Do so after an item was got from a queue of one's own."""
    box = Box()
    queues = [queue.Queue() for _ in range(2)]
    for each in queues:
        each.put(1)

    def body(own):
        read = box.n
        box.n = own.get() + read

    interleaving.run(*[functools.partial(body, each) for each in queues])
    return box.n


def after_a_call(interleaving):
    """Do so after a function that has points."""
    box = Box()

    def one():
        interleaving.step("one")
        return 1

    def body():
        box.n = box.n + one()

    interleaving.run(body, body)
    return box.n


def within_a_sort(interleaving):
    """Look at a list that is being sorted, which is empty meanwhile."""
    numbers = [3, 2, 1]

    def key(number):
        interleaving.step("key")
        return number

    def sort():
        numbers.sort(key=key)

    def count():
        return len(numbers)

    return interleaving.run(sort, count)[1]


def within_a_factory(interleaving):
    """Set a missing key while the dictionary makes a value for it."""

    def make():
        interleaving.step("make")
        return 0

    found = defaultdict(make)

    def add():
        return found["key"]

    def put():
        found["key"] = 5

    interleaving.run(add, put)
    return found["key"]


class Plainly:
    """Has its number at hand."""

    number = 5


class ByProperty:
    """Looks its number up in a box."""

    def __init__(self, box):
        self._box = box

    @property
    def number(self):
        """What is in the box now."""
        return self._box.m


def by_what_turns_into_a_property(interleaving):
    """Read an attribute that is a property only after the other has put another object there."""
    box = Box()
    box.m, box.kind = 0, Plainly()

    def read():
        kind = box.kind
        return (kind.number, box.n)

    def replace():
        box.kind = ByProperty(box)
        box.m = 1
        box.n = 1

    return interleaving.run(read, replace)[0]


def in_a_library(interleaving):
    """Call code that is not under test, with locks of one's own."""
    box, transfer = Box(), borrowed()["transfer"]
    locks = [threading.Lock() for _ in range(4)]

    def first():
        transfer(box, *locks[:2])

    def second():
        transfer(box, *locks[2:])

    interleaving.run(first, second)
    return box.n


def in_a_library_alone(interleaving):
    """Run such code as the actors themselves."""
    box, transfer = Box(), borrowed()["transfer"]
    locks = [threading.Lock() for _ in range(4)]
    interleaving.run(functools.partial(transfer, box, *locks[:2]), functools.partial(transfer, box, *locks[2:]))
    return box.n


def in_a_library_at_once(interleaving):
    """Run such code without any points as the actors themselves."""
    box, library = Box(), borrowed()
    interleaving.run(functools.partial(library["at_once"], box), functools.partial(library["at_once_too"], box))
    return box.n


def in_threads_of_a_library(interleaving):
    """Run such code as threads."""
    box, library = Box(), borrowed()

    def start():
        threads = [threading.Thread(target=library[name], args=(box,)) for name in ("at_once", "at_once_too")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    interleaving.run(start)
    return box.n


def in_a_library_of_its_own(interleaving):
    """Call code that keeps what it shares in its own module."""
    library = borrowed()
    count_up, locks = library["count_up"], [threading.Lock() for _ in range(4)]

    def first():
        count_up(*locks[:2])

    def second():
        count_up(*locks[2:])

    interleaving.run(first, second)
    return library["count"]


def around_a_callback(interleaving):
    """Call code that works before and after it calls back."""
    box, around = Box(), borrowed()["around"]

    def step():
        interleaving.step("x")

    def body():
        around(step, box)

    interleaving.run(body, body)
    return box.n


def past_the_operations(interleaving):
    """Look twice into a queue, past its operations, while the other puts something in."""
    items = queue.Queue()

    def look():
        before = len(items.queue)
        interleaving.step("x")
        return before, items.unfinished_tasks

    return interleaving.run(look, lambda: items.put(1))[0]


def past_the_operations_by_another_name(interleaving):
    """Look into it by a name that was given to its inside before."""
    items = queue.Queue()
    inside = items.queue

    def look():
        before = len(inside)
        interleaving.step("x")
        return before, len(inside)

    return interleaving.run(look, lambda: items.put(1))[0]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (after_a_step, {1, 2}),
        (after_an_acquisition, {1, 2}),
        (after_a_get, {1, 2}),
        (after_a_call, {1, 2}),
        (within_a_sort, {0, 3}),
        (within_a_factory, {0, 5}),
        (in_a_library, {1, 2}),
        (in_a_library_alone, {1, 2}),
        (in_a_library_at_once, {12, 21}),
        (in_threads_of_a_library, {12, 21}),
        (in_a_library_of_its_own, {1, 2}),
        (around_a_callback, {1, 2}),
        (past_the_operations, {(0, 0), (0, 1), (1, 1)}),
        (past_the_operations_by_another_name, {(0, 0), (0, 1), (1, 1)}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
@pytest.mark.parametrize("level", ["op", "line", "opcode"])
def test_reduction_sees_what_lines_do_after_points_within_them(program, expected, level):
    """The unbounded search reaches all that can come of it, at every level."""
    seen, found = outcomes(program, search="dpor", level=level)

    assert found.proved is None or seen == expected


@pytest.mark.parametrize("search", ["exhaustive", "auto", "dpor"])
def test_points_within_a_line_that_are_found_late_are_enumerated(search):
    """Where an instruction turns out to run code with points of its own, the enumeration begins again."""
    seen, found = outcomes(by_what_turns_into_a_property, search=search)

    assert found.complete
    assert seen == {(5, 0), (5, 1), (0, 0), (0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("program", [after_a_step, after_an_acquisition, in_a_library, in_a_library_alone])
def test_reduction_goes_through_such_lines_completely(program):
    """The search still comes to an end, and claims it."""
    _, found = outcomes(program, search="dpor", level="op")

    assert found.complete
    assert found.proved.bound is None


def sleeper(interleaving):
    """Let one sleep while the other has a step."""
    log = []

    def walk():
        interleaving.step("x")
        log.append("a")

    def sleep():
        time.sleep(1)
        log.append("b")

    interleaving.run(walk, sleep)
    return "".join(log)


def timer(interleaving):
    """Let a timer run while its starter has a step."""
    log = []

    def start():
        thread = threading.Timer(1, lambda: log.append("b"))
        thread.start()
        interleaving.step("x")
        log.append("a")
        thread.join()

    interleaving.run(start)
    return "".join(log)


@pytest.mark.parametrize("program", [sleeper, timer])
@pytest.mark.parametrize("search", ["dpor", "auto"])
@pytest.mark.parametrize("timers", [0, 1])
def test_no_time_out_counts_as_explored_that_was_not(program, search, timers):
    """What is proved of a program with time-outs says how many of them came early."""
    seen, found = outcomes(program, search=search, max_timers=timers)

    assert found.proved.timers == (timers if search == "auto" else 0)
    assert seen == ({"ab", "ba"} if found.proved.timers else {"ab"})


@pytest.mark.parametrize("level", ["op", "line", "opcode"])
@pytest.mark.parametrize("search", ["auto", "dpor", "exhaustive"])
@pytest.mark.parametrize("clock", ["time", "monotonic", "perf_counter", "monotonic_ns"])
def test_time_may_pass_between_two_looks_at_the_clock(level, search, clock):
    """To read the clock is a scheduling point, at every level: others may sleep before it."""
    differences = set()

    def scenario(interleaving):
        def look():
            before = getattr(time, clock)()
            after = getattr(time, clock)()
            differences.add(after > before)

        interleaving.run(look, lambda: time.sleep(1))

    found = explore(scenario, modules=[__name__], level=level, search=search)

    assert differences == {True, False} or not found.complete
    assert differences == {True, False} or search == "dpor"  # which does not let time pass early
