"""Tests of span statuses and of the sampling decision."""

from __future__ import annotations

import pytest

from pytest_errortrack.sdk.tracing import decide, is_rate, status_of_http


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (200, "ok"),
        (299, "ok"),
        (301, "ok"),
        (400, "invalid_argument"),
        (401, "unauthenticated"),
        (403, "permission_denied"),
        (404, "not_found"),
        (409, "already_exists"),
        (413, "failed_precondition"),
        (418, "invalid_argument"),
        (429, "resource_exhausted"),
        (499, "cancelled"),
        (500, "internal_error"),
        (501, "unimplemented"),
        (503, "unavailable"),
        (504, "deadline_exceeded"),
        (599, "internal_error"),
        (100, "unknown_error"),
        (600, "unknown_error"),
    ],
)
def test_status_of_http(code, status):
    """TR9: every status code means a span status; 299 is ok."""
    assert status_of_http(code) == status


@pytest.mark.parametrize(
    ("sampled", "sampler", "rate", "rand", "kept"),
    [
        (True, 0.0, 0.0, 0.9, True),
        (False, 1.0, 1.0, 0.0, False),
        (None, 0.5, 0.0, 0.4, True),
        (None, 0.5, 1.0, 0.5, False),
        (None, None, 0.5, 0.4, True),
        (None, None, 0.5, 0.5, False),
        (None, None, None, 0.0, False),
        (None, 0.0, 1.0, 0.0, False),
    ],
)
def test_decision(sampled, sampler, rate, rand, kept):
    """TR1, TR3: the first that says something decides; a rate keeps what is drawn below it."""
    assert decide(sampled=sampled, sampler_rate=sampler, rate=rate, sample_rand=rand).sampled is kept


@pytest.mark.parametrize(
    ("value", "known"), [(0, True), (1, True), (0.5, True), (True, True), (2, False), ("1", False)]
)
def test_rates(value, known):
    """O6: a rate is a real number from 0 to 1, or a bool."""
    assert is_rate(value) is known
