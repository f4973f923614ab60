"""Rate limits: how long a server does not want which category of data.

https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from pytest_errortrack.sdk.protocol import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALL", "RateLimits", "parse_rate_limits", "parse_retry_after"]

ALL = ""
"""The category that stands for every category."""

_DEFAULT_RETRY_S = 60.0
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Until when each data category must not be sent."""

    deadlines: Mapping[str, float] = field(default_factory=dict)

    def is_limited(self, category: str, *, now: float) -> bool:
        """Tell whether an item of this category has to be dropped."""
        return now < max(self._deadline(category), self._deadline(ALL))

    def merged_with(self, other: RateLimits) -> RateLimits:
        """Return limits where the later deadline of each category wins."""
        deadlines = dict(self.deadlines)
        for category, deadline in other.deadlines.items():
            deadlines[category] = max(deadline, self._deadline(category))
        return RateLimits(deadlines)

    @classmethod
    def of_response(cls, status: int, headers: Mapping[str, str], *, now: float, wall_clock: float) -> RateLimits:
        """Return the limits that a response sets.

        Args:
            status: the response's status code.
            headers: its headers, by lower-case name.
            now: the monotonic time that deadlines count in.
            wall_clock: seconds since the epoch, for a `Retry-After` that is a date.
        """
        stated = headers.get("x-sentry-rate-limits")
        if stated is not None:
            return parse_rate_limits(stated, now=now)
        if status != _TOO_MANY_REQUESTS:
            return cls()
        retry_after = parse_retry_after(headers.get("retry-after", ""), wall_clock=wall_clock)
        return cls({ALL: now + retry_after})

    def _deadline(self, category: str) -> float:
        return self.deadlines.get(category, 0.0)


def parse_rate_limits(header: str, *, now: float) -> RateLimits:
    """Read an `X-Sentry-Rate-Limits` header: `seconds:categories:scope:reason:namespaces, ...`.

    What is malformed is skipped, and so are categories that mean nothing here. A limit without categories is for all.
    """
    limits = RateLimits()
    for part in header.split(","):
        seconds, _, rest = part.strip().partition(":")
        retry_after = _seconds(seconds.strip())
        if retry_after is None:
            continue
        stated = rest.split(":")[0].strip()
        names = [name.strip() for name in stated.split(";")]
        meant = [name for name in names if name in CATEGORIES] if stated else [ALL]
        limits = limits.merged_with(RateLimits(dict.fromkeys(meant, now + retry_after)))
    return limits


def parse_retry_after(text: str, *, wall_clock: float) -> float:
    """Return the seconds that a `Retry-After` header asks for, be it a number or a date; 60 when it says neither."""
    seconds = _seconds(text.strip())
    if seconds is not None:
        return seconds
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - imports much, and is needed next to never

    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return _DEFAULT_RETRY_S
    return max(0.0, date.timestamp() - wall_clock)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None
