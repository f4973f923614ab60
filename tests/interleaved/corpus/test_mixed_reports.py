"""Mixed reports as they happened to others, in little: the form with the mistake is found, the repaired one passes.

Each is told for our own SDK, where a hub held by reference is what is shared, and for the real `sentry_sdk`. What each
pair reproduces is in its docstring, with the thread of the project where it was reported.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack import capture, sdk
from pytest_errortrack.interleave import explore

sentry_sdk = pytest.importorskip("sentry_sdk")
from sentry_sdk.integrations.asyncio import AsyncioIntegration  # noqa: E402 - see above
from sentry_sdk.scope import Scope, isolation_scope  # noqa: E402 - see above

NATIVE = {"dsn": None, "traces_sample_rate": 1.0}
SENTRY = {"backend": "sentry_sdk", "dsn": "", "default_integrations": False, "traces_sample_rate": 1.0}


def verdict(errortrack, **keywords):
    """Return what the oracle finds, or nothing."""
    try:
        errortrack.events.assert_isolated(**keywords)
    except AssertionError as error:
        return str(error)
    return ""


def told_by(options, scenario, **keywords):
    """Record a scenario, and return the oracle's verdict."""
    with capture(**options) as errortrack:
        scenario(errortrack)
    return verdict(errortrack, **keywords)


def explored(options, scenario):
    """Explore a scenario of two actors, and return the exploration."""

    def schedule(interleaving):
        with capture(**options) as errortrack:
            scenario(interleaving)
        errortrack.events.assert_isolated()

    return explore(schedule, level="op", budget=400, max_preemptions=1)


def by_queue(job, names=("A", "B")):
    """Let one hand-made worker do a job for each name."""
    jobs = queue.Queue()

    def work():
        while (name := jobs.get()) is not None:
            job(name)

    worker = threading.Thread(target=work, name="worker")
    worker.start()
    for name in (*names, None):
        jobs.put(name)
    worker.join()


# -- document 1: concurrent requests on one shared hub -------------------------------------------------------------


def test_requests_that_share_a_hub():
    """`ConfigureScope(SetExtra(...))` on one hub, then `CaptureException`; the repair is a clone per request."""

    def handle(hub, name):
        hub.configure_scope(lambda scope: scope.set_extra("Tracking ID", name))
        hub.capture_exception(ValueError(name))

    def buggy(interleaving):
        hub = sdk.Hub.current
        interleaving.run(A=lambda: handle(hub, "A"), B=lambda: handle(hub, "B"))

    def fixed(interleaving):
        hub = sdk.Hub.current
        interleaving.run(A=lambda: handle(hub.clone(), "A"), B=lambda: handle(hub.clone(), "B"))

    found, passed = explored(NATIVE, buggy), explored(NATIVE, fixed)

    assert 'carries data that B wrote:\n    extra["Tracking ID"]' in str(found.failure) or (
        'carries data that A wrote:\n    extra["Tracking ID"]' in str(found.failure)
    )
    assert found.preemptions == 1
    assert (passed.failure, passed.complete) == (None, True)


# -- a task group whose requests pile processors up (sentry-python#5268) --------------------------------------------


def serve_in_a_group(serve):
    """Serve two requests in one task group: the first reports after the second has begun."""

    async def main():
        second_began = asyncio.Event()

        async def first():
            with_report = serve("A")
            await second_began.wait()
            with_report()

        async def second():
            with_report = serve("B")
            second_began.set()
            await asyncio.sleep(0)
            with_report()

        async with asyncio.TaskGroup() as group:
            group.create_task(first(), name="A")
            group.create_task(second(), name="B")

    asyncio.run(main())


def names_the_request(name):
    """Return an event processor as integrations of web frameworks add them."""

    def request_processor(event, _hint):
        event["transaction"] = f"/{name}"
        return event

    return request_processor


def test_processors_that_pile_up_in_a_task_group():
    """Tasks that share an isolation scope add their request's processor to it: the last name is on every event."""

    def natively(hub_of):
        def serve(name):
            hub = hub_of()
            hub.scope.add_event_processor(names_the_request(name))
            return lambda: hub.capture_message(name)

        return lambda _: serve_in_a_group(serve)

    def shares_the_scope(name):
        sentry_sdk.get_isolation_scope().add_event_processor(names_the_request(name))
        return lambda: sentry_sdk.capture_message(name)

    def has_its_own(name):
        block = isolation_scope()
        block.__enter__()  # as a middleware does, around the whole request
        return shares_the_scope(name)

    native_bug = told_by(NATIVE, natively(lambda: sdk.Hub.main))
    native_fix = told_by(NATIVE, natively(sdk.Hub.main.clone))
    sentry_bug = told_by(SENTRY, lambda _: serve_in_a_group(shares_the_scope))
    sentry_fix = told_by(SENTRY, lambda _: serve_in_a_group(has_its_own))

    for found in (native_bug, sentry_bug):
        assert 'event_processors["' in found
        assert '"A" captured by A' in found
    assert (native_fix, sentry_fix) == ("", "")


# -- an asynchronous generator that is left early (sentry-python#4925) ----------------------------------------------


def test_a_generator_that_is_never_closed():
    """The scope that a generator opened stays in force after its consumer broke off: the next job works in it."""

    def numbers(name):
        with isolation_scope() as scope:
            scope.set_tag(f"of_generator_{name}", name)
            yield 1
            yield 2

    kept = []

    def breaks_off(name):
        steps = numbers(name)
        kept.append(steps)
        for _ in steps:
            break
        sentry_sdk.capture_message(name)

    def closes(name):
        with isolation_scope():
            steps = numbers(name)
            next(steps)
            steps.close()
            sentry_sdk.capture_message(name)

    found = told_by(SENTRY, lambda _: by_queue(breaks_off))
    passed = told_by(SENTRY, lambda _: by_queue(closes))

    assert "captured by job 2 of worker" in found
    assert '\n    tags["of_generator_A"] = ' in found
    assert passed == ""


# -- work handed to a thread by a task -------------------------------------------------------------------------------


def two_tasks(write, report):
    """Let two tasks write in a thread each, and report when both have."""

    async def task(name, both_have_written):
        with_scope = write(name)
        await asyncio.to_thread(with_scope.set_tag, f"of_{name}", name)
        await both_have_written.wait()
        report(name, with_scope)

    async def main():
        both_have_written = asyncio.Barrier(2)
        async with asyncio.TaskGroup() as group:
            for name in ("A", "B"):
                group.create_task(task(name, both_have_written), name=name)

    asyncio.run(main())


def test_what_a_thread_of_a_task_writes_belongs_to_the_task():
    """`asyncio.to_thread` writes into its caller's hub: shared among tasks it is found, with a clone each not."""

    def scenario(hub_of):
        hubs = {}

        def scope_of(name):
            hubs[name] = hub_of()
            return hubs[name].scope

        return lambda _: two_tasks(scope_of, lambda name, _: hubs[name].capture_message(name))

    found = told_by(NATIVE, scenario(lambda: sdk.Hub.main))
    passed = told_by(NATIVE, scenario(sdk.Hub.main.clone))

    assert '\n    tags["of_' in found
    assert passed == ""


def test_what_a_thread_of_a_task_writes_with_sentry_sdk_belongs_to_the_task():
    """The same with `sentry_sdk`: tasks that share an isolation scope, and tasks that have one each."""

    def own_scope(_):
        return isolation_scope().__enter__()

    def scenario(scope_of):
        return lambda _: two_tasks(scope_of, lambda name, scope: scope.capture_message(name))

    with capture(**SENTRY) as mixed:
        shared = sentry_sdk.get_isolation_scope()
        scenario(lambda _: shared)(mixed)
    passed = told_by(SENTRY, scenario(own_scope))

    assert '\n    tags["of_' in verdict(mixed)
    assert passed == ""


# -- too much isolation (sentry-python#5371) -------------------------------------------------------------------------


def test_jobs_of_a_pool_that_are_isolated_too_much():
    """`run_in_executor` loses the task's scopes unless they are handed over: `inherited=` asks, isolation does not."""

    def reports(library, hand_over):
        async def request(name):
            library.set_tag("tenant", name)
            await hand_over(lambda: library.capture_message(name))

        async def main():
            for name in ("A", "B"):
                await asyncio.create_task(request(name), name=name)

        return lambda _: asyncio.run(main())

    async def loses(report):
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="pool") as pool:
            await asyncio.get_running_loop().run_in_executor(pool, report)

    async def keeps(report):
        await loses(functools.partial(contextvars.copy_context().run, report))

    options = {**SENTRY, "integrations": [AsyncioIntegration()]}
    lacking = [
        told_by(NATIVE, reports(sdk, loses), inherited=["tags.tenant"]),
        told_by(options, reports(sentry_sdk, loses), inherited=["tags.tenant"]),
    ]
    unasked = told_by(NATIVE, reports(sdk, loses))
    with capture(**NATIVE) as native:
        reports(sdk, keeps)(native)
    with capture(**options) as theirs:
        reports(sentry_sdk, keeps)(theirs)

    for found in lacking:
        assert 'events[0] "A" captured by job 1 of pool_0 (test_mixed_reports.py:' in found
        assert "lacks what its ancestor A" in found
        assert '\n    tags["tenant"]   written by A' in found
    assert (unasked, verdict(native), verdict(theirs)) == ("", "", "")
    for repaired in (native, theirs):
        assert [event.tags for event in repaired.events] == [{"tenant": "A"}, {"tenant": "B"}]


# -- residue of a job on a worker that goes on (sentry-python#248) ----------------------------------------------------


def residue(options, write, report, own):
    """Tell of two jobs on one worker, without and with a scope of their own."""

    def leaves(name):
        if name == "A":
            write(name)
        report(name)

    def cleans(name):
        with own():
            leaves(name)

    return [told_by(options, lambda _, job=job: by_queue(job)) for job in (leaves, cleans)]


@pytest.mark.parametrize("what", ["tag", "breadcrumb"])
def test_residue_of_an_earlier_job(what):
    """What an earlier request on a persistent worker left behind, tags or breadcrumbs, is on a later one's event."""
    write = {
        "tag": lambda library: lambda name: library.set_tag("customer", name),
        "breadcrumb": lambda library: lambda name: library.add_breadcrumb(message=f"of {name}"),
    }[what]
    path = {"tag": 'tags["customer"]', "breadcrumb": "breadcrumbs[0]"}[what]

    native_bug, native_fix = residue(NATIVE, write(sdk), sdk.capture_message, sdk.isolation_scope)
    sentry_bug, sentry_fix = residue(SENTRY, write(sentry_sdk), sentry_sdk.capture_message, isolation_scope)

    for found in (native_bug, sentry_bug):
        assert "captured by job 2 of worker (test_mixed_reports.py:" in found
        assert f"carries data that job 1 of worker wrote:\n    {path}" in found
    assert (native_fix, sentry_fix) == ("", "")


# -- one mapping handed over by all (its change reaches the other's event) ---------------------------------------------


def test_one_mapping_that_all_hand_over():
    """`set_user(d)`, and `d` is changed for the next request: `sentry_sdk` keeps the mapping, our SDK a copy of it."""

    def reports(library, block, user_of):
        common = {}
        both_have_set = threading.Barrier(2, timeout=20)

        def handle(name):
            with block():
                user = user_of(common)
                user["id"] = name
                library.set_user(user)
                both_have_set.wait()
                library.capture_message(name)

        def scenario(_):
            with ThreadPoolExecutor(max_workers=2) as pool:
                list(pool.map(handle, ("A", "B")))

        return scenario

    sentry_bug = told_by(SENTRY, reports(sentry_sdk, isolation_scope, lambda common: common))
    sentry_fix = told_by(SENTRY, reports(sentry_sdk, isolation_scope, dict))
    native = told_by(NATIVE, reports(sdk, sdk.isolation_scope, lambda common: common))

    assert 'user["id"] = ' in sentry_bug
    assert (sentry_fix, native) == ("", "")


# -- a scope for the whole process (sentry-python#147, #333) --------------------------------------------------------


def test_the_global_scope_as_a_request_scope():
    """What one request writes to the scope of the whole process is on the other's event, in some schedules."""

    def everywhere(name):
        Scope.get_global_scope().set_tag("request", name)
        sentry_sdk.capture_message(name)

    def isolated(name):
        with isolation_scope() as scope:
            scope.set_tag("request", name)
            sentry_sdk.capture_message(name)

    def of(handle):
        return lambda interleaving: interleaving.run(A=lambda: handle("A"), B=lambda: handle("B"))

    found, passed = explored(SENTRY, of(everywhere)), explored(SENTRY, of(isolated))

    assert 'tags["request"] = ' in str(found.failure)
    assert (passed.failure, passed.complete) == (None, True)
