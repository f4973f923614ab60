"""Every kind of error event, sent by the SDK itself to a real error tracker and read back."""

from __future__ import annotations

import hostile
import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk.testing import preserved_state

pytestmark = pytest.mark.server


def chain():
    """Report an exception with a cause."""
    try:
        try:
            raise KeyError("card")
        except KeyError as error:
            raise LookupError("no card") from error
    except LookupError as error:
        sdk.capture_exception(error, tags={"kind": "chain"})


def group():
    """Report groups of exceptions, with notes."""
    inner = ExceptionGroup("inner", [ValueError("one"), OSError(2, "gone")])
    inner.add_note("both were tried")
    try:
        raise ExceptionGroup("outer", [inner, TypeError("three")])
    except ExceptionGroup as error:
        sdk.capture_exception(error, tags={"kind": "group"})


def crumbs():
    """Report a message after breadcrumbs, with an attachment and a request."""
    with sdk.isolation_scope() as scope:
        for number in range(120):
            scope.add_breadcrumb(message=f"crumb {number}", category="shop", level="warning", data={"n": number})
        scope.add_attachment(b"\x00\xff", "blob.bin")
        scope.set_user({"id": "7", "ip_address": "127.0.0.1", "email": "a@example.org"})
        scope.set_context("shop", {"id": 7, "open": True})
        request = {"url": "http://shop/pay", "method": "POST", "headers": {"Accept": "*"}, "query_string": "a=b"}
        sdk.capture_event({"message": "request", "request": request, "tags": {"kind": "request"}})


def long():
    """Report texts that have to be cut."""
    sdk.capture_message("ä💥" * 50_000, tags={"kind": "long", "value": "x\ny" * 500}, extra={"long": "ö" * 100_000})


def odd(name, make):
    """Report an exception from a frame with a hostile variable, and the value as an extra."""
    value = make()
    try:
        raise hostile.Bug(name)
    except hostile.Bug as error:
        sdk.capture_exception(error, tags={"kind": f"odd {name}"}, extra={"value": value})


def threads():
    """Report a message with the stack that is running."""
    sdk.capture_message("stack", level="warning", tags={"kind": "threads"})


def test_every_kind_of_event_is_stored_and_valid(bugsink, monkeypatch):
    """E1, E2, E3, E6, E10: chains, groups, stacks, requests, long texts, hostile values: stored, none found invalid."""
    for name in ("SENTRY_DSN", "SENTRY_RELEASE", "SENTRY_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    with preserved_state():
        sdk.init(bugsink.dsn, release="shop@1.2.3", attach_stacktrace=True, transport_queue_size=1000)
        for report in (chain, group, crumbs, long, threads):
            report()
        for name, make in hostile.VALUES.items():
            odd(name, make)
        assert sdk.flush(60)
        sdk.close()

    stored = {event["tags"]["kind"]: event for event in bugsink.stored_events()}

    assert stored.keys() == {"chain", "group", "request", "long", "threads"} | {
        f"odd {name}" for name in hostile.VALUES
    }
    assert [each["type"] for each in stored["chain"]["exception"]["values"]] == ["KeyError", "LookupError"]
    assert len(stored["group"]["exception"]["values"]) == 5
    assert len(stored["request"]["breadcrumbs"]["values"]) == 100
    assert stored["threads"]["threads"]["values"][0]["stacktrace"]["frames"]
    complaints = [line for line in bugsink.log().splitlines() if "validation failed" in line.lower()]
    # `message` is an attribute of the specification's events; Bugsink stores it, but its schema knows `logentry` alone.
    assert [line for line in complaints if "'message' was unexpected" not in line] == []
