"""Which integrations a client uses unless it is told otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_errortrack.sdk._integration import Integration

__all__ = ["default_integrations"]


def default_integrations() -> tuple[Integration, ...]:
    """Return the integrations that every client uses unless `default_integrations=False`; none in this version."""
    return ()
