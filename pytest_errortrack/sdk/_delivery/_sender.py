"""The last step of an envelope: the report of losses goes along, the time is written, the transport takes it.

https://develop.sentry.dev/sdk/data-model/envelopes/#envelope-headers
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk.protocol import Envelope
from pytest_errortrack.sdk.transport import LimitsRates, ReportsLosses, SendsWithin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_errortrack.sdk._delivery._parcel import Parcel
    from pytest_errortrack.sdk._pipeline import LossRecorder
    from pytest_errortrack.sdk._runtime import Runtime
    from pytest_errortrack.sdk.protocol import Item
    from pytest_errortrack.sdk.transport import Transport

__all__ = ["Sender"]


class Sender:
    """A transport and the ledger of what it does not deliver. Whatever the transport does, each item is accounted for.

    Args:
        transport: whose it is.
        losses: the ledger.
        runtime: the clock.
    """

    __slots__ = ("_limits", "_runtime", "losses", "transport")

    def __init__(self, transport: Transport, losses: LossRecorder, runtime: Runtime) -> None:
        self.transport = transport
        self.losses = losses
        self._runtime = runtime
        asked: object = transport  # once: to ask whether an object fits a protocol takes longer than to ask it anything
        self._limits = asked if isinstance(asked, LimitsRates) else None

    def take_losses(self) -> None:
        """Let the transport tell this ledger, and no other, what it did not deliver."""
        tells: object = self.transport
        if isinstance(tells, ReportsLosses):
            tells.report_losses_to(self.losses.record_item)

    def allowed(self, envelope: Envelope) -> Envelope:
        """Return an envelope without what the server does not want now, so that it need not wait in vain."""
        return envelope if self._limits is None else self._limits.allowed(envelope)

    def send(self, parcel: Parcel, *, timeout: float | None = None) -> None:
        """Send a parcel in this thread, with a report of what was lost when one is due (or forced).

        Args:
            parcel: what is sent.
            timeout: how long it may take, where the transport can be told.
        """
        items = parcel.envelope.items
        report = self.losses.report(is_forced=parcel.is_forced)
        if report is not None:
            items = (*items, report)
        if not items:
            return
        envelope = Envelope({**parcel.envelope.headers, "sent_at": self._now()}, items)
        before = this_thread.is_capturing, this_thread.is_sending
        this_thread.is_capturing = this_thread.is_sending = True  # what this causes is not the application's
        try:
            self._hand_over(envelope, timeout)
        except Exception as error:  # noqa: BLE001 - a transport may be anybody's, and the application must go on
            log.error("the transport failed", exc_info=True)
            self.lose(items, "internal_sdk_error", f"the transport raised {error!r}")
        except BaseException as error:
            self.lose(items, "internal_sdk_error", f"the transport raised {error!r}")
            raise
        finally:
            this_thread.is_capturing, this_thread.is_sending = before

    def lose(self, items: Iterable[Item], reason: str, detail: str) -> None:
        """Count items as lost."""
        for item in items:
            self.losses.record_item(reason, item, detail=detail)

    def _hand_over(self, envelope: Envelope, timeout: float | None) -> None:
        transport: object = self.transport
        if timeout is not None and isinstance(transport, SendsWithin):
            transport.send_within(envelope, timeout)
        else:
            self.transport.send(envelope)

    def _now(self) -> str:
        now = datetime.fromtimestamp(self._runtime.time(), UTC).isoformat(timespec="milliseconds")
        return now.replace("+00:00", "Z")
