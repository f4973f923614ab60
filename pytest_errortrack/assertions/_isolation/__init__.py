"""The isolation oracle: nothing foreign, nothing missing."""

from __future__ import annotations

from ._oracle import assert_isolated, refuse_unknown

__all__ = [
    "assert_isolated",
    "refuse_unknown",
]
