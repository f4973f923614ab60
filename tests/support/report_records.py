"""Records of tests as reports hold them, for whoever tests what is made of them."""

from __future__ import annotations

from pytest_errortrack.reporting._record import Finding, Interleaved, Record, Run, Step

RUN = Run(
    id="r1",
    started=1_700_000_000.0,
    python="3.11.7",
    platform="linux",
    pytest="9.2.0",
    errortrack="0.1.0",
    options={"strict": "error"},
)


def event(message="disk full", *, level="error", **payload):
    """One captured event as a record holds it."""
    return {
        "title": f"{level} {message!r}",
        "payload": {"event_id": "a" * 32, "level": level, "message": message, **payload},
        "sdk": "native",
        "captured_at": "/srv/shop/checkout.py:31",
        "thread": "MainThread",
        "source": "capture_message",
    }


def transaction(*, spans=()):
    """One captured transaction that took a second."""
    payload = {
        "type": "transaction",
        "transaction": "POST /checkout",
        "start_timestamp": 1_700_000_000.0,
        "timestamp": 1_700_000_001.0,
        "contexts": {"trace": {"trace_id": "b" * 32, "span_id": "0" * 16, "op": "http.server", "status": "ok"}},
        "spans": list(spans),
    }
    return {"title": "http.server 'POST /checkout'", "payload": payload, "sdk": "native"}


def span(number, *, parent=0, start=0.0, end=1.0, **said):
    """One span, by times within the second."""
    return {
        "span_id": f"{number:016x}",
        "parent_span_id": f"{parent:016x}",
        "start_timestamp": 1_700_000_000.0 + start,
        "timestamp": 1_700_000_000.0 + end,
        "op": "db",
        "description": f"span {number}",
        **said,
    }


def record(nodeid="test_shop.py::test_checkout", *, outcome="passed", run=RUN, **said):
    """One attempt at a test."""
    return Record(nodeid=nodeid, outcome=outcome, run=run, started=said.pop("started", 1_700_000_000.5), **said)


def interleaved(*, actors=("A", "B"), steps=None):
    """An interleaving of two actors with one preemption."""
    if steps is None:
        steps = [
            Step(actor=0, text="set_extra", site="shop.py:17", number=1),
            Step(actor=0, text="-- preempted --"),
            Step(actor=1, text="set_extra", site="shop.py:17", number=2),
            Step(actor=1, text="capture_message", site="shop.py:18", number=3),
            Step(actor=0, text="capture_message", site="shop.py:18", number=4),
        ]
    return Interleaved(
        summary="found AssertionError as schedule 3 of 3 schedules",
        failed=True,
        token="et1-abc",
        preemptions=1,
        actors=list(actors),
        steps=list(steps),
    )


def finding(text="E   AssertionError: expected exactly one event, found 0", *, when="call"):
    """Why a test failed."""
    return Finding(when=when, text=text)
