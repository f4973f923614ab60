"""`explore` and `replay`: from a scenario to an `Exploration`."""

from __future__ import annotations

import inspect
import os
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import Environment, current_environment
from pytest_errortrack.interleave._errors import Diverged, Inconclusive, NotAvailable, Vacuous
from pytest_errortrack.interleave._exploration import Coverage, Exploration, Level, Options
from pytest_errortrack.interleave._exploration import Search as SearchName
from pytest_errortrack.interleave._schedulers import Following, Forced
from pytest_errortrack.interleave._search import Budget, Search
from pytest_errortrack.interleave._session import Outcome, Session
from pytest_errortrack.interleave._shrink import failure_key, shrink
from pytest_errortrack.interleave._token import MAX_DEVIATIONS, Token, decode, encode, python_tag
from pytest_errortrack.interleave._trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

    from pytest_errortrack.interleave._interleaving import Interleaving
    from pytest_errortrack.interleave._schedule import Deviation

__all__ = ["explore", "explore_scenario", "replay", "replay_scenario"]

_DEFAULT_BUDGET = Budget(5_000, 2.0)
_BUDGET_PER_EXAMPLE = Budget(200)
_DEFAULT_SEED = 20_221_122
