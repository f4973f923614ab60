"""Whether the expectations of a test hold for all that it captured."""

from __future__ import annotations

from ._judgement import judge

__all__ = [
    "judge",
]
