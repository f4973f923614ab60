"""The captured sequences of logs, metrics, check-ins, sessions, attachments and envelopes.

Some of it an SDK sends in batches: reading lets what is pending arrive first, which is done at once and in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.assertions._captured import (
    CapturedAttachment,
    CapturedCheckIn,
    CapturedFeedback,
    CapturedLog,
    CapturedMetric,
    CapturedSession,
)
from pytest_errortrack.assertions._expecting import ATTACHMENTS, CHECK_INS, ENVELOPES, FEEDBACK, LOGS, METRICS, SESSIONS
from pytest_errortrack.assertions._normalized import normalise_envelopes
from pytest_errortrack.sdk import Envelope

from ._isolated import IsolatedSequence
from ._sequence import CapturedSequence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = [
    "CapturedAttachments",
    "CapturedCheckIns",
    "CapturedEnvelopes",
    "CapturedFeedbacks",
    "CapturedLogs",
    "CapturedMetrics",
    "CapturedSessions",
]


class CapturedLogs(IsolatedSequence[CapturedLog]):
    """This test's structured logs, oldest first."""

    _vocabulary = LOGS
    _is_batched = True

    def _captured(self, recorder: Recorder) -> Sequence[CapturedLog]:
        return recorder.telemetry.logs


class CapturedMetrics(IsolatedSequence[CapturedMetric]):
    """This test's metrics, in the order in which they would have been sent."""

    _vocabulary = METRICS
    _is_batched = True

    def _captured(self, recorder: Recorder) -> Sequence[CapturedMetric]:
        return recorder.telemetry.metrics


class CapturedCheckIns(CapturedSequence[CapturedCheckIn]):
    """This test's check-ins of scheduled jobs, oldest first."""

    _vocabulary = CHECK_INS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedCheckIn]:
        return recorder.telemetry.check_ins


class CapturedSessions(CapturedSequence[CapturedSession]):
    """This test's sessions and buckets of sessions, in the order in which they would have been sent."""

    _vocabulary = SESSIONS
    _is_batched = True

    def _captured(self, recorder: Recorder) -> Sequence[CapturedSession]:
        return recorder.telemetry.sessions


class CapturedAttachments(CapturedSequence[CapturedAttachment]):
    """Every file that this test sent, with an event or alone."""

    _vocabulary = ATTACHMENTS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedAttachment]:
        return recorder.telemetry.attachments


class CapturedFeedbacks(CapturedSequence[CapturedFeedback]):
    """This test's user feedback, oldest first."""

    _vocabulary = FEEDBACK

    def _captured(self, recorder: Recorder) -> Sequence[CapturedFeedback]:
        return recorder.telemetry.feedback


class CapturedEnvelopes(CapturedSequence[Envelope]):
    """Every envelope as it would have gone over the wire, parsed."""

    _vocabulary = ENVELOPES
    _is_batched = True

    def _captured(self, recorder: Recorder) -> Sequence[Envelope]:
        return recorder.envelopes

    def normalized(self, *, keep: Sequence[str] = (), drop: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return headers, items and payloads as plain, sorted dicts and lists that are the same in every run.

        Args:
            keep: names or paths of what is to stay although it differs from run to run: `"sdk"`.
            drop: names or paths of what is to be left out besides: `"tags.request_id"`.

        Raises:
            ExpectationError: `keep` names nothing that would be replaced, or one of them is no list of names.
        """
        envelopes = self._items()
        self._recorder().claims.look()
        return normalise_envelopes(envelopes, keep=keep, drop=drop)

    def assert_valid(self) -> None:
        """Make sure that every envelope, and everything in it, keeps the rules of the data model.

        Raises:
            AssertionError: a rule is broken; each is told with its path. Or nothing was captured: a proof of nothing.
        """
        __tracebackhide__ = True
        from pytest_errortrack.assertions._validity import refuse_invalid  # noqa: PLC0415 - many rules, seldom asked for

        envelopes = self._items()
        self._recorder().claims.look()
        refuse_invalid(envelopes)
