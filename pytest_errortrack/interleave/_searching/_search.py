"""The driver of a search: it executes what strategies ask for, keeps the counts, and knows when to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedulers import Forced
from pytest_errortrack.interleave._searching._budget import Budget, Meter
from pytest_errortrack.interleave._searching._course import Course
from pytest_errortrack.interleave._searching._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._exploration import Proved
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._searching._sampling import Sampling
    from pytest_errortrack.interleave._searching._strategy import Strategy
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["Search"]

_MOST_INCONCLUSIVE = 3
_SILENCE = 3.0  # seconds that a search takes before it tells how far it is
_TELL_EVERY = 0.25


class Search:
    """Executes schedules until one fails, all are done, or the budget is used up.

    Args:
        session: executes one schedule.
        budget: how much the search may cost.
        seed: makes what is drawn repeatable.
        on_outcome: called after each schedule. With it the search goes on after failures and after schedules that
            showed nothing, so that whoever compares searches sees all there is.

    Attributes:
        found: the first failing schedule.
        found_at: its number, from 1.
        inconclusive: why schedules showed nothing.
        most_actors: how many actors there were in the schedule with the most of them.
        had_choice: whether an actor was at a point while another could have run.
        samples: what was drawn, and what that says.
    """

    def __init__(
        self,
        session: Session,
        budget: Budget,
        *,
        seed: int,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> None:
        self.found: Outcome | None = None
        self.found_at: int | None = None
        self.inconclusive: list[str] = []
        self.most_actors = 0
        self.had_choice = False
        self.session = session
        self.seed = seed
        self.samples: Sampling | None = None
        self._is_capped = False
        self._told_at = _SILENCE - _TELL_EVERY
        self._on_outcome = on_outcome
        self._meter = Meter(budget)
        self._tally = Tally()
        self._courses: list[Course] = []

    # --- what came of it ---------------------------------------------------------------------------------------

    @property
    def schedules(self) -> int:
        """How many schedules were executed."""
        return self._meter.schedules

    @property
    def distinct(self) -> int:
        """How many of the schedules differed in their choices."""
        return self._tally.distinct

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return self._meter.seconds

    @property
    def divergence(self) -> str | None:
        """How the scenario turned out not to repeat itself, if it did not."""
        return next((course.divergence for course in self._courses if course.divergence is not None), None)

    @property
    def restarts(self) -> int:
        """How often a strategy began again."""
        return sum(course.restarts for course in self._courses)

    @property
    def spent(self) -> str:
        """Which part of the budget is used up, in words."""
        return self._meter.spent

    @property
    def proved(self) -> Proved | None:
        """The most that was proved; nothing, if a schedule was cut short, showed nothing, or did not repeat itself."""
        if self._is_capped or self.inconclusive or self.divergence is not None:
            return None
        best: Proved | None = None
        for course in self._courses:
            claim = course.claim()
            if claim is not None and (best is None or self._is_better(claim, best)):
                best = claim
        return best

    def _is_better(self, claim: Proved, than: Proved) -> bool:
        """Tell which of two claims to make: what was asked for, before what is more in one way and less in another."""
        options = self.session.options
        if claim.fulfils(options) != than.fulfils(options):
            return claim.fulfils(options)
        return claim.exceeds(than)

    # --- what plans are made of --------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be executed."""
        if self._meter.fraction_used >= 1.0:
            return True
        return self._on_outcome is None and (
            self.found is not None or len(self.inconclusive) >= _MOST_INCONCLUSIVE or self.divergence is not None
        )

    def fits(self, pending: int) -> bool:
        """Tell whether so many schedules fit what is left of the budget."""
        return pending <= self._meter.left()

    def calibrate(self, *, records: bool = False) -> Outcome:
        """Run once in the default order, so that imports and caches are done with, and to learn the usual length."""
        outcome = self._execute(Forced(), records=records)
        if outcome.failure is None:
            self.session.step_limit = 2 * outcome.run.index + 1_000
            self._is_capped = False  # it was capped only because its length was not known
        return outcome

    def begin(self, make: Callable[[], Strategy]) -> Course:
        """Return a strategy to take steps of; what it proves becomes part of what the search proves."""
        course = Course(make, version=self._version)
        self._courses.append(course)
        return course

    def step(self, course: Course) -> bool:
        """Execute one schedule of a strategy; False if it has none left."""
        scheduler = course.next()
        if scheduler is None:
            return False
        course.learn(self._execute(scheduler, records=course.records))
        return True

    def sample(self, sampling: Sampling) -> None:
        """Execute one schedule that is drawn."""
        outcome = self._execute(sampling.next(), records=sampling.records)
        sampling.learn(outcome)

    # -----------------------------------------------------------------------------------------------------------

    def _version(self) -> int:
        # What is shared decides on lines; operations are points in any case, but for the ends of threads.
        session = self.session
        return session.has_ends + (0 if session.options.level == "op" else session.sharing.version)

    def _execute(self, scheduler: Scheduler, *, records: bool = False) -> Outcome:
        outcome = self.session.execute(scheduler, records=records)
        self._meter.schedules += 1
        run = outcome.run
        self._tally.count(run.history)
        self.most_actors = max(self.most_actors, len(run.actors))
        self._is_capped = self._is_capped or run.is_capped
        self.had_choice = self.had_choice or run.met_others
        if outcome.failure is not None and self.found is None:
            self.found, self.found_at = outcome, self.schedules
        elif outcome.inconclusive is not None:
            self.inconclusive.append(outcome.inconclusive)
        if self._on_outcome is not None:
            self._on_outcome(outcome)
        self._tell()
        return outcome

    def _tell(self) -> None:
        seconds = self.seconds
        if seconds - self._told_at >= _TELL_EVERY:
            self._told_at = seconds
            self.session.environment.progress(self.schedules, seconds)
