"""The page that compares features: each claim of ours stands on a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "comparison.md"

LINK = re.compile(r'\[yes\]\((?P<path>[^ ]+) "(?P<test>\w+)"\)')


def test_each_feature_links_to_a_test_that_exists():
    """Every row says yes, and links to a test function of that name in that file."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.count("|") == 15]
    links = [LINK.search(row.split("|")[2]) for row in rows[2:]]

    missing = [row.split("|")[1].strip() for row, link in zip(rows[2:], links, strict=True) if link is None]
    assert (len(links), missing) == (48, [])
    for link in links:
        text = (PAGE.parent / link["path"]).resolve().read_text(encoding="utf-8")
        assert re.search(rf"^(async )?def {link['test']}\(", text, re.MULTILINE), link["test"]
