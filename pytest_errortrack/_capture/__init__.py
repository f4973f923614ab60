"""`capture()` and `ErrorTrack`: recorder, SDK and bridge put together."""

from __future__ import annotations

from ._block import Capturing, capture
from ._handle import ErrorTrack
from ._recording import BACKENDS, Backend, Recording, current_recording, is_capturing

__all__ = [
    "BACKENDS",
    "Backend",
    "Capturing",
    "ErrorTrack",
    "Recording",
    "capture",
    "current_recording",
    "is_capturing",
]
