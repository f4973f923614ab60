"""Reports that come after their test has ended: the next test does not see them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
import sentry_sdk

pytestmark = pytest.mark.not_on("interleaved")

PATIENCE_S = 20

# What is handed over once cannot be handed over in each of two attempts or examples.
run_once = pytest.mark.not_on("interleaved", "given", "rerunfailures")


class Late:
    """Something that reports when it is let go."""

    def __init__(self):
        self.gate = threading.Event()
        self.started = []

    def report(self):
        """Wait, then report."""
        self.gate.wait(PATIENCE_S)
        sentry_sdk.capture_message("too late")

    def let_go(self):
        """Let the report come now, and wait for its end."""
        self.gate.set()
        for thread in self.started:
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


late_thread, late_timer, late_grandchild, adopted = Late(), Late(), Late(), Late()
late_job, next_job = Late(), Late()
pool, adopted_pool = ThreadPoolExecutor(1), ThreadPoolExecutor(1)


def only_mine(captured_events):
    sentry_sdk.capture_message("mine")
    assert [event.message for event in captured_events] == ["mine"]


def start(late, thread):
    late.started.append(thread)
    thread.start()


@pytest.mark.capability("late report of a thread")
def test_thread_is_left(captured_events):
    """It starts a thread, and ends before it."""
    start(late_thread, threading.Thread(target=late_thread.report))
    only_mine(captured_events)


@pytest.mark.capability("late report of a thread")
def test_thread_is_quarantined(captured_events):
    """The thread reports now."""
    late_thread.let_go()
    only_mine(captured_events)


@pytest.mark.capability("late report of a thread")
def test_grandchild_is_left(captured_events):
    """A thread starts another one when the test is over."""

    def start_another():
        late_grandchild.gate.wait(PATIENCE_S)
        another = threading.Thread(target=late_grandchild.report)
        another.start()
        another.join(PATIENCE_S)

    start(late_grandchild, threading.Thread(target=start_another))
    only_mine(captured_events)


@pytest.mark.capability("late report of a thread")
def test_grandchild_is_quarantined(captured_events):
    """It belongs to the test that started its parent."""
    late_grandchild.let_go()
    only_mine(captured_events)


@pytest.mark.capability("late report of a timer")
def test_timer_is_left(captured_events):
    """It sets a timer, and ends before it."""
    start(late_timer, threading.Timer(0, late_timer.report))
    only_mine(captured_events)


@pytest.mark.capability("late report of a timer")
def test_timer_is_quarantined(captured_events):
    """The timer reports now."""
    late_timer.let_go()
    only_mine(captured_events)


@pytest.mark.capability("late report of a pool job")
def test_job_is_left(captured_events):
    """It hands a job to a pool, and ends before it."""
    late_job.future = pool.submit(late_job.report)
    only_mine(captured_events)


@pytest.mark.capability("late report of a pool job")
def test_job_is_quarantined(captured_events):
    """The job reports now; a job of this test, on the same thread, is this test's."""
    late_job.let_go()
    late_job.future.result(PATIENCE_S)
    only_mine(captured_events)
    pool.submit(sentry_sdk.capture_message, "my job's").result(PATIENCE_S)

    assert [event.message for event in captured_events] == ["mine", "my job's"]


@pytest.mark.capability("adopt: a thread")
@run_once
def test_thread_is_left_for_adoption(captured_events):
    """It starts a thread that another test will want."""
    start(adopted, threading.Thread(target=adopted.report))
    only_mine(captured_events)


@pytest.mark.capability("adopt: a thread")
@run_once
def test_thread_is_adopted(captured_events, errortrack):
    """What was handed over reports to this test."""
    errortrack.adopt(adopted.started[0])
    adopted.let_go()

    assert captured_events.one(message="too late")


@pytest.mark.capability("adopt: a pool")
def test_pool_is_adopted(captured_events, errortrack):
    """Jobs that nobody in particular hands in belong to the test that adopted their pool."""
    errortrack.adopt(adopted_pool)
    adopted_pool.submit(sentry_sdk.capture_message, "of the pool").result(PATIENCE_S)

    assert captured_events.one(message="of the pool")


class TestTasks:
    """A task on a loop that several tests share."""

    gates: ClassVar = []

    async def report(self, gate):
        """Wait, then report."""
        await gate.wait()
        sentry_sdk.capture_message("too late")

    @pytest.mark.only_on("asyncio-session")
    @pytest.mark.capability("late report of a task")
    @pytest.mark.asyncio(loop_scope="session")
    async def test_task_is_left(self, captured_events):
        """It makes a task, and ends before it."""
        import asyncio

        gate = asyncio.Event()
        self.gates.append((gate, asyncio.create_task(self.report(gate))))
        await asyncio.sleep(0)
        only_mine(captured_events)

    @pytest.mark.only_on("asyncio-session")
    @pytest.mark.capability("late report of a task")
    @pytest.mark.asyncio(loop_scope="session")
    async def test_task_is_quarantined(self, captured_events):
        """The task reports now."""
        gate, task = self.gates[0]
        gate.set()
        await task
        only_mine(captured_events)

    @pytest.mark.only_on("asyncio-session")
    @pytest.mark.capability("adopt: a task")
    @pytest.mark.asyncio(loop_scope="session")
    async def test_task_is_left_for_adoption(self, captured_events):
        """It makes a task that another test will want."""
        await self.test_task_is_left(captured_events)

    @pytest.mark.only_on("asyncio-session")
    @pytest.mark.capability("adopt: a task")
    @pytest.mark.asyncio(loop_scope="session")
    async def test_task_is_adopted(self, captured_events, errortrack):
        """What was handed over reports to this test."""
        gate, task = self.gates[1]
        errortrack.adopt(task)
        gate.set()
        await task

        assert captured_events.one(message="too late")
