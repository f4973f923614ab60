"""Tests of rate limits: what a server's headers mean."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from pytest_errortrack.sdk.transport import ALL, RateLimits, parse_rate_limits, parse_retry_after


@pytest.mark.parametrize(
    ("header", "deadlines"),
    [
        ("60:error", {"error": 160.0}),
        ("60:error;transaction:organization:reason", {"error": 160.0, "transaction": 160.0}),
        ("60::organization", {ALL: 160.0}),
        ("60", {ALL: 160.0}),
        ("  60 : error ; transaction :key , 2700:session", {"error": 160.0, "transaction": 160.0, "session": 2800.0}),
        ("1.5:error", {"error": 101.5}),
        ("60:error;not_yet_invented", {"error": 160.0}),
        ("60:not_yet_invented", {}),
        ("60:;error", {"error": 160.0}),
        ("nonsense, 60:error, :error, -1:error, inf:error, nan:error", {"error": 160.0}),
        ("60:metric_bucket:organization:quota:custom", {"metric_bucket": 160.0}),
        ("1:error, 60:error, 2:error", {"error": 160.0}),
        ("", {}),
        (",,", {}),
    ],
)
def test_header_is_read(header, deadlines):
    """T5: seconds, categories, spaces, floats, unknown categories, malformed parts; the later deadline counts."""
    assert parse_rate_limits(header, now=100.0).deadlines == deadlines


def test_later_deadline_is_kept():
    """T5, M6: a shorter limit never shortens a longer one."""
    limits = parse_rate_limits("2700:error", now=0.0).merged_with(parse_rate_limits("1:error", now=0.0))

    assert limits.is_limited("error", now=2699.0)
    assert not limits.is_limited("error", now=2700.0)


def test_limit_of_all_limits_everything():
    """T5: an empty category is every category."""
    limits = RateLimits({ALL: 10.0})

    assert limits.is_limited("error", now=9.0)
    assert limits.is_limited("internal", now=9.0)
    assert not limits.is_limited("error", now=10.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        ("1.5", 1.5),
        ("", 60.0),
        ("soon", 60.0),
        ("-5", 60.0),
        (formatdate(1030.0), 30.0),
        (formatdate(10.0), 0.0),
    ],
)
def test_retry_after_is_read(text, seconds):
    """T5: seconds or a date; what is neither is 60 seconds."""
    assert parse_retry_after(text, wall_clock=1000.0) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "deadlines"),
    [
        (200, {"x-sentry-rate-limits": "60:error"}, {"error": 160.0}),
        (200, {"retry-after": "60"}, {}),
        (429, {"retry-after": "10"}, {ALL: 110.0}),
        (429, {}, {ALL: 160.0}),
        (429, {"x-sentry-rate-limits": "60:error", "retry-after": "10"}, {"error": 160.0}),
        (500, {"retry-after": "10"}, {}),
    ],
)
def test_limits_of_a_response(status, headers, deadlines):
    """T5: the header counts with every status; Retry-After with 429 only, which limits all even without it."""
    assert RateLimits.of_response(status, headers, now=100.0, wall_clock=0.0).deadlines == deadlines
