"""How processes end, fork, and are killed, with reports on their way to a real server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from sdk_servers import HANG, MoodyServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

START = """
    import os, sys, threading, time, warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads
    from pytest_errortrack import sdk
    DSN = sys.argv[1]
"""


@pytest.fixture
def server():
    """A server in a good mood."""
    server = MoodyServer()
    yield server
    server.stop()


def program(code, tmp_path):
    """Write a program that is given the DSN, and return the command that runs it."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(START) + textwrap.dedent(code))
    return [sys.executable, "-W", "ignore::DeprecationWarning", str(path)]


def run(code, server, tmp_path, code_expected=0):
    """Run a program to its end, and return what it wrote on standard error."""
    quiet = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [*program(code, tmp_path), server.dsn]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=quiet)  # noqa: S603
    assert done.returncode == code_expected, done.stderr
    return done.stderr


def arrived(server):
    """Return the messages that arrived, sorted."""
    items = [item for envelope in server.envelopes for item in envelope.items if item.type == "event"]
    return sorted(item.json()["message"] for item in items)


@pytest.mark.parametrize("pending", [0, 1, 5])
def test_what_is_pending_is_sent_at_exit(server, tmp_path, pending):
    """T11: a program that just ends has sent everything, once, and says nothing where it did not take a moment."""
    code = """
        sdk.init(DSN, shutdown_timeout=30)
        for number in range(%d):
            sdk.capture_message(str(number))
    """
    stderr = run(code % pending, server, tmp_path)

    assert arrived(server) == [str(number) for number in range(pending)]
    assert "Traceback" not in stderr  # a busy machine may be told to wait


def test_notice_where_the_exit_takes_a_moment(server, tmp_path):
    """T11: while the server hangs, one line says what is waited for, and how long; then it ends."""
    server.change(HANG)
    code = """
        sdk.init(DSN, shutdown_timeout=0.5)
        for number in range(3):
            sdk.capture_message(str(number))
    """
    stderr = run(code, server, tmp_path)

    assert stderr == "[errortrack] sending 3 pending reports, for up to 0.5 s\n"


def test_exit_without_a_standard_error(server, tmp_path):
    """T11: a daemon that has closed its standard error ends quietly."""
    server.change(HANG)
    code = """
        sdk.init(DSN, shutdown_timeout=0.3)
        sdk.capture_message("m")
        sys.stderr = None
    """
    assert run(code, server, tmp_path) == ""


def test_what_is_captured_while_the_interpreter_shuts_down(server, tmp_path):
    """T9, T11, sentry-python#2983: no thread can be started any more; the exit itself sends."""
    code = """
        import atexit
        sdk.init(DSN, shutdown_timeout=30)
        atexit.register(sdk.capture_message, "last words")
        def later():
            threading.main_thread().join()
            sdk.capture_message("of a thread that outlives the main one")
        threading.Thread(target=later).start()
    """
    run(code, server, tmp_path)

    assert arrived(server) == ["last words", "of a thread that outlives the main one"]


def test_terminated_program_that_wants_to_end_in_order(server, tmp_path):
    """T11: a handler of SIGTERM that only raises SystemExit lets what is pending be sent."""
    code = """
        import signal
        sdk.init(DSN, shutdown_timeout=30)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        sdk.capture_message("m")
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)
    """
    run(code, server, tmp_path, 143)

    assert arrived(server) == ["m"]
    assert signal.SIGTERM == 15


def test_forked_child_sends_nothing_twice(server, tmp_path):
    """T12, sentry-python#6148: what waits when a process forks is the parent's; the child has a worker of its own."""
    code = """
        sdk.init(DSN, ignore_errors=[KeyError], shutdown_timeout=30)
        sdk.capture_message("sent before")
        sdk.flush(30)
        inside, go = threading.Event(), threading.Event()
        transport = sdk.get_client().transport
        post = transport._post
        def slow(*arguments):
            inside.set()
            go.wait(30)
            post(*arguments)
        transport._post = slow
        sdk.capture_exception(KeyError())
        for number in range(3):
            sdk.capture_message(f"of the parent {number}")
        inside.wait(30)
        child = os.fork()
        go.set()
        if child == 0:
            client = sdk.get_client()
            assert (client._own.pending, client._own.losses.ledger()) == (0, {})
            sdk.capture_message("of the child")
            os._exit(0 if sdk.flush(30) else 3)
        assert os.waitpid(child, 0)[1] == 0
    """
    run(code, server, tmp_path)

    expected = ["of the child", "of the parent 0", "of the parent 1", "of the parent 2", "sent before"]
    assert arrived(server) == expected
    reports = [item.json() for envelope in server.envelopes for item in envelope.items if item.type == "client_report"]
    assert [entry["quantity"] for report in reports for entry in report["discarded_events"]] == [1]


def test_fork_while_a_lock_of_the_worker_is_held(server, tmp_path):
    """T12, sentry-python#6149: every lock that another thread held is free in the child."""
    code = """
        client = sdk.init(DSN, shutdown_timeout=30)
        sdk.capture_message("parent")
        sdk.flush(30)
        held, done = threading.Event(), threading.Event()
        locks = [client._lock, client._routes._lock, client._own.losses._lock, client._own._worker._lock,
                 client.transport._lock, client.transport._connection._lock]
        def hold():
            for lock in locks:
                lock.acquire()
            held.set()
            done.wait()
            for lock in locks:
                lock.release()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            sdk.capture_message("child")
            sdk.close(30)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        done.set()
        thread.join()
    """
    run(code, server, tmp_path)

    assert arrived(server) == ["child", "parent"]


def test_ids_differ_after_a_fork(server, tmp_path):
    """T12: parent and child draw different ids."""
    code = """
        sdk.init(DSN, shutdown_timeout=30)
        child = os.fork()
        sdk.capture_message("m")
        sdk.flush(30)
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    """
    run(code, server, tmp_path)

    assert len({envelope.headers["event_id"] for envelope in server.envelopes}) == 2


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_at_their_end(server, tmp_path, method):
    """T12, sentry-python#473: such a child runs nothing that `atexit` knows, and sends all the same."""
    code = f"""
        import multiprocessing
        def work():
            if sdk.get_client() is None:
                sdk.init(DSN, shutdown_timeout=30)
            sdk.capture_message("child")
        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            sdk.init(DSN, shutdown_timeout=30)
            process = context.Process(target=work)
            process.start()
            process.join()
            assert process.exitcode == 0
            sdk.capture_message("parent")
    """
    run(code, server, tmp_path)

    assert arrived(server) == ["child", "parent"]


def test_workers_of_a_process_pool_send_at_their_end(server, tmp_path):
    """T12: so do the processes of an executor, each once."""
    code = """
        from concurrent.futures import ProcessPoolExecutor
        import multiprocessing
        def work(number):
            sdk.capture_message(str(number))
        if __name__ == "__main__":
            sdk.init(DSN, shutdown_timeout=30)
            sdk.capture_message("parent")
            with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
                list(pool.map(work, range(4)))
    """
    run(code, server, tmp_path)

    assert arrived(server) == ["0", "1", "2", "3", "parent"]
