"""The search: which schedules to execute, in which order, and what that proves.

Bounded search enumerates all schedules with 0, then 1, then 2 preemptions. Each executed schedule is the default order
after a prefix of choices; what else could have been chosen after that prefix are its children, so every schedule is
executed once. There is no reduction: what the bound promises is enumerated.
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._clock import processor_clock, real_clock
from pytest_errortrack.interleave._schedulers import Forced, RandomWalk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.interleave._labels import Labels, Point
    from pytest_errortrack.interleave._running._history import History
    from pytest_errortrack.interleave._session import Outcome, Session

Spans = tuple[tuple[int, int, tuple[int, ...]], ...]

__all__ = ["Budget", "Frontier", "Prefix", "Search"]

_MOST_WAITING = 3  # times as long as the budget of seconds may an exploration take where the processor is not its own
_MOST_INCONCLUSIVE = 3
_MOST_RESTARTS = 3
_ENUMERATED_PER_SAMPLE = 2  # where there is more to enumerate than the budget allows


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a search may cost: schedules, and seconds of processor time if they are limited."""

    schedules: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """A schedule to execute: choices by index, the default order after the last of them.

    Attributes:
        choices: the deviations from the default order.
        cost: how many of them are preemptions.
        seen: the points of the schedule it was derived from, up to where it leaves it.
    """

    choices: tuple[tuple[int, int], ...] = ()
    cost: int = 0
    seen: array[int] | None = None

    @property
    def last(self) -> int:
        """The index of the last choice, -1 without any."""
        return self.choices[-1][0] if self.choices else -1

    def is_followed_by(self, history: History) -> bool:
        """Tell whether an execution passed the same points as the one it was derived from."""
        if self.seen is None:
            return True
        head = history.labels[: self.last + 1]
        return array("I", head) == self.seen[: self.last + 1]


class Frontier:
    """The schedules that are known but not yet executed, by their number of preemptions."""

    def __init__(self, labels: Labels, max_preemptions: int) -> None:
        self._labels = labels
        self._free: list[deque[Prefix]] = [deque() for _ in range(max_preemptions + 1)]
        # Alternatives at operations come before those at plain lines: that is where bugs are.
        self._costly: list[tuple[deque[Iterator[Prefix]], ...]] = [(deque(), deque()) for _ in self._free]
        self._free[0].append(Prefix())
        self.pending = 1

    def pop(self, cost: int) -> Prefix | None:
        """Return the next schedule with this many preemptions, None when there are no more."""
        if self._free[cost]:
            self.pending -= 1
            return self._free[cost].popleft()
        for sources in self._costly[cost]:
            while sources:
                prefix = next(sources[0], None)
                if prefix is not None:
                    self.pending -= 1
                    return prefix
                sources.popleft()
        return None

    def expand(self, prefix: Prefix, history: History, *, step_limit: int) -> None:
        """Take note of what else could have been chosen after the prefix, and before the fair tail."""
        seen = array("I", history.labels)
        first = prefix.last + 1
        for index, candidates in history.free:
            if index >= first:
                for target in candidates[1:]:
                    choices = (*prefix.choices, (index, target))
                    self._free[prefix.cost].append(Prefix(choices, prefix.cost, seen))
                    self.pending += 1
        if prefix.cost + 1 < len(self._costly):
            spans = tuple(history.preemptible(first, step_limit))
            operations, lines = self._costly[prefix.cost + 1]
            stays = tuple((index, index + 1, (target,)) for index, target in history.unyielding if index >= first)
            operations.append(self._children(prefix, (*stays, *spans), seen, of_operations=True))
            lines.append(self._children(prefix, spans, seen, of_operations=False))
            self.pending += sum((end - start) * len(others) for start, end, others in (*stays, *spans))

    def _children(self, prefix: Prefix, spans: Spans, seen: array[int], *, of_operations: bool) -> Iterator[Prefix]:
        is_operation = self._labels.is_operation
        for start, end, others in spans:
            for index in range(start, end):
                if is_operation(seen[index]) is of_operations:
                    for target in others:
                        yield Prefix((*prefix.choices, (index, target)), prefix.cost + 1, seen)


class Search:
    """Executes schedules until one fails, all are done, or the budget is used up.

    Attributes:
        found: the first failing schedule.
        found_at: its number, from 1.
        schedules: how many were executed.
        sampled: how many of them were sampled.
        bound: up to how many preemptions all schedules were executed.
        inconclusive: why schedules showed nothing.
        divergence: how the scenario turned out not to repeat itself.
    """

    def __init__(self, session: Session, budget: Budget, *, seed: int) -> None:
        self.found: Outcome | None = None
        self.found_at: int | None = None
        self.schedules = 0
        self.sampled = 0
        self.bound: int | None = None
        self.inconclusive: list[str] = []
        self.divergence: str | None = None
        self.is_capped = False
        self.most_actors = 0
        self.had_choice = False
        self.needs_timeout = False
        self._session = session
        self._budget = budget
        self._seed = seed
        self._distinct: set[int] = set()
        self._distinct_samples: set[int] = set()
        self._began = real_clock()
        self._processor_began = processor_clock()

    @property
    def distinct(self) -> int:
        """How many of the schedules differed in their choices."""
        return len(self._distinct)

    @property
    def distinct_samples(self) -> int:
        """How many of the sampled schedules differed in their choices."""
        return len(self._distinct_samples)

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return real_clock() - self._began

    def run(self) -> None:
        """Search as the options say."""
        options = self._session.options
        self._calibrate()
        if self._is_over():
            return
        if options.search != "random":
            self._enumerate(mixed=options.search == "auto")
        is_done = self.bound == options.max_preemptions or self.divergence is not None
        if options.search == "random" or (options.search == "auto" and not is_done):
            self._sample()

    def _calibrate(self) -> None:
        """Run once in the default order, so that imports and caches are done with, and to learn the usual length."""
        outcome = self._execute(Forced())
        if outcome.failure is None:
            self._session.step_limit = 2 * outcome.run.index + 1_000
            self.is_capped = False  # it was capped only because its length was not known

    def _enumerate(self, *, mixed: bool) -> None:
        for _ in range(_MOST_RESTARTS):
            if self._enumerate_once(mixed=mixed):
                return

    def _enumerate_once(self, *, mixed: bool) -> bool:
        """Enumerate until done or over; False if the scenario did not repeat itself, so all has to begin again."""
        frontier = Frontier(self._session.labels, self._session.options.max_preemptions)
        self.bound = self.divergence = None
        done = 0
        while not self._is_over():
            prefix = self._next(frontier)
            if prefix is None:
                return True
            if not self._try(prefix, frontier):
                return False
            done += 1
            # What is far off in the order of enumeration may be near at random, so neither waits for the other.
            is_time = mixed and done % _ENUMERATED_PER_SAMPLE == 0 and not self._is_over()
            if is_time and not self._fits(frontier.pending):
                self._execute_sample()
        return True

    def _next(self, frontier: Frontier) -> Prefix | None:
        """Return the next schedule, taking note of the bounds that are done with."""
        cost = 0 if self.bound is None else self.bound + 1
        while cost <= self._session.options.max_preemptions:
            prefix = frontier.pop(cost)
            if prefix is not None:
                return prefix
            self.bound = cost
            cost += 1
        return None

    def _try(self, prefix: Prefix, frontier: Frontier) -> bool:
        """Execute a schedule and note what follows from it; False if it did not begin as the one it derives from."""
        scheduler = Forced(prefix.choices)
        outcome = self._execute(scheduler)
        if self.found is not None or outcome.inconclusive is not None:
            return True
        history = outcome.run.history
        if scheduler.missed or not prefix.is_followed_by(history):
            self.divergence = self._describe_divergence(prefix, history)
            return False
        frontier.expand(prefix, history, step_limit=self._session.step_limit)
        return True

    def _sample(self) -> None:
        while not self._is_over():
            self._execute_sample()

    def _execute_sample(self) -> None:
        self._execute(RandomWalk((self._seed << 32) + self.sampled))

    def _execute(self, scheduler: Forced | RandomWalk) -> Outcome:
        outcome = self._session.execute(scheduler)
        self.schedules += 1
        run = outcome.run
        choices = hash(run.history.choices)
        self._distinct.add(choices)
        if isinstance(scheduler, RandomWalk):
            self.sampled += 1
            self._distinct_samples.add(choices)
        self.most_actors = max(self.most_actors, len(run.actors))
        self.is_capped = self.is_capped or run.is_capped
        self.needs_timeout = self.needs_timeout or run.needs_timeout
        self.had_choice = self.had_choice or run.met_others
        if outcome.failure is not None:
            self.found, self.found_at = outcome, self.schedules
        elif outcome.inconclusive is not None:
            self.inconclusive.append(outcome.inconclusive)
        return outcome

    def _is_over(self) -> bool:
        return self.found is not None or len(self.inconclusive) >= _MOST_INCONCLUSIVE or self._fraction_used() >= 1.0

    def _fraction_used(self) -> float:
        schedules = self.schedules / self._budget.schedules
        if self._budget.seconds is None:
            return schedules
        # On a busy machine seconds pass in which nothing is explored; a budget that such seconds use up finds nothing.
        seconds = max(processor_clock() - self._processor_began, self.seconds / _MOST_WAITING)
        return max(schedules, seconds / self._budget.seconds)

    def _fits(self, pending: int) -> bool:
        """Tell whether what is known to be left fits what is left of the budget."""
        used = self._fraction_used()
        return pending <= (1.0 - used) * self.schedules / max(used, 1e-9)

    def _describe_divergence(self, prefix: Prefix, history: History) -> str:
        points = self._session.labels.points
        before = [] if prefix.seen is None else prefix.seen[: prefix.last + 1].tolist()
        for number, (old, new) in enumerate(zip(before, history.labels, strict=False)):
            if old != new:
                return f"step {number + 1} was {_place(points[old])} before, and {_place(points[new])} this time"
        return f"after {len(history.labels)} steps the actor to choose was not there to be chosen"


def _place(point: Point) -> str:
    return f"{point.name or point.source or point.text} ({point.site})" if point.site else point.text
