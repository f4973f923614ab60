"""Makes the machinery of the comparison importable, and says in the summary what was compared."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

COMPARED = []


@pytest.fixture
def compared():
    """Where a test notes what it compared, for the summary."""
    return COMPARED


def pytest_terminal_summary(terminalreporter):
    """Print one line for each comparison."""
    if COMPARED:
        terminalreporter.section("what was compared with brute force")
        for name, tally in COMPARED:
            terminalreporter.line(f"{name}: {tally}")
