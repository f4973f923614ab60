"""A world in which a test's reports are the same in every run: ids count up, time goes on by steps."""

from __future__ import annotations

import itertools
import random
import sys
import time
from typing import Final

__all__ = ["DeterministicWorld"]

_BEGIN: Final = 1_577_836_800_000  # milliseconds since the epoch: 2020-01-01T00:00:00Z


class DeterministicWorld:
    """Ids 000...1, 000...2; time from 2020 on, one millisecond later at each look; random numbers of one seed.

    Where freezegun or time-machine hold the clock, time is theirs.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin again."""
        self._ids = itertools.count(1)
        self._looks = itertools.count(_BEGIN)
        self._random = random.Random(0)  # noqa: S311 - to be the same every time is what it is for

    def time(self) -> float:
        """Return the seconds since the epoch."""
        return time.time() if _is_clock_held() else next(self._looks) / 1000

    def hex_id(self, digits: int) -> str:
        """Return the next id of so many lower-case hexadecimal digits."""
        return f"{next(self._ids):0{digits}x}"

    def random(self) -> float:
        """Return a number in [0, 1)."""
        return self._random.random()


def _is_clock_held() -> bool:
    freezegun = sys.modules.get("freezegun.api")
    if freezegun is not None and freezegun.freeze_factories:
        return True
    time_machine = sys.modules.get("time_machine")
    return time_machine is not None and bool(time_machine.escape_hatch.is_travelling())
