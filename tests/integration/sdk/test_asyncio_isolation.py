"""Isolation of asyncio tasks: nobody has to ask for it."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk.testing import merged_scope


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


async def turn():
    """Let the others have a turn."""
    await asyncio.sleep(0)


async def request(name):
    """Write in every way, give way in between, and capture."""
    sdk.set_tag("request", name)
    await turn()
    sdk.set_user({"id": name})
    sdk.add_breadcrumb(message=name)
    await turn()
    with sdk.new_scope() as scope:
        scope.set_extra("request", name)
        await turn()
        sdk.capture_exception(ValueError(name))


def check(events, names):
    """Each event has its own request's data and nothing else's."""
    assert sorted(event["exception"]["values"][0]["value"] for event in events) == sorted(names)
    for event in events:
        name = event["exception"]["values"][0]["value"]
        assert event["tags"]["request"] == name
        assert event["user"] == {"id": name}
        assert event["extra"] == {"request": name}
        assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == [name]


@pytest.mark.parametrize("is_touched", [False, True], ids=["untouched", "touched"])
def test_gathered_tasks_do_not_mix(memory, is_touched):
    """M1: tasks run side by side have their own scopes, also after the main task touched its own."""

    async def main():
        if is_touched:
            sdk.set_tag("main", "1")
        await asyncio.gather(*(request(name) for name in "abc"))
        return tags()

    after = asyncio.run(main())

    check(memory.events, "abc")
    assert after == ({"main": "1"} if is_touched else {})
    assert [event["tags"].get("main") for event in memory.events] == (["1"] * 3 if is_touched else [None] * 3)


def test_task_group_and_nested_tasks_do_not_mix(memory):
    """C1: tasks of a group have their own scopes; a child starts with what its parent had."""

    async def outer(name):
        sdk.set_tag("outer", name)
        await asyncio.create_task(request(name))
        await turn()
        return tags()

    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(outer(name)) for name in "ab"]
        return [task.result() for task in tasks]

    assert asyncio.run(main()) == [{"outer": "a"}, {"outer": "b"}]
    check(memory.events, "ab")
    assert sorted(event["tags"]["outer"] for event in memory.events) == ["a", "b"]


def test_tasks_of_a_request_share_its_isolation_scope(memory):
    """C1 (sentry-python#5371): inside an isolation scope opened on purpose, child tasks work for the same request."""

    async def child():
        sdk.set_tag("child", "1")

    async def serve(name):
        with sdk.isolation_scope():
            sdk.set_tag("request", name)
            await asyncio.gather(child(), turn())
            return tags()

    async def main():
        return await asyncio.gather(serve("a"), serve("b")), tags()

    served, after = asyncio.run(main())

    assert served == [{"request": "a", "child": "1"}, {"request": "b", "child": "1"}]
    assert after == {}


def test_background_task_keeps_its_requests_scope_after_the_request():
    """A task that outlives its request still belongs to it."""

    async def background(go):
        await go.wait()
        return tags()

    async def main():
        go = asyncio.Event()
        with sdk.isolation_scope():
            sdk.set_tag("request", "a")
            task = asyncio.create_task(background(go))
            await turn()
        before = tags()
        go.set()
        return before, await task

    assert asyncio.run(main()) == ({}, {"request": "a"})


def test_to_thread_reads_and_never_writes():
    """C1, C3: a thread that runs in a copy of the context has the task's data; what it writes is its own."""

    def work():
        before = tags()
        sdk.set_tag("thread", "1")
        return before, tags()

    async def main():
        sdk.set_tag("task", "1")
        return await asyncio.to_thread(work), tags()

    (before, within), after = asyncio.run(main())

    assert (before, within, after) == ({"task": "1"}, {"task": "1", "thread": "1"}, {"task": "1"})


def test_callbacks_of_the_loop_do_not_write_the_tasks_scopes():
    """C1: a callback runs in a copy of the context of whoever asked for it; what it writes is its own."""

    async def main():
        sdk.set_tag("task", "1")
        done = asyncio.get_running_loop().create_future()

        def callback():
            sdk.set_tag("callback", "1")
            done.set_result(tags())

        asyncio.get_running_loop().call_soon(callback)
        return await done, tags()

    assert asyncio.run(main()) == ({"task": "1", "callback": "1"}, {"task": "1"})


def test_hubs_of_tasks():
    """C7: each task has a hub of its own, and keeps it while it waits."""

    async def task():
        hub = Hub.current
        hub.push_scope()
        await turn()
        same = Hub.current is hub
        hub.pop_scope()
        await turn()
        return hub, same and Hub.current is hub

    async def main():
        return await asyncio.gather(task(), task())

    (first, first_kept), (second, second_kept) = asyncio.run(main())
    assert first is not second
    assert first is not Hub.main
    assert first_kept
    assert second_kept


def test_main_thread_sees_nothing_of_a_loop_that_ran():
    """What tasks write does not reach the root scopes."""

    async def main():
        sdk.set_tag("task", "1")

    sdk.set_tag("root", "1")
    asyncio.run(main())

    assert tags() == {"root": "1"}


def test_async_generator_closed_elsewhere():
    """C5 (sentry-python#4925): a generator with a scope that another task closes raises nothing and leaves nothing."""

    async def numbers():
        with sdk.isolation_scope():
            sdk.set_tag("generator", "1")
            yield 1
            yield 2

    async def main():
        generator = numbers()
        await anext(generator)
        await asyncio.create_task(generator.aclose())
        return tags()

    assert asyncio.run(main()) == {}


def test_cancelled_task_finishes_its_span(start):
    """TR8: a span left by cancellation is finished, and says cancelled."""
    memory = start(traces_sample_rate=1.0)

    async def work():
        with sdk.start_transaction("t"):
            await asyncio.Event().wait()

    async def main():
        task = asyncio.create_task(work())
        await turn()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert memory.transactions[0]["contexts"]["trace"]["status"] == "cancelled"


def test_finished_tasks_are_not_kept_alive(memory):
    """Scopes refer to their task weakly: a finished task is free."""
    import gc
    import weakref

    async def main():
        task = asyncio.create_task(request("a"))
        await task
        return weakref.ref(task)

    reference = asyncio.run(main())
    gc.collect()

    assert reference() is None
