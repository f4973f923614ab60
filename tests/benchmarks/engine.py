"""How fast interleavings are explored, beside what no engine with threads can go below.

Run `python tests/benchmarks/engine.py [SAMPLES]`. Rates stand beside a floor of the same run: a schedule cannot be
cheaper than a thread start and two hand-offs, where threads are not reused. They are for two correct bodies, for each
level and each search; beside them stands how many of the schedules were different ones. How soon a mistake is found is
in `engine_peers.py`, beside other engines, and in `survival.py`, for many seeds.
"""

from __future__ import annotations

import statistics
import sys

import bodies
from _measure import write_table
from _searched import floor_us, searched

from pytest_errortrack.sdk.testing import preserved_state

SEARCHES = ("exhaustive", "dpor", "pct", "surw", "pos", "random", "auto")
REPETITIONS = 3


def rate(body, *, level: str, search: str, samples: int) -> tuple[int, int, str, float]:
    """Return executions and different ones of one exploration, what it proved, and CPU microseconds of one execution.

    Small spaces are explored again and again, so that all rates come from as many executions; what an exploration
    costs once is part of them.
    """
    executed, spent = 0, 0.0
    while executed < samples:
        run = searched(body, level=level, search=search, budget=samples)
        assert run.found_at is None, f"{body.name} is correct"
        executed += run.schedules
        spent += run.cpu_s
    return run.schedules, run.distinct, run.proved, spent / executed * 1e6


def main(samples: int) -> None:
    """Measure the rates, each a few times in alternation, and write a table for each body."""
    for body, levels in bodies.ALL_CORRECT:
        keys = [(level, search) for level in levels for search in SEARCHES]
        results: dict[tuple[str, str], list[tuple[int, int, str, float]]] = {key: [] for key in keys}
        floors = []
        for _ in range(REPETITIONS):
            floors.append(floor_us())
            for level, search in keys:
                results[level, search].append(rate(body, level=level, search=search, samples=samples))
        write_table(
            f"{body.name}: schedules per CPU second, medians of {REPETITIONS}; "
            f"the floor is {statistics.median(floors):.0f} us",
            ("level", "search", "schedules", "distinct", "proved", "schedules/s", "distinct/s", "cost / floor"),
            [(*key, *_cells(runs, floors)) for key, runs in results.items()],
        )


def _cells(runs: list[tuple[int, int, str, float]], floors: list[float]) -> tuple[object, ...]:
    schedules, distinct, proved, _ = runs[0]
    cost = statistics.median(cost for *_, cost in runs)
    over = statistics.median(cost / floor for (*_, cost), floor in zip(runs, floors, strict=True))
    return schedules, distinct, proved, round(1e6 / cost), round(distinct / schedules * 1e6 / cost), f"{over:.1f}"


if __name__ == "__main__":
    with preserved_state():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
