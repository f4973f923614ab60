"""How the body of an active test is run: once, once per example, or once per schedule.

Under Hypothesis and under `@interleaved` a body runs many times in one test. What it captures is reset before each
run, and its markers are judged after each: a violation is that example's or that schedule's failure.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ._entry import draws_interleavings, is_interleaved
from ._explorations import explored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Recorder

    from ._settings import Settings

__all__ = ["EachRun", "body_context", "nothing", "owned_body"]


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class EachRun:
    """What to do around each run of a body.

    Attributes:
        before: forgets what was captured, and puts the scopes back to what the fixtures left.
        judge: fails unless what was captured is what the markers say.
        before_all: judges what the set-up reported, before it is forgotten, where there are many runs.
    """

    before: Callable[[], None]
    judge: Callable[[], None]
    before_all: Callable[[], None] = nothing


@contextmanager
def body_context(item: pytest.Item, each: EachRun, *, settings: Settings) -> Iterator[bool]:
    """Prepare the run of a body.

    Args:
        item: the test.
        each: what to do around each run.
        settings: which one interleaving to run instead of exploring, or how many at the most.

    Yields:
        Whether the body's runs are judged one by one within.
    """
    hypothesis = getattr(getattr(item, "obj", None), "hypothesis", None)
    inner = getattr(hypothesis, "inner_test", None)
    if is_interleaved(item):
        each.before_all()
        with explored(item, settings=settings, before=each.before, judge=each.judge):
            yield True
    elif hypothesis is not None and inner is not None:
        each.before_all()
        hypothesis.inner_test = _judged_each_time(inner, each)
        try:
            with explored(item, settings=settings) if draws_interleavings(item) else nullcontext():
                yield True
        finally:
            hypothesis.inner_test = inner
    else:
        yield False


@contextmanager
def owned_body(item: pytest.Item, recorder: Recorder) -> Iterator[None]:
    """Let an asynchronous body know its recording in its own context.

    A runner that serves several tests (a loop of module or session scope) runs their bodies in a context that is older
    than the recording; what a body starts there would belong to nobody.
    """
    body = getattr(item, "obj", None)
    # A `TestCase` that is asynchronous makes its context in its set-up: there the recording is known already.
    is_test_case = getattr(item, "nofuncargs", False)
    if not inspect.iscoroutinefunction(body) or not isinstance(item, pytest.Function) or is_test_case:
        yield
        return

    @functools.wraps(body)
    async def owned(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with recorder.own():
            return await body(*args, **kwargs)

    item.obj = owned
    try:
        yield
    finally:
        item.obj = body


def _judged_each_time(inner: Callable[..., Any], each: EachRun) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner):

        @functools.wraps(inner)
        async def judged_after_awaiting(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            each.before()
            await inner(*args, **kwargs)
            each.judge()

        return judged_after_awaiting

    @functools.wraps(inner)
    def judged(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        each.before()
        inner(*args, **kwargs)
        each.judge()

    return judged
