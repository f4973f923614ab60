"""Somebody who waits until certain parcels are sent, and not for longer than a bound."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import threads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_errortrack.sdk._delivery._parcel import Parcel
    from pytest_errortrack.sdk._runtime import Runtime

__all__ = ["Waiter"]

_MOMENT_S = 0.1


class Waiter:
    """Waits for parcels to be finished.

    Args:
        runtime: the clock, and what is waited at.
        timeout: how many seconds to wait at most.
        on_slow: is called once, with how many are not finished, when it takes longer than a moment.
    """

    __slots__ = ("_deadline", "_mailbox", "_now", "_on_slow", "_slow_at", "_unfinished")

    def __init__(self, runtime: Runtime, timeout: float, *, on_slow: Callable[[int], None] | None = None) -> None:
        self._unfinished: set[Parcel] = set()
        self._now = runtime.monotonic
        self._deadline = self._now() + timeout
        self._slow_at = self._now() + min(_MOMENT_S, timeout)
        self._on_slow = on_slow
        self._mailbox = threads_of(runtime).mailbox()

    def begin(self, parcels: Iterable[Parcel]) -> None:
        """Say which parcels are waited for."""
        self._unfinished = set(parcels)

    def note(self, parcels: Iterable[Parcel]) -> None:
        """Take note of parcels that are finished; may be called from any thread, and tells the one that waits."""
        self._unfinished.difference_update(parcels)
        if not self._unfinished:
            self._mailbox.put(None)

    def remaining(self) -> float:
        """Return how many seconds are left."""
        return max(0.0, self._deadline - self._now())

    def is_over(self) -> bool:
        """Tell whether nothing is waited for any more, or no time is left; say so when it has become slow."""
        if not self._unfinished:
            return True
        if self._now() >= self._slow_at:
            self._tell_slow()
        return self.remaining() <= 0

    def wait(self) -> bool:
        """Wait, and tell whether all were finished in time."""
        if self._unfinished and self._on_slow is not None:
            self._wait_for(self._slow_at - self._now())
            self._tell_slow()
        if self._unfinished:
            self._wait_for(self.remaining())
        return not self._unfinished

    def _wait_for(self, seconds: float) -> None:
        """Wait once for so long: the clock may be one that a test has stopped."""
        from queue import Empty  # noqa: PLC0415 - as `SystemRuntime.mailbox`

        with suppress(Empty):
            self._mailbox.get(timeout=max(0.0, seconds))

    def _tell_slow(self) -> None:
        tell, self._on_slow = self._on_slow, None
        if tell is not None and self._unfinished:
            tell(len(self._unfinished))
