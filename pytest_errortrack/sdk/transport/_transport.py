"""What the client asks of whatever takes its envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Envelope, Item

__all__ = ["LimitsRates", "LossReporter", "ReportsLosses", "SendsWithin", "Transport", "is_immediate"]


@runtime_checkable
class Transport(Protocol):
    """Somewhere for envelopes to go; any object with these three methods is one."""

    def send(self, envelope: Envelope) -> None:
        """Take an envelope, in a thread of the client's worker, or in the one that captured what is in it."""

    def flush(self, timeout: float) -> bool:
        """Wait until nothing is pending, at most so many seconds; tell whether nothing is."""

    def close(self, timeout: float) -> None:
        """Flush, and let go of everything. A second call does nothing."""


class LossReporter(Protocol):
    """Whom a transport tells of every item that it did not deliver."""

    def __call__(self, reason: str, item: Item, *, detail: str = "") -> None:
        """Count an item as lost for one of the specification's reasons."""


@runtime_checkable
class ReportsLosses(Protocol):
    """A transport that says what it lost."""

    def report_losses_to(self, reporter: LossReporter) -> None:
        """Tell this reporter of every item that is lost from now on."""


@runtime_checkable
class LimitsRates(Protocol):
    """A transport that knows before sending what its server does not want."""

    def allowed(self, envelope: Envelope) -> Envelope:
        """Return an envelope without what is rate limited now; that is told as lost."""


@runtime_checkable
class SendsWithin(Protocol):
    """A transport that can be told how long sending may take."""

    def send_within(self, envelope: Envelope, timeout: float) -> None:
        """Take an envelope like `send`, and give up on it after so many seconds."""


def is_immediate(transport: object) -> bool:
    """Tell whether the capturing thread hands envelopes to a transport, where nothing is said of a worker.

    One that waits for something says so by `is_immediate = False`. Any other is taken not to: a transport that somebody
    wrote for a test sees a report before the capture returns, as one of `sentry_sdk` does.
    """
    return getattr(transport, "is_immediate", True) is not False
