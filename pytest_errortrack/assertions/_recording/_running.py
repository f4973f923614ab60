"""Which test runs while a recording serves several: one made by `capture()` at class or module scope."""

from __future__ import annotations

import os
from typing import Final

__all__ = ["running_test"]

_VARIABLE: Final = "PYTEST_CURRENT_TEST"
"""Where pytest says it, in every run (https://docs.pytest.org/en/stable/example/simple.html#pytest-current-test-env)."""


def running_test() -> str:
    """Find the node id of the test that pytest sets up, runs or tears down in this process; empty where none does."""
    return os.environ.get(_VARIABLE, "").rpartition(" (")[0]
