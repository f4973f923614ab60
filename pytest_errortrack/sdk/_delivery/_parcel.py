"""What waits to be sent: an envelope with its rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Envelope

__all__ = ["RANKS", "Parcel"]

_RANK_OF_ITEM = {
    "event": 0,
    "feedback": 0,
    "attachment": 0,
    "session": 1,
    "sessions": 1,
    "check_in": 1,
    "transaction": 2,
    "span": 2,
    "profile": 2,
    "profile_chunk": 2,
    "log": 3,
    "trace_metric": 3,
}
_LAST_RANK = 4
"""Of an envelope that only brings a report of losses: what is sent before it may still add to that."""

RANKS = _LAST_RANK + 1


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """An envelope on its way; compared by identity.

    Attributes:
        envelope: without `sent_at`, which is written when it is sent.
        is_forced: whether a report of losses goes along even where none is due.
    """

    envelope: Envelope
    is_forced: bool = False

    @property
    def rank(self) -> int:
        """How soon it is sent, 0 first: errors, then sessions and check-ins, transactions, logs and metrics."""
        ranks = (_RANK_OF_ITEM.get(item.type, _LAST_RANK) for item in self.envelope.items)
        return min(ranks, default=_LAST_RANK)
