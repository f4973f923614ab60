"""The handle on everything that a recording captures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack import bridge, sdk
from pytest_errortrack.assertions import (
    CapturedAttachments,
    CapturedBreadcrumbs,
    CapturedCheckIns,
    CapturedEnvelopes,
    CapturedEvents,
    CapturedFeedbacks,
    CapturedLogs,
    CapturedMetrics,
    CapturedSessions,
    CapturedTransactions,
    LostReport,
    NoRecording,
    Recorder,
    declared_actor,
)
from pytest_errortrack.sdk import testing

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from ._recording import Recording

__all__ = ["ErrorTrack"]


class ErrorTrack:
    """The handle on everything that a recording captures."""

    def __init__(self, recording: Callable[[], Recording]) -> None:
        self._recording = recording
        self.events = CapturedEvents(self._recorder)
        self.transactions = CapturedTransactions(self._recorder)
        self.breadcrumbs = CapturedBreadcrumbs(self._recorder)
        self.envelopes = CapturedEnvelopes(self._recorder)
        self.logs = CapturedLogs(self._recorder)
        self.metrics = CapturedMetrics(self._recorder)
        self.check_ins = CapturedCheckIns(self._recorder)
        self.sessions = CapturedSessions(self._recorder)
        self.attachments = CapturedAttachments(self._recorder)
        self.feedback = CapturedFeedbacks(self._recorder)

    def _recorder(self) -> Recorder:
        return self._recording().recorder

    def __repr__(self) -> str:
        try:
            recorder = self._recorder()
        except NoRecording:
            return "<ErrorTrack: nothing is being captured here>"
        counts = (("event", len(recorder.events)), ("transaction", len(recorder.transactions)))
        told = ", ".join(f"{number} {noun}{'s' * (number != 1)}" for noun, number in counts)
        return f"<ErrorTrack{f' of {recorder.nodeid}' if recorder.nodeid else ''}: {told}>"

    @property
    def dropped(self) -> list[LostReport]:
        """What the SDKs dropped on purpose, and why; strict mode takes what is read here for known."""
        recorder = self._recorder()
        lost = list(recorder.lost)
        recorder.claims.claim(lost)
        return lost

    @property
    def scope(self) -> dict[str, Any]:
        """What an event captured here and now would carry: a snapshot of the merged scopes.

        Where the application uses `sentry_sdk` and not our SDK, it is of the scopes there.
        """
        is_theirs = self._recording().backend == "sentry_sdk" or (bridge.is_initialised() and not sdk.is_initialized())
        return bridge.merged_scope() if is_theirs else testing.merged_scope()

    @property
    def hub(self) -> sdk.Hub:
        """The current hub of our SDK."""
        return sdk.Hub.current

    @property
    def client(self) -> sdk.Client | None:
        """The client that our SDK uses here and now."""
        return testing.current_client()

    def init(self, **options: Any) -> None:
        """Initialise the captured SDK with these options; undone when the recording ends.

        Raises:
            NoRecording: it has ended.
        """
        __tracebackhide__ = True
        recording = self._recording()
        if recording.recorder.has_ended:
            raise NoRecording(
                "this capture has ended: an init() now would set up the SDK for good; call it in the block"
            )
        try:
            recording.init(**options)
        except sdk.SdkError as error:
            raise error.with_traceback(None) from None  # who reads it looks for the line that called

    def flush(self, *, timeout: float = 1.0) -> None:
        """Let what is pending arrive.

        Args:
            timeout: seconds to wait for it at the most.
        """
        self._recording().flush(timeout=timeout)

    def clear(self) -> None:
        """Forget everything captured so far."""
        self._recorder().clear()

    def actor(self, name: str) -> AbstractContextManager[None]:
        """Let everything in a `with` block count as done by an actor of this name, for the isolation oracle."""
        return declared_actor(self._recorder().witness, name)

    def adopt(self, thing: object) -> None:
        """Hand a thread, a pool or a task over to this test, for as long as it captures.

        What a worker does that was started before any test, or by nobody known, counts to the test that runs, marked
        as a stranger; once adopted it is the test's own.

        Args:
            thing: a `threading.Thread`, a `concurrent.futures.ThreadPoolExecutor` or an `asyncio.Task`.

        Raises:
            ExpectationError: something else.
        """
        self._recorder().adopt(thing)
