"""Whether what a test demands holds for all that it captured."""

from __future__ import annotations

from ._judgement import judge
from ._levels import LEVELS, THRESHOLDS, is_at_least, level_called, threshold_called
from ._strict import judge_strictly, unclaimed
from ._terms import Forbidden, Terms
from ._unread import UnreadEventsWarning, unread_events

__all__ = [
    "LEVELS",
    "THRESHOLDS",
    "Forbidden",
    "Terms",
    "UnreadEventsWarning",
    "is_at_least",
    "judge",
    "judge_strictly",
    "level_called",
    "threshold_called",
    "unclaimed",
    "unread_events",
]
