"""The engine's own clocks, by which it waits and limits itself: real, whatever a test does to the time of others."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["processor_clock", "real_clock"]

# Tools that freeze the time (freezegun) replace the functions of `time` in every module that has them by name; what
# hides in an object they do not find.
real_clock: Final = staticmethod(time.perf_counter)
processor_clock: Final = staticmethod(time.process_time)
