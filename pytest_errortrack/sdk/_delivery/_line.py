"""Where parcels wait for the worker: in the order of their ranks, and not without bound.

https://develop.sentry.dev/sdk/telemetry/telemetry-processor/ (priorities, and which one is dropped)
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._delivery._parcel import RANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.sdk._delivery._parcel import Parcel

__all__ = ["WaitingLine"]


class WaitingLine:
    """One deque for each rank; whoever uses it from several threads holds a (reentrant) lock meanwhile.

    Each step is one operation of a deque: a finaliser that comes in between two of them, in the same thread, finds the
    line whole.

    Args:
        bound: how many may wait.
    """

    __slots__ = ("_bound", "_deques")

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._deques: tuple[deque[Parcel], ...] = tuple(deque() for _ in range(RANKS))

    def put(self, parcel: Parcel) -> list[Parcel]:
        """Add a parcel, and return those that there is no room for: the oldest of the lowest rank, maybe itself."""
        self._deques[parcel.rank].append(parcel)
        surplus = []
        while len(self) > self._bound:
            lowest = next((waiting for waiting in reversed(self._deques) if waiting), None)
            if lowest is None:  # pragma: no cover - a finaliser took the last one between these two lines
                break
            surplus.append(lowest.popleft())
        return surplus

    def take(self) -> Parcel | None:
        """Take the oldest of the highest rank; None when nobody waits."""
        for waiting in self._deques:
            if waiting:
                return waiting.popleft()
        return None

    def clear(self) -> list[Parcel]:
        """Take all."""
        return list(self._take_all())

    def _take_all(self) -> Iterator[Parcel]:
        while (parcel := self.take()) is not None:
            yield parcel

    def __len__(self) -> int:
        return sum(len(waiting) for waiting in self._deques)
