"""Tests of `Scope.bind`: whatever is driven by others runs under its own scopes."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Scope
from pytest_errortrack.sdk._scope import current_var, isolation_var
from pytest_errortrack.sdk.testing import merged_scope


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


def layers():
    """Return what is in effect here, by identity."""
    return isolation_var.get(), current_var.get()


def bound_scope(name):
    """Return a scope with a tag."""
    scope = Scope()
    scope.set_tag("bound", name)
    return scope


def counting(name):
    """Tell what is seen, and open and leave scopes between steps."""
    sdk.set_tag("before", name)
    with sdk.isolation_scope():
        sdk.set_tag("inside", name)
        yield tags()
        yield tags()
    yield tags()


def test_interleaved_generators_keep_their_scopes():
    """C5, M3: bound generators, stepped in turn, see their own scopes; their consumer sees neither, at any time."""
    sdk.set_tag("consumer", "1")
    before = layers()
    first, second = (bound_scope(name).bind(counting(name)) for name in "ab")

    seen = []
    for _ in range(3):
        seen.append((next(first), next(second)))
        assert layers() == before
        assert tags() == {"consumer": "1"}

    inside = [{"bound": name, "before": name, "inside": name} for name in "ab"]
    after = [{"bound": name, "before": name} for name in "ab"]
    assert seen == [tuple(inside), tuple(inside), tuple(after)]
    assert list(first) == []


def test_generator_is_stepped_in_other_threads_and_contexts():
    """C5, C6: a bound generator keeps writing its own scope, whoever makes the next step."""
    scope = bound_scope("a")

    def numbers():
        for number in range(3):
            sdk.set_tag(f"step {number}", threading.current_thread().name)
            yield tags()

    generator = scope.bind(numbers())
    seen = [next(generator)]
    thread = threading.Thread(target=lambda: seen.append((next(generator), tags())), name="other")
    thread.start()
    thread.join()
    seen.append(contextvars.copy_context().run(next, generator))

    assert seen[1] == ({"bound": "a", "step 0": "MainThread", "step 1": "other"}, {})
    assert scope.tags == {**seen[1][0], "step 2": "MainThread"} == seen[2]


def test_send_throw_and_close_reach_the_generator():
    """C5: a bound generator is a generator in every other way."""
    heard = []

    def listening():
        try:
            while True:
                try:
                    heard.append(((yield tags()), tags()))
                except KeyError:
                    heard.append("thrown")
        finally:
            heard.append(("closed", tags()))

    before = layers()
    generator = bound_scope("a").bind(listening())
    next(generator)
    generator.send("sent")
    generator.throw(KeyError())
    generator.close()

    assert heard == [("sent", {"bound": "a"}), "thrown", ("closed", {"bound": "a"})]
    assert layers() == before
    with pytest.raises(StopIteration):
        next(generator)


def test_function_runs_under_the_scope():
    """C5: a bound function has the scope for each call, also when it raises, and keeps its name."""
    scope = bound_scope("a")

    def work(number, *, key):
        """Work."""
        sdk.set_tag("number", number)
        if key == "raise":
            raise KeyError(key)
        return tags()

    bound = scope.bind(work)

    assert bound(1, key="k") == {"bound": "a", "number": 1}
    with pytest.raises(KeyError):
        bound(2, key="raise")
    assert (bound.__name__, bound.__doc__, tags()) == ("work", "Work.", {})
    assert scope.tags == {"bound": "a", "number": 2}


def test_what_a_function_makes_is_bound_too():
    """C5: a generator function that is bound makes bound generators."""
    generator = bound_scope("a").bind(counting)("x")

    assert next(generator) == {"bound": "a", "before": "x", "inside": "x"}
    assert tags() == {}


def test_coroutine_runs_under_the_scope_between_its_waits():
    """C5: a bound coroutine has its scope for each step, as a task of its own and awaited by another one."""

    async def work():
        sdk.set_tag("work", "1")
        await asyncio.sleep(0)
        before = tags()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        return before, tags()

    async def main():
        sdk.set_tag("main", "1")
        awaited = await bound_scope("a").bind(work())
        task = asyncio.create_task(bound_scope("b").bind(work()))
        await asyncio.sleep(0)
        between = tags()
        return awaited, await task, between

    first, second, between = asyncio.run(main())

    assert first == ({"bound": "a", "work": "1"},) * 2
    assert second == ({"bound": "b", "work": "1"},) * 2
    assert between == {"main": "1"}


def test_coroutine_is_cancelled_and_closed_under_its_scope():
    """C5: what a bound coroutine does on its way out, it does under its scope."""
    seen = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(tags())

    async def main():
        task = asyncio.create_task(bound_scope("a").bind(work()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    coroutine = bound_scope("b").bind(work())
    coroutine.close()

    assert seen == [{"bound": "a"}]


def test_asynchronous_generator_runs_under_the_scope():
    """C5: of a bound asynchronous generator each step has its scope, whichever task makes it."""

    async def numbers():
        try:
            with sdk.isolation_scope():
                sdk.set_tag("inside", "1")
                await asyncio.sleep(0)
                got = yield tags()
                yield got, tags()
        finally:
            ended.append(tags())

    async def main():
        before = layers()
        generator = bound_scope("a").bind(numbers())
        first = await anext(generator)
        second = await asyncio.create_task(generator.asend("sent"))
        same = layers() == before
        await generator.aclose()
        other = bound_scope("b").bind(numbers())
        await anext(other)
        with pytest.raises(KeyError):
            await other.athrow(KeyError())
        return first, second, same

    ended = []
    first, second, same = asyncio.run(main())

    assert first == {"bound": "a", "inside": "1"}
    assert second == ("sent", first)
    assert same
    assert ended == [{"bound": "a"}, {"bound": "b"}]


def test_only_what_runs_can_be_bound():
    """Anything else is the developer's mistake."""
    with pytest.raises(TypeError, match=r"bind\(\) takes a generator, a coroutine or a function \(found int\)"):
        Scope().bind(7)
