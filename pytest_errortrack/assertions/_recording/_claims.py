"""Which captured things a test took in hand: what strict mode, and the warning about events nobody looked at, go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Claims"]


class Claims:
    """What one recording's test claimed.

    A thing is claimed when it was handed out as an object (by `one`, `find`, `matching`, `wait_for`, `first`, `last`,
    an index, a slice, iteration), or when a marker or `assert_ordered` that holds is about it.

    Attributes:
        has_looked: whether the test read any of it at all, in whichever way; `repr` is no look.
    """

    def __init__(self) -> None:
        self.has_looked = False
        self._claimed: dict[int, object] = {}  # the things themselves too: an id lives as long as its object

    def look(self) -> None:
        """Take note that the test looked."""
        self.has_looked = True

    def claim(self, things: Iterable[object]) -> None:
        """Take note of what was handed out, or is accounted for."""
        self.has_looked = True
        self._claimed.update((id(thing), thing) for thing in things)

    def is_claimed(self, thing: object) -> bool:
        """Tell whether somebody has this very thing in hand."""
        return id(thing) in self._claimed

    def forget(self) -> None:
        """Let go of what was claimed: it is captured no more. That the test looked stays true."""
        self._claimed.clear()

    def clear(self) -> None:
        """Forget everything: another run of the same body begins."""
        self.forget()
        self.has_looked = False
