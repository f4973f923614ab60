"""One attempt at an active test, and where the parts of the plugin find it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack._capture import Recording
from pytest_errortrack.assertions import ExpectationError

from ._markers import read_markers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.assertions import Captured, Recorder
    from pytest_errortrack.interleave import Exploration

    from ._markers import Demands
    from ._settings import Settings

__all__ = ["Attempt", "attempt_of", "forget_attempt", "keep_attempt"]

_key: Final[pytest.StashKey[Attempt]] = pytest.StashKey()


class Attempt:
    """One attempt at an active test: its recording, its demands, its outcome so far.

    Attributes:
        item: the test.
        settings: what the run says where the markers do not.
        number: which attempt it is, from 1.
        outcome: how it ended: `passed`, `failed` or `skipped`; of several phases the first that did not pass.
        is_in_call: whether its body has begun.
        is_in_body: whether its body runs.
        runs_apart: whether its body ran in several threads, each judged by itself.
        unread: how many errors it reported that nobody looked at; known after the teardown.
        exploration: what came of its interleavings, where it explores any.
        recording: what it captures.
    """

    def __init__(self, item: pytest.Item, *, settings: Settings, on_late: Callable[[Captured], None]) -> None:
        self.item = item
        self.settings = settings
        self._read: tuple[list[pytest.Mark], Demands] | None = None
        self.number = int(getattr(item, "execution_count", 1))  # set by pytest-rerunfailures
        self.outcome = "passed"
        self.is_in_call = False
        self.is_in_body = False
        self.runs_apart = False
        self.unread = 0
        self.exploration: Exploration | None = None
        demands = self.demands
        self.recording = Recording(
            backend=demands.backend or settings.backend,
            nodeid=item.nodeid,
            options=demands.options,
            deterministic=demands.deterministic,
            on_late=on_late,
        )
        self.recorder.hidden.add(demands.terms.hidden)

    @property
    def demands(self) -> Demands:
        """What its markers say; a fixture may add one while the test is set up.

        Raises:
            ExpectationError: what was added cannot be meant, or came too late to be followed.
        """
        marks = list(self.item.iter_markers())
        if self._read is None:
            self._read = marks, read_markers(self.item, settings=self.settings)
        known, demands = self._read
        if len(known) != len(marks) or any(one is not other for one, other in zip(known, marks, strict=True)):
            added = read_markers(self.item, settings=self.settings)
            if (added.options, added.backend) != (demands.options, demands.backend):
                raise ExpectationError(
                    f"{self.item.nodeid}: options of @errortrack were added while the test ran, after the SDK had been "
                    "set up; use errortrack.init(...) there"
                )
            self._read = marks, added
        return self._read[1]

    @contextmanager
    def body(self) -> Iterator[None]:
        """Let what the block does be the body."""
        self.is_in_call = self.is_in_body = True
        try:
            yield
        finally:
            self.is_in_body = False

    @property
    def recorder(self) -> Recorder:
        """What was captured."""
        return self.recording.recorder

    @property
    def is_judged(self) -> bool:
        """Whether what was captured is to be judged now: not of a body that failed or was skipped, nor a part of it."""
        # A `TestCase` keeps what its body raised; it is put into the report later.
        return self.outcome == "passed" and not getattr(self.item, "_excinfo", None)

    def take(self, report: pytest.TestReport) -> None:
        """Take note of how a phase ended, or a subtest: one that is skipped does not skip the test."""
        if self.is_in_body and report.outcome == "skipped":
            return
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
