"""Among the schedules that fail alike with equally few deviations: the one that reads best.

A preemption is easier to understand at an operation than between two lines, with fewer switches after it, and the
earlier it stands. Each preemption is moved to other points of the turn that it ends, as long as the failure stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._schedule import Deviation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.interleave._labels import Labels
    from pytest_errortrack.interleave._running._history import History
    from pytest_errortrack.interleave._session import Outcome
    from pytest_errortrack.interleave._telling._shrink import Deviations, Trial

    Cost = tuple[int, int, int, int, int]

__all__ = ["tidy"]

_MOST_MOVES = 24  # tried for one preemption


def tidy(deviations: Deviations, trial: Trial, labels: Labels) -> Deviations:
    """Return the deviations of the most readable schedule that is found.

    Args:
        deviations: a failing schedule, no deviation of which can be left out.
        trial: tells whether another one fails in the same way; it has executed this one.
        labels: the words of the session.
    """
    best = deviations
    while trial.outcome is not None:
        better = _better(best, trial, trial.outcome, labels)
        if better is None:
            break
        best = better
    return best


def _better(best: Deviations, trial: Trial, outcome: Outcome, labels: Labels) -> Deviations | None:
    history = outcome.run.history
    cost = _cost(history, labels)
    for moved in _moved(best, history, labels):
        if trial.is_over:
            return None
        made = trial(moved)
        if made is not None and trial.outcome is not None:
            if _cost(trial.outcome.run.history, labels) < cost:
                return made
            trial.outcome = outcome
    return None


def _cost(history: History, labels: Labels) -> Cost:
    preempted = [taken.index for taken in history.taken if taken.kind == "preempt"]
    at_lines = sum(not labels.is_operation(history.labels[index]) for index in preempted)
    return len(preempted), len(history.taken), at_lines, len(history.switches), sum(preempted)


def _moved(deviations: Deviations, history: History, labels: Labels) -> Iterator[Deviations]:
    """Yield the schedules in which one preemption stands elsewhere in the turn that it ends."""
    is_operation: Callable[[int], bool] = labels.is_operation
    taken = sorted(history.taken, key=lambda each: each.index)
    if len(taken) != len(deviations):
        return
    words = _words(history, labels)
    for number, choice in enumerate(taken):
        deviation = deviations[number]
        if not deviation.is_preemption:
            continue
        begin = max((at + 1 for at, _ in history.switches if at < choice.index), default=0)
        places = sorted(range(begin, choice.index), key=lambda at: (not is_operation(history.labels[at]), at))
        if is_operation(history.labels[choice.index]):
            places = [at for at in places if is_operation(history.labels[at])]
        for at in places[:_MOST_MOVES]:
            path, label, occurrence = words[at]
            there = Deviation(path, label, occurrence, "preempt", deviation.target)
            yield (*deviations[:number], there, *deviations[number + 1 :])


def _words(history: History, labels: Labels) -> list[tuple[str, str, int]]:
    """Return, for each choice of a schedule, the actor, the label and the occurrence by which it is known."""
    counts: dict[tuple[str, str], int] = {}
    found = []
    for path, label in zip(history.owners(), history.labels, strict=True):
        key = (path, labels.points[label].text)
        counts[key] = counts.get(key, 0) + 1
        found.append((*key, counts[key]))
    return found
