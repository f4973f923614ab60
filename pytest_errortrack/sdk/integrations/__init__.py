"""Integrations with frameworks and libraries: none in this version; see `init(integrations=...)` for your own."""

from __future__ import annotations

__all__: list[str] = []
