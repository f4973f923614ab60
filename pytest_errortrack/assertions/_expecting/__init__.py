"""What a test expects, and where a captured thing differs from it. Pure: no recorder, no words for a reader."""

from __future__ import annotations

from ._differences import MISSING, Difference
from ._expectation import EVENTS, TRANSACTIONS, Count, Expectation, Vocabulary

__all__ = [
    "EVENTS",
    "MISSING",
    "TRANSACTIONS",
    "Count",
    "Difference",
    "Expectation",
    "Vocabulary",
]
