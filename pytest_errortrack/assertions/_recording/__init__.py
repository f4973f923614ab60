"""Where everything that a recording captures comes together."""

from __future__ import annotations

from ._carriers import Carriers
from ._items import log_key, metric_key, session_key
from ._mocked import MockedSentryWarning, Replacement
from ._native import NativeObserver
from ._recorder import LostReport, Note, Recorder

__all__ = [
    "Carriers",
    "LostReport",
    "MockedSentryWarning",
    "NativeObserver",
    "Note",
    "Recorder",
    "Replacement",
    "log_key",
    "metric_key",
    "session_key",
]
