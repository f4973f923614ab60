"""The seam between the engine and whoever runs tests with it: a test runner's plugin, or nobody.

The engine asks it who the test is, tells it when a schedule begins and ends, and hands it the outcome.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

    from pytest_errortrack.interleave._exploration import Exploration

__all__ = ["Environment", "current_environment", "environment", "is_steering"]


def is_steering(error: BaseException) -> bool:
    """Tell whether an exception is a word of Hypothesis or unittest to its runner, such as a failed assumption."""
    # Nobody can have raised these without importing them, so there is no need to.
    hypothesis = sys.modules.get("hypothesis.errors")
    kinds = [getattr(hypothesis, name, None) for name in ("UnsatisfiedAssumption", "Frozen", "StopTest")]
    kinds.append(getattr(sys.modules.get("unittest"), "SkipTest", None))
    return any(kind is not None and isinstance(error, kind) for kind in kinds)


def _is_exception(error: BaseException) -> bool:
    return isinstance(error, Exception)


def _nothing() -> None:
    return


def _ignore(_: Exploration) -> None:
    return


def _show_nothing(schedules: int, seconds: float) -> None:
    del schedules, seconds


def _call_of_replay(token: str) -> str:
    return f'replay("{token}", scenario)'


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the engine knows of the test it works for.

    Attributes:
        identity: the test's id; goes into tokens and into the default seed.
        salt: goes into the default seed as well, so that one test can be explored differently on purpose.
        before_schedule: called before each schedule.
        after_schedule: called inside each schedule whose scenario returned; what it raises is that schedule's failure.
        finished: called with the outcome before it is raised.
        progress: called now and then in a search that takes long, with how many schedules were executed so far, and
            the seconds that took.
        root: the project's folder.
        budget: how many schedules to explore where the test does not say.
        modules: whose lines are scheduling points where the test does not say; None: the project's.
        replay_token: the one interleaving to run instead of exploring.
        replay_hint: returns what to type to replay a token.
        is_failure: tells a scenario's failures from what is only passing through, such as a runner's skip.
    """

    identity: str = ""
    salt: str = ""
    before_schedule: Callable[[], None] = _nothing
    after_schedule: Callable[[], None] = _nothing
    finished: Callable[[Exploration], None] = _ignore
    progress: Callable[[int, float], None] = _show_nothing
    root: Path | None = None
    budget: int | None = None
    modules: Sequence[ModuleType | str | Path] | None = None
    replay_token: str | None = None
    replay_hint: Callable[[str], str] = _call_of_replay
    is_failure: Callable[[BaseException], bool] = _is_exception


_current: ContextVar[Environment | None] = ContextVar("errortrack_environment", default=None)


def current_environment() -> Environment:
    """Return the environment of the running test, or an empty one."""
    return _current.get() or Environment()


@contextmanager
def environment(value: Environment) -> Iterator[Environment]:
    """Make an environment the current one for a block."""
    token = _current.set(value)
    try:
        yield value
    finally:
        _current.reset(token)
