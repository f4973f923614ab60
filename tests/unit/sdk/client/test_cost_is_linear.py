"""Tests of what a capture costs: counted in calls of functions, which no other program can slow down."""

from __future__ import annotations

import sys

import pytest

from pytest_errortrack import sdk


class Nowhere:
    """A transport that does not even make bytes: what others do with an envelope is not counted."""

    def send(self, envelope):
        """Do nothing."""

    def flush(self, timeout):
        """Have nothing to wait for."""
        return timeout >= 0

    def close(self, timeout):
        """Have nothing to close."""


def calls_of(function):
    """Return how many functions are called, those written in C included."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def fail(depth):
    """Raise below so many frames."""
    order = {"id": depth, "lines": ["tea", "pot"]}
    if depth == 0:
        raise ValueError(str(order))
    fail(depth - 1)


def cost_of_frames(frames):
    """Return the calls of a capture, without those of raising."""
    with pytest.raises(ValueError, match="id") as caught:
        fail(frames)
    return calls_of(lambda: sdk.capture_exception(caught.value))


def cost_of_breadcrumbs(breadcrumbs):
    """Return the calls of a capture in a scope with so many breadcrumbs."""
    with sdk.isolation_scope():
        for number in range(breadcrumbs):
            sdk.add_breadcrumb(message=f"step {number}", data={"number": number})
        return calls_of(lambda: sdk.capture_message("m"))


@pytest.mark.parametrize(("cost", "most"), [(cost_of_frames, 150), (cost_of_breadcrumbs, 40)], ids=["frames", "crumbs"])
@pytest.mark.parametrize("options", [{}, {"before_send": lambda event, _hint: event}], ids=["unasked", "asked"])
def test_cost_grows_with_size_and_no_faster(cost, most, options):
    """F4, S8: twice the frames or breadcrumbs are twice the work at most, and each is cheap."""
    sdk.init(transport=Nowhere(), background_worker_threads=0, **options)
    cost(40)  # what is learned once about places in the code

    few, some, many = cost(10), cost(20), cost(40)

    assert many - some <= 2 * (some - few) + most
    assert (many - some) / 20 <= most
