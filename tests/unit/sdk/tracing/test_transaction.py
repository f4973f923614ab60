"""Tests of transactions and spans: what is sent, what is counted, what is no trouble."""

from __future__ import annotations

import gc
import weakref

import pytest
from sdk_losses import losses

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Transaction
from pytest_errortrack.sdk.tracing import NOOP_SPAN, UNNAMED, NoOpSpan


@pytest.fixture
def traces(start):
    """The memory of an SDK that keeps every transaction."""
    return start(traces_sample_rate=1.0)


def test_transaction_is_sent_with_its_spans(traces):
    """TR10: name, source, times, trace context, and the finished spans with their parents."""
    with sdk.start_transaction("checkout", op="http.server", source="route", description="d") as transaction:
        with sdk.start_span("db", description="SELECT 1") as outer, sdk.start_span("inner", name="n") as inner:
            inner.set_data("rows", 3)
            inner.set_tag("t", "1")
        unfinished = transaction.start_child("never")

    (event,) = traces.transactions
    assert (event["type"], event["transaction"], event["transaction_info"]) == (
        "transaction",
        "checkout",
        {"source": "route"},
    )
    trace = event["contexts"]["trace"]
    assert (trace["trace_id"], trace["span_id"], trace["op"]) == (
        transaction.trace_id,
        transaction.span_id,
        "http.server",
    )
    assert event["start_timestamp"] <= event["timestamp"]
    first, second = event["spans"]
    assert (first["op"], first["description"], first["parent_span_id"]) == ("inner", "n", outer.span_id)
    assert (first["data"], first["tags"]) == ({"rows": 3}, {"t": "1"})
    assert (second["op"], second["parent_span_id"]) == ("db", transaction.span_id)
    assert {span["trace_id"] for span in event["spans"]} == {transaction.trace_id}
    assert "breadcrumbs" not in event
    assert "level" not in event
    assert unfinished.timestamp is None
    assert losses(traces) == {}


def test_data_of_the_transaction_itself(traces):
    """TR10: tags, data, measurements and contexts of the transaction, and those of the scopes."""
    sdk.set_tag("scope", "1")
    sdk.set_user({"id": 1})
    sdk.set_context("device", {"a": 1})
    with sdk.start_transaction("t") as transaction:
        transaction.set_tag("own", "2")
        transaction.set_data("d", {"a": [1]})
        transaction.set_measurement("memory", 1.5, "byte")
        transaction.set_context("own", {"b": 2})
        transaction.set_http_status(404)
        transaction.set_name("renamed", source="view")

    (event,) = traces.transactions
    assert event["tags"] == {"scope": "1", "own": "2"}
    assert event["contexts"]["trace"]["data"] == {"d": {"a": [1]}, "http.response.status_code": 404}
    assert event["contexts"]["trace"]["status"] == "not_found"
    assert (event["contexts"]["device"], event["contexts"]["own"]) == ({"a": 1}, {"b": 2})
    assert event["measurements"] == {"memory": {"value": 1.5, "unit": "byte"}}
    assert (event["transaction"], event["transaction_info"]) == ("renamed", {"source": "view"})
    assert event["user"] == {"id": 1}


def test_transaction_without_a_name():
    """TR10: a transaction that nobody named says so."""
    assert sdk.start_transaction().name == UNNAMED


def test_finish_is_idempotent(traces):
    """TR8: finishing twice sends once; a span that ends after its transaction is not in it."""
    transaction = sdk.start_transaction("t")
    span = transaction.start_child("s")
    transaction.finish()
    transaction.finish()
    span.finish()
    span.finish()

    assert [event["spans"] for event in traces.transactions] == [[]]


def test_times_can_be_given(traces):
    """TR8: start and end may be told instead of measured."""
    transaction = sdk.start_transaction("t", start_timestamp=1.0)
    transaction.start_child("s", start_timestamp=2.0).finish(3.0)
    transaction.finish(4.0)

    (event,) = traces.transactions
    assert (event["start_timestamp"], event["timestamp"]) == (1.0, 4.0)
    assert (event["spans"][0]["start_timestamp"], event["spans"][0]["timestamp"]) == (2.0, 3.0)


class CancelledError(BaseException):
    """Stands for the one of any event loop."""


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError, "internal_error"), (CancelledError, "cancelled"), (KeyboardInterrupt, "internal_error")],
)
def test_block_that_raises_is_finished_with_a_status(traces, error, status):
    """TR8: whatever ends a block finishes its span, says so, and goes on its way."""
    with pytest.raises(error), sdk.start_transaction("t"), sdk.start_span("s"):
        raise error

    (event,) = traces.transactions
    assert event["contexts"]["trace"]["status"] == status
    assert event["spans"][0]["status"] == status
    assert sdk.get_current_scope().span is None


def test_block_that_never_began_may_end(traces):
    """Leaving a block that was not entered finishes the span, and changes no scope."""
    sdk.start_transaction("t").__exit__(None, None, None)

    assert len(traces.transactions) == 1


def test_current_span_is_put_back(traces):
    """TR8: after each block the span before is the current one again."""
    with sdk.start_transaction("t") as transaction:
        with sdk.start_span("s") as span:
            assert sdk.get_current_scope().span is span
        assert sdk.get_current_scope().span is transaction
        assert span.transaction is transaction
    assert sdk.get_current_scope().span is None


def test_span_without_a_transaction_records_nothing(traces):
    """Where no span is active a started one records nothing, and everything can be done with it."""
    with sdk.start_span("s") as span:
        span.set_data("a", 1)
        span.set_tag("a", 1)
        span.set_status("ok")
        span.set_http_status(200)
        child = span.start_child("c", description="d")
        child.finish()

    assert span is child is NOOP_SPAN
    assert (span.transaction, span.is_sampled, repr(span)) == (None, False, "<NoOpSpan>")
    assert traces.envelopes == []


def test_unsampled_transaction_counts_one_transaction_and_its_root_span(start):
    """TR11: children of an unsampled transaction are nothing; it is counted once, as a transaction and a span."""
    memory = start(traces_sample_rate=0.0)
    with sdk.start_transaction("t") as transaction, sdk.start_span("a") as span:
        assert isinstance(span, NoOpSpan)
        assert isinstance(transaction.start_child("b"), NoOpSpan)

    assert not transaction.sampled
    assert losses(memory) == {("sample_rate", "transaction"): 1, ("sample_rate", "span"): 1}


def test_tracing_is_off_without_a_rate(memory):
    """TR1: without rate and sampler nothing is sent, and it is told why."""
    with sdk.start_transaction("t") as transaction:
        pass

    assert not transaction.sampled
    assert "tracing is off" in transaction.decision.reason
    assert memory.transactions == []


def test_own_decision_beats_everything(start):
    """TR1: `sampled=` beats sampler and rate."""
    memory = start(traces_sample_rate=0.0, traces_sampler=lambda _context: 0.0)
    sdk.start_transaction("yes", sampled=True).finish()
    sdk.start_transaction("no", sampled=False).finish()

    assert [event["transaction"] for event in memory.transactions] == ["yes"]


def test_sampler_beats_the_rate_and_sees_the_context(start):
    """TR1, TR2: the sampler is asked with what is known of the transaction, and what its starter adds."""
    seen = []
    memory = start(traces_sample_rate=0.0, traces_sampler=lambda context: seen.append(context) or 1)
    sdk.start_transaction("t", op="o", source="url", custom_sampling_context={"mine": 7}).finish()

    assert len(memory.transactions) == 1
    context = {"transaction_context": {"name": "t", "op": "o", "source": "url"}, "parent_sampled": None, "mine": 7}
    assert seen == [context]


@pytest.mark.parametrize("result", ["raise", None, 2, -1, "1", float("nan")])
def test_failing_sampler_is_as_if_there_were_none(start, result, caplog):
    """P3, M18, O6: a sampler that raises or says what is no rate is left out."""

    def sampler(_context):
        if result == "raise":
            raise RuntimeError
        return result

    memory = start(traces_sample_rate=1.0, traces_sampler=sampler)
    sdk.start_transaction("t").finish()

    assert len(memory.transactions) == 1
    assert "traces_sampler" in caplog.text


def test_spans_beyond_a_thousand_are_counted(traces):
    """TR10, P4: a transaction keeps its first thousand finished spans; the others overflow."""
    with sdk.start_transaction("t") as transaction:
        for _ in range(1003):
            transaction.start_child("s").finish()

    assert len(traces.transactions[0]["spans"]) == 1000
    assert losses(traces) == {("buffer_overflow", "span"): 3}


def test_overflow_of_a_transaction_that_is_gone(traces):
    """A span that outlives its transaction's last holder is counted all the same."""
    span = sdk.start_transaction("t").start_child("s")
    for _ in range(1001):
        span.start_child("c").finish()

    assert span.transaction is None
    assert losses(traces) == {("buffer_overflow", "span"): 1}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"before_send_transaction": lambda _event, _hint: None}, "before_send"),
        ({"before_send_transaction": lambda _event, _hint: 1 / 0}, "before_send"),
        ({"ignore_transactions": ["t"]}, "event_processor"),
        ({"ignore_transactions": [__import__("re").compile("^t")]}, "event_processor"),
    ],
)
def test_dropped_transaction_counts_its_spans(start, options, reason):
    """P4: a dropped transaction is one transaction, and one span more than it has."""
    memory = start(traces_sample_rate=1.0, **options)
    with sdk.start_transaction("t"), sdk.start_span("s"):
        pass

    assert memory.transactions == []
    assert losses(memory) == {(reason, "transaction"): 1, (reason, "span"): 2}


def test_processor_drops_transactions_too(traces):
    """S9: event processors see transactions; dropping one is counted with its spans."""
    sdk.add_event_processor(lambda _event, _hint: None)
    with sdk.start_transaction("t"), sdk.start_span("s"):
        pass

    assert losses(traces) == {("event_processor", "transaction"): 1, ("event_processor", "span"): 2}


def test_spans_taken_out_are_counted(start):
    """P4: spans that a processor or callback removes are counted with its reason."""
    memory = start(
        traces_sample_rate=1.0, before_send_transaction=lambda event, _hint: {**event, "spans": event["spans"][1:]}
    )
    sdk.add_event_processor(lambda event, _hint: {**event, "spans": event["spans"][1:]})
    with sdk.start_transaction("t") as transaction:
        for _ in range(5):
            transaction.start_child("s").finish()

    assert len(memory.transactions[0]["spans"]) == 3
    assert losses(memory) == {("event_processor", "span"): 1, ("before_send", "span"): 1}


def test_before_send_does_not_see_transactions(start):
    """P2: each kind has its own callback; transactions never set the last event id."""
    memory = start(traces_sample_rate=1.0, before_send=lambda _event, _hint: None)
    sdk.start_transaction("t").finish()

    assert len(memory.transactions) == 1
    assert sdk.last_event_id() is None


def test_values_are_copied_when_they_are_set(traces):
    """S10: later changes of what was set do not reach the span."""
    value = {"a": [1]}
    with sdk.start_transaction("t") as transaction:
        with sdk.start_span("s") as span:
            span.set_data("d", value)
            value["a"].append("changed")
        transaction.set_data("d", value)
        value["a"].append("changed again")

    (event,) = traces.transactions
    assert event["spans"][0]["data"] == {"d": {"a": [1]}}
    assert event["contexts"]["trace"]["data"] == {"d": {"a": [1, "changed"]}}


@pytest.mark.parametrize(
    ("key", "value", "sent"),
    [
        ("thing", object, "<class 'object'>"),
        ("list", [1, {"a": None}], [1, {"a": None}]),
        ("é", "ü", "ü"),
        ("nan", float("nan"), "nan"),
        ("big", 2**70, str(2**70)),
        ("long", "x" * 9000, "x" * 8189 + "..."),
        ("flag", True, True),
        ("nested", {"deep": {"er": "é"}}, {"deep": {"er": "é"}}),
    ],
)
def test_odd_values_of_spans_are_made_json(traces, key, value, sent):
    """Spans whose values are not plain go through the same bounds as everything else."""
    with sdk.start_transaction("t") as transaction:
        transaction.start_child("plain").finish()
        with sdk.start_span("s") as span:
            span.set_data(key, value)

    assert traces.transactions[0]["spans"][1]["data"] == {key: sent}


def test_nothing_is_kept_after_the_end(traces, request):
    """TR12: a finished transaction and its spans are free at once: they are part of no cycle."""
    gc.collect()
    gc.disable()
    request.addfinalizer(gc.enable)
    with sdk.start_transaction("t") as transaction, sdk.start_span("s") as span:
        pass
    references = weakref.ref(transaction), weakref.ref(span)
    del transaction, span

    assert [reference() for reference in references] == [None, None]


def test_transactions_of_nobody():
    """Without a client a transaction does everything and goes nowhere."""
    with sdk.start_transaction("t", op="o") as transaction, sdk.start_span("s"):
        pass

    assert isinstance(transaction, Transaction)
    assert not transaction.sampled
    transaction._record.host.overflowed("t")


def test_failure_inside_the_sdk_is_counted(traces, monkeypatch, caplog):
    """An error of our own while a transaction is sent is counted, and nothing is raised."""

    class Broken:
        def __len__(self):
            raise RuntimeError

    transaction = sdk.start_transaction("t")
    monkeypatch.setattr(type(transaction), "to_event", lambda _self: len(Broken()))
    transaction.finish()

    assert losses(traces) == {("internal_sdk_error", "transaction"): 1, ("internal_sdk_error", "span"): 1}


def test_payload_leaves_out_what_is_not_there(traces):
    """TR10: a span without parent, op or description has no such words."""
    payload = sdk.start_transaction().to_dict()

    assert set(payload) == {"trace_id", "span_id", "start_timestamp", "timestamp", "origin"}


def test_repr_is_short(traces):
    """A span says what it is."""
    transaction = sdk.start_transaction("t", op="o")

    assert repr(transaction) == "<Transaction o >"
    assert repr(transaction.start_child("db", name="q")) == "<Span db q>"
