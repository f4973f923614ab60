"""A program in another language, with its own SDK, reports to a receiver."""

from __future__ import annotations

import shutil
import subprocess

import pytest

pytestmark = pytest.mark.server

PROGRAM = """
const Sentry = require("@sentry/node");
const dsn = process.env.SENTRY_DSN;
Sentry.init({ dsn, tracesSampleRate: 1.0, release: "js@1", environment: "ci", enableLogs: true });
(async () => {
  Sentry.setTag("tenant", "acme");
  Sentry.addBreadcrumb({ message: "cart priced", category: "shop" });
  await Sentry.startSpan({ name: "checkout", op: "task" }, async () => {
    await Sentry.startSpan({ name: "charge", op: "http" }, async () => {
      await Sentry.startSpan({ name: "insert", op: "db" }, async () => {});
    });
    try { JSON.parse("{bad"); } catch (error) { Sentry.captureException(error); }
  });
  Sentry.logger.info("a line of log");
  Sentry.captureCheckIn({ monitorSlug: "nightly", status: "ok" });
  Sentry.captureFeedback({ message: "well done", name: "Bo" });
  Sentry.captureEvent({ message: "with a file" }, { attachments: [{ filename: "cart.txt", data: "two\\nlines" }] });
  await Sentry.flush(10000);
})();
"""


@pytest.fixture
def reported(errortrack_receiver, node_modules, tmp_path):
    """Run the program to its end."""
    script = tmp_path / "program.cjs"
    script.write_text(PROGRAM, encoding="utf-8")
    env = {"PATH": "/usr/bin:/bin", "NODE_PATH": str(node_modules), **errortrack_receiver.env}
    done = subprocess.run(  # noqa: S603 - the test's own program
        [shutil.which("node"), script], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {request.status for request in errortrack_receiver.requests} == {200}


@pytest.mark.usefixtures("reported")
def test_events_of_node_are_captured(captured_events, captured_breadcrumbs):
    """An error with its tags, breadcrumbs and frames, by the name of its SDK."""
    event = captured_events.one(
        level="error", exception="SyntaxError", tags={"tenant": "acme"}, release="js@1", breadcrumbs=["cart priced"]
    )

    assert event.sdk == "sentry.javascript.node"
    assert any(frame.filename.endswith("program.cjs") for frame in event.exception.frames)
    assert "cart priced" in [crumb.message for crumb in captured_breadcrumbs]
    assert captured_events.one(message="with a file").attachments == ["cart.txt"]


@pytest.mark.usefixtures("reported")
def test_spans_of_node_are_a_transaction(captured_transactions, captured_events):
    """It sends spans; they are put together into a transaction with its tree, in the trace of the event."""
    transaction = captured_transactions.one(name="checkout")

    assert transaction.span_tree() == "task: checkout\n  http: charge\n    db: insert"
    assert (transaction.release, transaction.environment) == ("js@1", "ci")
    assert transaction.trace_id == captured_events.one(exception="SyntaxError").trace_id


@pytest.mark.usefixtures("reported")
def test_everything_else_of_node_is_captured(errortrack):
    """Logs, check-ins, sessions, attachments and feedback, whose items say no length."""
    kinds = [item.type for envelope in errortrack.envelopes for item in envelope.items]

    assert [log.body for log in errortrack.logs] == ["a line of log"]
    assert [check_in.monitor_slug for check_in in errortrack.check_ins] == ["nightly"]
    assert [(each.filename, each.bytes) for each in errortrack.attachments] == [("cart.txt", b"two\nlines")]
    assert errortrack.sessions[-1].release == "js@1"
    assert "feedback" in kinds
    assert "span" in kinds
