"""A failing test as an event of its own, for a server that watches the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.sdk.testing import exception_event

from ._bounds import presentable

if TYPE_CHECKING:
    from pytest_errortrack.reporting._record import CapturedJson

__all__ = ["FailedTest", "failed_test", "told_test"]

_RUNNERS: Final = frozenset({"_pytest", "pytest", "pluggy", "pytest_errortrack", "unittest", "asyncio", "anyio"})
"""Whose frames, above those of the test, say nothing of it."""

_MOST_NODEID: Final = 200


@dataclass(frozen=True, slots=True)
class FailedTest:
    """One failing attempt.

    Attributes:
        nodeid: the test.
        attempt: which attempt it was, from 1.
        outcome: how it ended: `failed` or `crashed`.
        event: what is sent, but for the tags that say this.
    """

    nodeid: str
    attempt: int
    outcome: str
    event: CapturedJson


def failed_test(error: BaseException, *, nodeid: str, attempt: int, when: str) -> FailedTest:
    """Make an event of the exception that failed a test; events of one test are one group.

    Args:
        error: what was raised.
        nodeid: the test.
        attempt: which attempt it was.
        when: the phase: `setup`, `call` or `teardown`.
    """
    event = exception_event(error, mechanism={"type": "pytest", "handled": False})
    for value in event["exception"]["values"]:
        stack = value.get("stacktrace")
        if stack:
            stack["frames"] = _own(stack["frames"])
    return _of(event, nodeid=nodeid, attempt=attempt, outcome="failed", when=when)


def told_test(text: str, *, nodeid: str, attempt: int = 1, when: str) -> FailedTest:
    """Make an event of a failure of which there is only a text.

    Args:
        text: what is known of it.
        nodeid: the test.
        attempt: which attempt it was.
        when: the phase; `crash` for a test that took its process with it.
    """
    crashed = when == "crash"
    event = exception_event(RuntimeError(text), mechanism={"type": "pytest", "handled": False})
    event["exception"]["values"][0]["type"] = "WorkerCrashed" if crashed else "Failed"
    event["level"] = "fatal" if crashed else "error"
    return _of(event, nodeid=nodeid, attempt=attempt, outcome="crashed" if crashed else "failed", when=when)


def _of(event: CapturedJson, *, nodeid: str, attempt: int, outcome: str, when: str) -> FailedTest:
    said: CapturedJson = {
        "logger": "pytest",
        "transaction": nodeid[-_MOST_NODEID:],
        "fingerprint": [nodeid],
        "tags": {"pytest.when": when},
    }
    return FailedTest(nodeid, attempt, outcome, presentable({**event, **said}))


def _own(frames: list[Any]) -> list[Any]:
    """Leave out how the runner came to the test; where there is nothing else, leave all."""
    for place, frame in enumerate(frames):
        if str(frame.get("module") or "").partition(".")[0] not in _RUNNERS:
            return frames[place:]
    return frames
