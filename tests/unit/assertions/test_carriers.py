from __future__ import annotations

import asyncio
import inspect
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.thread import _WorkItem

import pytest

from pytest_errortrack import capture, sdk


def in_thread(function, *, name):
    """Run a function in a thread of its own, to its end."""
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join()


def serve(jobs, handle, *, prepare=lambda: None):
    """Take jobs from a queue until there is None."""
    prepare()
    while (job := jobs.get()) is not None:
        handle(job)


def work(jobs, handle, *, prepare=lambda: None):
    """Serve in a thread of its own, whose scope all jobs share."""
    in_thread(lambda: serve(jobs, handle, prepare=prepare), name="worker")


def handle_with_residue(job):
    """Report a job with what the last one left: the tag is set only where there is a user."""
    if job.get("user"):
        sdk.set_tag("user", job["user"])
    sdk.capture_message(job["name"])


def handle_apart(job):
    """Report a job in a scope of its own."""
    with sdk.isolation_scope():
        handle_with_residue(job)


JOBS = ({"name": "first", "user": "ann"}, {"name": "second"})


@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue])
def test_residue_on_a_worker_of_a_queue_is_foreign_to_the_next_job(kind):
    """What one job left on a reused worker is found on the next one's event; the form with a scope per job is clean."""
    found = []
    for handle in (handle_with_residue, handle_apart):
        with capture() as errortrack:
            jobs = kind()
            for job in (*JOBS, None) if kind is queue.Queue else (None, *reversed(JOBS)):
                jobs.put(job)
            work(jobs, handle)
        assert [event.message for event in errortrack.events] == ["first", "second"]
        try:
            errortrack.events.assert_isolated()
        except AssertionError as error:
            found.append(str(error))

    assert len(found) == 1, found
    assert "captured by job 2 of worker" in found[0]
    assert "carries data that job 1 of worker wrote" in found[0]


@pytest.mark.parametrize("leaves_residue", [True, False])
def test_residue_on_a_thread_of_a_pool_is_foreign_to_the_next_job(leaves_residue):
    """The same for `ThreadPoolExecutor`, whose jobs know who submitted them."""
    handle = handle_with_residue if leaves_residue else handle_apart
    with capture() as errortrack, ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
        for job in JOBS:
            pool.submit(handle, job).result()

    if leaves_residue:
        with pytest.raises(
            AssertionError, match=r"captured by job 2 of pool_0 .*\s+carries data that job 1 of pool_0 wrote"
        ):
            errortrack.events.assert_isolated()
    else:
        errortrack.events.assert_isolated()


def test_residue_in_a_task_that_takes_jobs_is_foreign_to_the_next_job():
    """The same for a consumer of `asyncio.Queue`."""

    async def main():
        jobs = asyncio.Queue()
        for job in (*JOBS, None):
            jobs.put_nowait(job)

        async def consume():
            while (job := await jobs.get()) is not None:
                handle_with_residue(job)

        with sdk.isolation_scope():
            await asyncio.create_task(consume(), name="consumer")

    with capture() as errortrack:
        asyncio.run(main())

    with pytest.raises(AssertionError, match=r"job 2 of consumer.*\s+carries data that job 1 of consumer.* wrote"):
        errortrack.events.assert_isolated()


def test_what_a_worker_set_up_and_what_the_submitter_wrote_is_inherited():
    """Before its first job a worker prepares itself; before submitting, the submitter wrote configuration."""
    with capture() as errortrack:
        hub = sdk.Hub.main
        hub.scope.set_tag("app", "shop")
        jobs = queue.Queue()
        for job in ({"name": "a"}, {"name": "b"}, None):
            jobs.put(job)
        work(jobs, lambda job: hub.capture_message(job["name"]), prepare=lambda: hub.scope.set_tag("worker", "w"))

    assert [event.tags for event in errortrack.events] == [{"app": "shop", "worker": "w"}] * 2
    errortrack.events.assert_isolated()


def test_what_the_submitter_writes_after_submitting_is_told_apart():
    """A worker that ran already may see it or not; one that is started later finds it set."""
    with capture() as errortrack:
        hub = sdk.Hub.main
        jobs, gate = queue.Queue(), threading.Event()
        for job in ({"name": "a"}, {"name": "b"}, None):
            jobs.put(job)
        early = threading.Thread(
            target=lambda: (gate.wait(), serve(jobs, lambda job: hub.capture_message(job["name"])))
        )
        early.start()
        hub.scope.set_tag("late", "yes")
        gate.set()
        early.join()

    with pytest.raises(AssertionError, match="that its ancestor MainThread wrote after starting it"):
        errortrack.events.assert_isolated()


def test_an_answer_is_no_job():
    """Who takes the result of what it handed over stays who it is, with all that it wrote."""
    with capture() as errortrack:

        def answer(questions, answers):
            while (question := questions.get()) is not None:
                sdk.capture_message(f"answering {question}")
                answers.put(question * 2)

        def ask():
            questions, answers = queue.Queue(), queue.Queue()
            helper = threading.Thread(target=answer, args=(questions, answers), name="helper")
            helper.start()
            sdk.set_tag("asker", "yes")
            questions.put(1)
            sdk.set_tag("asked", "yes")
            answers.get()
            sdk.capture_message("answered")
            questions.put(None)
            helper.join()

        in_thread(ask, name="asker")
        in_thread(ask, name="other asker")

    assert {event.actor for event in errortrack.events} == {"asker", "job 1 of helper", "other asker"}
    errortrack.events.assert_isolated()


def test_a_declared_actor_inside_of_a_job_wins_and_the_job_goes_on_after_it():
    """The most recently entered actor counts."""
    with capture() as errortrack:
        jobs = queue.Queue()
        for job in ("a", "b", None):
            jobs.put(job)

        def handle(job):
            sdk.capture_message(f"before {job}")
            with errortrack.actor(f"request {job}"):
                sdk.capture_message(f"within {job}")
            sdk.capture_message(f"after {job}")

        work(jobs, handle)

    assert [event.actor for event in errortrack.events] == [
        *("job 1 of worker", "request a", "job 1 of worker"),
        *("job 2 of worker", "request b", "job 2 of worker"),
    ]


def test_a_queue_gives_what_was_put_and_forgets_the_marks():
    """Items are the very objects, in the queue's own order; an item refused by a full queue leaves no mark."""
    with capture() as errortrack:
        full = queue.Queue(1)
        thing = object()
        full.put(thing)
        with pytest.raises(queue.Full):
            full.put(thing, block=False)
        assert full.get() is thing
        with pytest.raises(queue.Empty):
            full.get_nowait()

        ordered = queue.PriorityQueue()
        for number in (3, 1, 2, 1):
            ordered.put(number)
        assert [ordered.get() for _ in range(4)] == [1, 1, 2, 3]

    assert not errortrack.events


def test_what_was_put_before_the_recording_and_taken_in_it_has_no_submitter():
    """Such a job is the worker's own; what was taken while nobody recorded is forgotten."""
    jobs = queue.Queue()
    with capture():
        jobs.put("taken outside")
    assert jobs.get() == "taken outside"
    jobs.put("put outside")
    with capture() as errortrack:
        in_thread(lambda: (jobs.get(), sdk.capture_message("done")), name="worker")

    assert errortrack.events.one().actor == "worker"


def test_long_chains_of_jobs_stay_cheap():
    """A job that submits the next one, a thousand times over, is judged without recursion."""
    with capture() as errortrack:
        jobs = queue.Queue()
        jobs.put(1000)

        def handle(left):
            if left > 1:
                jobs.put(left - 1)
            else:
                sdk.capture_message("end")
                jobs.put(None)

        work(jobs, handle)
        in_thread(lambda: sdk.capture_message("other"), name="other")

    errortrack.events.assert_isolated()


def test_everything_is_put_back_with_the_last_recording():
    """The replaced methods are the originals again, by identity, and look like them meanwhile."""
    owners = [
        (threading.Thread, "start"),
        *((kind, name) for kind in (queue.Queue,) for name in ("put", "get")),
        *((asyncio.Queue, name) for name in ("put_nowait", "get_nowait")),
        (ThreadPoolExecutor, "submit"),
        (_WorkItem, "run"),
    ]
    before = [owner.__dict__[name] for owner, name in owners]
    with capture():
        with capture():
            pass
        assert all(owner.__dict__[name] is not old for (owner, name), old in zip(owners, before, strict=True))
        assert list(inspect.signature(queue.Queue.put).parameters) == ["self", "item", "block", "timeout"]

    assert [owner.__dict__[name] for owner, name in owners] == before


@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue])
def test_what_is_put_back_is_no_job_of_whoever_had_it(kind):
    """A pool of connections makes no user the heir of the one before: a mix-up behind it is found."""
    found = []
    for mixes in (True, False):
        with capture() as errortrack:
            hub = sdk.Hub.main
            pool = kind()
            pool.put("connection")

            def request(name, hub=hub, pool=pool, mixes=mixes):
                own = hub if mixes else hub.clone()
                own.scope.set_tag(f"request.{name}", "yes")
                connection = pool.get()
                own.capture_message(name)
                pool.put(connection)

            for name in "ab":
                in_thread(lambda name=name: request(name), name=name)
        try:
            errortrack.events.assert_isolated()
        except AssertionError as error:
            found.append(str(error))

    assert len(found) == 1, found
    assert 'tags["request.a"]' in found[0]


def test_a_job_inherits_from_the_isolation_scope_in_which_it_was_taken():
    """What a request wrote before it took a connection is its own."""
    with capture() as errortrack:
        pool = queue.Queue()
        pool.put("connection")

        def request(name):
            with sdk.isolation_scope():
                sdk.set_tag("request", name)
                connection = pool.get()
                sdk.capture_message(name)
                pool.put(connection)

        for name in "ab":
            in_thread(lambda name=name: request(name), name=name)

    assert [event.tags for event in errortrack.events] == [{"request": "a"}, {"request": "b"}]
    errortrack.events.assert_isolated()
