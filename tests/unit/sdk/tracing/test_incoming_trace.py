"""Tests of a trace that a parent process began."""

from __future__ import annotations

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk.tracing import PropagationContext

TRACE, SPAN = "0123456789abcdef" * 2, "fedcba9876543210"


@pytest.mark.parametrize("value", [f"{TRACE}-{SPAN}", f"{TRACE}-{SPAN}-1", f" {TRACE.upper()}-{SPAN}-0\n"])
def test_child_process_continues_its_parents_trace(value, monkeypatch, start):
    """O3, TR4: events of a process belong to the trace in its environment, below the span that started it."""
    monkeypatch.setenv("SENTRY_TRACE", value)

    memory = start()
    sdk.capture_message("one")
    sdk.capture_message("two")

    one, two = (event["contexts"]["trace"] for event in memory.events)
    assert one == two
    assert (one["trace_id"], one["parent_span_id"]) == (TRACE, SPAN)
    assert len(one["span_id"]) == 16
    assert one["span_id"] != SPAN


@pytest.mark.parametrize(
    "value",
    ["", "nonsense", TRACE, f"{TRACE}-{SPAN}-", f"{TRACE}-{SPAN}-2", f"{'0' * 32}-{SPAN}", f"{TRACE}-{'0' * 16}"],
)
def test_what_is_no_trace_is_left_out(value, monkeypatch, start):
    """O3, TR4: a malformed value, or ids of nothing but zeros, begin no trace."""
    monkeypatch.setenv("SENTRY_TRACE", value)

    memory = start()
    sdk.capture_message("m")

    trace = memory.events[0]["contexts"]["trace"]
    assert trace["trace_id"] not in {TRACE, "0" * 32}
    assert "parent_span_id" not in trace
    assert PropagationContext.continuing(value, hex_id=lambda digits: "a" * digits) is None
