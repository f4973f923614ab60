"""The pytest plugin: the only part that imports pytest.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from ._entry import (
    captured_breadcrumbs,
    captured_envelopes,
    captured_events,
    captured_transactions,
    errortrack,
    errortrack_receiver,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_make_collect_report,
    pytest_terminal_summary,
    pytest_testnodedown,
)

__all__ = [
    "captured_breadcrumbs",
    "captured_envelopes",
    "captured_events",
    "captured_transactions",
    "errortrack",
    "errortrack_receiver",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_make_collect_report",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]
