from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.assertions import CapturedTransaction, Circumstances
from pytest_errortrack.reporting._segments import Segments, spans_of
from pytest_errortrack.sdk import Item

TRACE = "69e5672cfb59432794f1e5d0b2704e82"


def span(name, *, at, span_id, parent=None, segment="s" * 16, **more):
    """Make a span as `@sentry/node` 11 sends it."""
    attributes = {
        "sentry.op": {"value": "db", "type": "string"},
        "sentry.segment.id": {"value": segment, "type": "string"},
        "sentry.release": {"value": "js@1", "type": "string"},
    }
    is_segment = span_id == segment
    return {
        "name": name,
        "span_id": span_id,
        "trace_id": TRACE,
        "start_timestamp": at,
        "end_timestamp": at + 1,
        "is_segment": is_segment,
        "status": "ok",
        "attributes": attributes,
        **({} if parent is None else {"parent_span_id": parent}),
        **more,
    }


ROOT = span("GET /", at=1.0, span_id="s" * 16)
CHILD = span("select", at=2.0, span_id="c" * 16, parent="s" * 16)
GRANDCHILD = span("fetch", at=3.0, span_id="g" * 16, parent="c" * 16)


def tree(payload):
    """Draw a transaction's payload."""
    return CapturedTransaction(payload, raw=b"", circumstances=Circumstances()).span_tree()


@pytest.mark.parametrize("order", list(itertools.permutations([ROOT, CHILD, GRANDCHILD])))
@pytest.mark.parametrize("batches", [1, 3])
def test_a_segment_and_its_spans_are_a_transaction_in_whatever_order(order, batches):
    """All orders, in one batch or in three, give one and the same transaction."""
    segments = Segments()
    groups = [list(order)] if batches == 1 else [[each] for each in order]

    (payload,) = [payload for group in groups for payload in segments.take(group)]

    assert tree(payload) == "db: GET /\n  db: select\n    db: fetch"
    assert payload["release"] == "js@1"
    assert payload["contexts"]["trace"]["status"] == "ok"
    assert (payload["start_timestamp"], payload["timestamp"]) == (1.0, 2.0)
    assert payload["spans"][0]["data"]["sentry.op"] == "db"


def test_two_segments_of_a_trace_are_two_transactions():
    """Spans join the segment that they name, not every segment of their trace."""
    other = span("POST /", at=1.5, span_id="o" * 16, segment="o" * 16)
    child = span("insert", at=1.6, span_id="i" * 16, parent="o" * 16, segment="o" * 16)

    payloads = list(Segments().take([CHILD, child, ROOT, other, GRANDCHILD]))

    assert [tree(payload) for payload in payloads] == [
        "db: GET /\n  db: select\n    db: fetch",
        "db: POST /\n  db: insert",
    ]


def test_a_segment_that_comes_twice_is_one_transaction():
    """What is sent again is not reported again."""
    assert len(list(Segments().take([ROOT, ROOT]))) == 1


def test_a_span_of_the_older_form_is_read():
    """One span alone in its item, with `data` and `description`, is a transaction where it is a segment."""
    old = {"trace_id": TRACE, "span_id": "a" * 16, "is_segment": True, "op": "ui.click", "description": "b", "data": {}}
    item = Item({"type": "span"}, json.dumps(old).encode())

    (payload,) = Segments().take(spans_of(item))

    assert tree(payload) == "ui.click: b"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["name", "span_id", "trace_id", "parent_span_id", "attributes", "start_timestamp", "is_segment"]
            ),
            st.none() | st.text(max_size=3) | st.integers() | st.dictionaries(st.text(max_size=3), st.none()),
        )
    )
)
def test_spans_of_any_shape_are_read(spans):
    """Whatever strangers put into a span, nothing is raised."""
    for payload in Segments().take(spans):
        assert payload["type"] == "transaction"
