"""Payloads for snapshots: what differs from run to run is replaced or left out, what the application said stays."""

from __future__ import annotations

from ._envelopes import normalise_envelopes
from ._normalise import normalise
from ._surroundings import Surroundings

__all__ = ["Surroundings", "normalise", "normalise_envelopes"]
