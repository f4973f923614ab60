"""Mixed reports of the real `sentry_sdk`: each buggy form is found, each fixed twin passes."""

from __future__ import annotations

import re

PAIRS = """
import functools
import sentry_sdk
from sentry_sdk.scope import Scope, isolation_scope, new_scope, use_isolation_scope
from pytest_errortrack.interleave import interleaved

sentry_sdk.init(dsn="", default_integrations=False, traces_sample_rate=1.0)
SCOPE = Scope.get_isolation_scope()   # kept by a module, as applications do
USER = {}

def pair(buggy, fixed):
    return made(buggy), made(fixed)

def made(handle):
    @interleaved(level="op")
    def test(interleaving, captured_events):
        interleaving.run(a=functools.partial(handle, "A"), b=functools.partial(handle, "B"))
        captured_events.assert_isolated()
    return test

def everywhere(name):
    Scope.get_global_scope().set_tag("request", name)
    sentry_sdk.capture_message("test!")

def isolated(name):
    with isolation_scope() as scope:
        scope.set_tag("request", name)
        sentry_sdk.set_user({"id": name})
        sentry_sdk.capture_message("test!")

test_buggy_global, test_fixed_global = pair(everywhere, isolated)

def kept_by_reference(name):
    SCOPE.set_extra("Request Params", name)
    SCOPE.set_extra("Tracking ID", name)
    sentry_sdk.capture_message("test!", scope=SCOPE)

ENTERED = SCOPE.fork()

def entered_by_all(name):
    with use_isolation_scope(ENTERED):
        sentry_sdk.set_tag("request", name)
        sentry_sdk.capture_message("test!")

def entered_fork(name):
    with use_isolation_scope(ENTERED.fork()):
        sentry_sdk.set_tag("request", name)
        sentry_sdk.capture_message("test!")

test_buggy_entered, test_fixed_entered = pair(entered_by_all, entered_fork)

def fork_of_kept(name):
    scope = SCOPE.fork()
    scope.set_extra("Tracking ID", name)
    sentry_sdk.capture_message("test!", scope=scope)

test_buggy_kept, test_fixed_kept = pair(kept_by_reference, fork_of_kept)

def processor(name):
    def add_url(event, hint):
        event.setdefault("tags", {})["url"] = name
        return event
    return add_url

def piled_up_processors(name):
    Scope.get_global_scope().add_event_processor(processor(name))
    sentry_sdk.capture_message("test!")

def own_processors(name):
    with isolation_scope() as scope:
        scope.add_event_processor(processor(name))
        sentry_sdk.capture_message("test!")

test_buggy_processors, test_fixed_processors = pair(piled_up_processors, own_processors)

def crumbs_of_all(name):
    Scope.get_global_scope().add_breadcrumb(message=name)
    sentry_sdk.capture_message("test!")

def own_crumbs(name):
    with new_scope() as scope:
        scope.add_breadcrumb(message=name)
        sentry_sdk.capture_message("test!")

test_buggy_breadcrumbs, test_fixed_breadcrumbs = pair(crumbs_of_all, own_crumbs)

def one_user_object(name):
    with isolation_scope():
        USER["id"] = name
        sentry_sdk.set_user(USER)
        sentry_sdk.capture_message("test!")

def user_object_each(name):
    with isolation_scope():
        sentry_sdk.set_user({**USER, "id": name})
        sentry_sdk.capture_message("test!")

test_buggy_aliased_user, test_fixed_aliased_user = pair(one_user_object, user_object_each)

def attachment_for_all(name):
    Scope.get_global_scope().add_attachment(bytes=name.encode(), filename=f"{name}.txt")
    sentry_sdk.capture_message("test!")

def own_attachment(name):
    with new_scope() as scope:
        scope.add_attachment(bytes=name.encode(), filename=f"{name}.txt")
        sentry_sdk.capture_message("test!")

test_buggy_attachment, test_fixed_attachment = pair(attachment_for_all, own_attachment)

def logged(name):
    scope = Scope.get_global_scope()
    scope.set_level("warning" if name == "A" else "fatal")
    scope.fingerprint = [name]
    sentry_sdk.capture_event({"message": "test!"})

def logged_isolated(name):
    with new_scope() as scope:
        scope.set_level("warning" if name == "A" else "fatal")
        scope.fingerprint = [name]
        sentry_sdk.capture_event({"message": "test!"})

test_buggy_level, test_fixed_level = pair(logged, logged_isolated)
"""


TASKS = """
import asyncio
import sentry_sdk
from sentry_sdk.scope import Scope, isolation_scope, new_scope

sentry_sdk.init(dsn="", default_integrations=False, traces_sample_rate=1.0)

def pair(buggy, fixed):
    return made(buggy), made(fixed)

def made(handle):
    def test(captured_events):
        async def main():
            WRITTEN.clear()
            await asyncio.gather(handle("A"), handle("B"))
        asyncio.run(main())
        captured_events.assert_isolated()
    return test

async def sibling(name):
    sentry_sdk.set_tag("request", name)
    await asyncio.sleep(0)
    sentry_sdk.capture_message("test!")

async def isolated_sibling(name):
    with isolation_scope():
        await sibling(name)

test_buggy_siblings, test_fixed_siblings = pair(sibling, isolated_sibling)

async def foreign_transaction(name):
    with sentry_sdk.start_transaction(name=name):
        await asyncio.sleep(0)
        with sentry_sdk.start_span(op=name):
            await asyncio.sleep(0)

async def own_transaction(name):
    with isolation_scope():
        await foreign_transaction(name)

test_buggy_transaction, test_fixed_transaction = pair(foreign_transaction, own_transaction)

async def foreign_trace(name):
    with sentry_sdk.start_transaction(name="t"):
        await asyncio.sleep(0)
        sentry_sdk.capture_message("test!")

async def own_trace(name):
    with isolation_scope():
        await foreign_trace(name)

test_buggy_trace, test_fixed_trace = pair(foreign_trace, own_trace)

WRITTEN = set()

async def in_thread_of_shared(name):
    await asyncio.to_thread(sentry_sdk.set_tag, "request", name)
    WRITTEN.add(name)
    while len(WRITTEN) < 2:  # both have written before one reports
        await asyncio.sleep(0)
    sentry_sdk.capture_message("test!")

async def in_thread_of_own(name):
    with isolation_scope():
        await in_thread_of_shared(name)

test_buggy_to_thread, test_fixed_to_thread = pair(in_thread_of_shared, in_thread_of_own)
"""

WORKERS = """
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
import sentry_sdk
from sentry_sdk.scope import isolation_scope

sentry_sdk.init(dsn="", default_integrations=False)

def pair(run, buggy, fixed):
    return made(run, buggy), made(run, fixed)

def made(run, job):
    def test(captured_events, errortrack):
        run(job, errortrack)
        captured_events.assert_isolated()
    return test

def by_queue(job, errortrack):
    jobs = queue.Queue()
    def work():
        while (name := jobs.get()) is not None:
            job(name)
    worker = threading.Thread(target=work, name="worker")
    worker.start()
    for name in ("A", "B"):
        with errortrack.actor(f"client {name}"):
            jobs.put(name)
    jobs.put(None)
    worker.join()

def by_pool(job, errortrack):
    with ThreadPoolExecutor(max_workers=1) as pool:
        for name in ("A", "B"):
            with errortrack.actor(f"client {name}"):
                future = pool.submit(job, name)
            future.result()

def by_actor(job, errortrack):
    for name in ("A", "B"):
        with errortrack.actor(f"request {name}"):
            job(name)

def residue(name):
    sentry_sdk.set_tag("request" + name, name)
    sentry_sdk.capture_message("test!")

def without_residue(name):
    with isolation_scope():
        residue(name)

test_buggy_queue, test_fixed_queue = pair(by_queue, residue, without_residue)
test_buggy_pool, test_fixed_pool = pair(by_pool, residue, without_residue)
test_buggy_actor, test_fixed_actor = pair(by_actor, residue, without_residue)

def crumbs(name):
    sentry_sdk.add_breadcrumb(message=name)
    sentry_sdk.capture_message("test!")

def own_crumbs(name):
    with isolation_scope():
        crumbs(name)

test_buggy_crumbs, test_fixed_crumbs = pair(by_queue, crumbs, own_crumbs)

def user(name):
    if name == "A":
        sentry_sdk.set_user({"id": name})
    sentry_sdk.capture_message("test!")

def own_user(name):
    with isolation_scope():
        user(name)

test_buggy_user, test_fixed_user = pair(by_pool, user, own_user)
"""


def test_each_mixed_report_is_found_and_each_fixed_twin_passes(pytester):
    """Shared scopes, processors, values: found with the fewest preemptions that show it; the fixed twin is complete."""
    pytester.makepyfile(test_pairs=PAIRS)

    result = pytester.runpytest_subprocess("-rA")

    assert_each_pair_is_told_apart(result, pairs=8)
    text = result.stdout.str()
    assert len(re.findall(r"^E .*\([01] preemptions?, found as", text, re.MULTILINE)) == 8
    summaries = [line for line in result.outlines if re.match(r"test_pairs.py::test_fixed_\w+: ", line)]
    assert len(summaries) == 8
    assert [line for line in summaries if ": complete: " not in line] == []
    result.stdout.fnmatch_lines(
        """
        *events[[]1[]] "test!" captured by a (test_pairs.py:*, step 4) carries data that b wrote:
        *tags?"request"? = 'B'   written by b at test_pairs.py:*, step 2
        *the interleaving (1 preemption, found as schedule *)
        *step  a * b
        *1  set_tag *
        *-- preempted --
        *2  * set_tag *
        *3  * capture_message *
        *4  capture_message *
        """
    )


def test_an_actor_that_logs_is_not_switched_away_with_a_lock(pytester):
    """The logging integration captures while a handler's lock is held: two actors that log come to their end."""
    pytester.makepyfile("""
        import logging
        import sentry_sdk
        from sentry_sdk.scope import Scope, isolation_scope, new_scope
        from pytest_errortrack.interleave import interleaved

        sentry_sdk.init(dsn="", auto_enabling_integrations=False)
        log = logging.getLogger("shop")

        def buggy(name):
            Scope.get_global_scope().set_tag("request", name)
            log.warning("about to fail")
            log.error("failed")

        def fixed(name):
            with isolation_scope() as scope:
                scope.set_tag("request", name)
                log.warning("about to fail")
                log.error("failed")

        @interleaved(level="op", max_preemptions=1)
        def test_buggy_log(interleaving, captured_events):
            interleaving.run(a=lambda: buggy("A"), b=lambda: buggy("B"))
            captured_events.assert_isolated()

        @interleaved(level="op", max_preemptions=1)
        def test_fixed_log(interleaving, captured_events):
            interleaving.run(a=lambda: fixed("A"), b=lambda: fixed("B"))
            assert len(captured_events) == 2
            captured_events.assert_isolated()
    """)

    result = pytester.runpytest_subprocess("-rA")

    assert_each_pair_is_told_apart(result, pairs=1)
    result.stdout.fnmatch_lines(["*test_fixed_log: complete: *"])


def test_tasks_that_share_a_scope_are_found(pytester):
    """Tags, traces, spans in a foreign transaction, writes from `asyncio.to_thread`; with isolation scopes: clean."""
    pytester.makepyfile(test_tasks=TASKS)

    result = pytester.runpytest_subprocess("-rA")

    assert_each_pair_is_told_apart(result, pairs=4)


def test_residue_on_a_worker_is_found(pytester):
    """What one job leaves on a worker of a queue or a pool is foreign to the next; with isolation scopes: clean."""
    pytester.makepyfile(test_workers=WORKERS)

    result = pytester.runpytest_subprocess("-rA")

    assert_each_pair_is_told_apart(result, pairs=5)


def assert_each_pair_is_told_apart(result, *, pairs):
    """Make sure that each buggy form, and nothing else, is a finding of the oracle."""
    text = result.stdout.str()
    found = re.findall(r"^(PASSED|FAILED) test_\w+\.py::test_(buggy|fixed)_(\w+)", text, re.MULTILINE)
    assert len(found) == 2 * pairs
    expected = {"buggy": "FAILED", "fixed": "PASSED"}
    assert [(form, name) for outcome, form, name in found if outcome != expected[form]] == []
    assert len(re.findall(r"^E +AssertionError: .*\s+(?:E +)?carries data that", text, re.MULTILINE)) == pairs
