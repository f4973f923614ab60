"""How grave an event is: the levels in their order, as servers read them.

https://develop.sentry.dev/sdk/data-model/event-payloads/#optional-attributes
"""

from __future__ import annotations

from typing import Final

__all__ = ["LEVELS", "is_at_least", "level_called"]

LEVELS: Final = ("debug", "info", "warning", "error", "fatal")
"""From the least to the gravest."""

_OTHER_NAMES: Final = {"critical": "fatal", "warn": "warning", "log": "info"}
_RANKS: Final = {level: rank for rank, level in enumerate(LEVELS)}


def level_called(name: str) -> str | None:
    """Find the level of this name, or of another name that SDKs use for it; None: there is none."""
    lowered = name.lower()
    level = _OTHER_NAMES.get(lowered, lowered)
    return level if level in _RANKS else None


def is_at_least(level: str, threshold: str) -> bool:
    """Tell whether a captured level reaches a threshold; what is no level counts as an error, as on a server."""
    return _RANKS[level_called(level) or "error"] >= _RANKS[threshold]
