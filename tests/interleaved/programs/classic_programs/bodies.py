"""The bodies by which search is measured: a shared scope, a counter, and three events in one order."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from pytest_errortrack import sdk


def scope(interleaving):
    """Two requests share one hub: an event can carry the other's id."""
    hub, seen = sdk.Hub.main.clone(), {}

    def handle(name):
        with hub.configure_scope() as scope:
            scope.set_extra("id", name)
        with hub.configure_scope() as scope:
            seen[name] = scope.extra["id"]

    interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
    assert seen == {"a": "a", "b": "b"}


def scope_repaired(interleaving):
    """A clone of the hub for each request."""
    shared, seen = sdk.Hub.main.clone(), {}

    def handle(name):
        hub = shared.clone()
        with hub.configure_scope() as scope:
            scope.set_extra("id", name)
        with hub.configure_scope() as scope:
            seen[name] = scope.extra["id"]

    interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
    assert seen == {"a": "a", "b": "b"}


def counter(interleaving):
    """Read, add, write, on a variable of the enclosing function."""
    total = 0

    def add():
        nonlocal total
        read = total
        total = read + 1

    interleaving.run(add, add)
    assert total == 2


def counter_repaired(interleaving):
    """The same under a lock."""
    total, lock = 0, threading.Lock()

    def add():
        nonlocal total
        with lock:
            read = total
            total = read + 1

    interleaving.run(add, add)
    assert total == 2


def _work():
    return sum(range(3))


def deep2(interleaving):
    """Three events in one order, far apart in a long body (depth 3; Burckhardt et al., PCT, ASPLOS 2010)."""
    shared = SimpleNamespace(phase=0)

    def lead():
        for _ in range(6):
            _work()
        shared.phase = 1
        for _ in range(6):
            _work()
        if shared.phase == 2:
            shared.phase = 3

    def follow():
        for _ in range(6):
            _work()
        if shared.phase == 1:
            shared.phase = 2
        assert shared.phase != 3

    interleaving.run(lead, follow)


def deep2_repaired(interleaving):
    """The follower looks and answers in one critical section."""
    shared, lock = SimpleNamespace(phase=0), threading.Lock()

    def lead():
        for _ in range(6):
            _work()
        with lock:
            shared.phase = 1
        for _ in range(6):
            _work()
        with lock:
            if shared.phase == 2:
                shared.phase = 3

    def follow():
        for _ in range(6):
            _work()
        with lock:
            if shared.phase == 1:
                shared.phase = 2
            assert shared.phase != 3

    interleaving.run(lead, follow)
