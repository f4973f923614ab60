"""Real processes that report over HTTP, or are forked: what they report joins the sequences of the test."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import subprocess
import sys
import urllib.request
import warnings

import pytest
from child_process import report_with_both

from pytest_errortrack import sdk

THEIRS = """
import sentry_sdk

sentry_sdk.init(traces_sample_rate=1.0, release="child@1", auto_enabling_integrations=False)
sentry_sdk.set_tag("tenant", "acme")
sentry_sdk.add_breadcrumb(message="cart priced", category="shop")
sentry_sdk.get_isolation_scope().add_attachment(bytes=b"the cart", filename="cart.txt")
with sentry_sdk.start_transaction(name="checkout", op="task"):
    with sentry_sdk.start_span(op="db", name="select"):
        try:
            {}["id"]
        except KeyError as error:
            sentry_sdk.capture_exception(error)
"""

OURS = """
from pytest_errortrack import sdk

sdk.init(release="child@1", traces_sample_rate=1.0)
sdk.set_tag("tenant", "acme")
sdk.add_breadcrumb(message="cart priced", category="shop")
with sdk.start_transaction("checkout", op="task"):
    with sdk.start_span(op="db", description="select"):
        try:
            {}["id"]
        except KeyError as error:
            sdk.capture_exception(error)
"""


@pytest.mark.parametrize("sdk_name", ["sentry.python", "pytest-errortrack"])
def test_a_subprocess_is_captured_like_the_test_itself(run_python, sdk_name, errortrack):
    """Event, transaction with its spans, breadcrumbs and envelopes; made by nobody in this process, but no stranger."""
    run_python(THEIRS if sdk_name == "sentry.python" else OURS)

    event = errortrack.events.one(level="error", exception=KeyError, tags={"tenant": "acme"}, release="child@1")
    assert event.breadcrumbs[-1].message == "cart priced"
    assert (event.sdk, event.thread, event.stranger, event.late) == (sdk_name, "", False, False)
    assert event.nodeid.endswith(f"test_a_subprocess_is_captured_like_the_test_itself[{sdk_name}]")
    assert errortrack.transactions.one(name="checkout").span_tree() == "task: checkout\n  db: select"
    assert [crumb.message for crumb in errortrack.breadcrumbs] == ["cart priced"]
    assert {item.type for envelope in errortrack.envelopes for item in envelope.items} >= {"event", "transaction"}


def test_attachments_of_a_subprocess_are_captured(run_python, errortrack):
    """A file that went with an event of another process is there with its bytes."""
    run_python(THEIRS)

    (attachment, *_) = [each for each in errortrack.attachments if each.filename == "cart.txt"]
    assert attachment.bytes == b"the cart"
    assert errortrack.events.one(attachments=["cart.txt"])


def test_what_a_subprocess_dropped_is_told(run_python, captured_events, errortrack):
    """Losses that the other process reports are in `errortrack.dropped`, with the reason."""
    run_python("""
import sentry_sdk

sentry_sdk.init(before_send=lambda event, hint: None if event.get("message") == "secret" else event)
sentry_sdk.capture_message("secret")
sentry_sdk.capture_message("public")
""")

    assert [event.message for event in captured_events] == ["public"]
    (lost,) = errortrack.dropped
    assert (lost.reason, lost.category, lost.quantity) == ("before_send", "error", 1)
    assert lost.sdk.startswith("sentry.python")


def test_logs_sessions_and_check_ins_of_a_subprocess_are_captured(run_python, errortrack):
    """Everything that an SDK can report comes through."""
    run_python("""
import sentry_sdk
from sentry_sdk.crons import capture_checkin

sentry_sdk.init(enable_logs=True, auto_enabling_integrations=False)
sentry_sdk.logger.info("a line of log")
capture_checkin(monitor_slug="nightly", status="ok")
sentry_sdk.get_client().flush()
""")

    assert [log.body for log in errortrack.logs] == ["a line of log"]
    assert [(check_in.monitor_slug, check_in.status) for check_in in errortrack.check_ins] == [("nightly", "ok")]


def test_units_of_work_in_other_processes_are_told_apart_by_their_key(run_python, captured_events):
    """Each trace is a unit: two with ids of their own are isolated, and two that share one id are not."""
    program = "import sys\nfrom pytest_errortrack import sdk\nsdk.init()\nsdk.set_tag('id', sys.argv[1])\n"
    program += "sdk.capture_message('one')\nsdk.capture_message('two')\n"
    for request_id in "ab":
        run_python(program, request_id)
    captured_events.assert_isolated(key=lambda event: event.tags["id"])

    run_python(program, "a")
    with pytest.raises(AssertionError, match="have the same key 'a'"):
        captured_events.assert_isolated(key=lambda event: event.tags["id"])


def test_a_subprocess_that_reports_later_is_waited_for(errortrack_receiver, captured_events, tmp_path):
    """`wait_for` returns as soon as the event of another process is there."""
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys\nfrom pytest_errortrack import sdk\nsdk.init(sys.argv[1])\nsys.stdin.readline()\n"
        "sdk.capture_message('at last')\nsys.stdin.readline()\n"
    )
    with subprocess.Popen(  # noqa: S603 - the test's own program
        [sys.executable, str(script), errortrack_receiver.dsn], stdin=subprocess.PIPE, text=True
    ) as process:
        assert captured_events.find(message="at last") is None
        process.stdin.write("now\n")
        process.stdin.flush()
        event = captured_events.wait_for(message="at last", timeout=30)
        process.communicate("end\n", timeout=30)

    assert event.sdk == "pytest-errortrack"


def test_a_process_that_ends_without_ceremony_loses_what_it_did_not_send(run_python, captured_events):
    """`os._exit` skips the flush of `sentry_sdk`, so that it has to flush itself; our SDK has sent already."""
    run_python("""
import os
import sentry_sdk
from pytest_errortrack import sdk

sdk.init()
sdk.capture_message("sent at once")
sentry_sdk.init()
sentry_sdk.capture_message("flushed")
sentry_sdk.flush()
os._exit(0)
""")

    assert sorted(event.message for event in captured_events) == ["flushed", "sent at once"]


def test_the_same_process_is_captured_without_a_detour(errortrack_receiver, captured_events):
    """With the receiver's DSN in this process, an event is captured once, and with all that only the process knows."""
    sdk.init(errortrack_receiver.dsn)
    sdk.capture_message("here")

    event = captured_events.one(message="here")
    assert (event.sdk, event.captured_at.rpartition(":")[0]) == ("native", __file__)
    assert errortrack_receiver.requests == []


def test_the_log_of_requests_tells_why_nothing_came(errortrack_receiver, run_python, captured_events):
    """A program with a wrong key is refused, and the test can see it."""
    wrong = errortrack_receiver.dsn.replace("http://", "http://not")
    run_python("from pytest_errortrack import sdk\nsdk.init()\nsdk.capture_message('lost')", SENTRY_DSN=wrong)

    assert len(captured_events) == 0
    request, *report_of_the_loss = errortrack_receiver.requests
    assert (request.method, request.path, request.status) == ("POST", "/api/1/envelope/", 403)
    assert {each.status for each in report_of_the_loss} <= {403}
    assert "unknown public key" in request.detail


@contextlib.contextmanager
def forking():
    """From 3.12 on, Python warns of a fork beside threads; the receiver has some."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*multi-threaded, use of fork", DeprecationWarning)
        yield


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_is_captured_though_it_knows_no_address(errortrack_receiver, captured_events, errortrack):
    """What a child of `os.fork` reports, and what it drops, is the test's, whether or not it flushes."""
    errortrack.init(before_send=lambda event, _: None if event.get("message") == "secret" else event)
    with forking():
        child = os.fork()
    if child == 0:
        report_with_both()
        sdk.capture_message("secret")
        os._exit(0)
    _, status = os.waitpid(child, 0)

    assert status == 0
    assert sorted(event.message for event in captured_events) == ["ours", "theirs"]
    assert captured_events.matching(tags={"process": "child"}, count=2)
    (lost,) = errortrack.dropped
    assert (lost.reason, lost.category, lost.quantity, lost.sdk) == ("before_send", "error", 1, "native")
    assert [request.status for request in errortrack_receiver.requests] == [200] * 3


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_child_of_multiprocessing_is_captured(errortrack_receiver, captured_events, method):
    """However the child is made: forked ones pass on what they report, others are handed the DSN."""
    dsn = None if method == "fork" else errortrack_receiver.dsn
    process = multiprocessing.get_context(method).Process(target=report_with_both, args=(dsn,))
    with forking():
        process.start()
    process.join(60)

    assert process.exitcode == 0
    captured_events.wait_for(tags={"process": "child"}, count=2)
    assert sorted(event.message for event in captured_events) == ["ours", "theirs"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_without_a_receiver_a_forked_child_keeps_to_itself(captured_events):
    """A test that does not ask for a receiver gets nothing from a child; nothing is sent anywhere either."""
    with forking():
        child = os.fork()
    if child == 0:
        sdk.capture_message("into the void")
        os._exit(0)
    os.waitpid(child, 0)

    assert len(captured_events) == 0


APPLICATION = """
import os
import sentry_sdk

sentry_sdk.init(default_integrations=False)


def application(environ, start_response):
    sentry_sdk.capture_message(f"from {os.getpid()}")
    start_response("200 OK", [("Content-Length", str(len(str(os.getpid()))))])
    return [str(os.getpid()).encode()]
"""


@contextlib.contextmanager
def gunicorn(folder, env, *options):
    """Run gunicorn with two workers; yields the address."""
    (folder / "shop.py").write_text(APPLICATION)
    command = [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", "127.0.0.1:0", "--no-control-socket"]
    with subprocess.Popen(  # noqa: S603 - a server under the test's own control
        [*command, *options, "shop:application"], cwd=folder, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            address = next(found[1] for line in process.stderr if (found := re.search(r"Listening at: (\S+)", line)))
            yield address
        finally:
            process.terminate()
            process.communicate(timeout=30)


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["workers import", "preloaded"])
def test_every_worker_of_a_prefork_server_is_captured(errortrack_receiver, captured_events, tmp_path, options):
    """Two workers of gunicorn report, initialised before the fork or after it, and the events of both arrive."""
    workers = set()
    with gunicorn(tmp_path, {**os.environ, **errortrack_receiver.env}, *options) as address:
        for _ in range(500):
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - loopback
                workers.add(answer.read().decode())
            if len(workers) == 2:
                break

        for worker in workers:
            assert captured_events.wait_for(message=f"from {worker}", timeout=30)
    assert len(workers) == 2
