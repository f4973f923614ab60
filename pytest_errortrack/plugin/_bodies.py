"""How the body of an active test is run: once, once per example, or once per schedule.

Under Hypothesis and under `@interleaved` a body runs many times in one test. What it captures is reset before each
run, and its markers are judged after each: a violation is that example's or that schedule's failure.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_errortrack import interleave

from ._entry import INTERLEAVINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from pytest_errortrack._capture import Recording

__all__ = ["body_context"]


@contextmanager
def body_context(item: pytest.Item, recording: Recording, *, judge: Callable[[], None]) -> Iterator[bool]:
    """Prepare the run of a body.

    Yields:
        Whether the body's runs are judged one by one within.
    """
    function = getattr(item, "obj", None)
    hypothesis = getattr(function, "hypothesis", None)
    inner = getattr(hypothesis, "inner_test", None)
    if is_interleaved(inner if inner is not None else function):
        with interleave.environment(_environment(item, recording, judge=judge)):
            yield True
    elif inner is not None:
        hypothesis.inner_test = _judged_each_time(inner, recording, judge=judge)
        try:
            yield True
        finally:
            hypothesis.inner_test = inner
    else:
        yield False


def is_interleaved(function: object) -> bool:
    """Tell whether a test function was decorated with `@interleaved`."""
    return hasattr(function, "interleaved_options")


def _environment(item: pytest.Item, recording: Recording, *, judge: Callable[[], None]) -> interleave.Environment:
    def finished(exploration: interleave.Exploration) -> None:
        if exploration.failure is None:
            item.user_properties.append((INTERLEAVINGS, exploration.summary()))

    return interleave.Environment(
        identity=item.nodeid,
        before_schedule=recording.begin_schedule,
        after_schedule=judge,
        finished=finished,
        root=item.config.rootpath,
    )


def _judged_each_time(
    inner: Callable[..., Any], recording: Recording, *, judge: Callable[[], None]
) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner):

        @functools.wraps(inner)
        async def judged_after_awaiting(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever the test takes
            recording.begin_schedule()
            await inner(*args, **kwargs)
            judge()

        return judged_after_awaiting

    @functools.wraps(inner)
    def judged(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever the test takes
        recording.begin_schedule()
        inner(*args, **kwargs)
        judge()

    return judged
