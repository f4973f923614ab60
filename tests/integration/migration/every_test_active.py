"""A plugin for a project's own tests: each of them is captured, whether or not it asks."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item):
    item.add_marker(pytest.mark.errortrack)
