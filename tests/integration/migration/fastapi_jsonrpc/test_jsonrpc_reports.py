"""What fastapi-jsonrpc 4.1.0 reports: its tests/sentry/test_sentry_sdk_2x.py, without a conftest of its own.

Replaces test_logged_exceptions_event_creation, test_unhandled_exception_event_creation and
test_trace_id_propagation, with the fixtures and helpers that only they use.
"""

from __future__ import annotations

import asyncio
import logging

import fastapi_jsonrpc as jsonrpc
import pytest
import sentry_sdk
from fastapi_jsonrpc.contrib.sentry import FastApiJsonRPCIntegration
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from starlette.testclient import TestClient

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Refused(jsonrpc.BaseError):
    """An error that belongs to the protocol: an answer, not a report."""

    CODE = 5001
    MESSAGE = "refused"


@pytest.fixture
def call():
    """Return a function that sends a batch of calls to an application with the integration."""
    sentry_sdk.init(
        integrations=[FastApiJsonRPCIntegration()],
        disabled_integrations=[StarletteIntegration, FastApiIntegration],
        traces_sample_rate=1.0,
    )
    entrypoint = jsonrpc.Entrypoint("/api")

    both_are_called = asyncio.Barrier(2)

    async def log(error):
        await both_are_called.wait()
        try:
            raise error
        except type(error):
            logging.getLogger("shop").exception("it failed")

    @entrypoint.method()
    async def logs_value_error() -> None:
        await log(ValueError())

    @entrypoint.method()
    async def logs_type_error() -> None:
        await log(TypeError())

    @entrypoint.method()
    async def breaks() -> None:
        raise RuntimeError

    @entrypoint.method()
    async def refuses() -> None:
        raise Refused

    app = jsonrpc.API()
    app.bind_entrypoint(entrypoint)
    client = TestClient(app)

    def call(*methods, **headers):
        batch = [{"jsonrpc": "2.0", "id": name, "method": name, "params": {}} for name in methods]
        return client.post("/api", json=batch, headers=headers).json()

    return call


def test_errors_that_the_calls_of_a_batch_log_are_not_mixed(call, captured_events, captured_transactions):
    """Calls that overlap report each its own error under its own name, all of them in one trace."""
    call("logs_value_error", "logs_type_error")

    first = captured_events.one(exception=ValueError, transaction="JRPC:logs_value_error", logger="shop", handled=True)
    second = captured_events.one(exception=TypeError, transaction="JRPC:logs_type_error", logger="shop", handled=True)
    assert len(captured_events) == 2
    assert {made.name for made in captured_transactions} == {first.transaction, second.transaction}
    assert {made.trace_id for made in captured_transactions} == {first.trace_id, second.trace_id}
    assert first.trace_id == second.trace_id


@pytest.mark.expect_event(level="error", exception=RuntimeError, handled=False, transaction="JRPC:breaks")
def test_an_unhandled_error_is_reported_once(call, captured_transactions):
    """An error that no method handled is reported as unhandled, under the name of its method."""
    assert call("breaks")[0]["error"]["code"] == -32603
    captured_transactions.one(name="JRPC:breaks", op="http.server")


def test_a_batch_continues_the_trace_of_its_caller(call, captured_events, captured_transactions):
    """Every report of a batch belongs to the caller's trace; an error of the protocol is no report."""
    answers = call("refuses", "breaks", "breaks", **{"sentry-trace": f"{TRACE}-b7ad6b7169203331-1"})

    assert [answer["error"]["code"] for answer in answers] == [5001, -32603, -32603]
    assert [event.exception.type for event in captured_events] == ["RuntimeError", "RuntimeError"]
    assert len(captured_transactions) == 3
    assert {made.trace_id for made in (*captured_events, *captured_transactions)} == {TRACE}
