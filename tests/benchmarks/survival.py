"""How long a bug survives each sampler: at which schedule it is found, over published seeds.

Run `python tests/benchmarks/survival.py --seeds 1000`; the seeds are 0, 1, 2, ... up to that number. The random walk is
the baseline. For each body and sampler stand the median and the worst schedule, the share of the seeds that found the
bug within 500 schedules, the lower end of its 95 % confidence interval (Clopper and Pearson, "The Use of Confidence or
Fiducial Limits Illustrated in the Case of the Binomial", Biometrika 1934), and how many seeds had not found it yet
after so many schedules. The numbers do not depend on the machine.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from typing import TYPE_CHECKING

import bodies
from _measure import write_table
from _searched import searched

from pytest_errortrack.sdk.testing import preserved_state

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMIT = 500
CONFIDENCE = 0.95
MARKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
SAMPLERS = ("pct", "surw", "pos", "random", "auto")


def found_at(body, *, level: str, search: str, seeds: int) -> list[int | None]:
    """Return at which schedule each seed found the bug; None where it did not within the limit."""
    return [searched(body, level=level, search=search, seed=seed, budget=LIMIT).found_at for seed in range(seeds)]


def at_least(hits: int, draws: int, probability: float) -> float:
    """Return how likely it is to have at least so many hits, if each has this probability."""
    if probability <= 0.0:
        return float(hits == 0)
    log, other = math.log(probability), math.log1p(-probability)
    ways = (math.lgamma(draws + 1) - math.lgamma(k + 1) - math.lgamma(draws - k + 1) for k in range(hits, draws + 1))
    return math.fsum(math.exp(way + k * log + (draws - k) * other) for k, way in enumerate(ways, start=hits))


def lower_bound(hits: int, draws: int) -> float:
    """Return the lower end of the exact confidence interval of a probability, by bisection."""
    tail = (1.0 - CONFIDENCE) / 2
    if hits == 0:
        return 0.0
    low, high = 0.0, hits / draws
    if hits == draws:
        return tail ** (1 / draws)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(hits, draws, middle) < tail else (low, middle)
    return low


def survivors(found: Sequence[int | None]) -> str:
    """Return how many had not found it after so many schedules, as percentages."""
    left = [sum(at is None or at > mark for at in found) / len(found) for mark in MARKS]
    return " ".join(f"{share:4.0%}" for share in left)


def row(body, *, level: str, search: str, seeds: int) -> tuple[object, ...]:
    """Return one line of the table."""
    found = found_at(body, level=level, search=search, seeds=seeds)
    hits = sorted(at for at in found if at is not None)
    median, worst = (statistics.median(hits), hits[-1]) if hits else ("-", "-")
    share, bound = len(hits) / len(found), lower_bound(len(hits), len(found))
    return (body.name, level, search, median, worst, f"{share:.3f}", f"{bound:.3f}", survivors(found))


def main() -> None:
    """Measure all bodies with all samplers and write a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1_000)
    parser.add_argument("--samplers", nargs="+", default=SAMPLERS)
    parser.add_argument("--bodies", nargs="+", default=[body.name for body, _ in bodies.BUGGY])
    options = parser.parse_args()
    rows = [
        row(body, level=level, search=search, seeds=options.seeds)
        for body, level in bodies.BUGGY
        if body.name in options.bodies
        for search in options.samplers
    ]
    marks = " ".join(f"{mark:>4}" for mark in MARKS)
    write_table(
        f"Found within {LIMIT} schedules, seeds 0 to {options.seeds - 1}; not found yet after schedule ...",
        ("body", "level", "search", "median", "worst", f"P({LIMIT})", "at least", marks),
        rows,
    )


if __name__ == "__main__":
    with preserved_state():
        main()
    sys.exit()
