"""Where the envelopes of `sentry_sdk` go while a test captures."""

from __future__ import annotations

import _thread
import time
from collections import Counter
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Protocol

from sentry_sdk.envelope import Envelope, Item, PayloadRef
from sentry_sdk.transport import Transport

from pytest_errortrack.assertions import LostReport

from ._batches import emptied_batch
from ._captures import current_capture
from ._losses import quantities, sampling_detail

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.assertions import Recorder

    from ._batches import Batches
    from ._lent_client import Client

__all__ = ["Clients", "RecordingTransport", "TransportSlot"]


# The envelope that is on its way through what a test has put before a transport.
_passing: Final[ContextVar[Envelope | None]] = ContextVar("errortrack_passing", default=None)


class Clients(Protocol):
    """Whoever knows which client has which transport."""

    def transport_for(self, client: Client) -> object:
        """Find the transport that a client reports to, here and now."""

    def own_transport(self, client: Client, transport: object) -> None:
        """Take note of the transport that the application gives a client."""


class TransportSlot:
    """The data descriptor that answers for every client's `transport`."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def __get__(self, client: Client | None, _: type | None = None) -> object:
        return self if client is None else self._clients.transport_for(client)

    def __set__(self, client: Client, transport: object) -> None:
        self._clients.own_transport(client, transport)


class RecordingTransport(Transport):
    """Hands the bytes of each envelope to the recorder that it belongs to.

    A transport that the application gave its client is still called. What else the application asks of its client's
    transport is asked of the real one.
    """

    def __init__(
        self, client: Client, *, own: Any, recorder: Recorder, batches: Batches, outward: Any, is_new: bool
    ) -> None:
        """Stand in the place of a client's transport.

        Args:
            client: the client.
            own: its own transport; None without a DSN.
            recorder: tells whom an envelope belongs to.
            batches: tell whom a batch belongs to.
            outward: the transport that was there when the recording began, for what is older than the recording.
            is_new: whether the client was made in this recording, so that closing it closes its own transport too.
        """
        super().__init__(client.options)
        self.killed = False
        self._recorder = recorder
        self._batches = batches
        self._outward = outward
        self._is_new = is_new
        self._discarded: dict[Recorder, Counter[tuple[str, str]]] = {}
        self._holds_own = False
        self.own: Any = None
        self.adopt(own)

    def adopt(self, own: Any) -> None:
        """Take the application's transport for the one to call, if it is the application's at all."""
        self.release()
        self.own = own
        if _is_applications(own) and getattr(own, "_worker", None) is not None:
            # A subclass of the SDK's HTTP transport: what it does is done, but nothing leaves the process.
            _idling.hold(own)
            self._holds_own = True

    def release(self) -> None:
        """Give the application's transport back what it needs to send."""
        if self._holds_own:
            self._holds_own = False
            _idling.let_go(self.own)

    def capture_envelope(self, envelope: Envelope) -> None:
        """Record an envelope, and hand it to the application's transport."""
        if (_passing.get() is envelope or self._record(envelope)) and _is_applications(self.own):
            self.own.capture_envelope(envelope)

    def _record(self, envelope: Envelope) -> bool:
        """Record an envelope; a batch that is older than the recording goes on its own way."""
        batcher = emptied_batch()
        owner = self._batches.owner_of(batcher) if batcher is not None else None
        if batcher is not None and owner is None:
            if self._outward is not None:
                self._outward.capture_envelope(envelope)
            return False
        capture = current_capture()
        recorder = owner or (capture.recorder if capture is not None else self._recorder.here())
        try:
            wire = envelope.serialize()
        except Exception as error:  # noqa: BLE001 - outside of a test a worker of the SDK would swallow it
            _lose_unwritable(recorder, envelope, summary=capture.summary if capture is not None else "", error=error)
            return False
        event_id = envelope.headers.get("event_id")
        if event_id and capture is not None:
            recorder.note(str(event_id), capture.note())
        recorder.receive(wire, sdk="sentry_sdk", told_losses=False)
        return True

    def record_lost_event(
        self, reason: str, data_category: str | None = None, item: Item | None = None, *, quantity: int = 1
    ) -> None:
        """Record what the SDK drops, and count it for the client report that tells the server so."""
        capture = current_capture()
        recorder = capture.recorder if capture is not None else self._recorder.here()
        detail, summary = sampling_detail(reason, data_category, self.options), ""
        if capture is not None:
            capture.was_lost, summary = True, capture.summary
            if capture.is_repeated and reason == "event_processor":
                detail = "deduplicated, the capture before it was of the same exception"
        counts = self._discarded.setdefault(recorder, Counter())
        for category, count in quantities(data_category, quantity, item):
            recorder.lose(LostReport(reason, category, count, summary, detail, sdk="sentry_sdk"))
            counts[reason, category] += count
        if _is_applications(self.own):
            self.own.record_lost_event(reason, data_category, item, **({"quantity": quantity} if quantity != 1 else {}))

    def flush(self, timeout: float, callback: Any = None) -> None:
        """Send the client reports that are due, as the SDK does when it flushes."""
        discarded, self._discarded = self._discarded, {}
        if self.options and self.options.get("send_client_reports"):
            for recorder, counts in discarded.items():
                recorder.receive(_client_report(counts).serialize(), sdk="sentry_sdk")
        if _is_applications(self.own):
            self.own.flush(timeout=timeout, callback=callback)

    def kill(self) -> None:
        """Close: for good where the client is the test's, until the recording ends where it is older."""
        self.killed = True
        if self._is_new and _is_applications(self.own):
            self.own.kill()

    def is_healthy(self) -> bool:
        """Tell what the real one tells."""
        return self.own is None or bool(self.own.is_healthy())

    def __getattr__(self, name: str) -> Any:
        if name == "own":
            raise AttributeError(name)
        return getattr(self.own, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name != "capture_envelope":
            super().__setattr__(name, value)
        elif value == RecordingTransport.capture_envelope.__get__(self):
            self.__dict__.pop(name, None)
        else:
            # A fixture of the test's own stands before the transport. It may call what it found, and others may stand
            # before it; whatever they do, the envelope is recorded once.
            self.__dict__[name] = value if isinstance(value, _Before) else _Before(self._record, value)

    def __del__(self) -> None:
        # Older versions close a transport that is collected, and with it the application's.
        return


class _Before:
    """Records an envelope, then calls what the test has put before the transport."""

    def __init__(self, record: Callable[[Envelope], bool], then: Any) -> None:
        self._record = record
        self._then = then

    def __call__(self, envelope: Envelope) -> None:
        if _passing.get() is not envelope and not self._record(envelope):
            return
        token = _passing.set(envelope)
        try:
            self._then(envelope)
        finally:
            _passing.reset(token)


class _IdleWorker:
    """Stands in the place of the thread that sends."""

    def submit(self, *_: object) -> bool:
        return True

    def full(self) -> bool:
        return False

    def flush(self, *_: object, **__: object) -> None:
        return

    def kill(self) -> None:
        return


class _Idling:
    """Keeps the application's HTTP transports from sending, each until the last recording lets it go."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, Any, int]] = {}  # the transports too: an id lives as long as its object
        self._lock = _thread.RLock()  # the real one, whatever is explored meanwhile

    def hold(self, own: Any) -> None:
        with self._lock:
            _, worker, holders = self._held.get(id(own), (own, own._worker, 0))  # noqa: SLF001 - it has no other way in
            self._held[id(own)] = own, worker, holders + 1
            if not isinstance(own._worker, _IdleWorker):  # noqa: SLF001 - as above
                own._worker = _IdleWorker()  # noqa: SLF001 - as above

    def let_go(self, own: Any) -> None:
        with self._lock:
            _, worker, holders = self._held.pop(id(own))
            if holders > 1:
                self._held[id(own)] = own, worker, holders - 1
            else:
                own._worker = worker  # noqa: SLF001 - as above


_idling: Final = _Idling()


def _is_applications(own: Any) -> bool:
    """Tell whether a transport does what the application wants, rather than what the SDK does by itself."""
    kind = type(own)
    is_sdks = kind.__module__.startswith("sentry_sdk.") and kind.__name__ != "_FunctionTransport"
    return own is not None and not is_sdks


def _lose_unwritable(recorder: Recorder, envelope: Envelope, *, summary: str, error: Exception) -> None:
    detail = f"it cannot be written as JSON: {error!r}"
    for item in envelope.items:
        recorder.lose(LostReport("internal_sdk_error", str(item.data_category), 1, summary, detail, "sentry_sdk"))


def _client_report(counts: Counter[tuple[str, str]]) -> Envelope:
    discarded = [
        {"reason": reason, "category": category, "quantity": quantity}
        for (reason, category), quantity in counts.items()
    ]
    payload = PayloadRef(json={"timestamp": time.time(), "discarded_events": discarded})
    return Envelope(items=[Item(payload, type="client_report")])
