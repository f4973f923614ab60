"""Where the envelopes of `sentry_sdk` go while a test captures.

A data descriptor on the client class stands before every instance's own `transport`: it covers present, future and
scope-bound clients without having to find them, the real transport is never touched, and one `del` restores
everything. `sentry_sdk.init()` called by the application during the test needs no following, then: its client is
covered like any other.
"""

from __future__ import annotations

from contextlib import ExitStack
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakKeyDictionary

import sentry_sdk
from sentry_sdk import client as sentry_client
from sentry_sdk import scope as sentry_scope
from sentry_sdk.transport import Transport

from pytest_errortrack.assertions import LostReport, Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from sentry_sdk.envelope import Envelope, Item

    from pytest_errortrack.assertions import Recorder

__all__ = ["Recording", "is_initialised"]

Client = sentry_client._Client  # noqa: SLF001 - the class that every client really is; `Client` is an alias for typing

_ABSENT: Final = object()


class Recording:
    """Let every client report to a recorder, from `__enter__` to `__exit__`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._undo = ExitStack()
        self._transports: WeakKeyDictionary[Client, _RecordingTransport] = WeakKeyDictionary()
        self._replaced: WeakKeyDictionary[Client, object] = WeakKeyDictionary()
        self._capturing: ContextVar[Note | None] = ContextVar("errortrack_capturing", default=None)

    def __enter__(self) -> Self:
        """Put everything in place."""
        self._replace(Client, "transport", _TransportSlot(self))
        self._replace(Client, "capture_event", self._noting(Client.capture_event))
        self._replace(sentry_scope.Scope, "add_breadcrumb", self._listening(sentry_scope.Scope.add_breadcrumb))
        self.lend_client()
        return self

    def __exit__(self, *_: object) -> None:
        """Flush what is pending to the recorder, then put everything back by identity, the last first."""
        try:
            self.flush()
        finally:
            self._undo.close()
            for client, transport in self._replaced.items():
                client.__dict__["transport"] = transport

    def flush(self) -> None:
        """Let what the clients have batched arrive; a client that only logged has never asked for its transport."""
        for client in {*self._transports, sentry_sdk.get_client()}:
            client.flush(timeout=1.0)

    def transport_for(self, client: Client) -> _RecordingTransport | None:
        """Find the recording transport of a client; None once the client is closed."""
        transport = self._transports.get(client)
        if transport is None:
            transport = self._transports[client] = _RecordingTransport(
                self._recorder, own=client.__dict__.get("transport"), capturing=self._capturing
            )
        return None if transport.killed else transport

    def own_transport(self, client: Client, transport: object) -> None:
        """Let the application give a client another transport: kept for it, and wrapped from now on."""
        if "transport" in client.__dict__:
            self._replaced.setdefault(client, client.__dict__["transport"])
        client.__dict__["transport"] = transport
        known = self._transports.get(client)
        if known is not None and transport is not None:
            known.own = transport

    def _replace(self, owner: type, name: str, value: object) -> None:
        before = owner.__dict__.get(name, _ABSENT)
        setattr(owner, name, value)
        self._undo.callback(_put_back, owner, name, before)

    def lend_client(self) -> None:
        """Where no client is active, lend one: an application that never calls `init` is captured too, and told so."""
        if sentry_sdk.get_client().is_active():
            return
        scope = sentry_scope.Scope.get_global_scope()
        before = scope.client
        # `set_client()` writes global attributes as well on newer versions: the attribute alone is what is meant.
        scope.client = _lent_client()
        self._undo.callback(_take_back, scope, before)

    def _noting(self, capture_event: Callable[..., str | None]) -> Callable[..., str | None]:
        """Remember who captures which exception, for the transport that is called further down in the same thread."""

        def noting(client: Client, event: Any, hint: Any = None, scope: Any = None) -> str | None:
            exc_info = (hint or {}).get("exc_info")
            live = exc_info[1] if isinstance(exc_info, tuple) else None
            initialised = client is not _lent_client.cached and bool(client.options.get("dsn"))
            isolation = sentry_scope._isolation_scope.get()  # noqa: SLF001 - the public reader would make one
            circumstances = self._recorder.circumstances(sdk="sentry_sdk", initialised=initialised, request=isolation)
            token = self._capturing.set(Note(circumstances, live))
            try:
                return capture_event(client, event, hint, scope)
            finally:
                self._capturing.reset(token)

        return noting

    def _listening(self, add_breadcrumb: Callable[..., None]) -> Callable[..., None]:
        """Tell the recorder of every breadcrumb that a scope really kept."""

        def listening(scope: sentry_scope.Scope, *args: Any, **kwargs: Any) -> None:
            before = scope._breadcrumbs[-1] if scope._breadcrumbs else None  # noqa: SLF001 - no public reader
            add_breadcrumb(scope, *args, **kwargs)
            after = scope._breadcrumbs[-1] if scope._breadcrumbs else None  # noqa: SLF001 - no public reader
            if after is not None and after is not before:
                self._recorder.breadcrumb(_plain(after))

        return listening


class _TransportSlot:
    """The data descriptor that answers for every client's `transport`."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def __get__(self, client: Client | None, _: type | None = None) -> object:
        return self if client is None else self._recording.transport_for(client)

    def __set__(self, client: Client, transport: object) -> None:
        self._recording.own_transport(client, transport)


class _RecordingTransport(Transport):
    """Hands the bytes of each envelope to the recorder; the application's own transport class is still called."""

    def __init__(self, recorder: Recorder, *, own: Any, capturing: ContextVar[Note | None]) -> None:
        super().__init__(getattr(own, "options", None))
        self.own = own
        self.killed = False
        self._recorder = recorder
        self._capturing = capturing

    def capture_envelope(self, envelope: Envelope) -> None:
        event_id = envelope.headers.get("event_id")
        note = self._capturing.get()
        if event_id and note is not None:
            self._recorder.note(str(event_id), note)
        self._recorder.receive(envelope.serialize(), sdk="sentry_sdk")
        if self.own is not None and not type(self.own).__module__.startswith("sentry_sdk."):
            self.own.capture_envelope(envelope)

    def record_lost_event(
        self, reason: str, data_category: str | None = None, item: Item | None = None, *, quantity: int = 1
    ) -> None:
        category = data_category or (item.data_category if item is not None else "default")
        self._recorder.lose(LostReport(reason, category, quantity, sdk="sentry_sdk"))

    def kill(self) -> None:
        self.killed = True


class _LentClient:
    """One client for processes in which the application never made one: made once, since making one is slow."""

    cached: Client | None = None

    def __call__(self) -> Client:
        if self.cached is None:
            self.cached = Client(
                dsn="http://nobody@127.0.0.1/0",
                default_integrations=False,
                auto_enabling_integrations=False,
                enable_backpressure_handling=False,  # or it would start a thread that outlives the test
                transport=_NowhereTransport,
                traces_sample_rate=1.0,
            )
        return self.cached


_lent_client: Final = _LentClient()


class _NowhereTransport(Transport):
    """What the lent client has of its own, outside of recordings: envelopes end here."""

    def capture_envelope(self, envelope: Envelope) -> None:
        """Let it go: nobody asked for it to be sent."""


def is_initialised() -> bool:
    """Tell whether a client that the application made is active."""
    client = sentry_sdk.get_client()
    return client.is_active() and client is not _lent_client.cached


def _put_back(owner: type, name: str, before: object) -> None:
    if before is _ABSENT:
        delattr(owner, name)
    else:
        setattr(owner, name, before)


def _take_back(scope: sentry_scope.Scope, before: Any) -> None:
    if scope.client is _lent_client.cached:
        scope.client = before


def _plain(crumb: Any) -> dict[str, Any]:
    plain = dict(crumb)
    if hasattr(plain.get("timestamp"), "isoformat"):
        plain["timestamp"] = plain["timestamp"].isoformat()
    return plain
