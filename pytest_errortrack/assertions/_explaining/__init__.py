"""The words for a reader: failed expectations, report sections."""

from __future__ import annotations

from ._explain import explain, report_section

__all__ = [
    "explain",
    "report_section",
]
