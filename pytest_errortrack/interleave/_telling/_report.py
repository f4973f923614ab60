"""From a failing schedule to what is shown: confirmed on fresh threads, in columns, with its token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._errors import Diverged
from pytest_errortrack.interleave._schedulers import Following
from pytest_errortrack.interleave._telling._shrink import failure_key
from pytest_errortrack.interleave._token import MAX_DEVIATIONS, Token, encode, python_tag
from pytest_errortrack.interleave._trace import Row, Trace

if TYPE_CHECKING:
    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["Report", "annotate", "columns_of", "confirm", "rendered"]


@dataclass(frozen=True, slots=True)
class Report:
    """A failure as it is shown.

    Attributes:
        failure: the exception, with the interleaving in its notes.
        trace: the interleaving in columns.
        token: replays it; empty if it cannot be replayed.
        preemptions: how many actors were interrupted.
        steps: the rows of `trace`.
        actors: its columns, as pairs of path and name.
    """

    failure: BaseException
    trace: str
    token: str
    preemptions: int
    steps: tuple[Row, ...] = ()
    actors: tuple[tuple[str, str], ...] = ()


def confirm(
    session: Session, found: BaseException, deviations: tuple[Deviation, ...], *, seed: int, remark: str
) -> Report:
    """Repeat a failing schedule on fresh threads and describe that execution.

    A failure that does not come back there is not passed over: it becomes a `Diverged` that tells of it.
    """
    trace = Trace()
    outcome = session.execute(Following(deviations, session.labels), trace=trace, fresh=True)
    preemptions = sum(deviation.is_preemption for deviation in deviations)
    text = rendered(outcome, trace, preemptions=preemptions, remark=remark)
    if outcome.failure is None or failure_key(outcome.failure) != failure_key(found):
        failure = _unconfirmed(session, found, outcome, deviations)
        failure.add_note(text)
        return Report(failure, text, "", preemptions, tuple(trace.shown()), columns_of(outcome, trace))
    token = _token_for(session, outcome, deviations, seed=seed)
    annotate(outcome.failure, text, session.environment.replay_hint(token) if token else "")
    return Report(outcome.failure, text, token, preemptions, tuple(trace.shown()), columns_of(outcome, trace))


def annotate(failure: BaseException, trace: str, hint: str) -> None:
    """Put the interleaving and the way to replay it into the notes of a failure."""
    note = f"{trace}\n  replay: {hint}" if hint else trace
    if note not in getattr(failure, "__notes__", ()):
        failure.add_note(note)


def rendered(outcome: Outcome, trace: Trace, *, preemptions: int, remark: str) -> str:
    """Return the interleaving as text, under a line that says how many preemptions it has."""
    run = outcome.run
    facts = [f"{preemptions} preemption{'' if preemptions == 1 else 's'}", remark]
    if run.needs_timeout:
        facts.insert(1, "needs a time-out")
    head = f"  the interleaving ({', '.join(facts)})"
    if not trace.rows:
        return f"{head}\n    no step: no actor had run"
    return "\n".join([head, *trace.render(columns_of(outcome, trace))])


def columns_of(outcome: Outcome, trace: Trace) -> tuple[tuple[str, str], ...]:
    """Return the actors that a trace shows, as pairs of path and name."""
    shown = {row.actor for row in trace.rows}
    actors = outcome.run.actors
    return tuple((actor.path, actor.name) for actor in actors if actor.path in shown or not actor.is_plumbing)


def _token_for(session: Session, outcome: Outcome, deviations: tuple[Deviation, ...], *, seed: int) -> str:
    if len(deviations) > MAX_DEVIATIONS:
        return ""
    token = Token(
        deviations,
        level=session.options.level,
        bound=session.options.max_preemptions,
        seed=seed,
        step_limit=session.step_limit,
        digest=outcome.run.history.digest(session.labels),
        python=python_tag(),
        identity=session.environment.identity,
    )
    return encode(token)


def _unconfirmed(session: Session, found: BaseException, fresh: Outcome, deviations: tuple[Deviation, ...]) -> Diverged:
    again = session.execute(Following(deviations, session.labels))
    instead = "nothing failed" if fresh.failure is None else f"{type(fresh.failure).__name__}: {fresh.failure}"
    if again.failure is not None and failure_key(again.failure) == failure_key(found):
        why = "it fails only on threads that ran earlier schedules, so something is kept per thread"
    else:
        why = "the scenario does not repeat itself: look for state that outlives it, the clock, ids, or randomness"
    failure = Diverged(
        f"{type(found).__name__} was found ({found}), but on fresh threads, with the same choices, {instead}: {why}"
    )
    failure.__cause__ = found
    return failure
