"""The interleaving as people read it."""

from __future__ import annotations

from pytest_errortrack.interleave._trace._columns import Row
from pytest_errortrack.interleave._trace._recording import Trace, line_of

__all__ = ["Row", "Trace", "line_of"]
