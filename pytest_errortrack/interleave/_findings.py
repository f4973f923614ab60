"""What a search came to: how much it covered, what it has shown, and whether it was worth anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._errors import Diverged, Inconclusive, InterleavingFailure, Vacuous
from pytest_errortrack.interleave._exploration import Coverage, Exploration, Options, Proved
from pytest_errortrack.interleave._searching._assumptions import assumptions

if TYPE_CHECKING:
    from pytest_errortrack.interleave._searching._search import Search
    from pytest_errortrack.interleave._session import Session

__all__ = ["coverage_of", "with_samples", "without_failure"]


def coverage_of(session: Session) -> Coverage:
    """Return how much of the user's code the scheduling points of a session covered."""
    operations = {point.text for point in session.labels.points if point.name and not point.is_quiet}
    if session.options.level == "line":
        met, shared = session.lines()
        return Coverage(len(met), len({module for module, _, _ in met}), len(operations), shared=len(shared))
    lines = {(point.path, point.line, point.module) for point in session.labels.points if point.path and not point.name}
    modules = len({module for _, _, module in lines})
    return Coverage(len(lines), modules, len(operations), _instructions(session))


def _instructions(session: Session) -> int:
    """Return how many instructions were scheduling points, where every one is that could be noticed."""
    if session.options.level != "opcode":
        return 0
    return len({point.text for point in session.labels.points if point.path and not point.name})


def with_samples(exploration: Exploration, search: Search) -> Exploration:
    """Return an exploration that says what the drawn schedules tell of those that were not drawn."""
    samples = search.samples
    if samples is None:
        return exploration
    return replace(
        exploration,
        sampled=samples.tally.total,
        distinct_samples=samples.tally.distinct,
        samplers=samples.name,
        unseen=samples.tally.unseen if samples.tally.total else None,
        guarantees=samples.guarantees,
    )


def without_failure(exploration: Exploration, session: Session, search: Search) -> Exploration:
    """Return the exploration of a search that found no failure to tell of: what it has shown, and if that is enough."""
    options = session.options
    proved = search.proved
    found = None if search.found is None else search.found.failure
    return replace(
        exploration,
        failure=found or _finding(exploration, options, search),
        complete=proved is not None and proved.fulfils(options),
        bound=None if proved is None else _bound(proved, options),
        proved=proved,
        traces=None if proved is None else proved.traces,
        spent=search.spent,
        assumptions=assumptions(session, proved),
    )


def _bound(proved: Proved, options: Options) -> int | None:
    """Return the bound that was gone through; what holds without one holds within the one that was asked for."""
    return options.max_preemptions if proved.bound is None and options.search != "dpor" else proved.bound


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
    if options.level != "op" and options.modules is not None and not exploration.coverage.lines:
        return Vacuous(f"vacuous: no line of the modules {list(options.modules)!r} was reached by an actor")
    return None
