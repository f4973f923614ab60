"""The real `sentry_sdk`, captured: the only part that imports it, and only where the process has it or the user asks.

The application's own client, options and integrations stay as they are; only where its envelopes go is replaced.
"""

from __future__ import annotations

from ._import_watch import ImportWatch
from ._loading import (
    Bridging,
    UncapturedSentryWarning,
    another_world,
    fresh_trace,
    init,
    is_imported,
    is_initialised,
    isolation_scopes_in_force,
    known_options,
    merged_scope,
    preserved_scopes,
    recording,
    require,
    set_up,
)

__all__ = [
    "Bridging",
    "ImportWatch",
    "UncapturedSentryWarning",
    "another_world",
    "fresh_trace",
    "init",
    "is_imported",
    "is_initialised",
    "isolation_scopes_in_force",
    "known_options",
    "merged_scope",
    "preserved_scopes",
    "recording",
    "require",
    "set_up",
]
