"""Rate limits: how long a server does not want which category of data.

https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING

from pytest_errortrack.sdk.protocol import CATEGORIES, categories_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["ALL", "RateLimits", "parse_rate_limits", "parse_retry_after"]

ALL = ""
"""The category that stands for every category."""

_DEFAULT_RETRY_S = 60.0
_TOO_MANY_REQUESTS = 429
_NAMESPACES = 4
"""Which field of a limit says the namespaces of metrics that it is for."""

_OWN_NAMESPACE = "custom"


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Until when each data category must not be sent."""

    deadlines: Mapping[str, float] = field(default_factory=dict)

    def is_limited(self, category: str, *, now: float) -> bool:
        """Tell whether an item of this category has to be dropped."""
        return now < max(self._deadline(category), self._deadline(ALL))

    def is_item_limited(self, item_type: str, *, now: float) -> bool:
        """Tell whether an item of this type has to be dropped, for any of the categories that it counts in."""
        return any(self.is_limited(category, now=now) for category in categories_of(item_type))

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
        stated = list(_stated_limits(headers.get("x-sentry-rate-limits", "")))
        if stated or status != _TOO_MANY_REQUESTS:
            return _limits_until(stated, now=now)
        retry_after = parse_retry_after(headers.get("retry-after", ""), wall_clock=wall_clock)
        return cls({ALL: now + retry_after})

    def _deadline(self, category: str) -> float:
        return self.deadlines.get(category, 0.0)


def parse_rate_limits(header: str, *, now: float) -> RateLimits:
    """Read an `X-Sentry-Rate-Limits` header: `seconds:categories:scope:reason:namespaces, ...`.

    What is malformed is skipped, and so are categories that mean nothing here. A limit without categories is for all.
    Namespaces are looked at for `metric_bucket` only.
    """
    return _limits_until(_stated_limits(header), now=now)


def _limits_until(stated: Iterable[tuple[float, list[str]]], *, now: float) -> RateLimits:
    limits = RateLimits()
    for retry_after, categories in stated:
        limits = limits.merged_with(RateLimits(dict.fromkeys(categories, now + retry_after)))
    return limits


def _stated_limits(header: str) -> Iterator[tuple[float, list[str]]]:
    """Yield the seconds and the categories of each well-formed limit; those that mean nothing here are left out."""
    for part in header.split(","):
        fields = [field.strip() for field in part.split(":")]
        retry_after = _seconds(fields[0])
        if retry_after is None:
            continue
        stated = fields[1] if len(fields) > 1 else ""
        names = [name.strip() for name in stated.split(";")]
        meant = [name for name in names if name in CATEGORIES] if stated else [ALL]
        namespaces = fields[_NAMESPACES] if len(fields) > _NAMESPACES else ""
        if namespaces and _OWN_NAMESPACE not in namespaces.split(";"):
            meant = [name for name in meant if name != "metric_bucket"]
        yield retry_after, meant


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
