"""An instrument that is at work in some schedules only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.interleave._running._pool import Observer

__all__ = ["Switch"]


class Switch:
    """Passes on to an observer while it is on; a thread finds out when its next piece of work begins.

    Attributes:
        is_on: whether what threads run is to be told of.
    """

    def __init__(self, observer: Observer) -> None:
        self.is_on = True
        self._observer = observer

    def enter(self) -> None:
        """Begin to tell of the calling thread, or stop doing so."""
        if self.is_on:
            self._observer.enter()
        else:
            self._observer.leave()

    def leave(self) -> None:
        """Stop telling of the calling thread."""
        self._observer.leave()
