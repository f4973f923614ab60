"""Locks, queues, pools and thread-local values that were made when a module was imported."""

from __future__ import annotations

import functools
import os
import queue
import sys
import threading
import types
from dataclasses import dataclass, field

import pytest

from pytest_errortrack.interleave import Inconclusive, LostWakeup, explore


class Slotted:
    """Holds its lock in a slot, and does not let attributes be set."""

    __slots__ = ("lock",)

    def __init__(self):
        """Make the lock, past what `__setattr__` refuses."""
        object.__setattr__(self, "lock", threading.Lock())

    def __setattr__(self, name, value):
        """Refuse everything."""
        raise AttributeError(name)


class Account:
    """Holds its lock as anybody does."""

    def __init__(self, lock):
        """Keep a lock."""
        self.lock = lock


@dataclass
class Record:
    """Makes its primitives when it is made, by what it was told when it was defined."""

    lock: object = field(default_factory=threading.Lock)
    reentrant: object = field(default_factory=threading.RLock)
    number: int = 0


class Lazy:
    """Works a value out when it is first asked for."""

    made = 0
    make_lock = threading.Lock

    @functools.cached_property
    def value(self):
        """Count how often it is worked out."""
        self.made += 1
        return self.made


def with_factory(make=threading.Lock, *, make_other=threading.RLock):
    """Return locks made by default arguments."""
    return make(), make_other()


ACCOUNT = Account(threading.Lock())
NESTED = {"list": [Account(threading.RLock())], "tuple": (Account(threading.Lock()),)}
SLOTTED = Slotted()
CONDITION = threading.Condition()
PLAIN_CONDITION = threading.Condition(threading.Lock())
SEMAPHORE = threading.Semaphore(1)
EVENT = threading.Event()
ITEMS = queue.Queue()
SIMPLE = queue.SimpleQueue()
PARTIAL = functools.partial(Account, threading.Lock())
OWN = threading.local()


def with_default(lock=threading.Lock(), *, other=threading.Lock()):  # noqa: B008 - what is tested
    """Return locks that are default arguments."""
    return lock, other


def _make_closure():
    lock = threading.Lock()
    return lambda: lock


closure = _make_closure()

HOLDERS = {
    "an instance": lambda: ACCOUNT.lock,
    "an instance in containers": lambda: NESTED["list"][0].lock,
    "an instance in a tuple": lambda: NESTED["tuple"][0].lock,
    "a slot": lambda: SLOTTED.lock,
    "a condition": lambda: CONDITION,
    "a condition with a plain lock": lambda: PLAIN_CONDITION,
    "a semaphore": lambda: SEMAPHORE,
    "a default argument": lambda: with_default()[0],
    "a keyword's default": lambda: with_default()[1],
    "a closure": closure,
}


@pytest.mark.parametrize("name", HOLDERS)
def test_a_lock_from_before_is_controlled(name):
    """Two actors that hold it across a point exclude each other in every schedule, and no schedule is inconclusive."""

    def scenario(interleaving):
        inside = []

        def enter():
            with HOLDERS[name]():
                inside.append(1)
                interleaving.step("inside")
                assert len(inside) == 1
                inside.pop()

        interleaving.run(enter, enter)

    exploration = explore(scenario, level="op", max_preemptions=1, search="exhaustive")

    assert exploration.failure is None, exploration.failure
    assert exploration.complete
    assert exploration.inconclusive == 0


def test_conditions_events_and_queues_from_before_are_waited_for():
    """Whoever waits for them goes on when somebody else acts, in every schedule."""

    def scenario(interleaving):
        EVENT.clear()
        ready = []

        def give():
            EVENT.set()
            ITEMS.put(1)
            SIMPLE.put(2)
            with CONDITION:
                ready.append(1)
                CONDITION.notify()

        def take():
            EVENT.wait()
            with CONDITION:
                CONDITION.wait_for(lambda: ready)
            return ITEMS.get(), SIMPLE.get()

        assert interleaving.run(give, take)[1] == (1, 2)

    exploration = explore(scenario, level="op", max_preemptions=1, search="exhaustive")

    assert exploration.failure is None, exploration.failure
    assert exploration.complete


def test_a_wakeup_that_is_lost_is_found_on_what_was_made_before():
    """A queue from before that nobody fills is waited for in vain, at once."""
    exploration = explore(lambda interleaving: interleaving.run(ITEMS.get, lambda: None), level="op")

    assert isinstance(exploration.failure, LostWakeup)


def test_everything_is_put_back():
    """After the exploration each holder has its own plain lock again, and it is free."""
    before = {name: holder() for name, holder in HOLDERS.items()}
    lock = vars(CONDITION)["_lock"]

    explore(lambda interleaving: interleaving.run(lambda: None, lambda: None), level="op")

    assert {name: holder() for name, holder in HOLDERS.items()} == before
    assert type(ACCOUNT.lock) is type(threading.Lock())
    assert vars(CONDITION)["_lock"] is lock
    assert "_is_owned" not in vars(PLAIN_CONDITION)
    assert CONDITION.acquire(blocking=False)
    CONDITION.release()


def test_values_of_a_thread_do_not_outlive_its_schedule():
    """A module with thread-local values gets new threads for every schedule."""
    leaked = []

    def scenario(interleaving):
        def use():
            leaked.append(hasattr(OWN, "value"))
            OWN.value = 1

        interleaving.run(use, use)

    explore(scenario, level="op", max_preemptions=1, budget=10)

    assert leaked
    assert not any(leaked)


def test_a_module_without_thread_local_values_keeps_its_threads():
    """New threads cost more than a short schedule, so they are for those who need them."""
    module = types.ModuleType("a_module_without")
    module.__file__ = "a_module_without.py"
    namespace = vars(module)
    source = (
        "import threading\nused = set()\n"
        "def scenario(interleaving):\n"
        "    interleaving.run(lambda: used.add(threading.get_native_id()), lambda: interleaving.step('x'))\n"
    )
    exec(compile(source, module.__file__, "exec"), namespace)  # noqa: S102 - a module of its own is what is needed
    sys.modules[module.__name__] = module
    try:
        explore(namespace["scenario"], level="op", modules=[module], max_preemptions=1)
    finally:
        del sys.modules[module.__name__]

    assert len(namespace["used"]) <= 3  # two of the search; a failure would have been repeated on others


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_a_fork_in_an_actor_is_inconclusive():
    """No schedule reaches into another process, and none is started."""

    def scenario(interleaving):
        interleaving.run(forker=lambda: os.fork() or os._exit(0), other=lambda: None)

    exploration = explore(scenario, level="op")

    assert isinstance(exploration.failure, Inconclusive)
    assert "forker called os.fork()" in str(exploration.failure)


@pytest.mark.parametrize("name", ["lock", "reentrant"])
def test_what_dataclasses_make_is_controlled(name):
    """The `default_factory` of a field makes controlled primitives during an exploration."""

    def scenario(interleaving):
        record = Record()

        def add():
            with getattr(record, name):
                read = record.number
                record.number = read + 1

        interleaving.run(add, add)
        assert record.number == 2

    found = explore(scenario, modules=[__name__])

    assert found.complete
    assert not found.inconclusive


def test_what_default_arguments_and_classes_make_is_controlled():
    """Factories that code keeps under other names make controlled primitives, and are put back."""
    plain = type(threading.Lock())
    made = []

    def scenario(interleaving):
        lock = Lazy.make_lock()
        made.extend([lock, *with_factory()])

        def body():
            with lock:
                interleaving.step("x")

        interleaving.run(body, body)

    found = explore(scenario, modules=[__name__])

    assert found.failure is None
    assert not any(type(lock) in (plain, type(threading.RLock())) for lock in made)
    assert type(with_factory()[0]) is type(Lazy.make_lock()) is type(Record().lock) is plain


def test_properties_that_are_cached_are_explored():
    """Neither the lock that they have on Python 3.11 nor anything else of them stands in the way."""

    def scenario(interleaving):
        lazy = Lazy()
        interleaving.run(lambda: lazy.value, lambda: lazy.value)
        assert lazy.value >= 1

    found = explore(scenario, modules=[__name__], level="opcode")

    assert not found.inconclusive
    assert found.failure is None
