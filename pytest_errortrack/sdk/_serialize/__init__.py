"""From live values to bounded JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._later import later

if TYPE_CHECKING:
    from pytest_errortrack.sdk._serialize._normalise import DEFAULT_LIMITS, TIGHT_LIMITS, Limits, normalise
    from pytest_errortrack.sdk._serialize._requests import is_personal_header, is_sensitive, scrubbed_request
    from pytest_errortrack.sdk._serialize._scrub import FILTERED, is_secret, scrub_event, scrubbed
    from pytest_errortrack.sdk._serialize._text import UNPRINTABLE, bounded, clean, safe_repr, safe_str
    from pytest_errortrack.sdk._serialize._variables import BUDGET_EXCEEDED, VariableWriter
else:
    __getattr__ = later(
        __name__,
        _normalise=("DEFAULT_LIMITS", "TIGHT_LIMITS", "Limits", "normalise"),
        _requests=("is_personal_header", "is_sensitive", "scrubbed_request"),
        _scrub=("FILTERED", "is_secret", "scrub_event", "scrubbed"),
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
    "is_personal_header",
    "is_secret",
    "is_sensitive",
    "normalise",
    "safe_repr",
    "safe_str",
    "scrub_event",
    "scrubbed",
    "scrubbed_request",
]
