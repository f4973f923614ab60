"""Following a token: the same run, or an error that says where it went another way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._errors import Diverged, Inconclusive
from pytest_errortrack.interleave._telling._fingerprint import Fingerprint, differing_steps, place
from pytest_errortrack.interleave._telling._repeating import Repeater, splits_of
from pytest_errortrack.interleave._telling._report import annotate, columns_of, rendered, sequential_line
from pytest_errortrack.interleave._token import python_tag
from pytest_errortrack.interleave._trace import Trace

if TYPE_CHECKING:
    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._schedulers import Following
    from pytest_errortrack.interleave._session import Outcome, Session
    from pytest_errortrack.interleave._token import Token
    from pytest_errortrack.interleave._trace import Row

__all__ = ["Replayed", "divergence", "follow_token"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    Attributes:
        failure: what the scenario raised, or a `Diverged`; None if it passed.
        trace: the interleaving in columns.
        steps: the rows of `trace`.
        actors: its columns, as pairs of path and name.
        is_inconclusive: whether the replay showed nothing.
    """

    failure: BaseException | None
    trace: str
    steps: tuple[Row, ...]
    actors: tuple[tuple[str, str], ...]
    is_inconclusive: bool


def follow_token(session: Session, token: Token, text: str) -> Replayed:
    """Run the one interleaving that a token holds; `text` is the token as it was given."""
    repeater = Repeater(session, splits=splits_of(token.deviations))
    # The first run imports and fills caches, as the first one did when the token was made.
    sequential = repeater.sequential(learns=False)
    repeater.step_limit = token.step_limit
    trace = Trace(repeater.lines_to_show(token.deviations))
    outcome, leader = repeater.follow(token.deviations, trace=trace, fresh=True)
    shown = rendered(
        outcome,
        trace,
        token.deviations,
        remark="replayed",
        sequential=sequential_line(sequential, token.deviations),
    )
    failure = divergence(token, leader, outcome, session.labels) or outcome.failure or _inconclusive(outcome)
    if failure is not None:
        annotate(failure, shown, session.environment.replay_hint(text))
    is_inconclusive = outcome.inconclusive is not None
    return Replayed(failure, shown, tuple(trace.shown()), columns_of(outcome, trace), is_inconclusive)


def divergence(token: Token, leader: Following, outcome: Outcome, labels: Labels) -> Diverged | None:
    """Return how a run that followed a token was another one, if it was."""
    if outcome.inconclusive is not None:
        return None
    what = _difference(token, leader, outcome, labels)
    if what is None:
        return None
    other = "" if token.python == python_tag() else f" (it was recorded with {token.python}, this is {python_tag()})"
    failure = Diverged(f"the replay diverged {what}; was the code edited, or other data used?{other}")
    failure.__cause__ = outcome.failure
    return failure


def _difference(token: Token, leader: Following, outcome: Outcome, labels: Labels) -> str | None:
    where = _where(token, outcome, labels)
    if leader.unmet:
        missed = leader.unmet[0]
        number = token.deviations.index(missed) + 1
        actor = f"actor {missed.actor!r}" if missed.actor else "the start"
        return (
            f"at choice {number} of {len(token.deviations)}: {actor} was to give its turn to {missed.target!r} "
            f"at {missed.label} (time {missed.occurrence}), which did not come about{where and f'; {where}'}"
        )
    if where:
        return f"{where}: all choices were followed, but the steps between them are not the same"
    return None


def _where(token: Token, outcome: Outcome, labels: Labels) -> str:
    """Return from which step on the run was another one; nothing if it was the same."""
    history = outcome.run.history
    if not token.prints:  # made by an earlier version
        return "" if history.digest(labels) == token.digest else f"within {len(history.labels)} steps"
    recorded = Fingerprint(token.steps, token.digest, token.prints)
    steps = differing_steps(recorded, history, labels)
    if steps is None:
        return ""
    first, last = steps
    if first > len(history.labels):
        return f"at step {first}: this run ended before it, the recorded one had {token.steps}"
    when = f"at step {first}" if first == last else f"between steps {first} and {last}"
    paths = list(history.owners())
    point = labels.points[history.labels[first - 1]]
    return f"{when}: step {first} of this run is {paths[first - 1] or 'the scenario'} at {place(point)}"


def _inconclusive(outcome: Outcome) -> Inconclusive | None:
    return None if outcome.inconclusive is None else Inconclusive(f"inconclusive: {outcome.inconclusive}")
