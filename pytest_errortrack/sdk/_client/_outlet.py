"""Where a client's envelopes go for the time being: a transport, with the ledger of what it does not deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._pipeline import SDK, LossRecorder
from pytest_errortrack.sdk._runtime import Runtime, log
from pytest_errortrack.sdk.protocol import Envelope, Event, Item
from pytest_errortrack.sdk.transport import ReportsLosses

if TYPE_CHECKING:
    from pytest_errortrack.sdk.transport import Transport

__all__ = ["Outlet"]


class Outlet:
    """A transport and its ledger. An outlet is also what marks exceptions as captured: another one has seen none."""

    __slots__ = ("_runtime", "losses", "transport")

    def __init__(self, transport: Transport | None, losses: LossRecorder, runtime: Runtime) -> None:
        self.transport = transport
        self.losses = losses
        self._runtime = runtime
        self.take_losses()

    def take_losses(self) -> None:
        """Let the transport tell this ledger, and no other, what it did not deliver."""
        tells: object = self.transport
        if isinstance(tells, ReportsLosses):
            tells.report_losses_to(self.losses.record_item)

    def send(self, items: list[Item], *, event_id: str | None = None, is_forced: bool = False) -> None:
        """Send items in one envelope, with a report of what was lost when one is due (or forced)."""
        report = self.losses.report(is_forced=is_forced)
        if report is not None:
            items = [*items, report]
        if not items or self.transport is None:
            return
        from datetime import UTC, datetime  # noqa: PLC0415 - a program that sends nothing needs no dates

        now = datetime.fromtimestamp(self._runtime.time(), UTC).isoformat(timespec="milliseconds")
        headers: Event = {"sdk": SDK.header(), "sent_at": now.replace("+00:00", "Z")}
        if event_id is not None:
            headers = {"event_id": event_id, **headers}
        envelope = Envelope(headers, tuple(items))
        try:
            self.transport.send(envelope)
        except Exception as error:  # noqa: BLE001 - a transport may be anybody's, and the application must go on
            log.error("the transport failed", exc_info=True)
            for item in items:
                self.losses.record_item("internal_sdk_error", item, detail=f"the transport raised {error!r}")

    def flush(self, timeout: float) -> bool:
        """Send what is pending, the report of losses included; tell whether nothing is left."""
        self.send([], is_forced=True)
        return self.transport is None or self.transport.flush(timeout) is not False

    def close(self, timeout: float) -> None:
        """Flush, and close the transport."""
        try:
            self.flush(timeout)
        finally:
            if self.transport is not None:
                self.transport.close(timeout)
