"""Schedules that are drawn: the samplers take turns, and each is counted for itself."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers import Timed
from pytest_errortrack.interleave._searching._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.interleave._exploration import Guarantee
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._searching._knowledge import Knowledge
    from pytest_errortrack.interleave._searching._samplers import Sampler
    from pytest_errortrack.interleave._session import Outcome

__all__ = ["Sampling"]


class Sampling:
    """Draws schedules with one sampler after the other, over and over.

    Args:
        samplers: who draws; one may have several turns.
        knowledge: what they draw by; it learns from each schedule.
        seed: every draw derives from it.
        max_timers: how often time may pass in a schedule although somebody could go on.

    Attributes:
        tally: how many different schedules were drawn.
    """

    def __init__(self, samplers: Sequence[Sampler], *, knowledge: Knowledge, seed: int, max_timers: int = 1) -> None:
        self.tally = Tally()
        self.samplers = tuple(samplers)
        self._knowledge = knowledge
        self._seed = seed
        self._max_timers = max_timers
        self._sampler = self.samplers[0]

    @property
    def records(self) -> bool:
        """Whether the schedule of the last scheduler is to record what each step touched."""
        return self._sampler.records

    @property
    def name(self) -> str:
        """The words for all of them in a claim."""
        return ", ".join(dict.fromkeys(sampler.name for sampler in self.samplers))

    @property
    def guarantees(self) -> tuple[Guarantee, ...]:
        """Return what is certain of bugs that were missed, for each depth."""
        found = [sampler.guarantee() for sampler in dict.fromkeys(self.samplers)]
        return tuple(guarantee for guarantee in found if guarantee is not None)

    def next(self) -> Scheduler:
        """Return what is to decide the next schedule."""
        number = self.tally.total
        self._sampler = self.samplers[number % len(self.samplers)]
        seed = (self._seed << 32) + number
        scheduler = self._sampler.scheduler(seed)
        return self._timed(scheduler, seed) if self._max_timers and self._knowledge.has_timers else scheduler

    def _timed(self, scheduler: Scheduler, seed: int) -> Scheduler:
        """Let time pass early in every other schedule, at a random place."""
        source = random.Random(f"time of {seed}")  # noqa: S311 - repeatable choices are the point
        if source.random() < 0.5:  # noqa: PLR2004 - a fair coin
            return scheduler
        return Timed(scheduler, seed=seed, index=source.randrange(self._knowledge.choices))

    def learn(self, outcome: Outcome) -> None:
        """Take note of how the last schedule went."""
        self.tally.count(outcome.run.history)
        self._knowledge.learn(outcome)
        self._sampler.learn(outcome)
