"""From a failing schedule to what is shown: shrunk, confirmed on fresh threads, in columns, with its token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pytest_errortrack.interleave._errors import Livelock
from pytest_errortrack.interleave._telling._confirm import Confirmed, confirm
from pytest_errortrack.interleave._telling._repeating import Repeater, splits_of
from pytest_errortrack.interleave._telling._report import (
    Report,
    annotate,
    columns_of,
    rendered,
    sequential_line,
    token_for,
)
from pytest_errortrack.interleave._telling._shrink import Trial, failure_key, minimise, preemptions_of
from pytest_errortrack.interleave._telling._tidy import tidy

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.interleave._hypothesis import Drawn
    from pytest_errortrack.interleave._session import Outcome, Session
    from pytest_errortrack.interleave._telling._shrink import Deviations

    Fewer = Callable[[int, Callable[[BaseException], bool]], tuple[Outcome | None, bool]]

__all__ = ["FULL", "QUICK", "Effort", "tell"]


_SOON: Final = 1_000  # steps


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a failure is worth.

    Attributes:
        executions: at most so many to delete deviations.
        moves: at most so many more to make it read better.
        confirmations: how often it has to come back.
        is_complete: whether it is looked for with fewer preemptions.
    """

    executions: int
    moves: int
    confirmations: int
    is_complete: bool


FULL: Final = Effort(executions=500, moves=150, confirmations=3, is_complete=True)
QUICK: Final = Effort(executions=60, moves=0, confirmations=1, is_complete=False)
"""For an example that Hypothesis is going to shrink: the last one of them is told in full."""


def tell(
    session: Session,
    found: Outcome,
    *,
    seed: int,
    remark: str,
    fewer: Fewer,
    drawn: Drawn | None = None,
    effort: Effort = FULL,
) -> Report:
    """Describe a failing schedule.

    Args:
        session: executes one schedule.
        found: the execution that failed.
        seed: the seed of the search.
        remark: how it was found.
        fewer: searches all schedules with at most so many preemptions for a failure that the given function knows;
            returns an execution that fails so, if there is one, and whether the search was complete.
        drawn: the data that was drawn for the scenario, if any.
        effort: how much work it is worth.
    """
    assert found.failure is not None
    left = [actor.name for actor in found.run.actors if actor.is_abandoned]
    if left:
        return _unrepeated(session, found, left)
    is_livelock = isinstance(found.failure, Livelock)
    repeater = Repeater(session)
    sequential = _sequential(repeater, found.failure) if is_livelock else repeater.sequential()
    deviations, is_fewest = _least(repeater, found, fewer=fewer, effort=effort)
    # What goes on for ever takes long to repeat, and has shown in many thousands of steps that it repeats itself.
    confirmed = confirm(repeater, found.failure, deviations, times=1 if is_livelock else effort.confirmations)
    if is_livelock and confirmed.divergence is not None:
        confirmed = replace(confirmed, outcome=found, divergence=None)
        remark = f"{remark}; it depends on the length of turns: with every line a scheduling point it ends, as below"
    text = rendered(
        confirmed.outcome,
        confirmed.trace,
        deviations,
        remark=remark,
        sequential=sequential_line(sequential, deviations),
    )
    report = _report(confirmed, deviations, text=text, is_fewest=is_fewest)
    if report.deviations is None:
        return report
    if confirmed.outcome is found:
        annotate(report.failure, text, "", fewest=None)
        return report
    limit = repeater.step_limit
    token = token_for(session, confirmed.outcome, deviations, seed=seed, step_limit=limit, drawn=drawn)
    hint = session.environment.replay_hint(token) if token else ""
    annotate(report.failure, text, hint, fewest=report.preemptions if is_fewest else None)
    return replace(report, token=token)


def _unrepeated(session: Session, found: Outcome, left: list[str]) -> Report:
    """Describe a failure that is not executed again, since each execution leaves threads behind."""
    assert found.failure is not None
    names = " and ".join(left)
    text = (
        f"  not repeated, and not shrunk: {names} could not be unwound (it swallows what is raised in it), so a thread "
        "was left waiting"
    )
    found.failure.add_note(text)
    deviations = found.run.history.deviations(session.labels)
    return Report(
        found.failure,
        text,
        token="",
        preemptions=preemptions_of(deviations),
        deviations=None,
        is_fewest=False,
        steps=(),
        actors=(),
    )


def _sequential(repeater: Repeater, livelock: BaseException) -> Outcome:
    """Run the actors one after the other; what goes on for ever then, does so where fair turns begin soon, too."""
    usual, repeater.step_limit = repeater.step_limit, _SOON
    outcome = repeater.sequential()
    if repeater.step_limit > _SOON or (outcome.failure and failure_key(outcome.failure) == failure_key(livelock)):
        return outcome
    repeater.step_limit = usual
    return repeater.sequential()


def _least(repeater: Repeater, found: Outcome, *, fewer: Fewer, effort: Effort) -> tuple[Deviations, bool]:
    """Return the smallest failing schedule that is found, and whether none has fewer preemptions."""
    assert found.failure is not None
    key = failure_key(found.failure)
    best = _shrunk(repeater, found, key, effort)
    while effort.is_complete and preemptions_of(best):
        bound = preemptions_of(best) - 1
        lower, is_complete = fewer(bound, lambda failure: failure_key(failure) == key)
        if lower is None:
            return best, is_complete
        splits = repeater.splits
        shrunk = _shrunk(repeater, lower, key, effort)
        if preemptions_of(shrunk) > bound:
            repeater.splits = splits
            break
        best = shrunk
    return best, False


def _shrunk(repeater: Repeater, found: Outcome, key: tuple[object, ...], effort: Effort) -> Deviations:
    """Return the deviations of a 1-minimal failing schedule; all of them, if the failure cannot be repeated."""
    labels = repeater.session.labels
    deviations = found.run.history.deviations(labels)
    repeater.splits = splits_of(deviations)
    if not deviations:
        return deviations
    trial = Trial(repeater, key, executions=effort.executions)
    followed = trial(deviations)
    if followed is None:
        return deviations
    best = minimise(followed, trial)
    if effort.moves:
        moves = Trial(repeater, key, executions=effort.moves)
        moves.outcome = trial.outcome
        best = tidy(best, moves, labels)
    return _with_own_splits(repeater, best, key)


def _with_own_splits(repeater: Repeater, deviations: Deviations, key: tuple[object, ...]) -> Deviations:
    """Split only what the deviations name, as whoever replays them will."""
    splits = splits_of(deviations)
    if splits != repeater.splits:
        before, repeater.splits = repeater.splits, splits
        made = Trial(repeater, key, executions=1)(deviations)
        if made is None:
            repeater.splits = before
            return deviations
        return made
    return deviations


def _report(confirmed: Confirmed, deviations: Deviations, *, text: str, is_fewest: bool) -> Report:
    outcome, trace, failure = confirmed.outcome, confirmed.trace, confirmed.divergence or confirmed.outcome.failure
    assert failure is not None
    if confirmed.divergence is not None:
        failure.add_note(text)
    return Report(
        failure,
        text,
        token="",
        preemptions=preemptions_of(deviations),
        deviations=None if confirmed.divergence is not None else deviations,
        is_fewest=is_fewest and confirmed.divergence is None,
        steps=tuple(trace.shown()),
        actors=columns_of(outcome, trace),
    )
