"""The trace that events belong to where no span is active."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk.protocol import Event

__all__ = ["PropagationContext"]

_SENTRY_TRACE = re.compile(r"\s*([0-9a-f]{32})-([0-9a-f]{16})(?:-[01])?\s*")


class PropagationContext(NamedTuple):
    """The ids of a trace without spans."""

    trace_id: str
    span_id: str
    parent_span_id: str | None = None

    @classmethod
    def continuing(cls, sentry_trace: str, *, hex_id: Callable[[int], str]) -> PropagationContext | None:
        """Return a part of the trace that a `sentry-trace` value tells of; None where it tells of none.

        https://develop.sentry.dev/sdk/foundations/trace-propagation/#header-sentry-trace
        """
        match = _SENTRY_TRACE.fullmatch(sentry_trace.lower())
        if match is None or match[1] == "0" * 32 or match[2] == "0" * 16:
            return None
        return cls(match[1], hex_id(16), match[2])

    def trace_context(self) -> Event:
        """Return the `contexts.trace` of an event that belongs to this trace."""
        trace: Event = {"trace_id": self.trace_id, "span_id": self.span_id}
        if self.parent_span_id is not None:
            trace["parent_span_id"] = self.parent_span_id
        return trace
