"""Pairs of tests: the first leaves something behind, the second does not find it."""

from __future__ import annotations

import pytest
import sentry_sdk

BOTH = ("leaves", "finds")


def seen(captured_events, message="looking"):
    sentry_sdk.capture_message(message)
    return captured_events.one(message=message)


def leave_or(captured_events, part, leave):
    event = seen(captured_events)
    if part == "leaves":
        leave()
    return event


@pytest.mark.capability("global scope restored")
@pytest.mark.parametrize("part", BOTH)
def test_global_scope(captured_events, part):
    """Tags, user and contexts of the global scope."""

    def leave():
        scope = sentry_sdk.Scope.get_global_scope()
        scope.set_tag("leak", "yes")
        scope.set_user({"id": "leak"})
        scope.set_context("leak", {"a": 1})

    event = leave_or(captured_events, part, leave)
    assert event.tags.get("leak") is None
    assert not event.user
    assert "leak" not in event.contexts


@pytest.mark.capability("isolation scope restored")
@pytest.mark.parametrize("part", BOTH)
def test_isolation_scope(captured_events, part):
    """What the API writes goes to the isolation scope."""

    def leave():
        sentry_sdk.set_tag("leak", "yes")
        sentry_sdk.set_level("fatal")
        sentry_sdk.Scope.get_isolation_scope().fingerprint = ["leak"]

    event = leave_or(captured_events, part, leave)
    assert event.tags.get("leak") is None
    assert event.level == "info"
    assert event.fingerprint != ["leak"]


@pytest.mark.capability("what was set at import is kept")
@pytest.mark.not_on("interleaved")  # an actor begins as a thread does that nobody in particular started: with nothing
@pytest.mark.parametrize("part", BOTH)
def test_set_up(captured_events, part):
    """What the application wrote when it was imported is in every test's events, whatever a test does to it."""
    event = leave_or(captured_events, part, lambda: sentry_sdk.set_tag("set_up", "spoiled"))

    assert event.tags["set_up"] == "at import"


@pytest.mark.capability("current scope restored")
@pytest.mark.parametrize("part", BOTH)
def test_current_scope(captured_events, part):
    """The scope in force where the test runs."""
    event = leave_or(captured_events, part, lambda: sentry_sdk.Scope.get_current_scope().set_tag("leak", "yes"))

    assert event.tags.get("leak") is None


@pytest.mark.capability("breadcrumbs restored")
@pytest.mark.parametrize("part", BOTH)
def test_breadcrumbs(captured_events, captured_breadcrumbs, part):
    """A breadcrumb of one test is not in the next one's event."""
    assert not captured_breadcrumbs
    event = leave_or(captured_events, part, lambda: sentry_sdk.add_breadcrumb(message="leak"))

    assert "leak" not in [crumb.message for crumb in event.breadcrumbs]


@pytest.mark.capability("processors restored")
@pytest.mark.parametrize("part", BOTH)
def test_processors(captured_events, part):
    """Event processors of a scope and of the process."""

    def spoil(event, hint):
        event.setdefault("tags", {})["leak"] = "yes"
        return event

    def leave():
        sentry_sdk.Scope.get_isolation_scope().add_event_processor(spoil)
        sentry_sdk.Scope.get_global_scope().add_event_processor(spoil)
        sentry_sdk.scope.add_global_event_processor(spoil)

    assert leave_or(captured_events, part, leave).tags.get("leak") is None


@pytest.mark.capability("attachments restored")
@pytest.mark.parametrize("part", BOTH)
def test_attachments(captured_events, part):
    """A scope's attachments."""

    def leave():
        sentry_sdk.Scope.get_isolation_scope().add_attachment(bytes=b"leak", filename="leak.txt")

    assert "leak.txt" not in leave_or(captured_events, part, leave).attachments


@pytest.mark.capability("current scope restored")
@pytest.mark.parametrize("part", BOTH)
def test_span(captured_events, part):
    """A span that was never finished is not the next test's parent."""
    assert sentry_sdk.get_current_span() is None
    start = getattr(sentry_sdk, "start_transaction", None) or sentry_sdk.start_span

    leave_or(captured_events, part, lambda: start(name="leak").__enter__())
