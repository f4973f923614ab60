"""The comparison: one program, both sides, and the smallest program that still shows a difference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soundness_proof.brute_force import TooLarge, brute_force
from soundness_proof.exploring import explore_program
from soundness_proof.language import smaller
from soundness_proof.translate import translate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from soundness_proof.language import Program
    from soundness_proof.machine import Grain

__all__ = ["OPS", "Difference", "Setting", "Tally", "compare", "reduced"]

_MOST_STATES = 40_000
_ACTORS_SHOWN_FROM = "    def actor_A():"


@dataclass(frozen=True, slots=True)
class Setting:
    """How the engine searches, and what it has to reach.

    Attributes:
        level: of the engine's scheduling points.
        grain: of the brute force; at level `line` the filter splits lines, so it has to reach what opcodes do.
        bound: of preemptions; None compares what is reached at all.
        search: which one of the engine's.
    """

    level: str
    grain: Grain
    bound: int | None
    search: str = "exhaustive"


OPS = Setting("op", "op", 2)


@dataclass(slots=True)
class Tally:
    """What a run of comparisons amounted to."""

    programs: int = 0
    too_large: int = 0
    incomplete: int = 0
    outcomes: int = 0
    deadlocks: int = 0
    states: int = 0
    executions: int = 0
    traces: int = 0

    def add(self, other: Tally) -> None:
        """Add the counts of another."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __str__(self) -> str:
        traces = f", {self.executions / self.traces:.2f} executions per trace" if self.traces else ""
        return (
            f"{self.programs:,} programs, {self.outcomes:,} outcomes ({self.deadlocks:,} deadlocks), "
            f"{self.states:,} states by brute force, {self.executions:,} executions{traces}; "
            f"left out: {self.too_large:,} too large, {self.incomplete:,} not complete within the budget"
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the two sides do not agree: the program, and both sets."""

    program: Program
    setting: Setting
    wanted: dict[object, int | None]
    reached: dict[object, int | None]

    def __str__(self) -> str:
        source = translate(self.program).source
        body = source[source.index(_ACTORS_SHOWN_FROM) : source.index("    def state():")]
        keys = sorted(self.wanted.keys() | self.reached.keys(), key=repr)
        rows = [
            f"  {key}: brute force {self.wanted.get(key, 'never')}, engine {self.reached.get(key, 'never')}"
            for key in keys
            if self.wanted.get(key, -1) != self.reached.get(key, -1)
        ]
        head = f"{self.setting}: (outcome, early timers): fewest preemptions"
        return "\n".join([repr(self.program), body, head, *rows])


@dataclass(slots=True)
class Comparison:
    """The result for one program."""

    difference: Difference | None = None
    tally: Tally = field(default_factory=Tally)


def compare(program: Program, setting: Setting, folder: Path, *, budget: int = 20_000) -> Comparison:
    """Compare what the engine reaches of a program with what brute force does."""
    comparison = Comparison()
    tally = comparison.tally
    translation = translate(program)
    try:
        wanted = brute_force(translation, grain=setting.grain, most=_MOST_STATES)
    except TooLarge:
        tally.too_large = 1
        return comparison
    got = explore_program(
        translation,
        folder,
        level=setting.level,
        search=setting.search,
        max_preemptions=setting.bound,
        budget=budget,
    )
    tally.programs, tally.states, tally.executions, tally.traces = 1, wanted.states, got.states, got.traces
    if got.fault is not None:
        comparison.difference = Difference(program, setting, {}, {got.fault: None})
        return comparison
    if not got.is_complete:
        comparison.tally = Tally(incomplete=1)
        return comparison
    left: dict[object, int | None] = dict(wanted.within(setting.bound)) if setting.bound is not None else {}
    right: dict[object, int | None] = dict(got.within(setting.bound)) if setting.bound is not None else {}
    if setting.bound is None:
        left, right = dict.fromkeys(wanted.outcomes), dict.fromkeys(got.outcomes)
    tally.outcomes = len(left)
    tally.deadlocks = sum("stuck" in str(key)[:12] for key in left)
    if left != right:
        comparison.difference = Difference(program, setting, left, right)
    return comparison


def reduced(difference: Difference, folder: Path, *, most: int = 400) -> Difference:
    """Return the difference of a program of which nothing can be left out any more."""
    return _reduced(difference, lambda program: compare(program, difference.setting, folder).difference, most)


def _reduced(difference: Difference, find: Callable[[Program], Difference | None], most: int) -> Difference:
    tried: set[Program] = set()
    is_smaller = True
    while is_smaller and len(tried) < most:
        is_smaller = False
        for candidate in smaller(difference.program):
            if candidate in tried:
                continue
            tried.add(candidate)
            found = find(candidate)
            if found is not None:
                difference, is_smaller = found, True
                break
    return difference
