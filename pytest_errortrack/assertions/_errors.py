"""What can go wrong when a test asks for error reports.

ExpectationError (TypeError)   an expectation that cannot be asked: unknown keyword, wrong kind of value
NoRecording (RuntimeError)     a captured sequence read where nothing is being captured

A failed expectation is none of these: it is a plain AssertionError.
"""

from __future__ import annotations

__all__ = ["ExpectationError", "NoRecording"]


class ExpectationError(TypeError):
    """An expectation that cannot be asked."""


class NoRecording(RuntimeError):  # noqa: N818 - it is a statement of fact
    """A captured sequence was read where nothing is being captured."""
