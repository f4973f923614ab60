"""Whether what was sent keeps the rules of the data model: ids, types, grammars and relations, each with its path.

The rules are those of https://develop.sentry.dev/sdk/data-model/, and where that is silent what a server drops. How
old a report is, is not judged.
"""

from __future__ import annotations

from ._envelopes import envelope_problems, refuse_invalid
from ._events import EVENT, TRANSACTION, problems_of

__all__ = ["EVENT", "TRANSACTION", "envelope_problems", "problems_of", "refuse_invalid"]
