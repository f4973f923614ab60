"""How the interpreter is made to tell what actors are about to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pytest_errortrack.interleave._running._pool import Observer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import CodeType

    from pytest_errortrack.interleave._instruments._watcher import Watcher

__all__ = ["Instrument"]


class Instrument(Observer, Protocol):
    """Tells a watcher of the lines and instructions it wants to know of.

    Attributes:
        watcher: whom it tells.
    """

    watcher: Watcher

    def installed(self) -> AbstractContextManager[None]:
        """Take what it needs of the process for a block, and leave nothing behind."""

    def replanned(self, code: CodeType) -> None:
        """Ask the watcher again for its plan of a function; what is running already may go on by the old one."""
