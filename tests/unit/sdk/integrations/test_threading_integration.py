"""Tests of threads and pools that start with forks of the scopes of whoever started them."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk.integrations import ThreadingIntegration
from pytest_errortrack.sdk.testing import merged_scope


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


@pytest.fixture
def memory(start):
    """An SDK with the integration."""
    return start(integrations=[ThreadingIntegration()])


def in_thread(function, kind=threading.Thread):
    """Call a function in a new thread, and return what it returns."""
    found = []
    thread = kind(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


def writing():
    """Read, write in every way, and read again."""
    before = tags()
    sdk.set_tag("thread", "1")
    sdk.get_current_scope().set_tag("current of thread", "1")
    return before, tags()


def test_thread_starts_with_a_fork_of_its_starters_scopes(memory):
    """C3 (docs#10148): a thread has what its starter had when it was started, and what it writes is its own."""
    sdk.set_tag("root", "1")
    with sdk.isolation_scope():
        sdk.set_tag("request", "1")
        with sdk.new_scope() as scope:
            scope.set_tag("current", "1")
            before, after = in_thread(writing)
        outside = tags()

    assert before == {"root": "1", "request": "1", "current": "1"}
    assert after == {**before, "thread": "1", "current of thread": "1"}
    assert outside == {"root": "1", "request": "1"}


def test_thread_does_not_see_what_its_starter_writes_later(memory):
    """C3: the fork is made when the thread is started, not when it runs."""
    go = threading.Event()
    found = []

    def wait():
        go.wait()
        found.append(tags())

    with sdk.isolation_scope():
        sdk.set_tag("request", "before")
        thread = threading.Thread(target=wait)
        thread.start()
        sdk.set_tag("request", "after")
        go.set()
        thread.join()

    assert found == [{"request": "before"}]


def test_thread_in_a_copy_of_the_context_has_its_own_scopes(memory):
    """C3: a thread that inherits the context, as Python 3.14 can do it, still writes nothing of its starter's."""
    with sdk.isolation_scope():
        sdk.set_tag("request", "1")
        context = contextvars.copy_context()
        before, after = in_thread(lambda: context.run(writing))
        outside = tags()

    assert before == {"request": "1"}
    assert after == {"request": "1", "thread": "1", "current of thread": "1"}
    assert outside == {"request": "1"}


def test_subclass_with_a_run_of_its_own(memory):
    """C3: a thread's `run` may be a method, or an attribute; it is there as before, and no cycle keeps the thread."""

    class Running(threading.Thread):
        found = None

        def run(self):
            self.found = tags(), "run" in vars(self)

    sdk.set_tag("root", "1")
    thread = Running()
    thread.start()
    thread.join()
    own = threading.Thread()
    own.run = lambda: found.append(tags())
    found, mine = [], own.run
    own.start()
    own.join()

    assert thread.found == ({"root": "1"}, False)
    assert found == [{"root": "1"}]
    assert own.run is mine
    gc.collect()
    gc.disable()
    try:
        reference = weakref.ref(thread)
        del thread
        assert reference() is None
    finally:
        gc.enable()


def test_thread_that_cannot_start_is_as_before(memory, monkeypatch):
    """C3: a start that fails raises what it raises, and leaves nothing on the thread."""

    def refuse(*_, **_options):
        raise RuntimeError("can't start new thread")

    thread = threading.Thread()
    with monkeypatch.context() as patch:
        for name in ("_start_new_thread", "_start_joinable_thread"):
            patch.setattr(threading, name, refuse, raising=False)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            thread.start()

    assert "run" not in vars(thread)
    thread.start()
    thread.join()
    with pytest.raises(RuntimeError, match="once"):
        thread.start()
    assert "run" not in vars(thread)


def test_pool_item_runs_in_a_fork_made_when_it_was_given(memory):
    """C4 (sentry-python#4565, #4672): each item has what its submitter had, and nothing of the item before."""
    found = []

    def item(name):
        found.append(tags())
        sdk.set_tag("left by", name)
        sdk.get_current_scope().set_tag("left in current by", name)
        return tags()

    with ThreadPoolExecutor(1) as pool:
        for name in "ab":
            with sdk.isolation_scope():
                sdk.set_tag("request", name)
                future = pool.submit(item, name)
                sdk.set_tag("too late", name)
                future.result()
        mapped = list(pool.map(item, "c"))
        bare = pool.submit(tags).result()

    assert found == [{"request": "a"}, {"request": "b"}, {}]
    assert mapped == [{"left by": "c", "left in current by": "c"}]
    assert bare == {}


def test_worker_itself_has_no_scopes_of_the_first_submitter(memory):
    """C4 (sentry-python#162, yeti-web#1195): the thread that a submit starts serves whoever comes."""
    sdk.set_tag("root", "1")
    found = []

    with sdk.isolation_scope():
        sdk.set_tag("request", "1")
        pool = ThreadPoolExecutor(1, initializer=lambda: found.append(tags()))
        with pool:
            found.append(pool.submit(tags).result())

    assert found == [{"root": "1"}, {"root": "1", "request": "1"}]


def test_item_that_raises_leaves_nothing(memory):
    """C4: an exception goes to the future, and the next item starts clean."""

    def item():
        sdk.set_tag("left", "1")
        raise KeyError("boom")

    with ThreadPoolExecutor(1) as pool:
        failed = pool.submit(item).exception()
        after = pool.submit(tags).result()

    assert isinstance(failed, KeyError)
    assert after == {}


def test_run_in_executor_has_the_tasks_scopes(memory):
    """C4: `run_in_executor` does not copy the context, and the item has the task's scopes all the same."""

    async def request(name):
        sdk.set_tag("request", name)
        await asyncio.sleep(0)
        return await asyncio.get_running_loop().run_in_executor(pool, writing)

    async def main():
        return await asyncio.gather(*(request(name) for name in "ab"))

    with ThreadPoolExecutor(1) as pool:
        results = asyncio.run(main())

    for name, (before, after) in zip("ab", results, strict=True):
        assert before == {"request": name}
        assert after == {"request": name, "thread": "1", "current of thread": "1"}


def test_without_the_integration_threads_start_with_the_roots(memory):
    """C3: for a client that does not use it the hooks do nothing."""
    sdk.init("memory://")
    sdk.set_tag("root", "1")
    with sdk.isolation_scope(), ThreadPoolExecutor(1) as pool:
        sdk.set_tag("request", "1")
        found = in_thread(tags), pool.submit(tags).result()

    assert found == ({"root": "1"}, {"root": "1"})


def test_what_is_no_function_is_refused_as_ever(memory):
    """C4: a wrong argument is the pool's to refuse."""
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(7).exception(), TypeError)
