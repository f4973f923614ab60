"""What an exploration was asked to do, and what it can say afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, get_args

from pytest_errortrack.interleave._scope import check_modules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from pytest_errortrack.interleave._trace import Row

__all__ = ["Coverage", "Exploration", "Guarantee", "Level", "Options", "Proved", "Search"]

Level = Literal["op", "line", "opcode"]
Search = Literal["auto", "exhaustive", "dpor", "pct", "surw", "pos", "random"]

_WORTH_SAYING = 0.95  # a bound on a probability above this says nothing
_LEAST_SHOWN = 1e-6


_USUAL_BOUND: Final = 2  # of preemptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `explore` and `@interleaved` accept; None means the default, and for `max_preemptions` no bound."""

    budget: int | None = None
    level: Level = "line"
    max_preemptions: int | None = _USUAL_BOUND
    search: Search = "auto"
    modules: Sequence[ModuleType | str | Path] | None = None
    seed: int | None = None
    fresh_threads: bool = False
    max_timers: int = 1

    def __post_init__(self) -> None:
        for name, kinds in (("level", Level), ("search", Search)):
            value = getattr(self, name)
            if value not in get_args(kinds):
                choices = ", ".join(repr(kind) for kind in get_args(kinds))
                raise ValueError(f"{name} must be one of {choices}, not {value!r}")
        if self.budget is not None and (not _is_whole(self.budget) or self.budget < 1):
            raise ValueError(f"budget must be a positive number of schedules, not {self.budget!r}")
        preemptions = self.max_preemptions
        if preemptions is not None and (not _is_whole(preemptions) or preemptions < 0):
            raise ValueError(f"max_preemptions must be a number from 0 up, or None for no bound, not {preemptions!r}")
        if self.search == "dpor" and preemptions not in (None, _USUAL_BOUND):
            raise ValueError(
                "search='dpor' goes through all schedules, however many preemptions they have: leave max_preemptions "
                f"out, or choose search='exhaustive' for a bound of {preemptions}"
            )
        if self.max_timers not in (0, 1):
            raise ValueError(f"max_timers must be 0 or 1, not {self.max_timers!r}")
        if self.seed is not None and not _is_whole(self.seed):
            raise TypeError(f"seed must be a whole number, not {self.seed!r}")
        if not isinstance(self.fresh_threads, bool):
            raise TypeError(f"fresh_threads must be True or False, not {self.fresh_threads!r}")
        if self.modules is not None:
            check_modules(self.modules)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the user's code the scheduling points covered.

    Attributes:
        lines: how many lines actors ran, in the modules under test.
        modules: how many modules these are of.
        operations: how many operations actors did.
        instructions: at level "opcode", how many instructions were scheduling points.
        shared: at level "line", how many of the lines touch what another actor touches, and were scheduling points.
    """

    lines: int = 0
    modules: int = 0
    operations: int = 0
    instructions: int = 0
    shared: int | None = None

    def __str__(self) -> str:
        if self.lines and self.shared is not None:
            shared = "no shared line" if self.shared == 0 else _count(self.shared, "shared line")
            return f"{shared} of {_count(self.modules, 'module')}"
        if self.lines:
            lines = f"{_count(self.lines, 'line')} of {_count(self.modules, 'module')}"
            return f"{_count(self.instructions, 'instruction')} of {lines}" if self.instructions else lines
        return _count(self.operations, "point")


@dataclass(frozen=True, slots=True)
class Proved:
    """What a search went through completely, for one set of scheduling points.

    Attributes:
        bound: up to how many preemptions every schedule was executed, or one that is equivalent; None: however many.
        traces: how many classes of equivalent schedules there are, where the search counts them.
        timers: how often time may have passed in them although an actor could go on; None: nobody waited with a limit
            meanwhile, so there was nothing to choose.
    """

    bound: int | None
    traces: int | None = None
    timers: int | None = None

    def __str__(self) -> str:
        if self.bound is None:
            words = "unbounded" if self.traces is None else f"unbounded, {_count(self.traces, 'trace')}"
        else:
            words = f"<= {_count(self.bound, 'preemption')}"
        if self.timers is None:
            return words
        return f"{words}, <= {_count(self.timers, 'early time-out')}" if self.timers else f"{words}, no early time-out"

    def exceeds(self, other: Proved | None) -> bool:
        """Tell whether this says more than another."""
        return other is None or self._rank > other._rank  # noqa: SLF001 - another of its own kind

    def fulfils(self, options: Options) -> bool:
        """Tell whether it is all that was asked for."""
        if self.timers is not None and self.timers < options.max_timers:
            return False
        return self.bound is None or (options.max_preemptions is not None and self.bound >= options.max_preemptions)

    @property
    def _rank(self) -> tuple[float, float]:
        return (math.inf if self.bound is None else self.bound, math.inf if self.timers is None else self.timers)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """How likely it was to miss a bug, by the theorem of probabilistic concurrency testing.

    Attributes:
        depth: how many events have to come in a certain order for the bug to show.
        runs: how many schedules were drawn for it.
        actors: how many actors a schedule had, at the most.
        points: at how many choices of a schedule there was something to choose, at the most.
    """

    depth: int
    runs: int
    actors: int
    points: int

    @property
    def missed(self) -> float:
        """The probability to miss a bug of this depth, at the most: (1 - 1 / (n * k ** (d - 1))) ** runs."""
        hit = 1.0 / (self.actors * self.points ** (self.depth - 1))
        return math.pow(1.0 - hit, self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The outcome of an exploration; it holds what was found, it does not raise it.

    Attributes:
        failure: the test's own exception or an `InterleavingFailure`; None if nothing was found.
        found_at: the 1-based number of the first failing schedule.
        schedules: how many were executed to search, the calibration included.
        distinct: how many of these differed in their choices.
        complete: whether every schedule that was asked for was executed, or one that is equivalent: those with at most
            `max_preemptions` preemptions, or all.
        bound: up to how many preemptions that is so; None if not even for none, or if none was asked for and it is so
            however many there are.
        proved: the same with all details; None if nothing was gone through completely.
        traces: how many classes of equivalent schedules there are, where the search counted them.
        level: the grain of scheduling points.
        preemptions: those of the shrunk failing schedule.
        is_fewest: whether a complete search showed that no schedule with fewer preemptions fails in the same way.
        is_kept: whether the failing schedule was kept from an earlier run.
        token: replays the failing schedule; empty if there is none.
        trace: the failing schedule in columns, as text.
        steps: the rows of `trace`.
        actors: its columns, as pairs of path and name.
        inconclusive: how many schedules showed nothing, because an actor blocked out of control.
        assumptions: what a claim of completeness rests on.
        search: how schedules were chosen.
        max_preemptions: the bound that was asked for; None for none.
        sampled: how many of the schedules were sampled rather than enumerated.
        distinct_samples: how many of those differed in their choices.
        samplers: who drew them, in words.
        unseen: the estimated probability that one more sample would have been a new one, after Good (1953).
        guarantees: how likely it was that the samples missed a bug, where there is a bound on it.
        restarts: how often a search began again, because more scheduling points turned up.
        spent: which part of the budget ended the search, in words; empty if it came to its end.
        coverage: how many lines and operations were scheduling points.
        seed: what made the samples repeatable.
        seconds: how long the search took.
    """

    failure: BaseException | None = None
    found_at: int | None = None
    schedules: int = 0
    distinct: int = 0
    complete: bool = False
    bound: int | None = None
    proved: Proved | None = None
    traces: int | None = None
    level: Level = "line"
    preemptions: int | None = None
    is_fewest: bool = False
    is_kept: bool = False
    token: str = ""
    trace: str = ""
    steps: tuple[Row, ...] = ()
    actors: tuple[tuple[str, str], ...] = ()
    inconclusive: int = 0
    assumptions: tuple[str, ...] = ()
    search: str = "auto"
    max_preemptions: int | None = 2
    sampled: int = 0
    distinct_samples: int = 0
    samplers: str = ""
    unseen: float | None = None
    guarantees: tuple[Guarantee, ...] = ()
    restarts: int = 0
    spent: str = ""
    coverage: Coverage = field(default_factory=Coverage)
    seed: int = 0
    seconds: float = 0.0

    def summary(self) -> str:
        """Say in one line what was shown."""
        if self.failure is not None:
            at = f" as schedule {self.found_at}" if self.found_at else ""
            kept = ", kept from an earlier run" if self.is_kept else ""
            parts = [f"found {type(self.failure).__name__}{at} of {_count(self.schedules, 'schedule')}{kept}"]
        else:
            parts = self._claims()
        if self.inconclusive:
            parts.append(f"{_count(self.inconclusive, 'schedule')} inconclusive")
        return "; ".join(parts)

    def _claims(self) -> list[str]:
        claims = []
        if self.proved is not None:
            # What holds without a bound is told second: what was asked for comes first, in the same words every time.
            is_more = self.proved.bound is None and self.bound is not None
            proved = replace(self.proved, bound=self.bound) if is_more else self.proved
            claims.append(f"complete: {proved}, level {self.level} ({self.coverage}), data fixed")
            if is_more:
                claims.append(f"and so {Proved(None, self.traces)}")
        if self.complete:
            return claims
        enumerated = self.schedules - self.sampled
        if enumerated > 1:  # one is the calibration
            many = _count(enumerated, "schedule")
            most = "there are" if self.max_preemptions is None else f"with {self.max_preemptions} or fewer"
            claims.append(f"enumerated {many}, not all {most}")
        if self.sampled:
            claims.append(self._sample())
        if self.spent:
            claims.append(self.spent)
        return claims

    def _sample(self) -> str:
        """Say what was drawn, and what that says of the schedules that were not."""
        schedules = _count(self.sampled, "schedule")
        parts = [f"sampled {schedules}, {self.distinct_samples:,} distinct ({self.samplers})"]
        bounds = [bound for bound in self.guarantees if bound.missed <= _WORTH_SAYING]
        if bounds:
            depths = ", ".join(f"of depth {bound.depth} {_rounded_up(bound.missed)}" for bound in bounds)
            parts.append(f"bugs were missed with a probability of at most: {depths}")
        if self.unseen is not None:
            parts.append(f"about {self.unseen:.0%} of further samples would be new")
        return ", ".join(parts)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _rounded_up(probability: float) -> str:
    """Return a probability with two digits that count, never less than it is."""
    if probability <= _LEAST_SHOWN:
        return f"{_LEAST_SHOWN:f}"
    digits = 1 - min(math.floor(math.log10(probability)), -1)
    return f"{math.ceil(probability * 10**digits) / 10**digits:.{digits}f}"
