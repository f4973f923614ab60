"""From live values to bounded JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._later import later

if TYPE_CHECKING:
    from pytest_errortrack.sdk._serialize._normalise import DEFAULT_LIMITS, TIGHT_LIMITS, Limits, normalise
    from pytest_errortrack.sdk._serialize._scrub import FILTERED, is_secret, scrub_event
    from pytest_errortrack.sdk._serialize._text import UNPRINTABLE, bounded, clean, safe_repr, safe_str
    from pytest_errortrack.sdk._serialize._variables import BUDGET_EXCEEDED, VariableWriter
else:
    __getattr__ = later(
        __name__,
        _normalise=("DEFAULT_LIMITS", "TIGHT_LIMITS", "Limits", "normalise"),
        _scrub=("FILTERED", "is_secret", "scrub_event"),
        _text=("UNPRINTABLE", "bounded", "clean", "safe_repr", "safe_str"),
        _variables=("BUDGET_EXCEEDED", "VariableWriter"),
    )

__all__ = [
    "BUDGET_EXCEEDED",
    "DEFAULT_LIMITS",
    "FILTERED",
    "TIGHT_LIMITS",
    "UNPRINTABLE",
    "Limits",
    "VariableWriter",
    "bounded",
    "clean",
    "is_secret",
    "normalise",
    "safe_repr",
    "safe_str",
    "scrub_event",
]
