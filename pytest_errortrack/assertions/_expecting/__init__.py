"""What a test expects, and where a captured thing differs from it. Pure: no recorder, no words for a reader."""

from __future__ import annotations

from ._count import Count
from ._differences import MISSING, Difference
from ._encodings import Secret
from ._expectation import Expectation, nothing_sent
from ._ordered import earliest_places
from ._secrets import places_of, secrets_of
from ._values import Asked
from ._vocabularies import (
    ATTACHMENTS,
    BREADCRUMBS,
    CHECK_INS,
    ENVELOPES,
    EVENTS,
    FEEDBACK,
    LOGS,
    METRICS,
    SESSIONS,
    SPANS,
    TRANSACTIONS,
)
from ._vocabulary import Vocabulary

__all__ = [
    "ATTACHMENTS",
    "BREADCRUMBS",
    "CHECK_INS",
    "ENVELOPES",
    "EVENTS",
    "FEEDBACK",
    "LOGS",
    "METRICS",
    "MISSING",
    "SESSIONS",
    "SPANS",
    "TRANSACTIONS",
    "Asked",
    "Count",
    "Difference",
    "Expectation",
    "Secret",
    "Vocabulary",
    "earliest_places",
    "nothing_sent",
    "places_of",
    "secrets_of",
]
