"""`explore` and `replay`: from a scenario to an `Exploration`."""

from __future__ import annotations

import functools
import inspect
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import Environment, current_environment
from pytest_errortrack.interleave._errors import NotAvailable
from pytest_errortrack.interleave._exploration import Exploration, Options
from pytest_errortrack.interleave._findings import coverage_of, with_samples, without_failure
from pytest_errortrack.interleave._searching._assumptions import assumptions
from pytest_errortrack.interleave._searching._budget import Budget
from pytest_errortrack.interleave._searching._fewer import search_fewer
from pytest_errortrack.interleave._searching._plans import carry_out
from pytest_errortrack.interleave._searching._search import Search
from pytest_errortrack.interleave._session import Outcome, Session
from pytest_errortrack.interleave._telling._memory import Memory, Tried
from pytest_errortrack.interleave._telling._replay import follow_token
from pytest_errortrack.interleave._telling._shrink import preemptions_of
from pytest_errortrack.interleave._telling._tell import FULL, QUICK, tell
from pytest_errortrack.interleave._token import decode

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


def explore(
    scenario: Scenario,
    *,
    budget: int | None = None,
    level: Level = "line",
    max_preemptions: int | None = 2,
    search: SearchName = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    seed: int | None = None,
    fresh_threads: bool = False,
    max_timers: int = 1,
) -> Exploration:
    """Call a scenario once per schedule, looking for one in which it fails.

    Args:
        scenario: builds its state, runs actors with `interleaving.run`, and asserts.
        budget: how many schedules; by default 5,000 or 2 seconds, whichever comes first.
        level: `"op"`, only primitives, SDK operations and `step` are scheduling points; `"line"`, also the lines of
            `modules` that touch what another actor touches; `"opcode"`, also their instructions.
        max_preemptions: the bound of the exhaustive search; None for no bound, which needs partial-order reduction.
        search: `"auto"`, all of the following by turns; `"exhaustive"`, within the bound; `"dpor"`, without a bound;
            `"pct"`, `"surw"`, `"pos"` or `"random"`, which draw schedules.
        modules: modules, their names, or paths; by default the project the scenario is part of.
        seed: makes random choices repeatable; by default it derives from the scenario's name.
        fresh_threads: whether each schedule gets new threads.
        max_timers: how often in a schedule a wait may run out of time although somebody could go on: 1, or 0 for a
            scenario that means its time-outs never to be reached.

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
        max_timers=max_timers,
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


def explore_scenario(
    scenario: Scenario,
    *,
    home: str,
    options: Options,
    environment: Environment,
    memory: Memory | None = None,
    drawn: _hypothesis.Drawn | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Exploration:
    """Explore on behalf of a test.

    Args:
        scenario: called once per schedule.
        home: the file the test was written in.
        options: what was asked for.
        environment: who the test is.
        memory: schedules that failed before; they are tried first, and one that is found is remembered.
        drawn: the data that was drawn for the scenario, if any.
        on_outcome: called after each schedule of the search, which then does not end at a failure, but only when all
            is done or the budget is used up; for comparing what searches reach. The failure returned is not shrunk.
    """
    seed = _seed(scenario, options, environment)
    session = Session(scenario, home=home, options=options, environment=environment)
    with _hypothesis.uncounted_time(), session.active():
        tried = Tried() if memory is None else memory.try_first(session, drawn)
        if tried.outcome is not None:
            return _with_failure(_from_memory(tried, session, seed), session, tried.outcome, memory=memory, drawn=drawn)
        search = Search(session, _budget(options, environment), seed=seed, on_outcome=on_outcome)
        carry_out(search)
        exploration = with_samples(_from_search(search, session, tried, seed=seed), search)
        if search.found is not None and on_outcome is None:
            return _with_failure(exploration, session, search.found, memory=memory, drawn=drawn)
    return without_failure(exploration, session, search)


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
    with _hypothesis.uncounted_time(), session.active():
        replayed = follow_token(session, token, text)
    return Exploration(
        failure=replayed.failure,
        found_at=None if replayed.failure is None else 2,
        schedules=2,
        distinct=1,
        level=options.level,
        preemptions=preemptions_of(token.deviations),
        token=text,
        trace=replayed.trace,
        steps=replayed.steps,
        actors=replayed.actors,
        inconclusive=int(replayed.is_inconclusive),
        assumptions=assumptions(session),
        search="replay",
        coverage=coverage_of(session),
        seed=token.seed,
    )


def _bare_environment() -> Environment:
    # A plain call inside a test is no schedule of that test's own; only what a failure is stays the same.
    current = current_environment()
    return Environment(salt=current.salt, root=current.root, is_failure=current.is_failure, progress=current.progress)


def _home_of(scenario: object) -> str:
    """Return the file a scenario was written in."""
    if inspect.iscoroutinefunction(scenario):
        raise NotAvailable("a coroutine function as a scenario")
    if inspect.isgeneratorfunction(scenario) or inspect.isasyncgenfunction(scenario):
        raise TypeError(
            "the scenario is a generator function: to call it runs none of its lines; leave out the `yield`"
        )
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
    words = f"{environment.identity or name}{environment.salt and f'#{environment.salt}'}"
    return zlib.crc32(words.encode("utf-8", "replace"))


def _budget(options: Options, environment: Environment) -> Budget:
    if options.budget is not None:
        return Budget(options.budget)
    if environment.budget is not None:
        return Budget(environment.budget)
    return _BUDGET_PER_EXAMPLE if _hypothesis.is_in_example() else _DEFAULT_BUDGET


def _from_memory(tried: Tried, session: Session, seed: int) -> Exploration:
    return Exploration(
        found_at=tried.schedules,
        schedules=tried.schedules,
        distinct=tried.schedules,
        level=session.options.level,
        is_kept=tried.is_kept,
        search=session.options.search,
        max_preemptions=session.options.max_preemptions,
        coverage=coverage_of(session),
        seed=seed,
    )


def _from_search(search: Search, session: Session, tried: Tried, *, seed: int) -> Exploration:
    seconds = search.seconds  # first: what follows takes time, too
    return Exploration(
        found_at=None if search.found_at is None else search.found_at + tried.schedules,
        schedules=search.schedules + tried.schedules,
        distinct=search.distinct,
        level=session.options.level,
        inconclusive=len(search.inconclusive),
        search=session.options.search,
        max_preemptions=session.options.max_preemptions,
        restarts=search.restarts,
        coverage=coverage_of(session),
        seed=seed,
        seconds=seconds,
    )


def _with_failure(
    exploration: Exploration,
    session: Session,
    found: Outcome,
    *,
    memory: Memory | None,
    drawn: _hypothesis.Drawn | None,
) -> Exploration:
    assert found.failure is not None
    kept = ", kept from an earlier run" if exploration.is_kept else ""
    remark = f"found as schedule {exploration.found_at}{kept}"
    report = tell(
        session,
        found,
        seed=exploration.seed,
        remark=remark,
        fewer=functools.partial(search_fewer, session),
        drawn=drawn,
        effort=FULL if _hypothesis.is_final() else QUICK,
    )
    if memory is not None:
        memory.found(report.token, failure=f"{type(found.failure).__name__}: {found.failure}")
    return replace(
        exploration,
        failure=report.failure,
        preemptions=report.preemptions,
        is_fewest=report.is_fewest,
        token=report.token,
        trace=report.trace,
        steps=report.steps,
        actors=report.actors,
        assumptions=assumptions(session),
    )
