"""Explore the orders in which concurrent actors may run: `interleaved`, `explore`, `replay`."""

from __future__ import annotations

from pytest_errortrack.interleave._decorator import interleaved
from pytest_errortrack.interleave._environment import Environment, current_environment, environment
from pytest_errortrack.interleave._errors import (
    BadToken,
    Deadlock,
    Diverged,
    Inconclusive,
    InterleaveError,
    InterleavingFailure,
    Livelock,
    LostWakeup,
    NotAvailable,
    Vacuous,
)
from pytest_errortrack.interleave._exploration import Exploration, Options
from pytest_errortrack.interleave._explore import explore, replay
from pytest_errortrack.interleave._hypothesis import is_unreproduced, redrawn
from pytest_errortrack.interleave._interleaving import Interleaving, Results
from pytest_errortrack.interleave._now import current_actor, current_run_id, current_step, step_number
from pytest_errortrack.interleave._schedule import ActorRef
from pytest_errortrack.interleave._scope import check_modules
from pytest_errortrack.interleave._token import Token
from pytest_errortrack.interleave._token import decode as decode_token
from pytest_errortrack.interleave.strategies import interleavings

__all__ = [
    "ActorRef",
    "BadToken",
    "Deadlock",
    "Diverged",
    "Environment",
    "Exploration",
    "Inconclusive",
    "InterleaveError",
    "Interleaving",
    "InterleavingFailure",
    "Livelock",
    "LostWakeup",
    "NotAvailable",
    "Options",
    "Results",
    "Token",
    "Vacuous",
    "check_modules",
    "current_actor",
    "current_environment",
    "current_run_id",
    "current_step",
    "decode_token",
    "environment",
    "explore",
    "interleaved",
    "interleavings",
    "is_unreproduced",
    "redrawn",
    "replay",
    "step_number",
]
