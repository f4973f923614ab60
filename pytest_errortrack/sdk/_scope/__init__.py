"""Scopes: what they hold, which ones are in effect, and what they add to an event."""

from __future__ import annotations

from pytest_errortrack.sdk._scope._ambient import (
    Layer,
    Roots,
    ambient_current,
    ambient_isolation,
    ambient_states,
    current_layer,
    current_var,
    fresh_roots,
    is_root_here,
    isolation_scopes_in_force,
    isolation_var,
    leave,
    new_layer,
    open_isolation,
    own_current,
    own_isolation,
)
from pytest_errortrack.sdk._scope._apply import Stamped, apply_scopes, attributes_of, trace_context_of
from pytest_errortrack.sdk._scope._binding import Bound, BoundCoroutine
from pytest_errortrack.sdk._scope._carried import Carried, outside_of_all_scopes
from pytest_errortrack.sdk._scope._cell import StateCell, states_of
from pytest_errortrack.sdk._scope._journal import Journal
from pytest_errortrack.sdk._scope._process import Process, ScopeClient, active_client, process, resolve_client
from pytest_errortrack.sdk._scope._scope import Scope
from pytest_errortrack.sdk._scope._state import EMPTY, LEVELS, Attachment, Crumb, ScopeState, crumbs_of, known_level
from pytest_errortrack.sdk._scope._values import fingerprint_of, mapping_of

__all__ = [
    "EMPTY",
    "LEVELS",
    "Attachment",
    "Bound",
    "BoundCoroutine",
    "Carried",
    "Crumb",
    "Journal",
    "Layer",
    "Process",
    "Roots",
    "Scope",
    "ScopeClient",
    "ScopeState",
    "Stamped",
    "StateCell",
    "active_client",
    "ambient_current",
    "ambient_isolation",
    "ambient_states",
    "apply_scopes",
    "attributes_of",
    "crumbs_of",
    "current_layer",
    "current_var",
    "fingerprint_of",
    "fresh_roots",
    "is_root_here",
    "isolation_scopes_in_force",
    "isolation_var",
    "known_level",
    "leave",
    "mapping_of",
    "new_layer",
    "open_isolation",
    "outside_of_all_scopes",
    "own_current",
    "own_isolation",
    "process",
    "resolve_client",
    "states_of",
    "trace_context_of",
]
