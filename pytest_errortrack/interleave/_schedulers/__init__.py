"""Schedulers: oracles that are asked, at a scheduling point, who goes on.

A scheduler says from which choice on it wants to be asked at points; before that, going on costs one comparison. At
choices where the running actor cannot go on it is always asked. None means: as in the default order.
"""

from __future__ import annotations

from pytest_errortrack.interleave._schedulers._drawn import AsDrawn, DrawnSchedule
from pytest_errortrack.interleave._schedulers._following import Following
from pytest_errortrack.interleave._schedulers._forced import Forced, early
from pytest_errortrack.interleave._schedulers._led import Led
from pytest_errortrack.interleave._schedulers._partial_order import PartialOrder
from pytest_errortrack.interleave._schedulers._priorities import Priorities
from pytest_errortrack.interleave._schedulers._protocol import NEVER, Candidate, Scheduler, TimedScheduler
from pytest_errortrack.interleave._schedulers._random_walk import RandomWalk
from pytest_errortrack.interleave._schedulers._timed import Timed
from pytest_errortrack.interleave._schedulers._uniform import Uniform, parent_of

__all__ = [
    "NEVER",
    "AsDrawn",
    "Candidate",
    "DrawnSchedule",
    "Following",
    "Forced",
    "Led",
    "PartialOrder",
    "Priorities",
    "RandomWalk",
    "Scheduler",
    "Timed",
    "TimedScheduler",
    "Uniform",
    "early",
    "parent_of",
]
