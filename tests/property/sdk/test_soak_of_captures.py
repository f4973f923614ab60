"""A hundred thousand reports: what is kept stays what it is after the first thousand."""

from __future__ import annotations

import gc
import time
import tracemalloc

import pytest

from pytest_errortrack import sdk

WARM_UP = 2_000
CAPTURES = 100_000
MOST_GROWTH = 64 * 1024  # bytes, over all of the captures


class Nowhere:
    """A transport that keeps nothing."""

    def send(self, envelope):
        """Make the bytes, as any transport does."""
        envelope.serialize()

    def flush(self, timeout):  # noqa: ARG002 - a transport takes it
        """Tell that nothing is pending."""
        return True

    def close(self, timeout):
        """Let go of nothing."""


def report(number):
    """Report one exception of a request of its own, with everything that requests have."""
    with sdk.isolation_scope() as scope:
        scope.set_tag("number", str(number))
        scope.set_extra("values", [number, object()])
        sdk.add_breadcrumb(message=f"began {number}", data={"number": number})
        try:
            raise ValueError(number)
        except ValueError as error:
            sdk.capture_exception(error)


@pytest.mark.soak
def test_memory_is_flat_over_many_captures(record_testsuite_property):
    """F7, P6: after a hundred thousand reports no more memory is held than after the first two thousand."""
    sdk.init(transport=Nowhere())
    for number in range(WARM_UP):
        report(number)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    began = time.process_time()

    for number in range(CAPTURES):
        report(number)

    took = time.process_time() - began
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    record_testsuite_property("bytes_grown", grown)
    record_testsuite_property("cpu_seconds", round(took, 1))
    assert grown < MOST_GROWTH, f"{grown} bytes more after {CAPTURES} reports, {took:.1f} s of CPU"
