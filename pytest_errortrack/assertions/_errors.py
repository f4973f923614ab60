"""What can go wrong when a test asks for error reports.

ExpectationError (TypeError)   an expectation that cannot be asked: unknown keyword, wrong kind of value
  DoubleNegation (AssertionError) one that would hold where its opposite was meant
NoRecording (RuntimeError)     a captured sequence read where nothing is being captured

A failed expectation is none of these: it is a plain AssertionError.
"""

from __future__ import annotations

__all__ = ["DoubleNegation", "ExpectationError", "NoRecording"]


class ExpectationError(TypeError):
    """An expectation that cannot be asked."""


class DoubleNegation(ExpectationError, AssertionError):  # noqa: N818 - it is a statement of fact
    """An expectation that would hold where its opposite was meant: nobody may take it for a check that passed."""


class NoRecording(RuntimeError):  # noqa: N818 - it is a statement of fact
    """A captured sequence was read where nothing is being captured."""


for _name in set(__all__) - {"DoubleNegation"}:
    globals()[_name].__module__ = __package__  # a traceback names the place where users import it from
