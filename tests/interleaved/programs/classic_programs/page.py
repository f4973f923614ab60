"""The page that lists the programs, with what the engine makes of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from classic_programs.catalogue import PROGRAMS
from classic_programs.exploring import SPINNING, complete_repaired, found, reduced

if TYPE_CHECKING:
    from classic_programs.catalogue import Program
    from pytest_errortrack.interleave import Exploration

__all__ = ["PYTHON", "facts", "is_measured_here", "rendered"]

PYTHON = (3, 11)  # the version whose numbers the page holds: which lines there are differs between versions

_HEAD = f"""\
# Programs with known mistakes

The engine is tried on small programs that concurrency is known to go wrong in, each beside its repaired form.
They are in `tests/interleaved/programs/classic_programs/`, and the tests beside them check each row of this page.
The table is written by `python tests/benchmarks/programs.py`, with CPython {PYTHON[0]}.{PYTHON[1]}.

- *level* is the coarsest grain of scheduling points at which the mistake shows; at a coarser one all schedules pass.
- *preemptions* is the least number with which it happens; all schedules with one fewer pass.
- *found* is the number of the first failing schedule, all those with fewer preemptions being run before.
- *complete* is how many schedules prove the repaired form, with one preemption more than the mistake needs.
- *by reduction* are the same two numbers of the search `"dpor"`, which proves it for any number of preemptions.
  It claims nothing where loops have no end or time takes part.

| program | mistake | finding | level | preemptions | found | complete | by reduction |
|---|---|---|---|---|---|---|---|
"""


def facts(program: Program) -> tuple[str, ...]:
    """Return the cells of a row that hold for every version of Python."""
    name = f"`{program.module.__name__.rpartition('.')[2]}.{program.name}`"
    return (name, program.about.rstrip("."), f"`{program.kind.__name__}`", program.level, str(program.preemptions))


def is_measured_here() -> bool:
    """Tell whether the page's numbers are those of this interpreter."""
    return sys.version_info[:2] == PYTHON


def rendered() -> str:
    """Explore all programs, and return the page."""
    return _HEAD + "".join(_row((*facts(program), *_numbers(program))) for program in PROGRAMS)


def _numbers(program: Program) -> tuple[str, ...]:
    return (f"{found(program).found_at:,}", _proof(complete_repaired(program)), _by_reduction(program))


def _by_reduction(program: Program) -> str:
    if program.name in SPINNING:
        return "-"
    buggy, repaired = reduced(program.buggy, program.level), reduced(program.repaired, program.level)
    return f"{buggy.found_at or '-'} / {_proof(repaired)}"


def _proof(exploration: Exploration) -> str:
    return f"{exploration.schedules:,}" if exploration.complete else "-"


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"
