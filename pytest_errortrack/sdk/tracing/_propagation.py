"""The trace that events belong to where no span is active."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Event

__all__ = ["PropagationContext"]


class PropagationContext(NamedTuple):
    """The ids of a trace without spans."""

    trace_id: str
    span_id: str

    def trace_context(self) -> Event:
        """Return the `contexts.trace` of an event that belongs to this trace."""
        return {"trace_id": self.trace_id, "span_id": self.span_id}
