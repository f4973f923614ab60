"""Schedules as a Hypothesis strategy: one schedule per example, drawn and shrunk together with the data.

What is drawn is who begins, and at which points who is preempted for whom: small numbers, of which zero means the
default order, and all of which are valid. All is drawn before the first actor starts. The standard library is under
control from the moment the value is drawn until the example is over.
"""

from __future__ import annotations

import inspect
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import current_environment, is_steering
from pytest_errortrack.interleave._exploration import Exploration, Options
from pytest_errortrack.interleave._interleaving import Interleaving, Results
from pytest_errortrack.interleave._schedulers import AsDrawn, DrawnSchedule, Following
from pytest_errortrack.interleave._session import Outcome, Session
from pytest_errortrack.interleave._telling._replay import divergence
from pytest_errortrack.interleave._telling._report import annotate, columns_of, rendered, token_for
from pytest_errortrack.interleave._token import decode
from pytest_errortrack.interleave._trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

    from hypothesis.strategies import SearchStrategy

    from pytest_errortrack.interleave._environment import Environment
    from pytest_errortrack.interleave._exploration import Level
    from pytest_errortrack.interleave._running._conduct import Conductor
    from pytest_errortrack.interleave._running._runtime import Runtime
    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._schedulers import Scheduler
    from pytest_errortrack.interleave._token import Token

__all__ = ["interleavings"]

T = TypeVar("T")

_MOST_ACTORS = 3  # the highest number drawn for an actor; where there are fewer, it stands for the last
_MOST_PLACES = 60
_MOST_ROUNDS = 4
_MOST_TURNS = 4  # how many of the choices at a block or an end are drawn; the others are the default


def interleavings(
    *,
    level: Level = "line",
    max_preemptions: int = 3,
    modules: Sequence[ModuleType | str | Path] | None = None,
    fresh_threads: bool = False,
) -> SearchStrategy[Interleaving]:
    """Return a strategy of interleavings, one schedule per example.

        @given(interleaving=interleavings(), n=st.integers(1, 5))
        def test_sums(interleaving, n): ...

    Args:
        level: `"op"`, `"line"` or `"opcode"`, as for `explore`.
        max_preemptions: how many preemptions are drawn at the most.
        modules: modules, their names, or paths; by default the project the test is part of.
        fresh_threads: whether each schedule gets new threads.

    Raises:
        ModuleNotFoundError: Hypothesis is not installed.
    """
    _check_hypothesis()
    from hypothesis import control  # noqa: PLC0415 - as below
    from hypothesis import strategies as st  # noqa: PLC0415 - an extra, imported where it is used

    options = Options(level=level, max_preemptions=max_preemptions, modules=modules, fresh_threads=fresh_threads)
    sessions: WeakKeyDictionary[Any, _Course] = WeakKeyDictionary()
    numbers, preemptions, turns = _numbers(max_preemptions)

    @st.composite
    def interleaving(draw: Callable[[SearchStrategy[Any]], Any]) -> Interleaving:
        drawn = DrawnSchedule(draw(numbers), tuple(draw(preemptions)), tuple(draw(turns)))
        context = control.current_build_context()
        if context.wrapped_test not in sessions:
            sessions[context.wrapped_test] = _Course(context.wrapped_test, options)
        return sessions[context.wrapped_test].open(drawn, context)

    strategy = interleaving()
    strategy.draws_interleavings = True  # type: ignore[attr-defined]  # for a test runner to find
    return strategy


def _check_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401, PLC0415 - an extra, imported where it is used
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "interleavings() needs Hypothesis: pip install 'pytest-errortrack[hypothesis]'"
        ) from error


def _numbers(
    max_preemptions: int,
) -> tuple[SearchStrategy[int], SearchStrategy[list[tuple[int, int, int]]], SearchStrategy[list[int]]]:
    """Return strategies of what makes a schedule: who begins, the preemptions, who goes on at blocks and ends."""
    from hypothesis import strategies as st  # noqa: PLC0415 - an extra, imported where it is used

    # Near points are tried more often than far ones, and a far one shrinks to a near one.
    gaps = st.integers(0, 5) | st.integers(0, 12) | st.integers(0, _MOST_PLACES)
    numbers = st.integers(0, _MOST_ACTORS)
    rounds = st.just(0) | st.just(0) | st.integers(0, _MOST_ROUNDS)  # most points are met once
    preemptions = st.lists(st.tuples(gaps, numbers, rounds), min_size=min(1, max_preemptions), max_size=max_preemptions)
    return numbers, preemptions, st.lists(numbers, max_size=_MOST_TURNS)


class DrawnInterleaving(Interleaving):  # type: ignore[misc]  # final to users; this one differs only in what it shows
    """An interleaving whose schedule was drawn, for one example."""

    def __init__(self, conductor: Conductor, drawn: DrawnSchedule) -> None:
        super().__init__(conductor)
        self._drawn = drawn

    def __repr__(self) -> str:
        return f"Interleaving({self._drawn})"

    def run(self, *callables: Callable[[], T], **named: Callable[[], T]) -> Results[T]:
        """Run the callables as concurrent actors and return their results."""
        began = self.now()
        try:
            return super().run(*callables, **named)
        finally:
            _hypothesis.uncount(self.now() - began)


class _Course:
    """The examples of one test: what they share, and how many schedules there were."""

    def __init__(self, test: Callable[..., object], options: Options) -> None:
        self._options = options
        self._session: Session | None = None
        self._environment: Environment | None = None
        self._home = inspect.unwrap(test).__code__.co_filename
        self._schedules = 0
        self._distinct: set[int] = set()

    def open(self, drawn: DrawnSchedule, context: Any) -> Interleaving:
        """Begin a schedule that ends with the running example."""
        from hypothesis.control import cleanup  # noqa: PLC0415 - an extra, imported where it is used

        session = self._session_now()
        example = _Example(session, context)
        conductor = example.begin(drawn)
        cleanup(lambda: self._end(example))
        return DrawnInterleaving(conductor, drawn)

    def _session_now(self) -> Session:
        """Return the session; its words stay the same over examples, so it is made once per environment."""
        environment = current_environment()
        if self._session is None or self._environment is not environment:
            self._environment = environment
            self._session = Session(_no_scenario, home=self._home, options=self._options, environment=environment)
        return self._session

    def _end(self, example: _Example) -> None:
        try:
            outcome = example.end()
        finally:
            self._schedules += 1
            self._distinct.add(hash(example.run.history.choices))
        assert self._environment is not None
        self._environment.finished(
            Exploration(
                failure=outcome.failure,
                schedules=self._schedules,
                distinct=len(self._distinct),
                sampled=self._schedules,
                distinct_samples=len(self._distinct),
                level=self._options.level,
                search="drawn",
                token=example.token,
                trace=example.shown,
                steps=tuple(example.trace.shown()) if example.trace is not None else (),
                actors=() if example.trace is None else columns_of(outcome, example.trace),
                preemptions=example.preemptions if outcome.failure is not None else None,
            )
        )


def _no_scenario(_: Interleaving) -> None:
    raise AssertionError("the example itself is the scenario")


class _Example:
    """One example: a schedule that begins when it is drawn and ends with the example.

    Attributes:
        run: the schedule.
        trace: its rows, in the example that is shown.
        token: replays it, if it failed.
        shown: the interleaving in columns, if it failed.
        preemptions: how many actors were interrupted.
    """

    def __init__(self, session: Session, context: Any) -> None:
        self.run: Runtime
        self.trace = Trace() if context.is_final else None
        self.token = ""
        self.shown = ""
        self.preemptions = 0
        self._session = session
        self._context = context
        self._stack = ExitStack()
        self._leader: Following | None = None
        self._replayed = self._token_to_follow()

    def _token_to_follow(self) -> Token | None:
        text = self._session.environment.replay_token
        return None if text is None else decode(text)

    def begin(self, drawn: DrawnSchedule) -> Conductor:
        """Put the standard library under control, and let the schedule begin."""
        scheduler: Scheduler = AsDrawn(drawn)
        if self._replayed is not None:
            scheduler = self._leader = Following(self._replayed.deviations, self._session.labels)
        try:
            self._stack.enter_context(self._session.active())
            self.run, conductor = self._stack.enter_context(self._session.opened(scheduler, trace=self.trace))
        except BaseException:
            self._stack.close()
            raise
        return conductor

    def end(self) -> Outcome:
        """End the schedule, let go of everything, and tell of a failure."""
        self._stack.close()
        # Hypothesis ends an example within the handling of what it raised.
        error = sys.exc_info()[1]
        if error is not None and (is_steering(error) or not self._session.environment.is_failure(error)):
            error = None
        outcome = Outcome(self.run, error or self.run.finding, self.run.inconclusive)
        if outcome.failure is not None and self.trace is not None:
            self._tell(outcome, outcome.failure)
        diverged = self._diverged(outcome)
        if diverged is not None:
            raise diverged
        if error is None and self.run.finding is not None:
            raise self.run.finding  # it counts even if the test swallowed the exception that told it
        return outcome

    def _tell(self, outcome: Outcome, failure: BaseException) -> None:
        session = self._session
        assert self.trace is not None
        deviations: tuple[Deviation, ...] = outcome.run.history.deviations(session.labels)
        self.preemptions = sum(deviation.is_preemption for deviation in deviations)
        remark = "drawn" if self._replayed is None else "replayed"
        self.shown = rendered(outcome, self.trace, deviations, remark=remark, sequential="")
        drawn = _hypothesis.drawn_by(self._context, {})
        self.token = token_for(session, outcome, deviations, seed=0, step_limit=session.step_limit, drawn=drawn)
        # Only a test runner knows how to bring the data back.
        hint = session.environment.replay_hint(self.token) if session.environment.identity and self.token else ""
        annotate(failure, self.shown, hint)

    def _diverged(self, outcome: Outcome) -> BaseException | None:
        if self._replayed is None or self._leader is None:
            return None
        return divergence(self._replayed, self._leader, outcome, self._session.labels)
