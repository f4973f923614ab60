"""Bugs of scopes and hubs that other SDKs had, each by its number: ours does not have them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk.integrations import ThreadingIntegration
from pytest_errortrack.sdk.testing import merged_scope


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


async def turn():
    """Let the others have a turn."""
    await asyncio.sleep(0)


def test_interleaved_generators_leave_nothing_for_ever(memory):
    """M3: two generators with scopes, stepped in turn and closed in the order of their making, leave nothing behind."""

    def generator(name):
        with sdk.isolation_scope():
            sdk.set_tag("generator", name)
            yield

    sdk.set_tag("consumer", "1")
    first, second = generator("1"), generator("2")
    next(first)
    next(second)
    first.close()
    second.close()

    assert tags() == {"consumer": "1"}


def test_processor_that_changes_a_context_changes_one_event(memory):
    """M4: what a processor does to an event's context is not there in the next event."""
    seen = []

    def processor(event, _hint):
        device = event["contexts"]["device"]
        seen.append(dict(device))
        device["changed"] = True
        device.setdefault("list", []).append(1)
        return event

    sdk.set_context("device", {"name": "d", "list": []})
    sdk.add_event_processor(processor)
    sdk.capture_message("1")
    sdk.capture_message("2")

    assert seen[1]["name"] == "d"
    assert "changed" not in seen[1]
    assert [event["contexts"]["device"]["list"] for event in memory.events] == [[1], [1]]


def test_user_is_the_scopes_own(memory):
    """M5: the mapping that `set_user` was given, and the one of a fork, are not the scope's."""
    user = {"id": 1, "groups": ["a"]}
    sdk.set_user(user)
    fork = sdk.get_isolation_scope().fork()
    user["id"] = 2
    user["groups"].append("b")
    fork.user["groups"].append("c")

    assert sdk.get_isolation_scope().user == fork.user == {"id": 1, "groups": ["a"]}


def test_tasks_that_push_on_their_current_hub_do_not_mix(memory):
    """sentry-python#120, sentry-python#147: `push_scope` in tasks that wait in between keeps to each task."""

    async def request(name):
        with sdk.push_scope() as scope:
            scope.set_tag("request", name)
            await turn()
            sdk.capture_message(name)
            await turn()
        return tags()

    async def main():
        return await asyncio.gather(*(request(name) for name in "abc"))

    assert asyncio.run(main()) == [{}, {}, {}]
    assert {event["message"]: event["tags"]["request"] for event in memory.events} == {name: name for name in "abc"}


def test_pool_between_requests(start):
    """sentry-python#4508, sentry-python#4565, sentry-python#4672: items of one pool see their own request only."""
    memory = start(integrations=[ThreadingIntegration()])

    def work(name):
        sdk.add_breadcrumb(message=name)
        sdk.capture_message(name)

    with ThreadPoolExecutor(2) as pool:
        for name in "abcd":
            with sdk.isolation_scope():
                sdk.set_tag("request", name)
                pool.submit(work, name).result()

    for event in memory.events:
        assert event["tags"] == {"request": event["message"]}
        assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == [event["message"]]
    assert len(memory.events) == 4


def test_scope_carried_to_a_thread_is_a_fork(start):
    """sentry-docs#10148: what a thread does to the scopes it was started with does not reach its starter."""
    start(integrations=[ThreadingIntegration()])
    with sdk.isolation_scope():
        sdk.set_tag("request", "1")
        thread = threading.Thread(target=sdk.set_tag, args=("thread", "1"))
        thread.start()
        thread.join()

        assert tags() == {"request": "1"}


def test_tags_of_a_child_task_are_on_the_requests_events(memory):
    """sentry-python#5371: inside a request's isolation scope a child task's tags are the request's."""

    async def child():
        sdk.set_tag("child", "1")

    async def main():
        with sdk.isolation_scope():
            await asyncio.create_task(child())
            sdk.capture_message("m")

    asyncio.run(main())

    assert memory.events[0]["tags"] == {"child": "1"}


def test_thread_that_ran_is_free_without_the_collector(start):
    """sentry-python#434: carrying scopes makes no cycle that keeps a thread, its target or its arguments."""
    start(integrations=[ThreadingIntegration()])

    class Kept:
        """Something to look for."""

    kept = Kept()
    reference = weakref.ref(kept)
    thread = threading.Thread(target=lambda _: None, args=(kept,))
    gc.collect()
    gc.disable()
    try:
        del kept
        thread.start()
        thread.join()
        del thread
        assert reference() is None
    finally:
        gc.enable()


def test_scope_left_in_another_context_raises_nothing(memory):
    """sentry-python#4925: leaving a block in a context other than its own is no ValueError, in either direction."""
    for block in (sdk.isolation_scope(), sdk.new_scope(), sdk.push_scope(), Hub.current.with_scope()):
        contextvars.copy_context().run(block.__enter__)
        block.__exit__(None, None, None)
    block = sdk.isolation_scope()
    block.__enter__()
    contextvars.copy_context().run(block.__exit__, None, None, None)

    assert tags() == {}
    sdk.set_tag("after", "1")
    assert sdk.get_isolation_scope() is sdk.Hub.main.isolation


def test_clone_has_processors_of_its_own(memory):
    """sentry-ruby#2891: a processor that is added to a clone, or to the original later, is not the other's."""
    hub = Hub.current
    calls = []
    hub.scope.add_event_processor(lambda event, _hint: calls.append("both") or event)
    clone = hub.clone()
    clone.scope.add_event_processor(lambda event, _hint: calls.append("clone") or event)
    hub.scope.add_event_processor(lambda event, _hint: calls.append("original") or event)

    hub.capture_message("1")
    clone.capture_message("2")

    assert calls == ["both", "original", "both", "clone"]


def test_inherited_context_does_not_share_a_hub(memory):
    """sentry-ruby#3018: a thread that inherits all of the starter's context has a hub of its own."""
    with sdk.isolation_scope():
        outer = Hub.current
        found = []

        def look():
            found.append(Hub.current)
            sdk.set_tag("thread", "1")

        thread = threading.Thread(target=contextvars.copy_context().run, args=(look,))
        thread.start()
        thread.join()

        assert found[0] is not outer
        assert found[0].isolation is not outer.isolation
        assert tags() == {}


def test_context_values_of_a_clone_are_its_own(memory):
    """sentry-go's `Clone`, shallow for the values inside of contexts: ours shares nothing that can be changed."""
    hub = Hub.current
    hub.scope.set_context("c", {"inner": {"list": [1]}})
    clone = hub.clone()

    def processor(event, _hint):
        event["contexts"]["c"]["inner"]["list"].append(2)
        return event

    clone.scope.add_event_processor(processor)
    clone.capture_message("m")

    assert hub.scope.contexts == clone.scope.contexts == {"c": {"inner": {"list": [1]}}}


def test_processor_after_one_that_dropped_is_not_called(memory):
    """sentry-ruby 5.1.1, which called the next processor with nothing: S9, the first that drops ends it."""
    calls = []
    sdk.add_event_processor(lambda _event, _hint: calls.append(1))
    sdk.add_event_processor(lambda event, _hint: calls.append(2) or event)

    assert sdk.capture_message("m") is None
    assert calls == [1]


def test_breadcrumb_limit_is_never_padded(memory):
    """sentry-ruby 5.1.1, which filled its ring with nothing: an event has the breadcrumbs there were."""
    sdk.add_breadcrumb(message="only")
    sdk.capture_message("m")

    assert [crumb["message"] for crumb in memory.events[0]["breadcrumbs"]["values"]] == ["only"]


@pytest.mark.parametrize("callback", ["before_breadcrumb", "processor", "configure_scope"])
def test_no_lock_is_held_during_a_callback(start, callback):
    """sentry-rust `hub_run_inside_with_scope`: what the SDK calls may use the SDK, from other threads too."""

    def use(*arguments):
        thread = threading.Thread(target=lambda: (sdk.set_tag("thread", "1"), Hub.main.scope.set_tag("t", "1")))
        thread.start()
        thread.join(30)
        done.append(not thread.is_alive())
        return arguments[0] if arguments else None

    done = []
    start(before_breadcrumb=use if callback == "before_breadcrumb" else None)
    sdk.add_breadcrumb(message="m")
    if callback == "processor":
        sdk.add_event_processor(use)
        sdk.capture_message("m")
    if callback == "configure_scope":
        sdk.configure_scope(use)

    assert done == [True]


@pytest.mark.skipif(not hasattr(sys.flags, "thread_inherit_context"), reason="threads inherit contexts from 3.14 on")
def test_flag_of_the_interpreter_makes_no_difference():  # pragma: no cover - from Python 3.14 on
    """C3: with `-X thread_inherit_context=1` a thread's scopes are its own too."""
    import subprocess

    code = """
import threading
from pytest_errortrack import sdk
with sdk.isolation_scope() as scope:
    thread = threading.Thread(target=lambda: sdk.set_tag("thread", "1"))
    thread.start()
    thread.join()
    print(scope.tags)
"""
    for flag in "01":
        command = [sys.executable, "-X", f"thread_inherit_context={flag}", "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
        assert done.stdout == "{}\n"
