"""What nobody owns while several recordings stand beside each other: no recording's, and yet not lost in silence."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pytest_errortrack.sdk import Envelope
from pytest_errortrack.sdk.protocol import quantities_of, summary_of

from ._line_up import line_up
from ._recorder import Recorder
from ._told import LostReport

if TYPE_CHECKING:
    from pytest_errortrack.assertions._captured import Circumstances, Json

__all__ = ["Strays", "strays"]


class Strays(Recorder):
    """Takes in what belongs to none of several recordings, and tells each of them that it got lost between them."""

    def here(self) -> Recorder:
        """Find whom something belongs to that no live recording owns: the recording that ended, or nobody."""
        found = super().here()
        return (line_up.order.of_nobody or self) if found is self else found

    def receive(
        self,
        wire: bytes,
        *,
        sdk: str,
        told_losses: bool = True,  # noqa: ARG002 - what is in a client report was lost before
        circumstances: Circumstances | None = None,  # noqa: ARG002 - nobody's
    ) -> None:
        """Tell what was in an envelope."""
        envelope = Envelope.parse(wire)
        self._notes.pop(str(envelope.headers.get("event_id") or ""), None)
        for item in envelope.items:
            for category, quantity in quantities_of(item):
                self.lose(LostReport("no_owner", category, quantity, summary_of(item), sdk=sdk))

    def lose(self, lost: LostReport) -> None:
        """Tell each recording that goes on."""
        thread = threading.current_thread().name
        why = f"reported by the thread {thread!r}, which belongs to none of the recordings side by side: adopt() it"
        told = lost if lost.detail else replace(lost, detail=why)
        for recorder in line_up.order.live:
            recorder.lose(told)

    def breadcrumb(self, payload: Json) -> None:
        """Let it go: it is told of with the event that it leads to."""


strays: Final = Strays()
