"""One search by our engine, without what follows a finding, and with parts of the engine switched off if wanted."""

from __future__ import annotations

import _thread
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partialmethod
from typing import TYPE_CHECKING
from unittest import mock

import bodies
from _measure import operation_cpu_us

from pytest_errortrack.interleave._environment import Environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._searching import _plans
from pytest_errortrack.interleave._searching._budget import Budget
from pytest_errortrack.interleave._searching._search import Search
from pytest_errortrack.interleave._session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Searched", "floor_us", "searched", "without_filter", "without_reduction"]


@dataclass(frozen=True, slots=True)
class Searched:
    """What came of a search.

    Attributes:
        found_at: the 1-based number of the first schedule that failed, None if none did.
        schedules: how many were executed.
        distinct: how many of them differed in their choices.
        proved: what was gone through completely, in words; empty if nothing was.
        traces: how many classes of equivalent schedules there are, where they were counted.
        cpu_s: the processor time that it took, the setting up of the exploration included.
        seconds: the same by the clock on the wall.
    """

    found_at: int | None
    schedules: int
    distinct: int
    proved: str
    traces: int | None
    cpu_s: float
    seconds: float


def searched(
    body,
    *,
    level: str,
    search: str,
    budget: int,
    seed: int = 1,
    max_preemptions: int | None = 2,
    modules=(bodies.__name__,),
) -> Searched:
    """Search until a schedule fails; neither shrink nor confirm nor tell what was found."""
    options = Options(level=level, search=search, seed=seed, max_preemptions=max_preemptions, modules=list(modules))
    began, cpu_began = time.perf_counter(), time.process_time()
    session = Session(body.scenario, home=bodies.__file__, options=options, environment=Environment())
    with session.active():
        run = Search(session, Budget(budget), seed=seed)
        _plans.carry_out(run)
    proved = run.proved
    return Searched(
        found_at=run.found_at,
        schedules=run.schedules,
        distinct=run.distinct,
        proved="" if proved is None or run.found_at else str(proved),
        traces=None if proved is None else proved.traces,
        cpu_s=time.process_time() - cpu_began,
        seconds=time.perf_counter() - began,
    )


@contextmanager
def without_filter() -> Iterator[None]:
    """Make every covered line a scheduling point, as if nothing were known of what it touches."""
    with mock.patch.object(Session, "execute", partialmethod(Session.execute, filtered=False)):
        yield


@contextmanager
def without_reduction() -> Iterator[None]:
    """Enumerate where no bound was asked for, instead of executing one of each class of equivalent schedules."""

    def enumerate_all(search: Search) -> None:
        _plans._to_the_end(search, _plans._enumerated(search, None))

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(_plans, "_unbounded", enumerate_all))
        yield


def floor_us() -> float:
    """Return the processor time of a thread start and two hand-offs, which a schedule with new threads cannot save."""

    def schedule() -> None:
        here, there = _thread.allocate_lock(), _thread.allocate_lock()
        here.acquire()
        there.acquire()

        def other() -> None:
            there.acquire()
            here.release()

        _thread.start_new_thread(other, ())
        there.release()
        here.acquire()

    return operation_cpu_us(schedule, budget_s=0.5)
