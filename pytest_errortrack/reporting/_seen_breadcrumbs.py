"""Which breadcrumbs from outside are new: a process sends each one again with every event that follows it."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk.protocol import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_errortrack.sdk.protocol import Json

__all__ = ["SeenBreadcrumbs"]

_MOST: Final = 10_000


class SeenBreadcrumbs:
    """Tells the new breadcrumbs of an event from those that came with an event before.

    Of equal ones as many are new as the event has more of them than any event before. One with a timestamp is the same
    wherever it comes again; one without may be another in the next test.

    Args:
        most: how many are remembered, of each kind; those that were seen last.
    """

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._timed: dict[bytes, int] = {}
        self._untimed: dict[bytes, int] = {}

    def begin(self) -> None:
        """Forget those that cannot be told from what comes from now on: another test runs, or this one starts anew."""
        self._untimed.clear()

    def fresh(self, payloads: Iterable[dict[str, Json]]) -> list[dict[str, Json]]:
        """Return the new ones among the breadcrumbs of one event."""
        met: Counter[bytes] = Counter()
        found = []
        for payload in payloads:
            mark = blake2b(encode(payload), digest_size=16).digest()
            met[mark] += 1
            seen = self._untimed if payload.get("timestamp") is None else self._timed
            most_before = seen.pop(mark, 0)
            if met[mark] > most_before:
                found.append(payload)
            seen[mark] = max(met[mark], most_before)
            if len(seen) > self._most:
                del seen[next(iter(seen))]
        return found
