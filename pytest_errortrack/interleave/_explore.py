"""`explore` and `replay`: from a scenario to an `Exploration`."""

from __future__ import annotations

import functools
import inspect
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import Environment, current_environment
from pytest_errortrack.interleave._errors import Diverged, Inconclusive, InterleavingFailure, NotAvailable, Vacuous
from pytest_errortrack.interleave._exploration import Coverage, Exploration, Options
from pytest_errortrack.interleave._schedulers import Following, Forced
from pytest_errortrack.interleave._searching._search import Budget, Search
from pytest_errortrack.interleave._session import Outcome, Session
from pytest_errortrack.interleave._telling._report import annotate, columns_of, confirm, rendered
from pytest_errortrack.interleave._telling._shrink import shrink
from pytest_errortrack.interleave._token import Token, decode, python_tag
from pytest_errortrack.interleave._trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

    from pytest_errortrack.interleave._exploration import Level
    from pytest_errortrack.interleave._exploration import Search as SearchName
    from pytest_errortrack.interleave._interleaving import Interleaving

    Scenario = Callable[[Interleaving], object]

__all__ = ["explore", "explore_scenario", "replay", "replay_scenario"]

_DEFAULT_BUDGET = Budget(5_000, 2.0)
_BUDGET_PER_EXAMPLE = Budget(200)
_ASSUMPTIONS = (
    "code between scheduling points is atomic",
    "the scenario is deterministic apart from the schedule",
    "memory is sequentially consistent, as under the GIL",
)


def explore(
    scenario: Scenario,
    *,
    budget: int | None = None,
    level: Level = "line",
    max_preemptions: int = 2,
    search: SearchName = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    seed: int | None = None,
    fresh_threads: bool = False,
) -> Exploration:
    """Call a scenario once per schedule, looking for one in which it fails.

    Args:
        scenario: builds its state, runs actors with `interleaving.run`, and asserts.
        budget: how many schedules; by default 5,000 or 2 seconds, whichever comes first.
        level: `"op"`, only primitives, SDK operations and `step` are scheduling points; or `"line"`, also every line
            of `modules`.
        max_preemptions: the bound of the exhaustive search.
        search: `"auto"`, `"exhaustive"` or `"random"`.
        modules: modules, their names, or paths; by default the project the scenario is part of.
        seed: makes random choices repeatable; by default it derives from the scenario's name.
        fresh_threads: whether each schedule gets new threads.

    Returns:
        What was found; nothing that the scenario raised as its failure is raised here.
    """
    options = Options(
        budget=budget,
        level=level,
        max_preemptions=max_preemptions,
        search=search,
        modules=modules,
        seed=seed,
        fresh_threads=fresh_threads,
    )
    return explore_scenario(scenario, home=_home_of(scenario), options=options, environment=_bare_environment())


def replay(token: str, scenario: Scenario, *, modules: Sequence[ModuleType | str | Path] | None = None) -> Exploration:
    """Run the one interleaving that a token holds.

    Args:
        token: as printed with the failure.
        scenario: the same scenario.
        modules: as they were given when it was found.

    Returns:
        Its `failure` is what the scenario raised, or a `Diverged` if the run went another way; None if it passed.

    Raises:
        BadToken: if the token cannot be read.
    """
    return replay_scenario(token, scenario, home=_home_of(scenario), modules=modules, environment=_bare_environment())


def explore_scenario(scenario: Scenario, *, home: str, options: Options, environment: Environment) -> Exploration:
    """Explore on behalf of a test; `home` is the file the test was written in."""
    seed = _seed(scenario, options, environment)
    session = Session(scenario, home=home, options=options, environment=environment)
    with _hypothesis.uncounted_time(), session.active():
        search = Search(session, _budget(options, environment), seed=seed)
        search.run()
        seconds = search.seconds
        exploration = Exploration(
            found_at=search.found_at,
            schedules=search.schedules,
            distinct=search.distinct,
            level=options.level,
            inconclusive=len(search.inconclusive),
            search=options.search,
            max_preemptions=options.max_preemptions,
            sampled=search.sampled,
            distinct_samples=search.distinct_samples,
            coverage=_coverage(session),
            seed=seed,
            seconds=seconds,
        )
        if search.found is not None:
            return _with_failure(exploration, session, search.found)
    return _without_failure(exploration, options, search)


def replay_scenario(
    text: str,
    scenario: Scenario,
    *,
    home: str,
    modules: Sequence[ModuleType | str | Path] | None,
    environment: Environment,
) -> Exploration:
    """Replay on behalf of a test; `home` is the file the test was written in."""
    token = decode(text)
    options = Options(level=token.level, max_preemptions=token.bound, modules=modules, seed=token.seed)  # type: ignore[arg-type]  # Options checks the level
    session = Session(scenario, home=home, options=options, environment=environment)
    trace = Trace()
    with _hypothesis.uncounted_time(), session.active():
        # The first run imports and fills caches, as the first one did when the token was made.
        session.execute(Forced())
        session.step_limit = token.step_limit
        scheduler = Following(token.deviations, session.labels)
        outcome = session.execute(scheduler, trace=trace, fresh=True)
    preemptions = sum(deviation.is_preemption for deviation in token.deviations)
    shown = rendered(outcome, trace, preemptions=preemptions, remark="replayed")
    failure = _divergence(token, scheduler, outcome, session) or outcome.failure or _inconclusive(outcome)
    if failure is not None:
        annotate(failure, shown, environment.replay_hint(text))
    return Exploration(
        failure=failure,
        found_at=None if failure is None else 2,
        schedules=2,
        distinct=1,
        level=options.level,
        preemptions=preemptions,
        token=text,
        trace=shown,
        steps=tuple(trace.shown()),
        actors=columns_of(outcome, trace),
        inconclusive=int(outcome.inconclusive is not None),
        assumptions=_ASSUMPTIONS,
        search="replay",
        coverage=_coverage(session),
        seed=token.seed,
    )


def _bare_environment() -> Environment:
    # A plain call inside a test is no schedule of that test's own; only what a failure is stays the same.
    current = current_environment()
    return Environment(root=current.root, is_failure=current.is_failure)


def _home_of(scenario: object) -> str:
    """Return the file a scenario was written in."""
    if inspect.iscoroutinefunction(scenario):
        raise NotAvailable("a coroutine function as a scenario")
    if not callable(scenario):
        raise TypeError(f"the scenario must be callable, not {type(scenario).__name__}")
    while isinstance(scenario, functools.partial):
        scenario = scenario.func
    function = inspect.unwrap(scenario)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return "<unknown>" if code is None else str(code.co_filename)


def _seed(scenario: Scenario, options: Options, environment: Environment) -> int:
    if options.seed is not None:
        return options.seed
    name = getattr(scenario, "__qualname__", type(scenario).__qualname__)
    return zlib.crc32((environment.identity or name).encode("utf-8", "replace"))


def _budget(options: Options, environment: Environment) -> Budget:
    if options.budget is not None:
        return Budget(options.budget)
    if environment.budget is not None:
        return Budget(environment.budget)
    return _BUDGET_PER_EXAMPLE if _hypothesis.is_in_example() else _DEFAULT_BUDGET


def _coverage(session: Session) -> Coverage:
    lines = {(point.path, point.line, point.module) for point in session.labels.points if point.path and not point.name}
    operations = {point.text for point in session.labels.points if point.name and not point.is_quiet}
    return Coverage(len(lines), len({module for _, _, module in lines}), len(operations))


def _with_failure(exploration: Exploration, session: Session, found: Outcome) -> Exploration:
    assert found.failure is not None
    deviations = shrink(session, found)
    remark = f"found as schedule {exploration.found_at}"
    report = confirm(session, found.failure, deviations, seed=exploration.seed, remark=remark)
    return replace(
        exploration,
        failure=report.failure,
        preemptions=report.preemptions,
        token=report.token,
        trace=report.trace,
        steps=report.steps,
        actors=report.actors,
        assumptions=_ASSUMPTIONS,
    )


def _without_failure(exploration: Exploration, options: Options, search: Search) -> Exploration:
    is_trustworthy = not (search.is_capped or search.inconclusive or search.divergence)
    bound = search.bound if is_trustworthy else None
    return replace(
        exploration,
        failure=_finding(exploration, options, search),
        complete=bound is not None and bound == options.max_preemptions,
        bound=bound,
        assumptions=_ASSUMPTIONS,
    )


def _finding(exploration: Exploration, options: Options, search: Search) -> InterleavingFailure | None:
    """Return why an exploration that found no failure of the scenario is no pass either, if so."""
    if search.inconclusive:
        many = len(search.inconclusive)
        return Inconclusive(
            f"inconclusive: {many} of {search.schedules} schedules showed nothing: {search.inconclusive[0]}"
        )
    if search.divergence is not None:
        return Diverged(f"the scenario does not repeat itself: with the same choices, {search.divergence}")
    if search.most_actors < 2:  # noqa: PLR2004 - it takes two
        return Vacuous("vacuous: fewer than two actors ran; start them with interleaving.run(a=..., b=...)")
    if not search.had_choice:
        return Vacuous(
            f"vacuous: no switch between actors was possible: at level {options.level!r} no scheduling point was "
            "reached while another actor could run"
        )
    if options.level == "line" and options.modules is not None and not exploration.coverage.lines:
        return Vacuous(f"vacuous: no line of the modules {list(options.modules)!r} was reached by an actor")
    return None


def _inconclusive(outcome: Outcome) -> Inconclusive | None:
    return None if outcome.inconclusive is None else Inconclusive(f"inconclusive: {outcome.inconclusive}")


def _divergence(token: Token, scheduler: Following, outcome: Outcome, session: Session) -> Diverged | None:
    if outcome.inconclusive is not None:
        return None
    if scheduler.unmet:
        missed = scheduler.unmet[0]
        number = token.deviations.index(missed) + 1
        actor = f"actor {missed.actor!r}" if missed.actor else "the start"
        what = (
            f"at choice {number} of {len(token.deviations)}: {actor} was to give its turn to {missed.target!r} "
            f"at {missed.label} (time {missed.occurrence}), which did not come about"
        )
    elif outcome.run.history.digest(session.labels) != token.digest:
        what = (
            f"within {outcome.run.index} steps: all choices were followed, but the steps between them are not the same"
        )
    else:
        return None
    other = "" if token.python == python_tag() else f" (it was recorded with {token.python}, this is {python_tag()})"
    failure = Diverged(f"the replay diverged {what}; was the code edited, or other data used?{other}")
    failure.__cause__ = outcome.failure
    return failure
