"""The words for a reader: failed expectations, comparisons, report sections, suggestions."""

from __future__ import annotations

from ._absence import NEVER_INITIALISED, NO_DSN, absence
from ._comparing import compared_lines
from ._explain import explain
from ._order import explain_order, explain_places
from ._section import report_section
from ._suggest import suggested_lines
from ._titles import titled

__all__ = [
    "NEVER_INITIALISED",
    "NO_DSN",
    "absence",
    "compared_lines",
    "explain",
    "explain_order",
    "explain_places",
    "report_section",
    "suggested_lines",
    "titled",
]
