"""What the engine needs to know of Hypothesis, without importing it: if nobody has, no example is being run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._clock import real_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_given", "is_in_example", "uncounted_time"]


def is_given(function: object) -> bool:
    """Tell whether `@given` was already applied to a function."""
    return bool(getattr(function, "is_hypothesis_test", False)) or hasattr(function, "hypothesis")


def is_in_example() -> bool:
    """Tell whether the calling code runs as one example of a property."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


@contextmanager
def uncounted_time() -> Iterator[None]:
    """Keep the time that exploring takes out of what Hypothesis's deadline measures.

    A deadline is for one run of the test's body, and an exploration is hundreds. Hypothesis does the same for the
    rules of its state machines; where its attribute for that is missing, the deadline is simply not relieved.
    """
    control = sys.modules.get("hypothesis.control")
    context = control.current_build_context() if control is not None and is_in_example() else None
    times = getattr(getattr(context, "data", None), "_stateful_run_times", None)
    start = real_clock()
    try:
        yield
    finally:
        if times is not None:
            times["interleaved"] += real_clock() - start
