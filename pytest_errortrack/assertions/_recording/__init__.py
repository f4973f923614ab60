"""Where everything that a recording captures comes together."""

from __future__ import annotations

from ._carriers import Carriers
from ._items import log_key, metric_key, session_key
from ._line_up import line_up
from ._mocked import MockedSentryWarning, Replacement
from ._native import NativeObserver
from ._native_state import NativeState
from ._recorder import Recorder
from ._running import running_test
from ._set_up import SetUp
from ._strays import strays
from ._told import LostReport, Note

__all__ = [
    "Carriers",
    "LostReport",
    "MockedSentryWarning",
    "NativeObserver",
    "NativeState",
    "Note",
    "Recorder",
    "Replacement",
    "SetUp",
    "line_up",
    "log_key",
    "metric_key",
    "running_test",
    "session_key",
    "strays",
]
