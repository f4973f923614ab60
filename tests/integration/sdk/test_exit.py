"""The end of a process: what was lost is reported, within bounds; and what a forked child starts with."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

REPORTER = """
    class Printing:
        def send(self, envelope):
            for item in envelope.items:
                print(item.type, item.json().get("message") or item.json().get("discarded_events"))
        def flush(self, timeout):
            return True
        def close(self, timeout):
            print("closed", round(timeout, 1))
"""


def run(code):
    """Run code in a fresh interpreter, and return the lines it prints."""
    program = textwrap.dedent("from pytest_errortrack import sdk\n" + textwrap.dedent(REPORTER) + textwrap.dedent(code))
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_losses_are_reported_at_exit():
    """T11: at exit the client is closed, which sends its report; once, however often `init` was called."""
    lines = run("""
        sdk.init(transport=Printing(), ignore_errors=[KeyError])
        sdk.init(transport=Printing(), ignore_errors=[KeyError])
        sdk.capture_exception(KeyError())
        sdk.capture_message("m")
    """)

    report = [{"reason": "event_processor", "category": "error", "quantity": 1}]
    assert lines == ["closed 2.0", "event m", f"client_report {report}", "closed 2.0"]


def test_closed_client_is_silent_at_exit():
    """T11: a client that was closed is not closed again."""
    lines = run("""
        sdk.init(transport=Printing())
        sdk.close()
    """)

    assert lines == ["closed 2.0"]


def test_exception_at_the_end_of_the_program():
    """An exception captured while the program ends is reported before the client is closed."""
    lines = run("""
        import atexit
        sdk.init(transport=Printing())
        atexit.register(lambda: sdk.capture_message("last words"))
    """)

    assert lines == ["event last words", "closed 2.0"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_child_forked_while_a_lock_is_held():
    """T12: a child forked while another thread writes a scope is not locked out, and keeps options and scopes."""
    lines = run("""
        import os, sys, threading, warnings
        from pytest_errortrack.sdk._scope import process
        warnings.simplefilter("ignore", DeprecationWarning)
        sdk.init(transport=Printing())
        sdk.set_tag("parent", "1")
        held, done = threading.Event(), threading.Event()
        def hold():
            process.write_lock.acquire()
            process.lock.acquire()
            held.set()
            done.wait()
            process.lock.release()
            process.write_lock.release()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            sdk.set_tag("child", "1")
            sdk.capture_message(str(sorted(sdk.get_isolation_scope().tags)))
            sdk.flush()
            sys.stdout.flush()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        done.set()
        thread.join()
        print("status", status)
    """)

    assert lines == ["event ['child', 'parent']", "status 0", "closed 2.0"]
