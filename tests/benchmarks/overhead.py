"""What a schedule costs beside a plain run of the same work, for work of 3 us to 10 ms.

Run `python tests/benchmarks/overhead.py [CELL_S]`, with the seconds of plain work, and about those of exploring, that
each cell is measured with. Two actors add to a counter under a lock, and before and after it do work that nobody else
sees: once in lines of the module under test ("own lines"), each of which the engine looks at, and once in a library's
functions ("library"), which it does not. Both are pure Python. The ratio is the CPU time of a schedule, drawn by `pct`,
to that of the same two workers one after the other; what an exploration costs once is part of it, spread over its
schedules. Where an actor takes more steps than the engine allows, the cell says "too long".
"""

from __future__ import annotations

import colorsys
import sys
import threading
import time
from functools import partial

import bodies
from _measure import write_table
from _searched import searched

from pytest_errortrack.sdk.testing import preserved_state

LENGTHS_US = (3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
LEVELS = ("op", "line", "opcode")
FEWEST, MOST = 3, 400  # schedules of a cell
STEPS = (1_000, 300, 100, 30, 10, 3, 1)  # of the plot
MARK = {"op": "o", "line": "l", "opcode": "c"}


class Working:
    """A locked counter between two stretches of work."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.total = 0
        self.lock = threading.Lock()

    def in_own_lines(self):
        """Work in lines that the engine looks at."""
        work = 0
        for number in range(self.rounds):
            work += number
        with self.lock:
            self.total += 1
        for number in range(self.rounds):
            work -= number

    def in_a_library(self):
        """Work in functions that it does not look at."""
        for _ in range(self.rounds):
            colorsys.rgb_to_hls(0.2, 0.4, 0.6)
        with self.lock:
            self.total += 1
        for _ in range(self.rounds):
            colorsys.rgb_to_hls(0.2, 0.4, 0.6)

    def holds(self):
        """Tell whether both were counted."""
        return self.total == 2


WORK = {"own lines": Working.in_own_lines, "library": Working.in_a_library}


def body_of(kind: str, rounds: int) -> bodies.Body:
    """Return the body that does so many rounds of this kind of work."""
    return bodies.Body(kind, partial(Working, rounds), (WORK[kind], WORK[kind]), Working.holds)


def plain_us(body: bodies.Body, *, run_s: float) -> float:
    """Return the CPU microseconds of a plain run, from as many as fit the time."""
    count, spent = 1, 0.0
    while spent < run_s:
        count *= 2
        began = time.process_time()
        for _ in range(count):
            body.sequentially()
        spent = time.process_time() - began
    return spent / count * 1e6


def fitted(kind: str, length_us: float, *, run_s: float) -> bodies.Body:
    """Return a body whose plain run takes about so long."""
    none, many = (plain_us(body_of(kind, rounds), run_s=run_s) for rounds in (0, 1_000))
    return body_of(kind, max(0, round((length_us - none) / (many - none) * 1_000)))


def ratio_of(body: bodies.Body, *, level: str, cell_s: float) -> float | None:
    """Return how many plain runs a schedule takes; None if it does not come to its end."""
    plain = plain_us(body, run_s=cell_s)
    explore = partial(searched, body, level=level, search="pct", modules=(__name__,))
    run = explore(budget=FEWEST)
    if run.found_at is not None:  # the counter is locked, so it can only be the limit of steps
        return None
    schedules = min(MOST, int(cell_s * run.schedules / run.cpu_s))
    if schedules > FEWEST:
        run = explore(budget=schedules)
    return run.cpu_s / run.schedules * 1e6 / plain


def curve(rows: dict[tuple[str, str], list[float | None]], kind: str) -> str:
    """Draw the ratios of one kind of work as text: both axes go by factors."""
    lines = []
    for at_least in STEPS:
        cells = []
        for column in range(len(LENGTHS_US)):
            here = [
                MARK[level]
                for level in LEVELS
                if (over := rows[kind, level][column]) is not None and _row_of(over) == at_least
            ]
            cells.append(f"{''.join(here):^8}")
        lines.append(f"{at_least:>6,}x |{''.join(cells)}".rstrip())
    lines.append(f"{'':8}+{'-' * 8 * len(LENGTHS_US)}")
    lines.append(f"{'':9}{''.join(f'{_length(length):^8}' for length in LENGTHS_US)}".rstrip())
    return "\n".join(lines)


def _row_of(over: float) -> int:
    return next((step for step in STEPS if over >= step), STEPS[-1])


def _length(us: float) -> str:
    return f"{us / 1_000:g} ms" if us >= 1_000 else f"{us:g} us"


def main(cell_s: float) -> None:
    """Measure all lengths and levels, and write a table and a plot for each kind of work."""
    ratios: dict[tuple[str, str], list[float | None]] = {(kind, level): [] for kind in WORK for level in LEVELS}
    for kind in WORK:
        for length in LENGTHS_US:
            body = fitted(kind, length, run_s=cell_s)
            for level in LEVELS:
                ratios[kind, level].append(ratio_of(body, level=level, cell_s=cell_s))
        write_table(
            f"A schedule beside a plain run, work in {kind}, Python {sys.version.split()[0]}",
            ("level", *map(_length, LENGTHS_US)),
            [
                (level, *("too long" if over is None else f"{over:,.1f}" for over in ratios[kind, level]))
                for level in LEVELS
            ],
        )
        legend = ", ".join(f"{mark} level {level}" for level, mark in MARK.items())
        sys.stdout.write(f"\n```text\n{curve(ratios, kind)}\n```\n{legend}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with preserved_state():
        main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.1)
