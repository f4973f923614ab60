"""From live exceptions and frames to their words in an event."""

from __future__ import annotations

from pytest_errortrack.sdk._stacktrace._exceptions import Link, exception_values, links_of, traceback_of
from pytest_errortrack.sdk._stacktrace._frames import FrameBuilder, FrameRules
from pytest_errortrack.sdk._stacktrace._source import Excerpt, SourceLines
from pytest_errortrack.sdk._stacktrace._threads import thread_value

__all__ = [
    "Excerpt",
    "FrameBuilder",
    "FrameRules",
    "Link",
    "SourceLines",
    "exception_values",
    "links_of",
    "thread_value",
    "traceback_of",
]
