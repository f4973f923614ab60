from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from report_records import finding, record

from pytest_errortrack.reporting._bounds import MOST_BYTES, bounded
from pytest_errortrack.reporting._record import canonical, read_record, written

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)
GROWTH = st.sampled_from([1, 1, 1, 50, 1_000])


@settings(max_examples=40)  # each may be of megabytes
@given(payload=st.dictionaries(st.text(), JSON, max_size=5), times=GROWTH, long=GROWTH, failure=st.text())
def test_whatever_was_captured_a_record_fits_and_can_be_read(payload, times, long, failure):
    """No payload makes a record larger than promised, or unreadable; events are kept or counted."""
    said = {"payload": payload | {"message": failure * long}}
    small = bounded(record(events=[said] * times, logs=[said], findings=[finding(failure * long)]))

    assert len(canonical(small)) <= MOST_BYTES
    assert len(small.events) + small.cut.get("events", 0) == times
    assert written(read_record(written(small))) == written(small)


@settings(max_examples=40)  # each may be of megabytes
@given(payload=st.dictionaries(st.text(), JSON, max_size=5), times=GROWTH)
def test_bounding_twice_changes_nothing(payload, times):
    """What fits is left alone."""
    once = bounded(record(events=[{"payload": payload}] * times))

    assert written(bounded(once)) == written(once)
