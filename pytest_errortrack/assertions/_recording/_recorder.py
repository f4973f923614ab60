"""Where everything that a recording captures comes together, whichever SDK sent it.

An SDK's transport hands over the bytes of each envelope; what only the process knows (the exception object, who
captured it and where, which data carries whose stamp) is noted by event id just before. What a test reads is made
from the bytes: wire truth.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pytest_errortrack import _points, interleave
from pytest_errortrack.assertions._actors import (
    NOBODY,
    Belonging,
    Witness,
    adopt_thing,
    belonging,
    current_task,
    owner_here,
)
from pytest_errortrack.assertions._captured import (
    Captured,
    CapturedBreadcrumb,
    CapturedEvent,
    CapturedTransaction,
    Circumstances,
    Json,
    Payload,
    mapping_of,
    types_in,
)
from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._wording import Hidden, hiding
from pytest_errortrack.sdk import Envelope

from ._arrivals import Arrivals
from ._claims import Claims
from ._items import Telemetry, discarded
from ._line_up import line_up
from ._running import running_test
from ._told import LostReport, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from pytest_errortrack.sdk import testing
    from pytest_errortrack.sdk.protocol import Item
    from pytest_errortrack.sdk.testing import Stamped

    from ._mocked import Replacement
    from ._set_up import SetUp
    from ._told import Elsewhere

__all__ = ["Recorder"]


def _nothing() -> None:
    """Do nothing: what a recorder does about pending batches until it is told what to do."""


class Recorder:
    """Holds what one recording captured. Lists are appended to under the GIL's protection and copied when read."""

    def __init__(
        self,
        *,
        nodeid: str = "",
        scopes_in_force: Callable[[], tuple[object, ...]] = tuple,
        is_initialised: Callable[[], bool] = lambda: True,
        set_ups: Callable[[], Sequence[SetUp]] = tuple,
        outer: Recorder | None = None,
    ) -> None:
        """Start empty.

        Args:
            nodeid: the test that this recording is for.
            scopes_in_force: finds the explicitly opened isolation scopes of the caller's context, outermost first.
            is_initialised: tells whether any SDK was initialised by the application.
            set_ups: describes those that were.
            outer: the recording in whose context this one begins.
        """
        self.nodeid = nodeid
        self.outer = outer
        self.stands_for: Recorder | None = None  # whose this is, where what it takes in is not to be seen
        self.view: testing.View | None = None  # of the SDK, while recordings stand beside each other
        self.has_ended = False
        self.is_initialised = is_initialised
        self.set_ups = set_ups
        self.meanwhile: list[Payload] = []  # late reports of other tests, which came while this one ran
        self.events: list[CapturedEvent] = []
        self.transactions: list[CapturedTransaction] = []
        self.breadcrumbs: list[CapturedBreadcrumb] = []
        self.envelopes: list[Envelope] = []
        self.lost: list[LostReport] = []
        self.clearings = 0  # how often it was cleared
        self.cleared: list[CapturedEvent | LostReport] = []  # what nobody had claimed when it was cleared
        self.telemetry = Telemetry()
        self.replaced: list[Replacement] = []
        self.receiver_notes: Callable[[], Sequence[str]] | None = None  # of what other processes sent, where they may
        self.claims = Claims()
        self.hidden = Hidden()  # what tests ask of it must be nowhere: in no text either
        self.elsewhere: Elsewhere | None = None
        self.flush_pending: Callable[[], None] = _nothing
        self.stamped: dict[str, tuple[Stamped, ...]] = {}
        self.live_exceptions: dict[str, BaseException] = {}
        parent = outer.witness.actor() if outer is not None else None
        self.witness: Witness = Witness(scopes_in_force=scopes_in_force, parent=parent, is_concerned=self._is_concerned)
        self._on_late: Callable[[Captured], None] | None = None
        self._notes: dict[str, Note] = {}
        self._arrivals = Arrivals()

    def clear(self) -> None:
        """Forget everything captured so far, what is pending in a batch included."""
        self.flush_pending()
        self.clearings += 1
        self.cleared += [event for event in self.events if not self.claims.is_claimed(event)]
        self.cleared += [lost for lost in self.lost if not self.claims.is_claimed(lost)]
        self.claims.forget()
        self.telemetry.clear()
        for kept in (self.events, self.transactions, self.breadcrumbs, self.envelopes, self.lost):
            kept.clear()
        for known in (self.stamped, self.live_exceptions, self._notes):
            known.clear()

    def reset(self) -> None:
        """Forget everything, and who acted too: a new schedule or example begins."""
        self.clear()
        self.cleared.clear()
        self.claims.clear()
        self.witness.reset()

    def circumstances(
        self, *, sdk: str, initialised: bool, has_init: bool | None = None, request: object | None = None
    ) -> Circumstances:
        """Describe the caller, as the one who captures."""
        task = current_task()
        return Circumstances(
            sdk=sdk,
            site=_points.call_site(),
            thread=threading.current_thread().name,
            task=task.get_name() if task else None,
            actor=self.witness.actor(),
            step=interleave.current_step(),
            nodeid=self.nodeid or running_test(),
            initialised=initialised,
            has_init=initialised if has_init is None else has_init,
            request=request,
            is_stranger=self._is_stranger(owner_here()),
            is_late=self.has_ended,
            moment=self.witness.tick(),
        )

    def here(self) -> Recorder:
        """Find the recorder that what happens here and now belongs to: this one, or that of a test that has ended.

        Asked of the recording that takes it in: of those that stand in one line, the innermost records for all. Where
        several stand beside each other, what nobody owns is no recording's.
        """
        known = owner_here()
        owner = None if known is None else known.owner
        if owner is self:
            return self
        if owner is None:
            return _strays() if line_up.is_nobodys_here() else self
        if not isinstance(owner, Recorder) or owner.has_ended:
            return owner if isinstance(owner, Recorder) else self
        order = line_up.order
        innermost = self if order.sole is not None else order.innermost.get(owner, owner)
        return self if innermost is self.stands_for else innermost

    def _is_concerned(self) -> bool:
        """Tell whether it is this recording that takes note of what happens here and now."""
        sole = line_up.order.sole
        return (line_up.steward_here() if sole is None else sole) is self and self.here() is self

    def belonging(self) -> Belonging:
        """Tell whom what is started here and now belongs to."""
        known = owner_here()
        if known is not None and known.owner is not None:
            return known
        if known is NOBODY or self._is_stranger(known):
            return NOBODY
        return Belonging(self)

    def own(self) -> AbstractContextManager[None]:
        """Let what the block does and starts, in this context, belong to this recording."""
        return belonging(self)

    def disown(self) -> AbstractContextManager[None]:
        """Let what the block does and starts, in this context, belong to nobody: it serves other tests as well."""
        return belonging(None)

    def adopt(self, thing: object) -> None:
        """Take over a thread, a pool or a task that somebody else started, until the recording ends.

        Raises:
            ExpectationError: it is none of these.
        """
        if isinstance(thing, ThreadPoolExecutor):
            threads = list(thing._threads)  # noqa: SLF001 - those that run already have no other name
        elif isinstance(thing, threading.Thread):
            threads = [thing]
        elif isinstance(thing, asyncio.Task):
            threads = []
        else:
            kind = type(thing).__qualname__
            raise ExpectationError(f"adopt() takes a thread, a ThreadPoolExecutor or an asyncio task, got a {kind}")
        for each in (thing, *threads):
            adopt_thing(each, self)
        for thread in threads:
            self.witness.starting(thread)

    def absorb(self, other: Recorder) -> None:
        """Take over what another recorder captured, and what was claimed of it: it was a part of the same test."""
        self.events += other.events
        self.transactions += other.transactions
        self.breadcrumbs += other.breadcrumbs
        self.envelopes += other.envelopes
        self.lost += other.lost
        self.cleared += other.cleared
        self.stamped |= other.stamped
        self.hidden.add(other.hidden)
        things = (*other.events, *other.transactions, *other.lost)
        self.claims.claim(thing for thing in things if other.claims.is_claimed(thing))

    def keep_set_ups(self) -> None:
        """Remember how the application set the SDKs up: they are about to be put back to what they were before."""
        is_initialised, set_ups = self.is_initialised(), tuple(self.set_ups())
        self.is_initialised, self.set_ups = (lambda: is_initialised), (lambda: set_ups)

    def end(self, *, on_late: Callable[[Captured], None] | None = None) -> None:
        """Take note that the recording is over: what still arrives is late.

        Args:
            on_late: is told of each event, transaction, log, metric and check-in that does.
        """
        self.has_ended = True
        self._on_late = on_late
        self.live_exceptions.clear()

    def _is_stranger(self, known: Belonging | None) -> bool:
        """Tell whether nobody knows who started what happens here; the recording's own thread is no stranger to it."""
        owner = None if known is None else known.owner
        return owner is None and not self.witness.is_root_thread()

    def note(self, event_id: str, note: Note) -> None:
        """Remember what the process knows of an event whose bytes are about to arrive."""
        self._notes[event_id] = note

    def receive(
        self, wire: bytes, *, sdk: str, told_losses: bool = True, circumstances: Circumstances | None = None
    ) -> None:
        """Take in the bytes of one envelope.

        Args:
            wire: the bytes.
            sdk: which SDK they are from.
            told_losses: whether what its client reports speak of has been told by `lose` already.
            circumstances: how it came about, where no note says so.
        """
        if self.elsewhere is not None:
            self.elsewhere.receive(wire, told_losses=told_losses)
        envelope = Envelope.parse(wire)
        self.envelopes.append(envelope)
        event_id = str(envelope.headers.get("event_id") or "")
        note = self._notes.get(event_id)
        otherwise = circumstances or Circumstances(sdk=sdk, nodeid=self.nodeid)
        known = self.telemetry.counts()
        self.telemetry.take(envelope, note.circumstances if note else otherwise)
        if self._on_late is not None:
            for record in self.telemetry.since(known):
                self._tell_late(record)
        if not told_losses:
            self.lost += (LostReport(reason, kind, count, sdk=sdk) for reason, kind, count in discarded(envelope))
        attachments = [str(item.headers.get("filename", "")) for item in envelope.items if item.type == "attachment"]
        for item in envelope.items:
            if item.type in {"event", "transaction"}:
                self._take(item, envelope, attachments=attachments, otherwise=otherwise)
        self._notes.pop(event_id, None)  # of an envelope without either: a check-in
        self._arrivals.tell()

    def lose(self, lost: LostReport) -> None:
        """Take note of something that an SDK dropped."""
        if self.elsewhere is not None:
            self.elsewhere.lose(lost)
        self.lost.append(lost)

    def breadcrumb(self, payload: Json) -> None:
        """Take note of a breadcrumb, whether or not it will go with an event."""
        self.breadcrumbs.append(CapturedBreadcrumb(payload))
        self._arrivals.tell()

    def wait_for_more(self, seen: int, *, timeout: float) -> int:
        """Block until something arrived after `seen`, or `timeout` seconds passed; return what has arrived by then."""
        return self._arrivals.wait_for_more(seen, timeout=timeout)

    @property
    def arrived(self) -> int:
        """How many envelopes and breadcrumbs have arrived since the recording began."""
        return self._arrivals.number

    def take_transaction(self, taken: CapturedTransaction) -> None:
        """Take in a transaction that arrived as spans, just before the bytes of the last of them."""
        self.transactions.append(taken)
        self._tell_late(taken)

    def _tell_late(self, taken: Captured) -> None:
        if self._on_late is not None:
            with hiding(self.hidden):
                self._on_late(taken)

    def _take(self, item: Item, envelope: Envelope, *, attachments: Sequence[str], otherwise: Circumstances) -> None:
        payload = mapping_of(item.json())
        event_id = str(payload.get("event_id") or "")
        note = self._notes.pop(event_id, None) or Note(otherwise)
        if note.stamped:
            self.stamped[event_id] = note.stamped
        taken: CapturedEvent | CapturedTransaction
        if item.type == "transaction":
            taken = CapturedTransaction(
                payload,
                raw=item.payload,
                circumstances=note.circumstances,
                attachments=attachments,
                envelope=envelope,
            )
            self.transactions.append(taken)
        else:
            if note.live_exception is not None and not self.has_ended:
                self.live_exceptions[event_id] = note.live_exception
            taken = CapturedEvent(
                payload,
                raw=item.payload,
                circumstances=note.circumstances,
                attachments=attachments,
                envelope=envelope,
                live=self.live_exceptions,
                types=types_in(note.live_exception),
            )
            self.events.append(taken)
        self._tell_late(taken)


def _strays() -> Recorder:
    from ._strays import strays  # noqa: PLC0415 - it is a recorder itself

    return strays
