"""One cell of the matrix: the capability suite, run once with one sentry_sdk, one pytest and one runner."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _environments import Environment

__all__ = ["RUNNERS", "SUITE", "Cell", "Outcome", "run_cell"]

SUITE = Path(__file__).parent / "capabilities"

RUNNERS = {
    "sync": (),
    "unittest": (),
    "isolated-asyncio": (),
    "asyncio-function": (),
    "asyncio-session": (),
    "anyio-asyncio": (),
    "anyio-trio": (),
    "pytest-trio": (),
    "trio.run": (),
    "xdist": ("-n", "2", "--dist", "loadfile"),
    "rerunfailures": ("--reruns", "1"),
    "given": (),
    "interleaved": (),
}
"""The runners, each with the options of pytest that it takes; `capabilities/runners.py` has how they run a test."""

_LIMIT_S = 300
_TESTS_FAILED = 1
_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test of the suite ended.

    Attributes:
        capability: what it would prove.
        outcome: `passed`, `failed`, or `absent` where this sentry_sdk has no such thing.
        reason: why, where it did not pass.
    """

    capability: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one run of the suite showed.

    Attributes:
        sdk: the version of sentry_sdk.
        pytest: the version of pytest.
        runner: how the tests were run.
        outcomes: by node id.
        seconds: how long it took.
        problem: why the run itself did not end as a run of pytest should; empty where it did.
    """

    sdk: str
    pytest: str
    runner: str
    outcomes: dict[str, Outcome]
    seconds: float
    problem: str = ""

    @property
    def has_failed(self) -> bool:
        """Tell whether anything in it is not as it should be."""
        return bool(self.problem) or any(outcome.outcome == "failed" for outcome in self.outcomes.values())

    def count(self, outcome: str) -> int:
        """Count the tests that ended so."""
        return sum(each.outcome == outcome for each in self.outcomes.values())


def run_cell(environment: Environment, *, runner: str) -> Cell:
    """Run the suite in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "outcomes.json"
        options = (
            "-q",
            "--tb=short",
            "-p",
            "no:cacheprovider",
            "--basetemp",
            Path(folder) / "runs",
            "--outcomes",
            told,
        )
        command = [environment.python, "-m", "pytest", *options, "--runner", runner, *RUNNERS[runner], SUITE]
        start = time.monotonic()
        code, output = _run(command)
        seconds = time.monotonic() - start
        found = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    outcomes = {nodeid: Outcome(**outcome) for nodeid, outcome in found.items()}
    problem = "" if code in {0, _TESTS_FAILED} and outcomes else f"pytest ended with {code}: {output[-1500:]}"
    return Cell(environment.sdk, environment.pytest, runner, outcomes, seconds, problem)


def _run(command: list[str | Path]) -> tuple[int | str, str]:
    variables = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        run = subprocess.run(  # noqa: S603 - pytest itself
            command,
            cwd=SUITE,
            env=variables | {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {_LIMIT_S} s", ""
    return run.returncode, run.stdout
