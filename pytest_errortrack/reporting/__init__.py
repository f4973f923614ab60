"""Whatever shows or collects what was captured, outside of a test run: the command line and its demonstration."""

from __future__ import annotations

__all__: list[str] = []
