"""Whether a transaction is kept: the pure part of the decision.

https://develop.sentry.dev/sdk/telemetry/traces/#sampling
"""

from __future__ import annotations

from math import isnan
from typing import NamedTuple

__all__ = ["Decision", "decide", "is_rate"]


class Decision(NamedTuple):
    """Whether a transaction is kept, at which rate, and why."""

    sampled: bool
    rate: float | None
    reason: str


def is_rate(value: object) -> bool:
    """Tell whether a value is a sample rate: a real number (or a bool) in [0, 1]."""
    return isinstance(value, (int, float)) and not isnan(value) and 0 <= value <= 1


def decide(*, sampled: bool | None, sampler_rate: float | None, rate: float | None, sample_rand: float) -> Decision:
    """Decide by what was asked for, else by what the sampler said, else by the configured rate.

    Args:
        sampled: the caller's own decision.
        sampler_rate: the result of `traces_sampler`, already checked; None when there is none.
        rate: `traces_sample_rate`; None means that tracing is off.
        sample_rand: a number in [0, 1) that belongs to the trace.
    """
    if sampled is not None:
        return Decision(sampled, 1.0 if sampled else 0.0, "sampled= was given")
    if sampler_rate is not None:
        return Decision(sample_rand < sampler_rate, float(sampler_rate), f"traces_sampler said {sampler_rate}")
    if rate is not None:
        return Decision(sample_rand < rate, float(rate), f"traces_sample_rate is {rate}")
    return Decision(sampled=False, rate=None, reason="tracing is off: traces_sample_rate is not set")
