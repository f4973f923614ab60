"""How the programs are explored: everywhere in the same way, so that numbers can be compared."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pytest_errortrack.interleave import explore

if TYPE_CHECKING:
    from classic_programs.catalogue import Level, Program, Scenario
    from pytest_errortrack.interleave import Exploration

__all__ = ["BUDGET", "SPINNING", "coarser_than", "complete_repaired", "found", "one_lower", "reduced"]

BUDGET = 20_000
REDUCED_BUDGET = 800
SPINNING = {"peterson", "look_then_claim", "claim_then_look", "bakery", "ticket_lock"}  # loops that no order bounds
_GRAINS: tuple[Level, ...] = ("op", "line", "opcode")


@cache
def found(program: Program) -> Exploration:
    """Look for the mistake, by all schedules with none, then one, then two preemptions, up to the least number."""
    return _enumerated(program, program.preemptions)


@cache
def one_lower(program: Program) -> Exploration:
    """Run all schedules with fewer preemptions than the mistake needs."""
    return _enumerated(program, program.preemptions - 1)


@cache
def complete_repaired(program: Program) -> Exploration:
    """Run all schedules of the repaired form, with one preemption more than the mistake needs."""
    return explore(
        program.repaired,
        level=program.level,
        search="exhaustive",
        max_preemptions=program.preemptions + 1,
        budget=BUDGET,
        seed=1,
    )


@cache
def reduced(scenario: Scenario, level: Level) -> Exploration:
    """Run one schedule of each kind, with any number of preemptions, as far as reduction knows the kinds."""
    return explore(scenario, level=level, search="dpor", max_preemptions=None, budget=REDUCED_BUDGET, seed=1)


def coarser_than(level: Level) -> Level | None:
    """Return the next coarser grain of scheduling points, None if there is none."""
    place = _GRAINS.index(level)
    return _GRAINS[place - 1] if place else None


def _enumerated(program: Program, max_preemptions: int) -> Exploration:
    return explore(
        program.buggy,
        level=program.level,
        search="exhaustive",
        max_preemptions=max_preemptions,
        budget=BUDGET,
        seed=1,
    )
