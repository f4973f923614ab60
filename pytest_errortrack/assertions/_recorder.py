"""Where everything that a recording captures comes together, whichever SDK sent it.

An SDK's transport hands over the bytes of each envelope; what only the process knows (the exception object, who
captured it and where, which data carries whose stamp) is noted by event id just before. What a test reads is made
from the bytes: wire truth.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_errortrack import _points, interleave
from pytest_errortrack.sdk import Envelope

from ._event import CapturedBreadcrumb, CapturedEvent, Circumstances, Json
from ._provenance import Actor, Witness
from ._transaction import CapturedTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.sdk.testing import Stamped

__all__ = ["LostReport", "Note", "Recorder"]

# Bound now: while interleavings are explored, `threading.Lock` makes locks that the engine controls.
_new_lock = threading.Lock


@dataclass(frozen=True, slots=True)
class LostReport:
    """Something that an SDK dropped on purpose, and why.

    Attributes:
        reason: the specification's word (https://develop.sentry.dev/sdk/telemetry/client-reports/).
        category: what kind of thing it was, `"error"`.
        quantity: how many.
        summary: what it said, where that is known.
        detail: why, in words for a reader, where the SDK has them.
        sdk: which SDK dropped it.
    """

    reason: str
    category: str
    quantity: int
    summary: str = ""
    detail: str = ""
    sdk: str = "native"


@dataclass(frozen=True, slots=True)
class Note:
    """What the process knows of an event before its bytes arrive."""

    circumstances: Circumstances
    live_exception: BaseException | None = field(default=None, repr=False)
    stamped: tuple[Stamped, ...] = ()


class Recorder:
    """Holds what one recording captured. Lists are appended to under the GIL's protection and copied when read."""

    def __init__(
        self,
        *,
        nodeid: str = "",
        scopes_in_force: Callable[[], tuple[object, ...]] = tuple,
        is_initialised: Callable[[], bool] = lambda: True,
        parent: Actor | None = None,
    ) -> None:
        """Start empty.

        Args:
            nodeid: the test that this recording is for.
            scopes_in_force: finds the explicitly opened isolation scopes of the caller's context, outermost first.
            is_initialised: tells whether any SDK was initialised by the application.
            parent: who acts in the recording around this one.
        """
        self.nodeid = nodeid
        self.is_initialised = is_initialised
        self.events: list[CapturedEvent] = []
        self.transactions: list[CapturedTransaction] = []
        self.breadcrumbs: list[CapturedBreadcrumb] = []
        self.envelopes: list[Envelope] = []
        self.lost: list[LostReport] = []
        self.stamped: dict[str, tuple[Stamped, ...]] = {}
        self.live_exceptions: dict[str, BaseException] = {}
        self.witness = Witness(scopes_in_force=scopes_in_force, parent=parent)
        self._notes: dict[str, Note] = {}
        self._arrivals = itertools.count(1)
        self._last_arrival = 0
        self._arrival_lock = _new_lock()
        self._waiting: list[threading.Lock] = []

    def clear(self) -> None:
        """Forget everything captured so far."""
        for kept in (self.events, self.transactions, self.breadcrumbs, self.envelopes, self.lost):
            kept.clear()
        for known in (self.stamped, self.live_exceptions, self._notes):
            known.clear()

    def reset(self) -> None:
        """Forget everything, and who acted too: a new schedule or example begins."""
        self.clear()
        self.witness.reset()

    def circumstances(self, *, sdk: str, initialised: bool, request: object | None = None) -> Circumstances:
        """Describe the caller, as the one who captures."""
        # Outside of a running loop `current_task` raises; asking for the loop first is the cheap way round.
        task = asyncio.current_task() if asyncio._get_running_loop() is not None else None  # noqa: SLF001 - see above
        return Circumstances(
            sdk=sdk,
            site=_points.call_site(),
            thread=threading.current_thread().name,
            task=task.get_name() if task else None,
            actor=self.witness.actor(),
            step=interleave.current_step(),
            nodeid=self.nodeid,
            initialised=initialised,
            request=request,
        )

    def note(self, event_id: str, note: Note) -> None:
        """Remember what the process knows of an event whose bytes are about to arrive."""
        self._notes[event_id] = note

    def receive(self, wire: bytes, *, sdk: str) -> None:
        """Take in the bytes of one envelope."""
        envelope = Envelope.parse(wire)
        self.envelopes.append(envelope)
        attachments = [str(item.headers.get("filename", "")) for item in envelope.items if item.type == "attachment"]
        for item in envelope.items:
            if item.type in {"event", "transaction"}:
                self._take(item.type, item.json(), raw=item.payload, attachments=attachments, sdk=sdk)
        self._wake()

    def lose(self, lost: LostReport) -> None:
        """Take note of something that an SDK dropped."""
        self.lost.append(lost)

    def breadcrumb(self, payload: Json) -> None:
        """Take note of a breadcrumb, whether or not it will go with an event."""
        self.breadcrumbs.append(CapturedBreadcrumb(payload))

    def wait_for_more(self, seen: int, *, timeout: float) -> int:
        """Block until something arrived after `seen`, or `timeout` seconds passed; return what has arrived by then."""
        gate = _new_lock()
        gate.acquire()
        with self._arrival_lock:
            if self._last_arrival > seen:
                return self._last_arrival
            self._waiting.append(gate)
        gate.acquire(timeout=max(timeout, 0))
        return self._last_arrival

    @property
    def arrived(self) -> int:
        """How many envelopes have arrived since the recording began."""
        return self._last_arrival

    def _wake(self) -> None:
        with self._arrival_lock:
            self._last_arrival = next(self._arrivals)
            waiting, self._waiting = self._waiting, []
        for gate in waiting:
            gate.release()

    def _take(self, kind: str, payload: Json, *, raw: bytes, attachments: Sequence[str], sdk: str) -> None:
        event_id = str(payload.get("event_id") or "")
        note = self._notes.pop(event_id, None) or Note(Circumstances(sdk=sdk, nodeid=self.nodeid))
        if note.stamped:
            self.stamped[event_id] = note.stamped
        if kind == "transaction":
            self.transactions.append(
                CapturedTransaction(payload, raw=raw, circumstances=note.circumstances, attachments=attachments)
            )
            return
        if note.live_exception is not None:
            self.live_exceptions[event_id] = note.live_exception
        self.events.append(
            CapturedEvent(
                payload,
                raw=raw,
                circumstances=note.circumstances,
                attachments=attachments,
                live=self.live_exceptions,
            )
        )
