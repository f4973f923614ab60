"""The public interface as a user's type checker sees it; checked by mypy, never run."""

from __future__ import annotations

import re
import threading
from typing import Any, assert_type

import pytest

from pytest_errortrack import __version__, capture, sdk
from pytest_errortrack._capture import ErrorTrack
from pytest_errortrack.assertions import (
    CapturedBreadcrumb,
    CapturedBreadcrumbs,
    CapturedEnvelopes,
    CapturedEvent,
    CapturedEvents,
    CapturedLog,
    CapturedSpan,
    CapturedTransactions,
)
from pytest_errortrack.interleave import Exploration, Interleaving, InterleavingFailure, explore, interleaved, replay

assert_type(__version__, str)


class PaymentError(Exception):
    """An error of the application."""


def charge(amount: int) -> None:
    raise PaymentError(f"cannot charge {amount}")


def test_events(captured_events: CapturedEvents) -> None:
    event = captured_events.one(level="error", exception=PaymentError, tags={"tenant": "acme"})
    assert_type(event, CapturedEvent)
    assert_type(event.level, str)
    assert_type(event.tags, dict[str, str])
    assert_type(event.breadcrumbs, list[CapturedBreadcrumb])
    assert_type(captured_events[0], CapturedEvent)
    assert_type(captured_events[:1], CapturedEvents)
    assert_type(captured_events.find(message=re.compile("cannot")), CapturedEvent | None)
    assert_type(captured_events.matching({"exception": "PaymentError"}, count=(1, None)), CapturedEvents)
    assert_type(captured_events.none(level="fatal"), None)
    assert_type(captured_events.wait_for(level="error", timeout=2), CapturedEvent)
    assert_type(captured_events.wait_for(level="error", count=(1, None)), CapturedEvents)
    assert_type(captured_events.assert_ordered([{"level": "warning"}, {"exception": PaymentError}]), None)
    assert_type(captured_events.count(level="error"), int)
    assert_type([crumb.message for crumb in event.breadcrumbs], list[str])
    assert len(captured_events) == 1
    captured_events.assert_isolated(shared=["tags.release"])
    captured_events.assert_isolated(key=lambda event: event.tags["request_id"])


def test_transactions(captured_transactions: CapturedTransactions, captured_breadcrumbs: CapturedBreadcrumbs) -> None:
    transaction = captured_transactions.one(name="checkout", op="http.server", status="ok")
    assert_type(transaction.span_tree(), str)
    assert_type([span.op for span in transaction.spans], list[str])
    assert_type(transaction.spans.one(op="db"), CapturedSpan)
    assert_type(captured_breadcrumbs.one(category="cart"), CapturedBreadcrumb)
    assert_type([crumb.category for crumb in captured_breadcrumbs], list[str])


def test_handle(errortrack: ErrorTrack) -> None:
    errortrack.init(release="shop@1.0.0")
    with errortrack.actor("request 1"):
        sdk.capture_message("hello")
    errortrack.events.one(message="hello")
    assert_type(errortrack.logs[0], CapturedLog)
    assert_type([each.payload for each in errortrack.sessions], list[dict[str, Any]])
    assert_type([each.filename for each in errortrack.attachments], list[str])
    assert_type([(each.monitor_slug, each.status) for each in errortrack.check_ins], list[tuple[str, str]])
    errortrack.adopt(threading.current_thread())
    errortrack.clear()


def test_envelopes(captured_envelopes: CapturedEnvelopes) -> None:
    assert_type(captured_envelopes[0], sdk.Envelope)
    assert_type(captured_envelopes.one(items=["event"]), sdk.Envelope)
    captured_envelopes.assert_not_contains("hunter2", b"key")


@pytest.mark.expect_event(level="error", exception=PaymentError)
@pytest.mark.errortrack(environment="ci")
def test_marked() -> None:
    charge(1)


@interleaved
def test_bare(interleaving: Interleaving) -> None:
    results = interleaving.run(a=lambda: 1, b=lambda: 2)
    assert results["a"] == 1


@interleaved(budget=100, level="op", max_preemptions=1, search="exhaustive", seed=7, fresh_threads=True)
def test_with_options(interleaving: Interleaving, captured_events: CapturedEvents) -> None:
    interleaving.run(lambda: charge(1), lambda: interleaving.step("label"))
    assert_type(interleaving.now(), float)
    captured_events.assert_isolated()


def test_functions() -> None:
    def scenario(interleaving: Interleaving) -> None:
        interleaving.run(lambda: charge(1), lambda: charge(2))

    found = explore(scenario, budget=500, level="line", max_preemptions=2, search="auto", modules=[__name__])
    assert_type(found, Exploration)
    assert_type(found.failure, BaseException | None)
    assert_type(found.found_at, int | None)
    assert_type(found.complete, bool)
    assert_type(found.summary(), str)
    if isinstance(found.failure, InterleavingFailure) and found.token is not None:
        assert_type(replay(found.token, scenario), Exploration)


def before_send(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    return None if hint.get("exc_info") is None else event


def test_sdk() -> None:
    sdk.init("memory://", before_send=before_send, traces_sample_rate=1.0, environment="ci")
    sdk.set_tag("tenant", "acme")
    sdk.set_user({"id": "u-7"})
    sdk.set_extra("cart", ["tea"])
    sdk.add_breadcrumb(message="cart priced", category="cart", data={"articles": 2})
    with sdk.isolation_scope() as scope, sdk.new_scope():
        assert_type(scope, sdk.Scope)
    with sdk.configure_scope() as scope:
        scope.set_context("order", {"id": 7})
    try:
        charge(1)
    except PaymentError as error:
        assert_type(sdk.capture_exception(error, tags={"bank": "acme"}), str | None)
    hub = sdk.Hub.current.clone()
    assert_type(hub, sdk.Hub)
    assert_type(sdk.last_event_id(), str | None)
    with sdk.start_transaction(op="http.server", name="checkout") as transaction:
        transaction.set_tag("tenant", "acme")
        with sdk.start_span(op="db", name="query") as span:
            span.set_data("rows", 3)
    assert_type(sdk.flush(timeout=1.0), bool)
    sdk.close()


def test_context_manager() -> None:
    with capture(environment="ci") as tracked:
        assert_type(tracked, ErrorTrack)
        sdk.capture_message("hello")
        tracked.events.one(message="hello")


class Sending:
    """A transport of the user's own: three methods, no base class."""

    def send(self, envelope: sdk.Envelope) -> None:
        """Hand it over."""
        assert_type(envelope.serialize(), bytes)

    def flush(self, timeout: float) -> bool:
        """Wait."""
        return timeout > 0

    def close(self, timeout: float) -> None:
        """Wait, then stop."""


transport: sdk.Transport = Sending()
