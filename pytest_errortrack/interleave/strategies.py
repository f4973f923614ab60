"""Schedules as a Hypothesis strategy."""

from __future__ import annotations

from typing import NoReturn

from pytest_errortrack.interleave._errors import NotAvailable

__all__ = ["interleavings"]


def interleavings(**options: object) -> NoReturn:
    """Return a strategy of interleavings, one schedule per example; a later version brings it.

    Raises:
        NotAvailable: always; `@interleaved` below `@given` explores many schedules per example.
    """
    del options
    raise NotAvailable("the strategy interleavings() (use @interleaved below @given)")
