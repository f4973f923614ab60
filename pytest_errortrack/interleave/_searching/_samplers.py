"""The samplers by name: each makes a scheduler for one schedule out of what the schedules before it have shown."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.interleave._exploration import Guarantee
from pytest_errortrack.interleave._schedulers import PartialOrder, Priorities, RandomWalk, Uniform

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._searching._knowledge import Knowledge
    from pytest_errortrack.interleave._session import Outcome

__all__ = ["PartialOrderSampler", "PrioritySampler", "RandomSampler", "Sampler", "UniformSampler", "samplers_of"]


class Sampler(Protocol):
    """Draws schedules from one distribution.

    Attributes:
        name: its words in a claim, such as `"pct d=3"`.
    """

    name: str

    @property
    def records(self) -> bool:
        """Whether its executions are of more use when they record what each step touched."""

    def scheduler(self, seed: int) -> Scheduler:
        """Return what is to decide one schedule."""

    def learn(self, outcome: Outcome) -> None:
        """Take note of how the schedule of the last scheduler went."""

    def guarantee(self) -> Guarantee | None:
        """Return with which probability a bug was missed, if there is a bound on it."""


class RandomSampler:
    """Draws by a random walk."""

    name = "random"
    records = False

    def scheduler(self, seed: int) -> Scheduler:
        """Return a random walk."""
        return RandomWalk(seed)

    def learn(self, outcome: Outcome) -> None:
        """Learn nothing: a random walk is the same every time."""

    def guarantee(self) -> None:
        """Promise nothing."""
        return


class PrioritySampler:
    """Draws by probabilistic concurrency testing, for bugs of one depth."""

    records = False

    def __init__(self, knowledge: Knowledge, *, depth: int) -> None:
        self.name = f"pct d={depth}"
        self._depth = depth
        self._knowledge = knowledge
        self._version = -1
        self._runs = 0
        self._is_void = False

    def scheduler(self, seed: int) -> Scheduler:
        """Return random priorities that change within the greatest number of points so far."""
        return Priorities(seed, depth=self._depth, points=self._knowledge.points)

    def learn(self, outcome: Outcome) -> None:
        """Count the schedules that the bound holds for: those drawn since the number of points last grew."""
        knowledge = self._knowledge
        if knowledge.version != self._version:
            # This one was drawn with a bound that turned out too small, or is the first.
            is_first = self._version < 0
            self._version, self._runs = knowledge.version, int(is_first)
        else:
            self._runs += 1
        run = outcome.run
        self._is_void = self._is_void or run.is_capped or run.inconclusive is not None

    def guarantee(self) -> Guarantee | None:
        """Return the paper's bound for the schedules that had it."""
        knowledge = self._knowledge
        is_outside = knowledge.has_yields or knowledge.has_timers  # of what the theorem speaks of
        if self._is_void or is_outside or not self._runs or knowledge.version != self._version:
            return None
        return Guarantee(self._depth, runs=self._runs, actors=knowledge.actors, points=knowledge.points)


class PartialOrderSampler:
    """Draws by partial order sampling."""

    name = "pos"

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    @property
    def records(self) -> bool:
        """Whether not enough is known yet of what points touch."""
        return self._knowledge.wants_records

    def scheduler(self, seed: int) -> Scheduler:
        """Return random priorities of events."""
        return PartialOrder(seed, is_race=self._knowledge.is_race)

    def learn(self, outcome: Outcome) -> None:
        """Learn nothing of its own."""

    def guarantee(self) -> None:
        """Promise nothing: the paper's bound needs the number of races."""
        return


class UniformSampler:
    """Draws by a selectively uniform random walk.

    Interesting are, by a fair coin, all events, or those that touch one object that several actors touch; the paper
    draws one shared variable for each schedule.
    """

    name = "surw"

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    @property
    def records(self) -> bool:
        """Whether not enough is known yet of what points touch."""
        return self._knowledge.wants_records

    def scheduler(self, seed: int) -> Scheduler:
        """Return a walk that is uniform over the orders of some of the events."""
        source = random.Random(f"events of {seed}")  # noqa: S311 - repeatable, and not what the walk itself draws
        groups = self._knowledge.groups
        is_interesting: Callable[[int], bool] = _everything
        if groups and source.random() < 0.5:  # noqa: PLR2004 - a fair coin
            is_interesting = source.choice(groups).__contains__
        return Uniform(seed, expected=self._knowledge.expected(is_interesting), is_interesting=is_interesting)

    def learn(self, outcome: Outcome) -> None:
        """Learn nothing of its own."""

    def guarantee(self) -> None:
        """Promise nothing."""
        return


def _everything(_: int) -> bool:
    return True


def samplers_of(name: str, knowledge: Knowledge) -> list[Sampler]:
    """Return the samplers that take turns for a value of `search`, in their order; for `auto` all of them."""
    shallow, deep = PrioritySampler(knowledge, depth=2), PrioritySampler(knowledge, depth=3)
    if name == "pct":
        return [shallow, deep, deep]  # a bug of depth 3 is k times less likely to be met, so it gets more turns
    others: list[Sampler] = [UniformSampler(knowledge), PartialOrderSampler(knowledge), RandomSampler()]
    return [sampler for sampler in others if sampler.name == name] or [shallow, deep, *others]
