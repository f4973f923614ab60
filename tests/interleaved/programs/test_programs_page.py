"""The page of the programs says what the tests show."""

from __future__ import annotations

from pathlib import Path

import pytest
from classic_programs.catalogue import PROGRAMS
from classic_programs.page import facts, is_measured_here, rendered

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "programs.md"


def test_the_page_has_the_facts_of_each_program():
    """Name, mistake, finding, level and least preemptions, in the catalogue's order, which other tests confirm."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]

    assert [tuple(row[:5]) for row in rows] == [facts(program) for program in PROGRAMS]


@pytest.mark.soak
@pytest.mark.skipif(not is_measured_here(), reason="the page holds the numbers of another version of Python")
def test_the_page_has_the_numbers_of_today():
    """The page is what `python tests/benchmarks/programs.py` writes."""
    assert PAGE.read_text() == rendered()
