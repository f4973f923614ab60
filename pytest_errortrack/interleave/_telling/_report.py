"""A failure as it is shown: in columns, with what the default order gives and the way to replay it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._telling._fingerprint import fingerprint
from pytest_errortrack.interleave._telling._shrink import preemptions_of
from pytest_errortrack.interleave._token import MAX_DEVIATIONS, Token, encode, python_tag

if TYPE_CHECKING:
    from pytest_errortrack.interleave._hypothesis import Drawn
    from pytest_errortrack.interleave._schedule import Deviation
    from pytest_errortrack.interleave._session import Outcome, Session
    from pytest_errortrack.interleave._trace import Row, Trace

__all__ = ["Report", "annotate", "columns_of", "rendered", "sequential_line", "token_for"]


@dataclass(frozen=True, slots=True)
class Report:
    """A failure as it is shown.

    Attributes:
        failure: the exception, with the interleaving in its notes.
        trace: the interleaving in columns.
        token: replays it; empty if it cannot be replayed.
        preemptions: how many actors were interrupted.
        deviations: the schedule; None if it could not be repeated.
        is_fewest: whether no schedule with fewer preemptions fails in the same way, as a complete search showed.
        steps: the rows of `trace`.
        actors: its columns, as pairs of path and name.
    """

    failure: BaseException
    trace: str
    token: str
    preemptions: int
    deviations: tuple[Deviation, ...] | None = None
    is_fewest: bool = False
    steps: tuple[Row, ...] = ()
    actors: tuple[tuple[str, str], ...] = ()


def annotate(failure: BaseException, trace: str, hint: str, *, fewest: int | None = None) -> None:
    """Put the interleaving and the way to replay it into the notes of a failure.

    Args:
        failure: the exception.
        trace: the interleaving in columns.
        hint: what to type to replay it, if anything.
        fewest: its preemptions, if it was shown that fewer do not fail.
    """
    lines = [trace]
    if fewest:
        lines.append(f"  {_preemptions(fewest)}: fewest (proved)")
    if hint:
        lines.append(f"  replay: {hint}")
    note = "\n".join(lines)
    if note not in getattr(failure, "__notes__", ()):
        failure.add_note(note)


def rendered(outcome: Outcome, trace: Trace, deviations: tuple[Deviation, ...], *, remark: str, sequential: str) -> str:
    """Return the interleaving as text, under a line that says how many preemptions it has.

    Args:
        outcome: the execution that was traced.
        trace: its rows.
        deviations: its schedule.
        remark: where it comes from.
        sequential: what the default order gives, in one line.
    """
    facts = [_preemptions(preemptions_of(deviations)), remark]
    if outcome.run.needs_timeout:
        facts.insert(1, "needs a time-out")
    lines = [f"  the interleaving ({', '.join(facts)})"]
    lines += trace.render(columns_of(outcome, trace)) if trace.rows else ["    no step: no actor had run"]
    return "\n".join([*lines, sequential] if sequential else lines)


def sequential_line(sequential: Outcome, deviations: tuple[Deviation, ...]) -> str:
    """Return what the actors give when nobody interrupts them and each choice is the first: one line, or nothing."""
    if not deviations:
        return ""
    names = ", then ".join(actor.name for actor in sequential.run.actors if actor.parent is None)
    if sequential.failure is not None:
        return f"  one after the other ({names}) it fails too: {_brief(sequential.failure)}"
    if sequential.inconclusive is not None:
        return ""
    return f"  one after the other ({names}) it passes"


def columns_of(outcome: Outcome, trace: Trace) -> tuple[tuple[str, str], ...]:
    """Return the actors that a trace shows, as pairs of path and name."""
    shown = {row.actor for row in trace.rows}
    actors = outcome.run.actors
    return tuple((actor.path, actor.name) for actor in actors if actor.path in shown or not actor.is_plumbing)


def token_for(
    session: Session,
    outcome: Outcome,
    deviations: tuple[Deviation, ...],
    *,
    seed: int,
    step_limit: int,
    drawn: Drawn | None,
) -> str:
    """Return the token of an execution; an empty one if it has too many deviations to be replayed."""
    if len(deviations) > MAX_DEVIATIONS:
        return ""
    passed = fingerprint(outcome.run.history, session.labels)
    token = Token(
        deviations,
        level=session.options.level,
        bound=session.options.max_preemptions or 0,
        seed=seed,
        step_limit=step_limit,
        digest=passed.digest,
        python=python_tag(),
        identity=session.environment.identity,
        steps=passed.steps,
        prints=passed.prints,
        drawn=drawn,
    )
    return encode(token)


def _preemptions(number: int) -> str:
    return f"{number} preemption{'' if number == 1 else 's'}"


def _brief(failure: BaseException) -> str:
    text = " ".join(str(failure).split())
    return f"{type(failure).__name__}{': ' if text else ''}{text[:60]}{'...' if len(text) > 60 else ''}"  # noqa: PLR2004 - what fits the line
