from __future__ import annotations

import pytest

APP = """
import asyncio, queue, threading
from concurrent.futures import ThreadPoolExecutor

import sentry_sdk
from pytest_errortrack import sdk

sentry_sdk.init()
report = {"native": sdk.capture_message, "sentry_sdk": sentry_sdk.capture_message}
go = {}

def late(name):
    gate, done = go.setdefault(name, (threading.Event(), threading.Event()))
    return gate, done

def wait_and_report(name):
    gate, done = late(name)
    assert gate.wait(10)
    for backend, capture in report.items():
        capture(f"late {name} {backend}")
    done.set()

def release(*names):
    for name in names:
        gate, done = late(name)
        gate.set()
        assert done.wait(10)
"""


@pytest.fixture
def app(pytester):
    """A module whose functions report when they are told to, by both SDKs."""
    pytester.makepyfile(app=APP)
    return pytester


def test_late_reports_belong_to_the_test_that_started_them(app):
    """A thread, a grandchild, a timer, a queued pool job, a task handed to a thread: told late, by their own test."""
    app.makepyfile(
        test_late="""
        import threading
        from app import *

        pool = ThreadPoolExecutor(1)
        busy = threading.Event()

        def grandparent():
            threading.Thread(target=wait_and_report, args=("grandchild",)).start()

        def test_starts(captured_events):
            threading.Thread(target=wait_and_report, args=("thread",)).start()
            threading.Thread(target=grandparent).start()
            threading.Timer(0, wait_and_report, args=("timer",)).start()
            pool.submit(busy.wait, 10)
            pool.submit(wait_and_report, "job")
            sdk.capture_message("in time")

        def test_victim(captured_events, captured_breadcrumbs):
            busy.set()
            release("thread", "grandchild", "timer", "job")
            assert list(captured_events) == []
            pool.submit(sentry_sdk.capture_message, "mine").result()
            assert [event.message for event in captured_events] == ["mine"]
            assert not captured_events[0].stranger
    """
    )

    result = app.runpytest_subprocess()

    result.assert_outcomes(passed=2)
    told = [line for line in result.outlines if "test_late.py::test_starts: info 'late" in line]
    assert len(told) == 8, result.outlines
    assert all("while test_late.py::test_victim ran" in line for line in told)
    assert any("job sentry_sdk" in line and "ThreadPoolExecutor" in line and "at app.py:" in line for line in told)


@pytest.mark.neighbours("asyncio")
def test_late_tasks_of_a_shared_loop_belong_to_their_test(app):
    """A task that outlives its test on a loop of session scope reports for its own test, as does what it starts."""
    app.makepyfile(
        test_tasks="""
        import asyncio
        import pytest
        import sentry_sdk

        sentry_sdk.init()
        pytestmark = pytest.mark.asyncio(loop_scope="session")
        kept = {}

        async def report(gate):
            await gate.wait()
            sentry_sdk.capture_message("late task")
            await asyncio.to_thread(sentry_sdk.capture_message, "late thread of a task")

        async def test_starts(captured_events):
            kept["gate"] = asyncio.Event()
            kept["task"] = asyncio.create_task(report(kept["gate"]))

        async def test_victim(captured_events):
            kept["gate"].set()
            await kept["task"]
            assert list(captured_events) == []
            sentry_sdk.capture_message("mine")
            assert not captured_events.one().stranger
    """
    )

    result = app.runpytest_subprocess("-o", "asyncio_default_fixture_loop_scope=session")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_tasks.py::test_starts: info 'late task'*", "*late thread of a task*"])


def test_what_nobody_owns_is_a_stranger_and_can_be_adopted(app):
    """A worker from before the tests, and a raw thread, count to the running test as strangers; unless adopted."""
    app.makepyfile(
        test_strangers="""
        import _thread
        from app import *

        todo, done = queue.SimpleQueue(), queue.SimpleQueue()

        def work():
            while True:
                done.put(sentry_sdk.capture_message(todo.get()))

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        pool = ThreadPoolExecutor(1)
        pool.submit(int).result()

        def ask(message):
            todo.put(message)
            done.get(timeout=10)

        def test_stranger(captured_events):
            ask("one")
            assert captured_events.one().stranger

        def test_raw_thread(captured_events):
            finished = _thread.allocate_lock()
            finished.acquire()
            _thread.start_new_thread(lambda: (sentry_sdk.capture_message("raw"), finished.release()), ())
            finished.acquire()
            assert captured_events.one().stranger

        def test_adopted(captured_events, errortrack):
            errortrack.adopt(worker)
            errortrack.adopt(pool)
            ask("two")
            assert not captured_events.one().stranger

        def test_adoption_ends_with_the_test(captured_events):
            ask("three")
            assert captured_events.one().stranger

        def test_what_cannot_be_adopted(errortrack):
            try:
                errortrack.adopt("worker")
            except ValueError as error:
                assert "got a str" in str(error)
            except Exception as error:
                assert "got a str" in str(error), error
            else:
                raise AssertionError("not refused")
    """
    )

    app.runpytest_subprocess().assert_outcomes(passed=5)


@pytest.mark.neighbours("anyio")
def test_late_reports_of_other_runners_and_processes(app):
    """With anyio's module-scoped runner, trio, an asynchronous TestCase, and on workers of pytest-xdist alike."""
    app.makeconftest("""
        import pytest

        @pytest.fixture(scope="module")
        def anyio_backend():
            return "asyncio"
    """)
    for name in ("one", "two"):
        app.makepyfile(
            **{
                f"test_anyio_{name}": """
                import threading, unittest
                import anyio, pytest, trio
                from app import *

                @pytest.fixture(scope="module")
                async def runner_of_the_module(anyio_backend):
                    yield

                @pytest.mark.anyio
                async def test_starts_in_anyio(runner_of_the_module, captured_events):
                    go["task"] = asyncio.Event()
                    async def report():
                        await go["task"].wait()
                        sdk.capture_message("late anyio task")
                    go["running"] = asyncio.create_task(report())
                    await asyncio.sleep(0)

                @pytest.mark.anyio
                async def test_victim_in_anyio(runner_of_the_module, captured_events):
                    go["task"].set()
                    await go["running"]
                    assert list(captured_events) == []
                    sdk.capture_message("mine")
                    assert not captured_events.one().stranger

                def test_starts_in_trio(captured_events):
                    async def main():
                        await trio.to_thread.run_sync(
                            lambda: threading.Thread(target=wait_and_report, args=("trio",)).start()
                        )
                    trio.run(main)

                class TestCase(unittest.IsolatedAsyncioTestCase):
                    @pytest.fixture(autouse=True)
                    def _fixtures(self, captured_events):
                        self.captured = captured_events

                    async def asyncSetUp(self):
                        sdk.capture_message("set up")

                    async def test_victim_of_trio(self):
                        await asyncio.to_thread(release, "trio")
                        sdk.capture_message("mine")
                        assert [event.message for event in self.captured] == ["set up", "mine"]
                        assert not any(event.stranger for event in self.captured)
            """
            }
        )

    result = app.runpytest_subprocess("-n", "2", "--dist", "loadfile")

    result.assert_outcomes(passed=8)
    told = [line for line in result.outlines if "info 'late " in line and "test_starts_in_" in line]
    assert len(told) == 6, "an anyio task and two SDKs from trio, in each of two files"


def test_late_reports_are_delivered_with_their_own_test(app, receiver):
    """The server gets a late report tagged with the test that it belongs to, once, and as late."""
    app.makepyfile(
        test_it="""
        import threading
        from app import *

        def test_starts(captured_events):
            threading.Thread(target=wait_and_report, args=("thread",)).start()
            sdk.capture_message("in time")

        def test_victim(captured_events):
            release("thread")
            sdk.capture_message("mine")
    """
    )

    app.runpytest_subprocess("--errortrack-dsn", receiver.dsn).assert_outcomes(passed=2)

    told = sorted(
        (event["message"], event["tags"]["pytest.nodeid"].partition("::")[2], event["tags"].get("pytest.late"))
        for event in receiver.events
    )
    assert told == [
        ("in time", "test_starts", None),
        ("late thread native", "test_starts", "yes"),
        ("late thread sentry_sdk", "test_starts", "yes"),
        ("mine", "test_victim", None),
    ]


@pytest.mark.neighbours("asyncio")
def test_a_task_can_be_adopted(app):
    """A task that was made for the whole session counts to the test that adopts it, for as long as that one lasts."""
    app.makepyfile(
        test_it="""
        import pytest
        import pytest_asyncio
        from app import *

        pytestmark = pytest.mark.asyncio(loop_scope="session")

        @pytest_asyncio.fixture(scope="session", loop_scope="session")
        async def server():
            todo, done = asyncio.Queue(), asyncio.Queue()

            async def serve():
                while (message := await todo.get()) is not None:
                    await asyncio.to_thread(sdk.capture_message, message)
                    await done.put(None)

            task = asyncio.create_task(serve())

            async def ask(message):
                await todo.put(message)
                await done.get()

            yield task, ask
            await todo.put(None)
            await task

        async def test_a_job_of_ours_is_ours(server, captured_events):
            task, ask = server
            await ask("one")
            assert [event.message for event in captured_events] == ["one"]

        async def test_adopted(server, captured_events, errortrack):
            task, ask = server
            errortrack.adopt(task)
            await ask("two")
            assert [event.message for event in captured_events] == ["two"]
    """
    )

    result = app.runpytest_subprocess("-o", "asyncio_default_fixture_loop_scope=session")

    result.assert_outcomes(passed=2)
    assert "late error reports" not in result.stdout.str()
