from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from report_records import span, transaction

from pytest_errortrack.assertions import CapturedTransaction, Circumstances
from pytest_errortrack.reporting._html._text import amount
from pytest_errortrack.reporting._html._waterfall import MOST_BARS, waterfall


def drawn(*spans, **said):
    """The waterfall of a transaction with these spans."""
    payload = transaction(spans=spans)["payload"] | said
    return waterfall(CapturedTransaction(payload, raw=b"", circumstances=Circumstances()))


def test_spans_stand_in_the_order_of_their_tree_with_their_times():
    """Each bar begins and ends where its span does, and is indented below its parent."""
    found = drawn(
        span(1, start=0.0, end=0.5),
        span(2, start=0.6, end=0.9, status="internal_error"),
        span(3, parent=1, start=0.1, end=0.35),
    )

    assert [(bar.depth, bar.description, bar.left, bar.width, bar.took, bar.failed) for bar in found.bars] == [
        (0, "POST /checkout", 0.0, 100.0, "1.00 s", False),
        (1, "span 1", 0.0, 50.0, "500 ms", False),
        (2, "span 3", 10.0, 25.0, "250 ms", False),
        (1, "span 2", 60.0, 30.0, "300 ms", True),
    ]


def test_times_may_be_text():
    """Older SDKs write RFC 3339 instead of seconds, with and without a zone."""
    found = drawn(
        span(1, start_timestamp="2023-11-14T22:13:20.250Z", timestamp="2023-11-14T22:13:20.500000"),
        start_timestamp="2023-11-14T22:13:20Z",
        timestamp="2023-11-14T22:13:21+00:00",
    )

    assert [(bar.left, bar.width) for bar in found.bars] == [(0.0, 100.0), (25.0, 25.0)]


def test_a_span_that_outlives_its_transaction_is_within_the_picture():
    """The whole picture is as long as the longest span."""
    root, child = drawn(span(1, start=0.5, end=2.0)).bars

    assert (root.left, root.width) == (0.0, 50.0)
    assert (child.left, child.width) == (25.0, 75.0)


def test_spans_without_a_parent_and_in_a_circle_are_shown_once():
    """What hangs in the air is marked, and nothing is drawn twice."""
    found = drawn(span(1, parent=9), span(2, parent=3), span(3, parent=2))

    assert [(bar.description, bar.detached) for bar in found.bars[1:]] == [
        ("span 1", True),
        ("span 2", True),
        ("span 3", True),
    ]


def test_many_spans_are_counted_instead_of_drawn():
    """A page stays a page."""
    found = drawn(*(span(number + 1) for number in range(MOST_BARS + 40)))

    assert (len(found.bars), found.more) == (MOST_BARS + 1, 40)


TIMES = st.none() | st.floats() | st.text(max_size=5) | st.integers(-10, 10)


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6), TIMES, TIMES), max_size=8), TIMES, TIMES)
def test_every_span_is_a_bar_within_the_picture(spans, begin, end):
    """Whatever the times and parents say, each span is drawn once and within its frame."""
    made = [span(number, parent=parent, start_timestamp=a, timestamp=b) for number, parent, a, b in spans]
    found = drawn(*made, start_timestamp=begin, timestamp=end)

    assert len(found.bars) == len(spans) + 1
    assert all(0 <= bar.left <= 100 and 0 < bar.width <= 100 for bar in found.bars)
    assert all(bar.left + bar.width <= 100.1 for bar in found.bars)


def test_durations_are_said_in_the_unit_that_fits():
    """From microseconds to minutes."""
    assert [amount(seconds) for seconds in (0.000012, 0.0123, 0.25, 1.5, 75, float("nan"))] == [
        "12 µs",
        "12.3 ms",
        "250 ms",
        "1.50 s",
        "1 min 15 s",
        "?",
    ]
