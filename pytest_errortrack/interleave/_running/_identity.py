"""Who an object is over many schedules: its address is another one each time, the way it came about is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.interleave._accesses._access import Access

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["CLOCK_READ", "FAILED", "Identities", "identity_of"]

_MASK = (1 << 62) - 1


def identity_of(*words: Hashable) -> int:
    """Return a number for something that has a name of its own; no address is negative, so none is the same."""
    return -1 - (hash(words) & _MASK)


CLOCK_READ: Final = Access(identity_of("clock"), is_write=False)
"""To read the time. Nothing writes it alone: a step on which time passed commutes with none."""

FAILED: Final = Access(identity_of("failures"))
"""To end with an exception: of several, the first is raised."""


class Identities:
    """Counts what each actor makes in one schedule."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[str, int] = {}

    def next_of(self, maker: str) -> int:
        """Return the identity of the next thing that an actor makes, by the actor's path."""
        number = self._made[maker] = self._made.get(maker, -1) + 1
        return identity_of("made", maker, number)
