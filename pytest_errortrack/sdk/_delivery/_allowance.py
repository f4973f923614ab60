"""Time that several steps share, each of which takes what the ones before it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.sdk._runtime import Runtime

__all__ = ["Allowance"]

_NOTHING_S = 0.01


class Allowance:
    """So many seconds in all; a `with` block takes from them what it lasts.

    Args:
        runtime: the clock.
        seconds: how many there are at first.

    Attributes:
        left: how many there are still; never less than none.
    """

    __slots__ = ("_began", "_now", "left")

    def __init__(self, runtime: Runtime, seconds: float) -> None:
        self._now = runtime.monotonic
        self._began = 0.0
        self.left = seconds

    def __enter__(self) -> None:
        """Begin to count."""
        self._began = self._now()

    def __exit__(self, *_: object) -> None:
        """Take away what has passed, unless that was next to nothing: a transport is told the seconds a user gave."""
        passed = self._now() - self._began
        if passed >= _NOTHING_S:
            self.left = max(0.0, self.left - passed)
