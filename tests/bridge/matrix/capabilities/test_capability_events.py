from __future__ import annotations

import logging

import pytest
import sentry_sdk
import shop
from sentry_sdk.integrations import logging as sentry_logging


@pytest.mark.capability("events")
def test_events(captured_events):
    """The right event, once, with what the application set."""
    shop.pay("acme")
    sentry_sdk.capture_message("low", level="warning")

    event = captured_events.one(level="error", exception=shop.PaymentError, tags={"tenant": "acme"})
    assert (event.release, event.environment, event.sdk) == ("shop@1.2.3", "ci", "sentry_sdk")
    assert isinstance(event.live_exception, shop.PaymentError)
    assert captured_events.one(level="warning").message == "low"
    assert len(captured_events) == 2


@pytest.mark.capability("events")
@pytest.mark.expect_event(exception=shop.PaymentError, tags={"tenant": "acme"})
def test_events_by_marker():
    """A marker says the same."""
    shop.pay("acme")


@pytest.mark.capability("events of the logging integration")
@pytest.mark.skipif(not hasattr(sentry_logging, "DEFAULT_EVENT_LEVEL"), reason="not in this SDK: events of log records")
def test_logging(captured_events):
    """What is logged as an error is reported, with the exception that was being handled."""
    try:
        shop.charge("acme")
    except shop.PaymentError:
        logging.getLogger("shop").exception("payment failed")

    assert captured_events.one(exception=shop.PaymentError, logger="shop").source == "logging"


@pytest.mark.capability("exception chains")
def test_chains(captured_events):
    """Any link of a chain can be asked for; the captured one is the outermost."""
    shop.pay("acme")

    event = captured_events.one(exception=ConnectionError, message="bank is away")
    assert (event.exception.type, event.exception.value) == ("PaymentError", "card of acme refused")
    assert {link.type for link in event.exceptions} == {"PaymentError", "ConnectionError"}


@pytest.mark.capability("exception groups")
def test_groups(captured_events):
    """The members of a group are links too."""
    sentry_sdk.capture_exception(ExceptionGroup("both", [KeyError("a"), ValueError("b")]))

    event = captured_events.one(exception=ValueError)
    assert captured_events.one(exception=KeyError) is event
    assert event.exception.type == "ExceptionGroup"


@pytest.mark.capability("breadcrumbs")
def test_breadcrumbs(captured_events, captured_breadcrumbs):
    """What the event carries, and what was recorded; the application's limit holds."""
    with sentry_sdk.isolation_scope():
        for number in range(8):
            sentry_sdk.add_breadcrumb(message=f"step {number}")
        sentry_sdk.capture_message("low")

    event = captured_events.one()
    assert [crumb.message for crumb in event.breadcrumbs] == [f"step {number}" for number in range(3, 8)]
    assert [crumb.message for crumb in captured_breadcrumbs] == [f"step {number}" for number in range(8)]


@pytest.mark.capability("transactions and spans")
@pytest.mark.skipif(not hasattr(sentry_sdk, "start_transaction"), reason="not in this SDK: start_transaction")
def test_transactions(captured_transactions):
    """A transaction and its spans, as a tree."""
    with sentry_sdk.start_transaction(name="checkout", op="task"), sentry_sdk.start_span(op="db"):
        sentry_sdk.set_tag("tenant", "acme")

    transaction = captured_transactions.one(name="checkout", op="task", tags={"tenant": "acme"})
    assert [span.op for span in transaction.spans] == ["db"]
    assert transaction.span_tree().splitlines()[0] == "task: checkout"


@pytest.mark.capability("nothing by mistake")
def test_expectations_fail(captured_events):
    """What was not reported is not found, under any runner."""
    sentry_sdk.capture_message("low")

    with pytest.raises(AssertionError, match="expected exactly one event, found 0"):
        captured_events.one(message="high")
    with pytest.raises(AssertionError, match="expected no such event, found 1"):
        captured_events.none(message="low")


@pytest.mark.capability("waiting for another thread")
@pytest.mark.not_on("interleaved")
def test_wait_for(captured_events):
    """A report of another thread can be waited for."""
    import threading

    thread = threading.Thread(target=shop.pay, args=("acme",))
    thread.start()

    assert captured_events.wait_for(exception=shop.PaymentError, timeout=10.0).tags["tenant"] == "acme"
    thread.join()
