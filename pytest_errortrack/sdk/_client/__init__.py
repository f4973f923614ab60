"""The client, and those who may watch it."""

from __future__ import annotations

from pytest_errortrack.sdk._client._client import Client
from pytest_errortrack.sdk._client._exit import watch_exit
from pytest_errortrack.sdk._client._observer import Capture, Drop, Observation, Observer, Stamped

__all__ = [
    "Capture",
    "Client",
    "Drop",
    "Observation",
    "Observer",
    "Stamped",
    "watch_exit",
]
