"""Which strategies take their steps, and in which order, for each value of `search`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.interleave._searching._dpor import Dpor
from pytest_errortrack.interleave._searching._enumeration import Enumeration
from pytest_errortrack.interleave._searching._knowledge import Knowledge
from pytest_errortrack.interleave._searching._samplers import samplers_of
from pytest_errortrack.interleave._searching._sampling import Sampling

if TYPE_CHECKING:
    from pytest_errortrack.interleave._searching._course import Course
    from pytest_errortrack.interleave._searching._search import Search

__all__ = ["carry_out"]

_ENUMERATED_PER_SAMPLE = 2  # where there is more to enumerate than the budget allows
_CHEAP = 20  # schedules, or a tenth of those the bound took: so much a stronger claim may cost
_RECORDING = ("auto", "surw", "pos")  # searches that are of more use when they know what steps touch


def carry_out(search: Search) -> None:
    """Search as the options say."""
    options = search.session.options
    knowledge = Knowledge()
    knowledge.learn(search.calibrate(records=options.search in _RECORDING))
    if search.is_over:
        return
    if options.search == "auto":
        _mixed(search, knowledge)
    elif options.search == "dpor" or (options.search == "exhaustive" and options.max_preemptions is None):
        _unbounded(search)
    elif options.search == "exhaustive":
        _to_the_end(search, _enumerated(search, options.max_preemptions))
    else:
        _drawn(search, knowledge)


def _enumerated(search: Search, max_preemptions: int | None) -> Course:
    session = search.session
    timers = session.options.max_timers
    return search.begin(lambda: Enumeration(session, max_preemptions=max_preemptions, max_timers=timers))


def _reduced(search: Search) -> Course:
    return search.begin(lambda: Dpor(search.session))


def _to_the_end(search: Search, course: Course) -> None:
    while not search.is_over and search.step(course):
        pass


def _unbounded(search: Search) -> None:
    """Reduce; what cannot be reduced is enumerated."""
    reduction = _reduced(search)
    _to_the_end(search, reduction)
    if not search.is_over and reduction.claim() is None:
        _to_the_end(search, _enumerated(search, None))


def _mixed(search: Search, knowledge: Knowledge) -> None:
    """Enumerate within the bound; where that does not fit the budget, take turns with the reduction and with samples.

    What is far off in the order of enumeration may be near at random, and the reduction may come to an end where the
    bound does not, so none waits for the others. A reduction that ends has shown more than any bound.
    """
    enumeration = _enumerated(search, search.session.options.max_preemptions)
    reduction = _reduced(search)
    sampling = _draws(search, knowledge)
    done = 0
    while not search.is_over and search.step(enumeration):
        done += 1
        if done % _ENUMERATED_PER_SAMPLE or search.fits(enumeration.pending):
            continue
        if _is_settled_by(search, reduction):
            return
        if not search.is_over:
            search.sample(sampling)
    _try_to_end(search, reduction, max(_CHEAP, search.schedules // 10))


def _try_to_end(search: Search, course: Course, steps: int) -> None:
    """Go on with a strategy for so many schedules, as long as these might be all there are."""
    while steps > 0 and course.pending <= steps and not search.is_over and search.step(course):
        steps -= 1


def _is_settled_by(search: Search, reduction: Course) -> bool:
    """Execute one schedule of the reduction; tell whether there is none left and all was shown that was asked for."""
    if search.is_over or search.step(reduction):
        return False
    claim = reduction.claim()
    return claim is not None and claim.fulfils(search.session.options)


def _drawn(search: Search, knowledge: Knowledge) -> None:
    sampling = _draws(search, knowledge)
    while not search.is_over:
        search.sample(sampling)


def _draws(search: Search, knowledge: Knowledge) -> Sampling:
    options = search.session.options
    samplers = samplers_of(options.search, knowledge)
    search.samples = Sampling(samplers, knowledge=knowledge, seed=search.seed, max_timers=options.max_timers)
    return search.samples
