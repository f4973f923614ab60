"""How grave an event is: the levels in their order, as servers read them.

https://develop.sentry.dev/sdk/data-model/event-payloads/#optional-attributes
"""

from __future__ import annotations

from typing import Final

from pytest_errortrack.sdk.testing import LEVELS as GRAVEST_FIRST
from pytest_errortrack.sdk.testing import known_level

__all__ = ["LEVELS", "THRESHOLDS", "is_at_least", "level_called", "threshold_called"]

LEVELS: Final = GRAVEST_FIRST[::-1]
"""From the least to the gravest."""

THRESHOLDS: Final = ("off", *LEVELS)
"""What strict mode can be set to."""


def level_called(name: object) -> str | None:
    """Find the level of this name, in any case, or of another name that SDKs use for it; None: there is none."""
    return known_level(name)


def threshold_called(word: object) -> str | None:
    """Find the level from which strict mode judges, or `off`; None: the word is neither."""
    is_off = isinstance(word, str) and word.lower() == "off"
    return "off" if is_off else level_called(word)


def is_at_least(level: str, threshold: str) -> bool:
    """Tell whether a captured level reaches a threshold; what is no level counts as an error, as on a server."""
    return LEVELS.index(level_called(level) or "error") >= LEVELS.index(threshold)
