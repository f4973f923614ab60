"""Where a client's envelopes go for the time being, and by which of the three ways: see `docs/explanation/delivery.md`.

The application's own queue (`dispatcher=`) comes first, then the worker, then sending at once, in the capturing thread.
What the first one fails to take is sent at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._delivery import Allowance, Parcel, Sender, Worker, is_worker_disabled
from pytest_errortrack.sdk._errors import BadOption
from pytest_errortrack.sdk._pipeline import FAILED, SDK, safe_call
from pytest_errortrack.sdk.protocol import Envelope, Event, Item
from pytest_errortrack.sdk.transport import HttpTransport, MemoryTransport, Transport, is_immediate

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk._options import Options
    from pytest_errortrack.sdk._pipeline import LossRecorder
    from pytest_errortrack.sdk._runtime import Runtime
__all__ = ["Outlet", "own_outlet"]

_DISPATCHED = frozenset({"event", "transaction"})


class Outlet:
    """A transport with its ledger, and who hands envelopes to it.

    An outlet is also what marks exceptions as captured: another one has seen none.

    Args:
        transport: what sends; None sends nothing.
        losses: what is told of everything that is not delivered.
        runtime: clock, locks and threads.
        threads: how many threads of a worker send; 0 sends at once.
        queue_size: how many envelopes may wait for them.
        dispatcher: the application's own way of sending events.
    """

    __slots__ = ("_dispatcher", "_runtime", "_sender", "_worker", "losses", "transport")

    def __init__(
        self,
        transport: Transport | None,
        losses: LossRecorder,
        runtime: Runtime,
        *,
        threads: int = 0,
        queue_size: int = 0,
        dispatcher: Callable[[Event], object] | None = None,
    ) -> None:
        self.transport = transport
        self.losses = losses
        self._runtime = runtime
        self._dispatcher = dispatcher
        self._sender = None if transport is None else Sender(transport, losses, runtime)
        self._worker: Worker | None = None
        if self._sender is not None and threads > 0:
            self._worker = Worker(self._sender, runtime, threads=threads, bound=queue_size)
        self.take_losses()

    @property
    def pending(self) -> int:
        """How many envelopes are waiting or being sent."""
        return 0 if self._worker is None else self._worker.pending

    def take_losses(self) -> None:
        """Let the transport tell this ledger, and no other, what it did not deliver."""
        if self._sender is not None:
            self._sender.take_losses()

    def send(
        self, items: list[Item], *, event_id: str | None = None, is_background: bool = True, is_dispatched: bool = True
    ) -> None:
        """Send items in one envelope.

        Args:
            items: what is sent.
            event_id: the event that they belong to.
            is_background: whether the worker may do it.
            is_dispatched: whether the application's own queue may take the event.
        """
        if self._sender is None:
            return
        headers: Event = {"sdk": SDK.header()} if event_id is None else {"event_id": event_id, "sdk": SDK.header()}
        envelope = self._sender.allowed(Envelope(headers, tuple(items)))
        if is_dispatched and self._dispatcher is not None:
            rest = self._after_dispatch(envelope, self._dispatcher)
            is_background = is_background and rest is not envelope  # where it failed, nothing is put off any more
            envelope = rest
        if not envelope.items:
            return
        if self._worker is not None and is_background and not is_worker_disabled():
            self._worker.submit(Parcel(envelope))
        else:
            self._sender.send(Parcel(envelope))

    def flush(self, timeout: float, *, on_slow: Callable[[int], None] | None = None) -> bool:
        """Send what is pending, then the report of losses; tell whether nothing is left.

        Args:
            timeout: how many seconds it may take.
            on_slow: is called once, with how many envelopes are pending, when it takes longer than a moment.
        """
        return self._flush(Allowance(self._runtime, timeout), on_slow)

    def close(self, timeout: float, *, on_slow: Callable[[int], None] | None = None) -> None:
        """Flush, count what could not be sent in time, and close the transport."""
        allowance = Allowance(self._runtime, timeout)
        try:
            self._flush(allowance, on_slow)
        finally:
            try:
                if self._worker is not None:
                    self._worker.close()
            finally:
                if self.transport is not None:
                    self.transport.close(allowance.left)

    def after_fork(self) -> None:
        """Forget, in a forked child, what the parent sends and reports."""
        self.losses.after_fork()
        if self._worker is not None:
            self._worker.after_fork()

    def _flush(self, allowance: Allowance, on_slow: Callable[[int], None] | None) -> bool:
        if self._sender is None or self.transport is None:
            return True
        in_time = True
        if self._worker is not None and self._worker.pending:
            with allowance:
                in_time = self._worker.flush(allowance.left, on_slow=on_slow)
        if self.losses.has_any:
            with allowance:
                self._send_report(self._sender, allowance.left)
        return self.transport.flush(allowance.left) is not False and in_time

    def _send_report(self, sender: Sender, timeout: float) -> None:
        """Send the report of losses; where the worker does it, it is waited for."""
        report = Parcel(Envelope({"sdk": SDK.header()}), is_forced=True)
        if self._worker is None:
            sender.send(report, timeout=timeout)
        elif timeout > 0:
            self._worker.submit(report)
            self._worker.flush(timeout)

    def _after_dispatch(self, envelope: Envelope, dispatcher: Callable[[Event], object]) -> Envelope:
        """Hand the event to the application, and return what is still to be sent: its attachments, or all of it."""
        event = next((item for item in envelope.items if item.type in _DISPATCHED), None)
        if event is None or safe_call("dispatcher", dispatcher, event.json()) is FAILED:
            return envelope
        return envelope.with_items(tuple(item for item in envelope.items if item is not event))


def own_outlet(options: Options, losses: LossRecorder) -> Outlet:
    """Return the outlet to the transport that a client's options ask for."""
    transport = _transport_of(options)
    threads = options.background_worker_threads
    if threads is None:
        threads = 0 if is_immediate(transport) else 1
    return Outlet(
        transport,
        losses,
        options.runtime,
        threads=threads,
        queue_size=options.transport_queue_size,
        dispatcher=options.dispatcher,
    )


def _transport_of(options: Options) -> Transport | None:
    """Return the transport that the options ask for: the one given, else the one the DSN's scheme means."""
    given = options.transport
    if given is not None:
        transport = given(options) if isinstance(given, type) or not hasattr(given, "send") else given
        if not isinstance(transport, Transport):
            raise BadOption(f"transport must make a transport: send, flush, close (found {transport!r})")
        return transport
    if options.dsn is None:
        return None
    if options.dsn.scheme == "memory":
        return MemoryTransport()
    return HttpTransport(options, client=SDK.user_agent(), runtime=options.runtime)
