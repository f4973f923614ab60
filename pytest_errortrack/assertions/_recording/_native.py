"""How the project's own SDK reports to a recorder: the observer that it offers to tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._told import LostReport, Note

if TYPE_CHECKING:
    from pytest_errortrack.sdk import Breadcrumb, Client, Envelope
    from pytest_errortrack.sdk.testing import Capture, Drop

    from ._recorder import Recorder

__all__ = ["NativeObserver"]


class NativeObserver:
    """Turn what the SDK tells its observer into what a recorder keeps."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._transport = _RecordingTransport(recorder)

    def transport_for(self, client: Client) -> _RecordingTransport:  # noqa: ARG002 - all clients report to one place
        """Answer where a client's envelopes go."""
        return self._transport

    def captured(self, capture: Capture) -> None:
        """Note who captured what, before the bytes arrive."""
        recorder = self._recorder.here()
        initialised = not capture.fallback and capture.client.options.dsn is not None
        circumstances = recorder.circumstances(sdk="native", initialised=initialised, has_init=not capture.fallback)
        live = capture.exceptions[-1] if capture.exceptions else None
        recorder.note(capture.event_id, Note(circumstances, live, capture.stamped))

    def dropped(self, drop: Drop) -> None:
        """Note what was dropped."""
        self._recorder.here().lose(LostReport(drop.reason, drop.category, drop.quantity, drop.summary, drop.detail))

    def failed(self, name: str, error: Exception) -> None:
        """Note a callback of the application that raised."""
        summary = f"{type(error).__name__}: {error}"
        self._recorder.here().lose(LostReport("callback_error", "internal", 1, summary, f"in {name}"))

    def breadcrumb(self, crumb: Breadcrumb, stamp: object | None) -> None:  # noqa: ARG002 - the stamp comes with an event
        """Note a breadcrumb."""
        self._recorder.here().breadcrumb(crumb.to_dict())


class _RecordingTransport:
    """Encodes each envelope in the capturing thread, and hands over the bytes."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def send(self, envelope: Envelope) -> None:
        """Encode and hand over."""
        self._recorder.here().receive(envelope.serialize(), sdk="native")

    def flush(self, timeout: float) -> bool:  # noqa: ARG002 - nothing is ever pending
        """Do nothing: nothing is ever pending."""
        return True

    def close(self, timeout: float) -> None:
        """Do nothing: the recorder stays until its test ends."""
