"""Doing without the worker for a while: a block in which what is captured is sent at once, in the capturing thread.

It holds for the context that it was entered in and those copied from it, not for the process: what other requests
capture meanwhile goes on being sent in the background.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BackgroundWorkerDisabled", "is_worker_disabled"]

_depth: ContextVar[int] = ContextVar("errortrack_worker_disabled", default=0)


def is_worker_disabled() -> bool:
    """Tell whether what is captured here is to be sent at once."""
    return _depth.get() > 0


class BackgroundWorkerDisabled:
    """A block without the worker; blocks nest."""

    def __enter__(self) -> None:
        """Send at once from here on."""
        _depth.set(_depth.get() + 1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send in the background again, unless an outer block says otherwise."""
        # No token: a generator may be closed in another context than the one that entered the block.
        _depth.set(max(0, _depth.get() - 1))
