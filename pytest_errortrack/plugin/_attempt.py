"""One attempt at an active test, and where the parts of the plugin find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack._capture import Recording

from ._markers import read_markers

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.assertions import Payload, Recorder
    from pytest_errortrack.interleave import Exploration

__all__ = ["Attempt", "attempt_of", "forget_attempt", "keep_attempt"]

_key: Final[pytest.StashKey[Attempt]] = pytest.StashKey()


class Attempt:
    """One attempt at an active test: its recording, its demands, its outcome so far.

    Attributes:
        item: the test.
        demands: what its markers say.
        number: which attempt it is, from 1.
        outcome: how it ended: `passed`, `failed` or `skipped`; of several phases the first that did not pass.
        is_in_call: whether its body has begun.
        exploration: what came of its interleavings, where it explores any.
        recording: what it captures.
    """

    def __init__(self, item: pytest.Item, *, backend: str, on_late: Callable[[Payload], None]) -> None:
        self.item = item
        self.demands = read_markers(item)
        self.number = int(getattr(item, "execution_count", 1))  # set by pytest-rerunfailures
        self.outcome = "passed"
        self.is_in_call = False
        self.exploration: Exploration | None = None
        self.recording = Recording(
            backend=self.demands.backend or backend,
            nodeid=item.nodeid,
            options=self.demands.options,
            on_late=on_late,
        )

    @property
    def recorder(self) -> Recorder:
        """What was captured."""
        return self.recording.recorder

    def take(self, report: pytest.TestReport) -> None:
        """Take note of how a phase ended."""
        if report.outcome != "passed" and self.outcome == "passed":
            self.outcome = report.outcome


def attempt_of(item: pytest.Item) -> Attempt | None:
    """Find the attempt that runs; None for a test that is not active, and once its last report is made."""
    return item.stash.get(_key, None)


def keep_attempt(attempt: Attempt) -> None:
    """Let the parts of the plugin find an attempt."""
    attempt.item.stash[_key] = attempt


def forget_attempt(item: pytest.Item) -> None:
    """Let go of an attempt that is over."""
    del item.stash[_key]
