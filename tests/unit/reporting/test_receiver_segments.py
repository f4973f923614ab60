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


class Moment(float):
    """A time that counts how often it is compared."""

    compared = 0

    def __lt__(self, other):
        """Count."""
        Moment.compared += 1
        return float(self) < float(other)


def test_spans_are_put_in_order_without_comparing_each_with_all():
    """A batch of spans in an awkward order, and then one after the other, takes a few comparisons for each."""
    children = [span("c", at=Moment(-at), span_id=f"{at:016}", parent="s" * 16) for at in range(1000)]
    segments = Segments()

    list(segments.take(children[:500]))
    for child in children[500:]:
        list(segments.take([child]))
    (payload,) = segments.take([ROOT])

    assert [child["start_timestamp"] for child in payload["spans"]] == sorted(range(-999, 1))
    assert Moment.compared <= 20 * len(children)


def test_what_nothing_came_for_is_forgotten_in_the_end():
    """A receiver that stands for hours remembers the latest; a transaction keeps what it had."""
    segments = Segments(most=10)
    (first,) = segments.take([CHILD, ROOT])
    for number in range(20):
        list(segments.take([span("x", at=1.0, span_id=f"{number:016}", segment=f"{number:016}")]))

    assert list(segments.take([GRANDCHILD])) == []
    assert tree(first) == "db: GET /\n  db: select"
    assert len(list(segments.take([span("x", at=1.0, span_id=f"{19:016}", segment=f"{19:016}")]))) == 0
    assert len(list(segments.take([span("x", at=1.0, span_id=f"{0:016}", segment=f"{0:016}")]))) == 1
    assert segments._size <= 11


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
