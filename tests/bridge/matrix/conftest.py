"""The capability suite is run by `run.py`, each time in an environment of its own; it is no part of our tests."""

from __future__ import annotations

collect_ignore = ["capabilities"]
