"""Properties of rate limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_errortrack.sdk.transport import RateLimits, parse_rate_limits, parse_retry_after

categories = st.sampled_from(["", "error", "transaction", "attachment"])
limits = st.builds(RateLimits, st.dictionaries(categories, st.floats(0, 1000)))


@given(limits, limits, categories, st.floats(0, 1000))
def test_merging_never_shortens(one, other, category, now):
    """T5, M6: what one of two limits forbids their union forbids, whichever came first."""
    expected = one.is_limited(category, now=now) or other.is_limited(category, now=now)

    assert one.merged_with(other).is_limited(category, now=now) is expected
    assert other.merged_with(one).is_limited(category, now=now) is expected


@given(st.text() | st.lists(st.sampled_from(["60", ":", ";", ",", "error", " ", "nan", "-1", "x"])).map("".join))
def test_any_header_can_be_read(text):
    """T5: a header of any text sets limits or none, and never one in the past."""
    assert all(deadline >= 100.0 for deadline in parse_rate_limits(text, now=100.0).deadlines.values())
    assert parse_retry_after(text, wall_clock=1000.0) >= 0.0
