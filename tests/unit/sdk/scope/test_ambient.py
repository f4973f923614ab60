"""Tests of which scopes are in effect: threads, contexts, blocks that end in any order."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk._scope import current_var, isolation_var
from pytest_errortrack.sdk.testing import isolation_scopes_in_force, merged_scope


def in_thread(function, *arguments):
    """Call a function in a new thread, and return what it returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def tags():
    """Return the tags that an event captured here would have."""
    return merged_scope().get("tags", {})


def test_setters_write_the_isolation_scope():
    """S2: module-level setters write the isolation scope, set_level included."""
    sdk.set_tag("a", 1)
    sdk.set_level("warning")

    assert sdk.get_isolation_scope().tags == {"a": 1}
    assert sdk.get_isolation_scope().level == "warning"
    assert sdk.get_current_scope().tags == {}


def test_new_thread_starts_with_the_roots():
    """C3: without a threading integration a new thread starts with a fork of the root scopes."""
    sdk.set_tag("root", 1)
    with sdk.isolation_scope():
        sdk.set_tag("request", 1)
        assert in_thread(tags) == {"root": 1}


def test_threads_do_not_write_the_roots():
    """C3: what a thread writes is its own."""

    def write():
        sdk.set_tag("thread", 1)
        sdk.get_current_scope().set_tag("current", 1)
        return tags()

    sdk.set_tag("root", 1)

    assert in_thread(write) == {"root": 1, "thread": 1, "current": 1}
    assert tags() == {"root": 1}


def test_inherited_implicit_scope_is_forked_at_the_first_write_of_another_thread():
    """C1, C3: a thread in a copy of our context (as Python 3.14 does it) reads our scopes and never writes them."""

    def use():
        read = tags()
        sdk.set_tag("thread", 1)
        return read, tags()

    def start():
        sdk.set_tag("starter", 1)
        context = contextvars.copy_context()
        result = in_thread(context.run, use)
        return result, tags()

    result, after = in_thread(start)

    assert result == ({"starter": 1}, {"starter": 1, "thread": 1})
    assert after == {"starter": 1}


def test_inherited_explicit_scope_is_forked_for_another_thread():
    """C1: an isolation scope opened on purpose is not shared with other threads either."""

    def use():
        sdk.set_tag("thread", 1)
        return tags()

    with sdk.isolation_scope():
        sdk.set_tag("request", 1)
        context = contextvars.copy_context()

        assert in_thread(context.run, use) == {"request": 1, "thread": 1}
        assert tags() == {"request": 1}


def test_reading_does_not_fork():
    """C1: reading goes through inherited scopes; they are forked by a write only."""
    with sdk.isolation_scope():
        layer = isolation_var.get()

        def read():
            tags()
            sdk.last_event_id()
            return isolation_var.get(), current_var.get()

        isolation, current = in_thread(contextvars.copy_context().run, read)

    assert isolation is layer
    assert current is not None


def test_isolation_scope_forks_both():
    """S3: an isolation scope has forks of isolation and current scope; nothing leaks in or out."""
    sdk.set_tag("outer", 1)
    sdk.get_current_scope().set_tag("outer current", 1)
    with sdk.isolation_scope() as scope:
        sdk.set_tag("inner", 1)
        sdk.get_current_scope().set_tag("inner current", 1)

        assert scope is sdk.get_isolation_scope()
        assert tags() == {"outer": 1, "outer current": 1, "inner": 1, "inner current": 1}
    assert tags() == {"outer": 1, "outer current": 1}


def test_new_scope_forks_the_current_scope_only():
    """S3: inside new_scope the isolation scope is the one from outside."""
    with sdk.new_scope() as scope:
        scope.set_tag("inner", 1)
        sdk.set_tag("isolation", 1)

        assert tags() == {"isolation": 1, "inner": 1}
    assert tags() == {"isolation": 1}


def test_write_after_a_block_left_elsewhere_goes_to_the_scope_outside():
    """C5: a write, like a read, passes by the layers that its owner has left."""
    block = sdk.isolation_scope()
    block.__enter__()
    contextvars.copy_context().run(block.__exit__, None, None, None)

    sdk.set_tag("outside", 1)

    assert sdk.get_isolation_scope() is Hub.main.isolation
    assert tags() == {"outside": 1}


def test_interleaved_generators_leave_nothing_behind():
    """C5, M3: generators that open scopes and end in any order never restore each other's."""

    def work(name):
        with sdk.isolation_scope():
            sdk.set_tag("generator", name)
            yield
            yield

    sdk.set_tag("root", 1)
    first, second = work("1"), work("2")
    next(first)
    next(second)
    first.close()
    second.close()

    assert tags() == {"root": 1}
    assert (isolation_var.get(), current_var.get()) == (None, None)


def test_generators_that_end_in_the_order_of_their_start():
    """C5: the block left last puts back what was there before all of them."""

    def work(name):
        with sdk.new_scope() as scope:
            scope.set_tag("generator", name)
            yield

    generators = [work(str(number)) for number in range(4)]
    for generator in generators:
        next(generator)
    for generator in generators:
        next(generator, None)

    assert tags() == {}
    assert current_var.get() is None


def test_block_left_in_another_context_does_not_raise():
    """C5 (sentry-python#4925): a scope entered in one context and left in another is closed, and seen no more."""
    block = sdk.isolation_scope()
    block.__enter__()
    sdk.set_tag("inner", 1)

    contextvars.copy_context().run(block.__exit__, None, None, None)

    assert tags() == {}


def test_context_that_outlives_the_block_keeps_its_scopes():
    """A copy of the context made inside a block still has the block's scopes after it: that work belongs to it."""
    with sdk.isolation_scope():
        sdk.set_tag("request", 1)
        context = contextvars.copy_context()

    assert in_thread(context.run, tags) == {"request": 1}
    assert tags() == {}


def test_reused_worker_threads_in_copied_contexts_show_nothing_of_the_job_before():
    """C4: two jobs, each in its own copy of a context, on one worker thread."""

    def job(name):
        before = tags()
        sdk.set_tag("job", name)
        return before, tags()

    sdk.set_tag("root", 1)
    with ThreadPoolExecutor(1) as pool:
        results = [pool.submit(contextvars.copy_context().run, job, name).result() for name in "ab"]

    assert results == [({"root": 1}, {"root": 1, "job": "a"}), ({"root": 1}, {"root": 1, "job": "b"})]


def test_isolation_scopes_in_force_are_told():
    """The oracle asks for all isolation scopes opened on purpose; forks of them for threads serve the same requests."""
    assert isolation_scopes_in_force() == ()
    with sdk.isolation_scope() as outer:
        assert isolation_scopes_in_force() == (outer,)
        with sdk.isolation_scope() as inner:
            assert isolation_scopes_in_force() == (outer, inner)

            def write_and_ask():
                sdk.set_tag("a", 1)
                return isolation_scopes_in_force()

            context = contextvars.copy_context()
            assert in_thread(context.run, write_and_ask) == (outer, inner)
            assert Hub().run(isolation_scopes_in_force) == (outer, inner)
        assert isolation_scopes_in_force() == (outer,)
    assert isolation_scopes_in_force() == ()
    assert in_thread(context.run, isolation_scopes_in_force) == (outer, inner)
    assert in_thread(isolation_scopes_in_force) == ()


def test_global_scope_reaches_everything():
    """S1: the global scope applies in every thread."""
    sdk.get_global_scope().set_tag("everywhere", 1)

    assert tags() == {"everywhere": 1}
    assert in_thread(tags) == {"everywhere": 1}


def test_thread_scopes_are_not_kept_alive():
    """A thread's scopes go with the thread."""
    import gc
    import weakref

    def write():
        sdk.set_tag("a", 1)
        return weakref.ref(sdk.get_isolation_scope())

    references = []
    thread = threading.Thread(target=lambda: references.append(write()))
    thread.start()
    thread.join()
    del thread
    gc.collect()

    assert references[0]() is None
