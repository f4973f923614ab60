"""The programs that the engine and its peers are measured with: small, and the same code for each of them.

A body is a state, two workers on it, and what has to hold when both are done. It imports nothing of any engine; the two
bodies on our own SDK, at the end, are for level op, where its operations are the scheduling points.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_errortrack import sdk

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ALL_CORRECT",
    "BUGGY",
    "COUNTER",
    "DEADLOCK",
    "DEEP",
    "HUB_PER_ACTOR",
    "SAFE_COUNTER",
    "SCOPE",
    "SHARED_HUB",
    "Body",
]

ADDITIONS = 5  # per worker, in the correct counter
LENGTH = 20  # rounds of work between the events of the deep body


@dataclass(frozen=True, slots=True)
class Body:
    """A program to be explored.

    Attributes:
        name: what the tables call it.
        setup: makes the state that both workers share.
        workers: what the two actors run.
        holds: whether the state is as it has to be, when they are done.
    """

    name: str
    setup: Callable[[], Any]
    workers: tuple[Callable[[Any], object], Callable[[Any], object]]
    holds: Callable[[Any], bool]

    def scenario(self, interleaving) -> None:
        """Run the body once, as our engine wants it."""
        state = self.setup()
        first, second = self.workers
        interleaving.run(a=partial(first, state), b=partial(second, state))
        assert self.holds(state)

    def sequentially(self) -> None:
        """Run the body once with nobody looking: the workers one after the other."""
        state = self.setup()
        for worker in self.workers:
            worker(state)
        assert self.holds(state)


class Scope:
    """Two requests share one scope: what one captures can carry the other's id."""

    def __init__(self):
        self.tags = {}
        self.captured = {}

    def handle(self, name):
        self.tags["id"] = name
        self.captured[name] = self.tags["id"]

    def first(self):
        self.handle("a")

    def second(self):
        self.handle("b")

    def holds(self):
        return self.captured == {"a": "a", "b": "b"}


class Counter:
    """Read, add, write: an update can be lost."""

    def __init__(self):
        self.total = 0

    def add(self):
        read = self.total
        self.total = read + 1

    def holds(self):
        return self.total == 2


class SafeCounter:
    """The same under a lock, several times: correct."""

    def __init__(self):
        self.total = 0
        self.lock = threading.Lock()

    def add(self):
        for _ in range(ADDITIONS):
            with self.lock:
                read = self.total
                self.total = read + 1

    def holds(self):
        return self.total == 2 * ADDITIONS


class Locks:
    """Two locks in opposite order."""

    def __init__(self):
        self.one = threading.Lock()
        self.other = threading.Lock()

    def first(self):
        with self.one, self.other:
            pass

    def second(self):
        with self.other, self.one:
            pass

    def holds(self):
        return True


class Phases:
    """Three events in one order, far apart in a long body; the workers are not alike."""

    def __init__(self):
        self.phase = 0
        self.is_broken = False

    def lead(self):
        work = 0
        for number in range(LENGTH):
            work += number
        self.phase = 1
        for number in range(LENGTH):
            work += number
        if self.phase == 2:
            self.phase = 3

    def follow(self):
        work = 0
        for number in range(LENGTH):
            work += number
        if self.phase == 1:
            self.phase = 2
        self.is_broken = self.phase == 3

    def holds(self):
        return not self.is_broken


class SharedHub:
    """Two requests share one hub of our SDK: an event can carry the other's id."""

    def __init__(self):
        self.hub = sdk.Hub.main.clone()
        self.seen = {}

    def hub_of(self, _):
        return self.hub

    def handle(self, name):
        hub = self.hub_of(name)
        with hub.configure_scope() as scope:
            scope.set_extra("id", name)
        with hub.configure_scope() as scope:
            self.seen[name] = scope.extra["id"]

    def first(self):
        self.handle("a")

    def second(self):
        self.handle("b")

    def holds(self):
        return self.seen == {"a": "a", "b": "b"}


class HubPerActor(SharedHub):
    """The same with a clone of the hub per request: correct."""

    def hub_of(self, _):
        return self.hub.clone()


SCOPE = Body("scope", Scope, (Scope.first, Scope.second), Scope.holds)
COUNTER = Body("counter", Counter, (Counter.add, Counter.add), Counter.holds)
DEADLOCK = Body("deadlock", Locks, (Locks.first, Locks.second), Locks.holds)
DEEP = Body("deep2", Phases, (Phases.lead, Phases.follow), Phases.holds)
SAFE_COUNTER = Body("SafeCounter", SafeCounter, (SafeCounter.add, SafeCounter.add), SafeCounter.holds)
SHARED_HUB = Body("scope of the SDK", SharedHub, (SharedHub.first, SharedHub.second), SharedHub.holds)
HUB_PER_ACTOR = Body("hub per actor", HubPerActor, (HubPerActor.first, HubPerActor.second), HubPerActor.holds)

BUGGY = ((SHARED_HUB, "op"), (SCOPE, "line"), (COUNTER, "line"), (DEADLOCK, "op"), (DEEP, "line"))
ALL_CORRECT = ((SAFE_COUNTER, ("op", "line", "opcode")), (HUB_PER_ACTOR, ("op", "line", "opcode")))
