"""Hubs, and the blocks that put scopes into effect."""

from __future__ import annotations

from pytest_errortrack.sdk._hub._call_site import EventFields, MessageFields, call_site_state
from pytest_errortrack.sdk._hub._guards import GivenScope, IsolationScope, NewScope, PushedScope
from pytest_errortrack.sdk._hub._hub import Hub
from pytest_errortrack.sdk._hub._spans import start_span, start_transaction
from pytest_errortrack.sdk._hub._stack import ScopeStack

__all__ = [
    "EventFields",
    "GivenScope",
    "Hub",
    "IsolationScope",
    "MessageFields",
    "NewScope",
    "PushedScope",
    "ScopeStack",
    "call_site_state",
    "start_span",
    "start_transaction",
]
