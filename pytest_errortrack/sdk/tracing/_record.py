"""The record of one transaction: what its finished spans leave behind.

A finished span leaves its payload, so that nothing refers back to a span that its user has forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pytest_errortrack.sdk._runtime import new_lock

if TYPE_CHECKING:
    import weakref

    from pytest_errortrack.sdk.protocol import Event
    from pytest_errortrack.sdk.tracing._host import SpanHost
    from pytest_errortrack.sdk.tracing._transaction import Transaction

__all__ = ["OPENED", "SpanRecord", "Stamps"]

Stamps: TypeAlias = "dict[tuple[str, str | None], object]"
"""Who wrote what, by field and key; opaque to the SDK."""

FinishedSpan: TypeAlias = "tuple[Event, Stamps]"
"""What a finished span leaves behind: its payload, and who wrote what in it."""

OPENED = ("span", None)
"""The place of the stamp of whoever opened the span."""

_MAX_SPANS = 1000
_LONGEST_PLAIN = 1024
_BIGGEST_PLAIN = 2**53


class SpanRecord:
    """The finished spans of one transaction, in the order in which they ended.

    Its lock is held for every change of the transaction and of its spans, and never while foreign code runs.

    Attributes:
        host: the world above.
        finished: what the spans left behind; replaced as a whole when somebody has taken it.
        is_open: whether the transaction has not ended yet.
        is_plain: whether they hold nothing but short texts and small numbers, which can be sent as they are.
        lock: reentrant; guards all of it.
        transaction: whose record it is.
    """

    __slots__ = ("finished", "host", "is_open", "is_plain", "lock", "transaction")

    def __init__(self, host: SpanHost) -> None:
        self.host = host
        self.finished: list[FinishedSpan] = []
        self.is_open = True
        self.is_plain = True
        self.lock = new_lock()
        self.transaction: weakref.ref[Transaction] | None = None

    def add(self, payload: Event, stamps: Stamps) -> bool:
        """Keep a finished span, unless the transaction has ended; tell whether there was room for it."""
        if not self.is_open:
            return True
        if len(self.finished) >= _MAX_SPANS:
            return False
        self.finished.append((payload, stamps))
        if self.is_plain:
            self.is_plain = _is_plain(payload)
        return True

    def overflow(self) -> None:
        """Count a span as lost for which there was no room."""
        transaction = self.transaction() if self.transaction is not None else None
        self.host.overflowed(transaction.name if transaction is not None else "")


def _is_plain(values: Event) -> bool:
    for value in values.values():
        kind = type(value)
        if kind is str:
            if len(value) > _LONGEST_PLAIN or not value.isascii():
                return False
        elif kind is float or kind is int:
            if not -_BIGGEST_PLAIN < value < _BIGGEST_PLAIN:
                return False
        elif kind is dict:
            if not all(type(key) is str and key.isascii() for key in value) or not _is_plain(value):
                return False
        elif value is not None and kind is not bool:
            return False
    return True
