"""The captured sequences of logs, metrics, check-ins, sessions, attachments and envelopes.

Some of it an SDK sends in batches: reading lets what is pending arrive first, which is done at once and in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_errortrack.assertions._captured import (
    CapturedAttachment,
    CapturedCheckIn,
    CapturedLog,
    CapturedMetric,
    CapturedSession,
)
from pytest_errortrack.sdk import Envelope

from ._sequence import CapturedSequence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = [
    "CapturedAttachments",
    "CapturedCheckIns",
    "CapturedEnvelopes",
    "CapturedLogs",
    "CapturedMetrics",
    "CapturedSessions",
]

T = TypeVar("T")


class _Batched(CapturedSequence[T]):
    """A captured sequence of something that may be pending in a batch when it is read."""

    def _items(self) -> list[T]:
        if self._selection is None:
            self._recorder().flush_pending()
        return super()._items()

    def __repr__(self) -> str:
        count = len(self._captured(self._recorder()) if self._selection is None else self._selection)
        return f"<{count} captured {self._noun}{'s' * (count != 1)}>"


class CapturedLogs(_Batched[CapturedLog]):
    """This test's structured logs, oldest first."""

    _noun = "log"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedLog]:
        return recorder.telemetry.logs


class CapturedMetrics(_Batched[CapturedMetric]):
    """This test's metrics, in the order in which they would have been sent."""

    _noun = "metric"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedMetric]:
        return recorder.telemetry.metrics


class CapturedCheckIns(_Batched[CapturedCheckIn]):
    """This test's check-ins of scheduled jobs, oldest first."""

    _noun = "check-in"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedCheckIn]:
        return recorder.telemetry.check_ins


class CapturedSessions(_Batched[CapturedSession]):
    """This test's sessions and buckets of sessions, in the order in which they would have been sent."""

    _noun = "session"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedSession]:
        return recorder.telemetry.sessions


class CapturedAttachments(_Batched[CapturedAttachment]):
    """Every file that this test sent, with an event or alone."""

    _noun = "attachment"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedAttachment]:
        return recorder.telemetry.attachments


class CapturedEnvelopes(_Batched[Envelope]):
    """Every envelope as it would have gone over the wire, parsed."""

    _noun = "envelope"

    def _captured(self, recorder: Recorder) -> Sequence[Envelope]:
        return recorder.envelopes
