"""What tracing needs of the world above it, and what that world needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk.protocol import Event
    from pytest_errortrack.sdk.tracing._span import Span
    from pytest_errortrack.sdk.tracing._transaction import Transaction

__all__ = ["SpanHost", "TraceParent"]


class SpanHost(Protocol):
    """What a transaction needs of the world above it."""

    @property
    def now(self) -> Callable[[], float]:
        """The clock: seconds since the epoch."""

    @property
    def hex_id(self) -> Callable[[int], str]:
        """Draws a fresh id of so many hexadecimal digits."""

    def activate(self, span: Span) -> object:
        """Make a span the current one here, and return what `deactivate` needs to undo that."""

    def deactivate(self, activation: object) -> None:
        """Undo what `activate` did."""

    def finished(self, transaction: Transaction) -> None:
        """Take a transaction that has ended, sampled or not."""

    def overflowed(self, transaction_name: str) -> None:
        """Take note of a span that was one too many."""


class TraceParent(Protocol):
    """What an event says of the trace it belongs to."""

    def trace_context(self) -> Event:
        """Return the event's `contexts.trace`."""
