"""Which places in the user's code touch what other actors touch as well: learned from schedule to schedule."""

from __future__ import annotations

__all__ = ["Sharing"]


class Sharing:
    """What an exploration has learned about shared accesses; it only grows.

    Attributes:
        version: grows whenever another place turns out to be shared.
    """

    def __init__(self) -> None:
        self.version = 0
