"""What each part of the engine is worth: schedules to find a mistake and to complete, with the part and without it.

Run `python tests/benchmarks/ablation.py [BUDGET]`. The parts are the filter, by which only lines that touch what
another actor touches are scheduling points, the reduction, by which one of each class of equivalent schedules is
executed, and the samplers. The numbers are schedules, calibration and restarts included, and hardly depend on the
machine; a bounded search is not reduced in any case.
"""

from __future__ import annotations

import statistics
import sys
from contextlib import nullcontext

import bodies
from _measure import write_table
from _searched import searched, without_filter, without_reduction

from pytest_errortrack.sdk.testing import preserved_state

SAMPLERS = ("pct", "surw", "pos", "random")
SEEDS = 20
BODIES = (bodies.SCOPE, bodies.COUNTER, bodies.DEADLOCK, bodies.DEEP)
SYSTEMATIC = (
    ("<= 2 preemptions", "exhaustive", 2, nullcontext),
    ("no bound, reduced", "dpor", None, nullcontext),
    ("no bound, not reduced", "dpor", None, without_reduction),
)
FILTERS = (
    ("shared lines", "line", nullcontext),
    ("all lines", "line", without_filter),
    ("all instructions", "opcode", nullcontext),
)


def systematic(body, *, level: str, search: str, bound: int | None, budget: int) -> str:
    """Return after how many schedules a deterministic search found the mistake, or was done."""
    run = searched(body, level=level, search=search, max_preemptions=bound, budget=budget)
    if run.found_at is not None:
        return str(run.found_at)
    is_done = run.proved and run.schedules < budget
    return f"{run.schedules:,}" if is_done else f"more than {budget:,} ({run.proved or 'nothing proved'})"


def drawn(body, *, level: str, sampler: str, budget: int) -> str:
    """Return after how many schedules the seeds found the mistake: the median and the worst."""
    found = [searched(body, level=level, search=sampler, seed=seed, budget=budget).found_at for seed in range(SEEDS)]
    hits = sorted(at for at in found if at is not None)
    if not hits:
        return f"0 of {SEEDS}"
    share = "" if len(hits) == SEEDS else f" ({len(hits)} of {SEEDS})"
    return f"{statistics.median(hits):g}, worst {hits[-1]}{share}"


def searches(budget: int) -> None:
    """Search in an order, with and without the filter and the reduction."""
    rows = []
    for points, level, switched in FILTERS:
        for words, search, bound, reduction in SYSTEMATIC:
            with switched(), reduction():
                cells = [
                    systematic(body, level=level, search=search, bound=bound, budget=budget)
                    for body in (*BODIES, bodies.SAFE_COUNTER)
                ]
            rows.append((points, words, *cells))
    names = [body.name for body in BODIES]
    write_table(
        f"Schedules until found; for {bodies.SAFE_COUNTER.name}, which is correct, until complete",
        ("points", "search", *names, bodies.SAFE_COUNTER.name),
        rows,
    )


def samplers() -> None:
    """Draw, with and without the filter."""
    rows = []
    for points, level, switched in FILTERS:
        for sampler in SAMPLERS:
            with switched():
                rows.append(
                    (points, sampler, *(drawn(body, level=level, sampler=sampler, budget=500) for body in BODIES))
                )
    write_table(
        f"Schedules until found within 500, seeds 0 to {SEEDS - 1}: median and worst",
        ("points", "sampler", *(body.name for body in BODIES)),
        rows,
    )


if __name__ == "__main__":
    with preserved_state():
        searches(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
        samplers()
