"""Replays tokens in this process: reads `{name: token}` as JSON, writes what came of each, so many times.

Run as `python -m classic_programs.replaying TIMES`, in whatever copy of the programs stands on the path.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from classic_programs.catalogue import PROGRAMS
from pytest_errortrack.interleave import replay

if TYPE_CHECKING:
    from classic_programs.catalogue import Scenario


def replayed(token: str, scenario: Scenario) -> list[str]:
    """Return what kind of failure a replay showed, and its steps without their places."""
    again = replay(token, scenario)
    return [type(again.failure).__name__, *(f"{row.actor} {row.text}" for row in again.steps)]


def main() -> None:
    """Replay what is asked for on standard input."""
    tokens = json.load(sys.stdin)
    scenarios = {program.name: program.buggy for program in PROGRAMS}
    outcomes = {
        name: [replayed(token, scenarios[name]) for _ in range(int(sys.argv[1]))] for name, token in tokens.items()
    }
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
