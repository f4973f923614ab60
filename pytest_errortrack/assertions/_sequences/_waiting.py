"""Waiting for what other threads and processes report."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from pytest_errortrack import interleave
from pytest_errortrack.assertions._errors import ExpectationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.assertions._expecting import Count, Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["read_timeout", "waited_for"]

T = TypeVar("T")

_FIRST_LOOK_S: Final = 0.001
_LONGEST_LOOK_S: Final = 0.05


def read_timeout(timeout: object, *, asked_by: str) -> float:
    """Read a number of seconds.

    Raises:
        ExpectationError: it is none, or nobody can wait that long.
    """
    __tracebackhide__ = True
    if isinstance(timeout, int | float) and not isinstance(timeout, bool):
        wait_s = float(timeout)
        if 0 <= wait_s <= threading.TIMEOUT_MAX:  # NaN is in no range
            return wait_s
    raise ExpectationError(f"{asked_by} got timeout={timeout!r}: expected a number of seconds from 0")


def waited_for(
    expectation: Expectation,
    count: Count,
    *,
    recorder: Recorder,
    things: Callable[[], Sequence[T]],
    timeout: float,
    is_batched: bool,
    # Bound here, where nothing that freezes the application's clock looks for it: freezegun replaces every module's
    # `monotonic`, whatever the module calls it.
    monotonic: Callable[[], float] = time.monotonic,
) -> list[T]:
    """Wait until enough things are as expected, or time is up; each is compared once.

    Args:
        expectation: what is waited for.
        count: how many are enough.
        recorder: tells when something arrives.
        things: finds all there are, in a list that only grows, or is cleared.
        timeout: seconds to wait at the most. Inside an interleaved actor there is no waiting: time is virtual.
        is_batched: whether they may be pending in a batch, of which no arrival tells.
        monotonic: the clock.
    """
    __tracebackhide__ = True
    deadline = monotonic() + timeout
    found: list[T] = []
    seen = 0
    look_s = _FIRST_LOOK_S if is_batched else timeout
    while True:
        arrived = recorder.arrived
        present = things()
        if len(present) < seen:
            found, seen = [], 0
        new = list(present[seen:])
        seen += len(new)
        found += filter(expectation.matches, new)
        remaining = deadline - monotonic()
        if len(found) >= count.least or remaining <= 0 or interleave.current_actor() is not None:
            return found
        recorder.wait_for_more(arrived, timeout=min(remaining, look_s))
        if is_batched:
            look_s = min(look_s * 2, _LONGEST_LOOK_S)
