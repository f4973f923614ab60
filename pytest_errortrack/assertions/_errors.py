"""What can go wrong when a test asks for error reports.

ExpectationError (TypeError)      an expectation that cannot be asked: unknown keyword, wrong kind of value
NotAvailable (NotImplementedError) something that is promised for a later version
NoRecording (RuntimeError)        a captured sequence read where nothing is being captured

A failed expectation is none of these: it is a plain AssertionError.
"""

from __future__ import annotations

__all__ = ["ExpectationError", "NoRecording", "NotAvailable"]


class ExpectationError(TypeError):
    """An expectation that cannot be asked."""


class NotAvailable(NotImplementedError):  # noqa: N818 - it is a statement of fact
    """Something that this version does not have yet."""

    @classmethod
    def naming(cls, thing: str) -> NotAvailable:
        """Make the error for one thing, in the words that all parts use."""
        return cls(f"{thing} is not available in this version of pytest-errortrack")


class NoRecording(RuntimeError):  # noqa: N818 - it is a statement of fact
    """A captured sequence was read where nothing is being captured."""
