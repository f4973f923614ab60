"""How the body of an active test is run: once, once per example, or once per schedule.

Under Hypothesis and under `@interleaved` a body runs many times in one test. What it captures is reset before each
run, and its markers are judged after each: a violation is that example's or that schedule's failure.
"""

from __future__ import annotations

import functools
import inspect
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_errortrack import interleave

from ._attempt import attempt_of
from ._entry import INTERLEAVINGS, is_interleaved

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
        if settings.replay is not None and inner is not None:
            raise interleave.NotAvailable("--errortrack-replay for a test under @given")
        each.before_all()
        with interleave.environment(_environment(item, each, settings=settings)):
            yield True
    elif hypothesis is not None and inner is not None:
        each.before_all()
        hypothesis.inner_test = _judged_each_time(inner, each)
        try:
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


def _environment(item: pytest.Item, each: EachRun, *, settings: Settings) -> interleave.Environment:
    attempt = attempt_of(item)

    def finished(exploration: interleave.Exploration) -> None:
        if attempt is not None:
            attempt.exploration = exploration
        if exploration.failure is None:
            item.user_properties.append((INTERLEAVINGS, exploration.summary()))

    return interleave.Environment(
        identity=item.nodeid,
        before_schedule=each.before,
        after_schedule=each.judge,
        finished=finished,
        root=item.config.rootpath,
        budget=settings.interleavings,
        modules=None if attempt is None else attempt.demands.modules,
        replay_token=settings.replay,
        replay_hint=_hint if hasattr(getattr(item, "obj", None), "hypothesis") else "--errortrack-replay {}".format,
        is_failure=_is_failure,
    )


def _hint(_: str) -> str:
    # A token does not hold what Hypothesis drew yet.
    return "run the falsifying example; --errortrack-replay does not take tests under @given in this version"


def _is_failure(error: BaseException) -> bool:
    """Tell what fails a schedule: `pytest.fail` does, though it is no Exception; `pytest.skip` passes through."""
    return isinstance(error, Exception | pytest.fail.Exception)


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
