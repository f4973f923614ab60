"""How fast interleavings are explored, and how soon a bug is found.

Run `python tests/benchmarks/engine.py`. Rates stand beside a floor of the same run: a schedule cannot be cheaper than
a thread start and two hand-offs, where threads are not reused. Finding stands as the number of executions, the
calibration included, which does not depend on the machine.
"""

from __future__ import annotations

import _thread
import statistics
import sys
import threading
import time

from _measure import operation_cpu_us, write_table

from pytest_errortrack import sdk
from pytest_errortrack.interleave import explore
from pytest_errortrack.sdk.testing import preserved_state

SAMPLES = 2_000
SEEDS = 20


def scope(interleaving):
    """Two requests share one hub: an event can carry the other's id."""
    seen = {}
    hub = sdk.Hub.main.clone()

    def handle(name):
        with hub.configure_scope() as scope:
            scope.set_extra("id", name)
        with hub.configure_scope() as scope:
            seen[name] = scope.extra["id"]

    interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
    assert seen == {"a": "a", "b": "b"}


def isolated_scope(interleaving):
    """The same with a clone of the hub per request: correct."""
    seen = {}
    shared = sdk.Hub.main.clone()

    def handle(name):
        hub = shared.clone()
        with hub.configure_scope() as scope:
            scope.set_extra("id", name)
        with hub.configure_scope() as scope:
            seen[name] = scope.extra["id"]

    interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
    assert seen == {"a": "a", "b": "b"}


def counter(interleaving):
    """Read, add, write: an update can be lost."""
    total = 0

    def add():
        nonlocal total
        read = total
        total = read + 1

    interleaving.run(add, add)
    assert total == 2


def safe_counter(interleaving):
    """The same under a lock: correct."""
    total = 0
    lock = threading.Lock()

    def add():
        nonlocal total
        with lock:
            read = total
            total = read + 1

    interleaving.run(add, add)
    assert total == 2


def deadlock(interleaving):
    """Two locks in opposite order."""
    first, second = threading.Lock(), threading.Lock()

    def take(one, other):
        with one, other:
            pass

    interleaving.run(lambda: take(first, second), lambda: take(second, first))


def deep(interleaving):
    """Three events in one order, far apart in a long body."""
    phase = 0

    def leader():
        nonlocal phase
        work = 0
        for number in range(20):
            work += number
        phase = 1
        for number in range(20):
            work += number
        if phase == 2:
            phase = 3

    def follower():
        nonlocal phase
        work = 0
        for number in range(20):
            work += number
        if phase == 1:
            phase = 2
        assert phase != 3

    interleaving.run(leader, follower)


def floor_us() -> float:
    """Return the cost of a thread start and two hand-offs."""

    def schedule():
        here, there = _thread.allocate_lock(), _thread.allocate_lock()
        here.acquire()
        there.acquire()

        def other():
            there.acquire()
            here.release()

        _thread.start_new_thread(other, ())
        there.release()
        here.acquire()

    return operation_cpu_us(schedule, budget_s=0.5)


def rate(scenario, *, level: str, search: str) -> tuple[int, int, float]:
    """Return executions and different ones of one exploration, and CPU microseconds of one execution.

    Small spaces are explored again and again, so that all rates come from as many executions; what an exploration
    costs once is part of them.
    """
    executed, start = 0, time.process_time()
    while executed < SAMPLES:
        found = explore(scenario, budget=SAMPLES, level=level, search=search, seed=1, modules=[__name__])
        assert found.failure is None, found.failure
        executed += found.schedules
    return found.schedules, found.distinct, (time.process_time() - start) / executed * 1e6


def finding(scenario, *, level: str, search: str) -> list[int | None]:
    """Return after how many executions each seed found the bug; None where it did not."""
    seeds = range(SEEDS if search == "random" else 1)
    return [
        explore(scenario, budget=SAMPLES, level=level, search=search, seed=seed, modules=[__name__]).found_at
        for seed in seeds
    ]


def main() -> None:
    """Measure rates and findings and write two tables."""
    floor = floor_us()
    rows = []
    for scenario in (safe_counter, isolated_scope):
        for level in ("op", "line"):
            for search in ("exhaustive", "random"):
                schedules, distinct, cost = rate(scenario, level=level, search=search)
                row = (scenario.__name__, level, search, schedules, distinct, round(1e6 / cost), cost / floor)
                rows.append(row)
    write_table(
        f"Correct bodies: schedules per CPU second; the floor is {1e6 / floor:.0f}/s",
        ("body", "level", "search", "schedules", "distinct", "schedules/s", "cost / floor"),
        rows,
    )
    rows = []
    for scenario, level in ((scope, "op"), (scope, "line"), (counter, "line"), (deadlock, "op"), (deep, "line")):
        for search in ("auto", "random"):
            found = finding(scenario, level=level, search=search)
            hits = sorted(at for at in found if at is not None)
            median, worst = (statistics.median(hits), hits[-1]) if hits else ("-", "-")
            rows.append((scenario.__name__, level, search, f"{len(hits)} of {len(found)}", median, worst))
    write_table(
        f"Bodies with a bug: found at schedule, budget {SAMPLES}",
        ("body", "level", "search", "seeds that found it", "median", "worst"),
        rows,
    )


if __name__ == "__main__":
    with preserved_state():
        main()
    sys.exit()
