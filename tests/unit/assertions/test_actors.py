from __future__ import annotations

import asyncio
import contextvars
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack import _points, capture, sdk
from pytest_errortrack.assertions import NOBODY, Actor, Recorder, Witness, declared_actor, owner_here, owns_here
from pytest_errortrack.assertions._actors import (
    Belonging,
    _ownership,
    adopt_thing,
    adopted_by,
    become,
    belonging,
    current_task,
    enter_job,
    in_job,
    own_thread,
)


@pytest.fixture
def nothing_adopted(monkeypatch):
    """What other tests adopted is not in force, and what this one does not afterwards."""
    monkeypatch.setattr(_ownership, "_adopted", _ownership._Adoptions())


class Scope:
    """An isolation scope, as far as a witness knows it."""


def write(field="tags", key="t", value=None, *, kind="write", name="set_tag"):
    """Make an operation."""
    return _points.Operation(name, object(), field, key, kind=kind, value=value)


def in_new_thread(function, *, name="worker"):
    """Run a function in a thread of its own; return what it returned."""
    found = []
    thread = threading.Thread(target=lambda: found.append(function()), name=name)
    thread.start()
    thread.join()
    return found[0]


def test_ancestors_are_parents_and_hosts_each_once():
    """A job inherits from whoever submitted it and from the thread that took it, along each line."""
    root = Actor("root", None, 1)
    submitter, host = Actor("submitter", root, 2), Actor("host", root, 3)
    job = Actor("job", submitter, 10, host=host, taken=20)
    helper = Actor("helper", job, 30)

    assert sorted(actor.name for actor in set(helper.ancestors())) == ["host", "job", "root", "submitter"]
    assert list(helper.line()) == [job, submitter, root]
    assert list(root.ancestors()) == list(root.line()) == []


def test_the_birth_below_an_ancestor_is_when_the_last_line_left_it():
    """Of two lines the later one counts; below nobody it is the actor's own birth."""
    root = Actor("root", None, 1)
    submitter, host = Actor("submitter", root, 5), Actor("host", root, 7)
    job = Actor("job", submitter, 10, host=host, taken=20)

    assert job.birth_below(root) == 7
    assert job.birth_below(submitter) == 10
    assert job.birth_below(host) == 20
    assert job.birth_below(Actor("stranger", None, 1)) == 10


def test_an_actor_that_is_its_own_host_is_no_ancestor_of_its_own():
    """Walking in a circle ends."""
    root = Actor("root", None, 1)
    job = Actor("job", root, 2, host=root, taken=3)

    assert set(job.ancestors()) == {root}
    assert job.birth_below(root) == 3


def test_the_stamp_of_a_write_says_all_of_it():
    """Name, value, and numbers that go up over all recordings; a witness that is not concerned gives none."""
    first, second = Witness(), Witness()

    stamps = [first.reach(write(value="a")), second.reach(write(value="b")), first.reach(write(value="c"))]

    assert [stamp.value for stamp in stamps] == ["a", "b", "c"]
    assert stamps[0].number < stamps[1].number < stamps[2].number
    assert first.last_write("tags", "t", by=stamps[0].actor) is stamps[2]
    assert first.last_write("tags", "t", by=stamps[0].actor, before=stamps[2].number) is stamps[0]
    assert first.last_write("tags", "t", by=stamps[0].actor, before=stamps[0].number) is None
    assert first.last_write("tags", "other", by=stamps[0].actor) is None
    assert Witness(is_concerned=lambda: False).reach(write()) is None


def test_the_last_write_is_found_among_keys_and_what_clears_all():
    """By its actor, whatever others wrote; what is looked for may be one of several kinds."""
    witness = Witness()
    first, second = witness.reach(write(value="a")), witness.reach(write(value="b"))
    with declared_actor(witness, "other"):
        witness.reach(write(value="c"))
    me = first.actor

    assert witness.last_write("tags", "t", by=me) is second
    assert witness.last_write("tags", "t", by=me, is_of_it=lambda writer: writer.value == "a") is first
    cleared = witness.reach(write("*", None, name="clear"))
    assert witness.last_write("tags", "t", by=me) is witness.last_write("tags", "other", by=me) is cleared
    assert witness.last_write("tags", "t", by=me, before=cleared.number) is second


def test_the_last_write_is_also_that_of_everything():
    """`clear()` is a write of each field; what is no write of what is looked for is passed over."""
    witness = Witness()
    actor = witness.actor()
    first, second = (witness.reach(write(value=value)) for value in "ab")
    cleared = witness.reach(write("*", None, name="clear"))

    assert witness.last_write("tags", "t", by=actor) is cleared
    assert witness.last_write("tags", "t", by=actor, before=cleared.number) is second
    assert witness.last_write("level", None, by=actor) is cleared
    third = witness.reach(write(value="c"))
    assert witness.last_write("tags", "t", by=actor) is third
    assert witness.last_write("tags", "t", by=actor, is_of_it=lambda each: each.value == "a") is first


@pytest.mark.parametrize(("field", "is_stamped"), [("span", True), ("spans", True), ("tags", False), ("*", False)])
def test_a_span_that_is_opened_is_stamped_without_being_written(field, is_stamped):
    """Nothing was written that could be looked for; a read of anything else has no stamp."""
    witness = Witness()

    stamp = witness.reach(write(field, None, kind="read"))

    assert (stamp is not None) is is_stamped
    assert witness.last_write(field, None, by=witness.actor()) is None
    assert {actor.name for actor in witness.actors_apart()} == {threading.current_thread().name}


class Text(str):
    """A text of the application's own class."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *((value, value) for value in ("x", 1, 1.5, True, None)),
        ({"a": 1, "b": [1], "c": "x"}, {"a": 1, "c": "x"}),
        (["a", [1], 2], ("a", 2)),
        (("a", object()), ("a",)),
        (Text("x"), None),
        (object, None),
    ],
)
def test_of_a_value_is_kept_what_nobody_can_change(value, kept):
    """Plain values, and groups of them without the rest."""
    assert Witness().reach(write(value=value)).value == kept


def test_a_reset_forgets_who_acted_but_not_what_the_set_up_wrote():
    """The next schedule begins with the same configuration."""
    witness = Witness()
    kept = witness.reach(write())
    with declared_actor(witness, "a"):
        later = [witness.reach(write()), witness.reach(write("extra"))]

    witness.reset()

    assert witness.last_write("tags", "t", by=kept.actor) is kept
    assert [witness.last_write(field, "t", by=later[0].actor) for field in ("tags", "extra")] == [None, None]
    assert witness.actors_apart() == set()


def test_scopes_in_force_are_actors_below_each_other():
    """Each is called by its opener, once however deep; the same scope is the same actor."""
    outer, inner, scopes = Scope(), Scope(), []
    witness = Witness(scopes_in_force=lambda: tuple(scopes))
    root = witness.actor()
    scopes.append(outer)
    first = witness.actor()
    scopes.append(inner)
    second = witness.actor()

    assert (first.parent, second.parent) == (root, first)
    assert first.name == second.name == f"{root.name} (isolation scope)"
    assert witness.actor() is second
    scopes.pop()
    assert witness.actor() is first
    assert first.born < second.born


def test_a_scope_that_is_opened_within_a_block_is_an_actor_below_it():
    """Those that were open before are not; outside of the block they are again."""
    older, newer, scopes = Scope(), Scope(), []
    witness = Witness(scopes_in_force=lambda: tuple(scopes))
    scopes.append(older)
    with declared_actor(witness, "block"):
        block = witness.actor()
        scopes.append(newer)
        within = witness.actor()

    assert block.name == "block"
    assert (within.name, within.parent) == ("block (isolation scope)", block)


def test_a_block_that_is_left_elsewhere_leaves_the_other_context_alone():
    """A generator may be closed in another context than the one in which it was begun."""
    witness = Witness()
    root = witness.actor()
    context = contextvars.copy_context()
    block = declared_actor(witness, "block")
    context.run(block.__enter__)

    assert witness.actor() is root
    block.__exit__(None, None, None)
    assert context.run(lambda: witness.actor().name) == "block"


def test_a_recording_within_another_has_its_actor_as_a_parent():
    """Root of one, heir of the other."""
    outer = Witness()
    with declared_actor(outer, "block"):
        inner = Witness(parent=outer.actor())

    assert inner.actor().parent.name == "block"
    assert inner.actor().name == threading.current_thread().name
    assert outer.actor().parent is None


def test_a_thread_is_below_whoever_started_it_and_a_pools_thread_below_the_root():
    """A pool's thread serves whoever comes."""
    witness = Witness()
    found = {}

    def act():
        found[threading.current_thread().name] = witness.actor()

    with declared_actor(witness, "starter"):
        plain = threading.Thread(target=act, name="plain")
        witness.starting(plain)
        with ThreadPoolExecutor(1, thread_name_prefix="pool") as pool:
            pool.submit(act).result()
        served = threading.Thread(target=sys.modules["concurrent.futures.thread"]._worker, name="served")
        witness.starting(served)
    plain.start()
    plain.join()

    assert found["plain"].parent.name == "starter"
    assert witness._by_identity[served].parent is witness.actor()


@pytest.mark.parametrize("module", ["anyio._backends._asyncio", "concurrent.futures.thread"])
def test_the_threads_of_known_pools_are_known_by_their_module(module):
    """As anyio's worker threads are; one of an application is not."""
    kind = type("WorkerThread", (threading.Thread,), {"__module__": module})
    plain = type("WorkerThread", (threading.Thread,), {"__module__": "shop.workers"})
    witness = Witness()
    with declared_actor(witness, "starter"):
        threads = [kind(), plain()]
        for thread in threads:
            witness.starting(thread)

    assert [witness._by_identity[thread].parent.name for thread in threads] == [witness.actor().name, "starter"]


def test_jobs_are_counted_by_whoever_takes_them():
    """Each is called by its number and its taker, and inherits from both; the next one ends the one before."""
    witness = Witness()
    submitters = [witness.declare(name).actor for name in "AB"]
    handed_over = witness.tick()

    def serve():
        host, names = witness.actor(), []
        for submitter in submitters:
            assert enter_job(witness, submitter, handed_over)
            names.append(witness.actor())
        with declared_actor(witness, "block"):
            assert enter_job(witness, submitters[0], handed_over)
            names.append(witness.actor())
        return host, names

    host, jobs = in_new_thread(serve)

    assert [job.name for job in jobs] == ["job 1 of worker", "job 2 of worker", "job 1 of block"]
    assert [job.parent for job in jobs] == [*submitters, submitters[0]]
    assert [job.host for job in jobs[:2]] == [host, host]
    assert all(job.born == handed_over < job.taken for job in jobs)
    assert jobs[0].taken < jobs[1].taken


def test_an_answer_is_no_job_of_whoever_asked():
    """Neither of the thread itself, nor of one that it started."""
    witness = Witness()
    me = witness.actor()
    below = witness.declare("below").actor

    assert not enter_job(witness, me, 1)
    assert not enter_job(witness, below, 1)
    assert witness.actor() is me
    with in_job(witness, me, 1):
        assert witness.actor() is me


def test_a_job_lasts_as_long_as_its_block():
    """Also for what it runs in a fresh context; then the thread is itself again."""
    witness = Witness()
    submitter = witness.declare("A").actor

    def serve():
        before = witness.actor()
        with in_job(witness, submitter, 1):
            within = witness.actor()
            bare = contextvars.Context().run(witness.actor)
        after = witness.actor(), contextvars.Context().run(witness.actor)
        return before, within, bare, after

    before, within, bare, after = in_new_thread(serve)

    assert within.name == "job 1 of worker"
    assert bare is within
    assert after == (before, before)


def test_a_job_of_one_recording_is_none_in_another():
    """The declaration of a job counts where it was taken."""
    witness, other = Witness(), Witness()
    submitter = witness.declare("A").actor

    def serve():
        enter_job(witness, submitter, 1)
        return witness.actor().name, other.actor().name, contextvars.Context().run(other.actor).name

    assert in_new_thread(serve) == ("job 1 of worker", "worker", "worker")


def test_a_job_that_a_task_takes_is_the_tasks_alone():
    """Another task of the same thread is no job."""
    witness = Witness()
    submitter = witness.declare("A").actor

    async def take():
        enter_job(witness, submitter, 1)
        return witness.actor().name, contextvars.Context().run(witness.actor).name

    async def main():
        return await asyncio.create_task(take(), name="taker")

    async def other():
        return witness.actor().name

    def serve():
        return asyncio.run(main()), asyncio.run(other()), witness.actor().name

    taker, task, thread = in_new_thread(serve)
    assert taker == ("job 1 of taker", "taker")
    assert task.startswith("Task-")
    assert thread == "worker"


def test_a_task_is_below_whoever_made_it():
    """A task of a task, and one of the thread; a thread in a copied context works for the task."""
    witness = Witness()

    async def child():
        return witness.actor(), await asyncio.to_thread(witness.actor)

    async def main():
        me = witness.actor()
        return me, *await asyncio.create_task(child(), name="child")

    main_task, task, helper = asyncio.run(main())

    assert main_task.parent is witness.actor()
    assert (task.name, task.parent) == ("child", main_task)
    assert helper is task


@pytest.mark.usefixtures("nothing_adopted")
def test_whom_it_belongs_to_what_happens_here():
    """The context says it, else the thread's mark; nobody is known as well as not known."""
    recorder, other = Recorder(), Recorder()
    assert owner_here() is None
    with belonging(recorder):
        assert owner_here().owner is recorder
        assert (owns_here(recorder), owns_here(other)) == (True, False)
        with belonging(None):
            assert owner_here() is NOBODY
            assert not owns_here(recorder)
        with belonging(other):
            assert (owner_here().owner, owner_here().beneath.owner) == (other, recorder)
        assert owner_here().owner is recorder
    assert owner_here() is None
    assert not owns_here(None)

    thread = threading.Thread(target=lambda: found.append(owner_here()))
    found = []
    mark = Belonging(recorder)
    own_thread(thread, mark)
    thread.start()
    thread.join()
    assert found == [mark]


def test_blocks_end_in_any_order():
    """What had ended meanwhile is not put back; what somebody else set is left alone."""
    first, second, third = Recorder(), Recorder(), Recorder()
    blocks = [belonging(each) for each in (first, second, third)]

    def run():
        for block in blocks:
            block.__enter__()
        second.has_ended = True
        blocks[2].__exit__(None, None, None)
        skipped = owner_here().owner
        become(Belonging(third))
        blocks[0].__exit__(None, None, None)
        return skipped, owner_here().owner

    assert contextvars.Context().run(run) == (first, third)
    ended = Recorder()
    ended.has_ended = True

    def within_what_was_over():
        become(Belonging(ended))
        with belonging(first):
            pass
        return owner_here().owner

    assert contextvars.Context().run(within_what_was_over) is ended


def test_whether_a_belonging_is_over():
    """As soon as its owner has ended; nobody never ends."""
    recorder = Recorder()
    mark = Belonging(recorder)
    assert not mark.is_over
    recorder.has_ended = True
    assert mark.is_over
    assert not NOBODY.is_over


@pytest.mark.usefixtures("nothing_adopted")
def test_what_was_adopted_is_its_owners_until_that_one_ends():
    """A thread that belongs to another keeps to it; a task is adopted wherever it came from."""
    recorder, other = Recorder(), Recorder()
    thread = threading.current_thread()
    assert adopted_by(thread) is None
    adopt_thing(thread, recorder)
    try:
        assert adopted_by(thread).owner is owner_here().owner is recorder
        with belonging(other):
            assert owner_here().owner is other
            assert not owns_here(other)  # the quick answer is never yes while anything is adopted
        with belonging(None):
            assert owner_here().owner is recorder

        async def work():
            adopt_thing(current_task(), other)
            return owner_here().owner

        with belonging(recorder):
            assert asyncio.run(work()) is other
    finally:
        recorder.has_ended = other.has_ended = True
    assert adopted_by(thread) is None
    assert owner_here() is None
    assert current_task() is None


def test_one_thing_may_wait_in_a_queue_several_times():
    """Each time it is the job of whoever put it, in their order."""
    jobs, thing = queue.Queue(), "the same"
    with capture() as errortrack:
        for name in "ABC":
            with errortrack.actor(name):
                jobs.put(thing)

        def serve():
            parents = []
            for _ in "ABC":
                jobs.get()
                sdk.capture_message("low")
                parents.append(errortrack.events[-1].circumstances.actor.parent.name)
            return parents

        assert in_new_thread(serve) == ["A", "B", "C"]


@pytest.mark.parametrize("kind", [queue.Queue, asyncio.Queue])
def test_what_waits_in_a_queue_keeps_its_mark_over_recordings(kind):
    """Who takes it in a later one works for the recording in which it was put; what was taken meanwhile is not."""
    jobs = kind()
    with capture() as first:
        for job in ("taken meanwhile", "late"):
            jobs.put_nowait(job)
    jobs.get_nowait()
    with capture() as second:
        in_new_thread(lambda: sdk.capture_message(jobs.get_nowait()))

    assert ([event.message for event in first.events], list(second.events)) == (["late"], [])


@pytest.mark.parametrize("where", ["thread", "queue", "pool", "task queue"])
def test_the_work_of_one_recording_goes_on_for_it_whoever_takes_it(where):
    """Marks outlive their recording: what was handed over in one is no other's."""
    done, gate = threading.Event(), threading.Event()

    def report():
        gate.wait(30)
        sdk.capture_message("late")
        done.set()

    jobs, tasks = queue.Queue(), asyncio.Queue()
    with ThreadPoolExecutor(1) as pool, capture() as errortrack:
        if where == "thread":
            threading.Thread(target=report).start()
        elif where == "queue":
            worker = threading.Thread(target=lambda: (jobs.get()(),))
            worker.start()
            jobs.put(report)
        elif where == "pool":
            pool.submit(report)
        else:
            tasks.put_nowait(report)
            threading.Thread(target=lambda: (tasks.get_nowait()(),)).start()
        gate.set()
        done.wait(30)

    assert [(event.message, event.stranger) for event in errortrack.events] == [("late", False)]
