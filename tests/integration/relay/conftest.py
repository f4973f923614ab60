"""A judge for the session; see `relay_judge` for where it comes from."""

from __future__ import annotations

import pytest
from relay_judge import running_relay


@pytest.fixture(scope="session")
def relay():
    """Start the judge; installed once, when it is not in the cache yet."""
    with running_relay() as judge:
        yield judge
