"""The capture of `sentry_sdk` for one recording.

A data descriptor on the client class stands before every instance's own `transport`: it covers present, future and
scope-bound clients without having to find them, the real transport is never touched, and one `del` restores
everything. `sentry_sdk.init()` called by the application during the test needs no following, then: its client is
covered like any other.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakKeyDictionary, WeakSet

import sentry_sdk
from sentry_sdk import scope as sentry_scope
from sentry_sdk.spotlight import SpotlightClient

from pytest_errortrack.assertions import line_up

from ._batches import Batches
from ._captures import Captures, forgotten_duplicates
from ._closing import revive
from ._internal_errors import InternalErrors
from ._lent_client import Client, is_initialised, is_lent, lent_client
from ._mocked import MockWatch
from ._replacing import replace_all_until_closed, replace_until_closed, replacing
from ._scope_epochs import epochs
from ._scopes import stand_alone
from ._traced_scope import twin_of
from ._transport import RecordingTransport, TransportSlot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_errortrack.assertions import Recorder

__all__ = ["Recording", "is_initialised"]

_going_on: Final[dict[Recorder, Recording]] = {}
"""Those going on, by the recording that each is a part of: the steward of what happens is the one that records it."""


class Recording:
    """Let every client report to a recorder, from `__enter__` to `__exit__`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._part_of = recorder.stands_for or recorder
        self._undo = ExitStack()
        self._outer: Any = None
        self._transports: WeakKeyDictionary[Client, RecordingTransport] = WeakKeyDictionary()
        self._replaced: WeakKeyDictionary[Client, object] = WeakKeyDictionary()
        self._made_here: WeakSet[Client] = WeakSet()
        self._batches = Batches(recorder, is_recording=self._is_recording)
        self._captures = captures = Captures(recorder, is_recording=self._is_recording)
        self._internal_errors = InternalErrors(recorder, is_recording=self._is_recording)
        self._mocks = MockWatch(recorder, attempts=lambda: captures.attempts, is_recording=self._is_recording)

    def __enter__(self) -> Self:
        """Put everything in place."""
        with replacing:
            self._outer = Client.__dict__.get("transport")
            replace_until_closed(self._undo, Client, "transport", TransportSlot(self))
            replace_until_closed(self._undo, SpotlightClient, "capture_envelope", _keep_in)
            for part in (self._captures, self._batches, self._internal_errors):
                replace_all_until_closed(self._undo, part.replacements())
        self._undo.enter_context(forgotten_duplicates(sentry_sdk.get_client()))
        self._undo.enter_context(self._mocks)
        _going_on[self._part_of] = self
        self._undo.callback(_going_on.pop, self._part_of)
        self.lend_client()
        return self

    def __exit__(self, *_: object) -> None:
        """Let what is pending arrive, then put everything back by identity, the last first."""
        try:
            self.empty_batches()
        finally:
            self._undo.close()
            self._batches.let_go()
            for client, transport in self._transports.items():
                self._give_back(client, transport)
            for client, own in self._replaced.items():
                client.__dict__["transport"] = own

    def flush(self) -> None:
        """Let what every client has pending arrive; the application's own transports may take a second."""
        self.empty_batches()
        for client in {*self._transports, sentry_sdk.get_client()}:
            client.flush(timeout=1.0)

    def empty_batches(self) -> None:
        """Let what is batched arrive, without waiting for anything."""
        self._batches.empty()

    @contextmanager
    def fresh_run(self) -> Iterator[None]:
        """Give a schedule or example the clients that the first one found: open, with nothing seen before."""
        for client, transport in self._transports.items():
            if transport.killed and client not in self._made_here:
                revive(client)
                transport.killed = False
        with forgotten_duplicates(sentry_sdk.get_client()):
            yield

    def lend_client(self) -> None:
        """Where no client is active, lend one: an application that never calls `init` is captured too, and told so."""
        if epochs.nobodys is not None:
            _lend_to(twin_of(sentry_scope.Scope.get_global_scope(), epochs.nobodys))
        if is_initialised():
            return
        scope = sentry_scope.Scope.get_global_scope()
        before = scope.client
        # `set_client()` writes global attributes as well on newer versions: the attribute alone is what is meant.
        scope.client = lent_client()
        self._undo.callback(_take_back, scope, before)

    def stand_alone(self) -> None:
        """Let recordings behind this one go on without it: it is about to end before they do."""
        stand_alone()

    def take_replacement(self, original: object, *, new: object, place: str) -> None:
        """Take note that something was put in the place of something of `sentry_sdk`, by whatever means."""
        self._mocks.take(original, new=new, place=place)

    def transport_for(self, client: Client) -> object:
        """Find the transport of a client for whoever asks: of this recording, or else the one that was there before.

        It is None once the client is closed.
        """
        if not self._is_recording():
            return self._transport_before(client)
        transport = self._transports.get(client)
        if transport is None:
            own = client.__dict__.get("transport")
            transport = self._transports[client] = RecordingTransport(
                client,
                own=own,
                recorder=self._recorder,
                batches=self._batches,
                outward=self._transport_before(client),
                is_new=client in self._made_here,
            )
        return None if transport.killed else transport

    def own_transport(self, client: Client, transport: object) -> None:
        """Let the application give a client another transport: kept for it, and wrapped from now on."""
        if not self._is_recording():
            self._give_before(client, transport)
            return
        if "transport" not in client.__dict__:
            self._made_here.add(client)
        elif client not in self._made_here:
            self._replaced.setdefault(client, client.__dict__["transport"])
        client.__dict__["transport"] = transport
        known = self._transports.get(client)
        if known is not None and transport is not None:
            known.adopt(transport)
            known.killed = False

    def _give_back(self, client: Client, transport: RecordingTransport) -> None:
        """Let a client be as it was, also where the test closed it; one made by the test keeps what it was given."""
        transport.release()
        if transport.killed and client not in self._made_here:
            revive(client)
        monitor: Any = getattr(client, "monitor", None)
        if getattr(monitor, "transport", None) is transport:
            monitor.transport = transport.own  # it was made while the client was covered

    def _transport_before(self, client: Client) -> object:
        return client.__dict__.get("transport") if self._outer is None else self._outer.__get__(client)

    def _give_before(self, client: Client, transport: object) -> None:
        if self._outer is None:
            client.__dict__["transport"] = transport
        else:
            self._outer.__set__(client, transport)

    def _is_recording(self) -> bool:
        steward = line_up.steward_here()
        known = _going_on.get(steward) if steward is not None else None
        return (known or _deputy_of(steward)) is self


def _deputy_of(steward: Recorder | None) -> Recording | None:
    """Find who records for a recording that has just begun, or is just ending, and does not itself."""
    outer = next((_going_on[each] for each in line_up.line_of(steward) if each in _going_on), None)
    return outer or next(reversed([*_going_on.values()]), None)


def _lend_to(scope: sentry_scope.Scope) -> None:
    """Let what nobody owns be seen as well, while recordings stand side by side; nothing has to be put back there."""
    if scope.client is None or not scope.client.is_active():
        scope.client = lent_client()


def _keep_in(*_: object) -> None:
    """Send nothing to a Spotlight sidecar: while a test captures, nothing leaves the process."""


def _take_back(scope: sentry_scope.Scope, before: Any) -> None:
    if is_lent(scope.client):
        scope.client = before
