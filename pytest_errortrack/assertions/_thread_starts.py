"""Notice who starts a thread, so that a thread's actor has the right parent and a birth before its first step."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._provenance import Witness

__all__ = ["ThreadStarts"]


class ThreadStarts:
    """Tells a witness of every thread that is started while the block lasts."""

    def __init__(self, witness: Witness) -> None:
        self._witness: Witness | None = witness

    def __enter__(self) -> None:
        """Stand before `Thread.start`."""
        original = self._original = threading.Thread.start

        def start(thread: threading.Thread) -> None:
            if self._witness is not None:
                self._witness.starting(thread)
            original(thread)

        self._own = start
        threading.Thread.start = start  # type: ignore[method-assign, assignment] # a function, as any method

    def __exit__(self, *_: object) -> None:
        """Step aside; where somebody else patched on top meanwhile, stay in the chain and do nothing."""
        self._witness = None
        if threading.Thread.start is self._own:
            threading.Thread.start = self._original  # type: ignore[method-assign] # by identity
