"""Which strategies take their steps, and in which order, for each value of `search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._searching._enumeration import Enumeration
from pytest_errortrack.interleave._searching._knowledge import Knowledge
from pytest_errortrack.interleave._searching._samplers import samplers_of
from pytest_errortrack.interleave._searching._sampling import Sampling

if TYPE_CHECKING:
    from pytest_errortrack.interleave._searching._course import Course
    from pytest_errortrack.interleave._searching._search import Search

__all__ = ["carry_out"]

_ENUMERATED_PER_SAMPLE = 2  # where there is more to enumerate than the budget allows
_RECORDING = ("auto", "surw", "pos")  # searches that are of more use when they know what steps touch


def carry_out(search: Search) -> None:
    """Search as the options say."""
    name = search.session.options.search
    knowledge = Knowledge()
    knowledge.learn(search.calibrate(records=name in _RECORDING))
    if search.is_over:
        return
    if name == "exhaustive":
        _to_the_end(search, _bounded(search))
    elif name == "auto":
        _mixed(search, knowledge)
    else:
        _drawn(search, knowledge)


def _bounded(search: Search) -> Course:
    session = search.session
    return search.begin(lambda: Enumeration(session, max_preemptions=session.options.max_preemptions))


def _to_the_end(search: Search, course: Course) -> None:
    while not search.is_over and search.step(course):
        pass


def _mixed(search: Search, knowledge: Knowledge) -> None:
    """Enumerate, with samples between where it does not fit the budget.

    What is far off in the order of enumeration may be near at random, so neither waits for the other.
    """
    course = _bounded(search)
    sampling = _draws(search, knowledge)
    done = 0
    while not search.is_over and search.step(course):
        done += 1
        if done % _ENUMERATED_PER_SAMPLE == 0 and not search.is_over and not search.fits(course.pending):
            search.sample(sampling)


def _drawn(search: Search, knowledge: Knowledge) -> None:
    sampling = _draws(search, knowledge)
    while not search.is_over:
        search.sample(sampling)


def _draws(search: Search, knowledge: Knowledge) -> Sampling:
    samplers = samplers_of(search.session.options.search, knowledge)
    search.samples = Sampling(samplers, knowledge=knowledge, seed=search.seed)
    return search.samples
