"""The client: options, a transport, and the way from a capture to an envelope.

Whatever is captured is delivered or counted as lost, once, with the reason. No lock of the SDK is held while foreign
code runs, and nothing of an exception or a frame is kept afterwards.

https://develop.sentry.dev/sdk/foundations/client/
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._client._hooks import hooks_of, used_integrations
from pytest_errortrack.sdk._client._observer import Drop, Observation
from pytest_errortrack.sdk._client._outlet import Outlet, own_outlet
from pytest_errortrack.sdk._client._passage import Passage, observation
from pytest_errortrack.sdk._forks import follow_forks
from pytest_errortrack.sdk._options import Configuration, Options, read_options
from pytest_errortrack.sdk._pipeline import (
    FAILED,
    HANDLED,
    EventBuilder,
    LossRecorder,
    is_first_capture,
    is_ignored_error,
    is_ignored_name,
    safe_call,
    take_mark_off,
)
from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk._scope import ScopeState, process
from pytest_errortrack.sdk._serialize import safe_repr, safe_str
from pytest_errortrack.sdk._stacktrace import links_of, traceback_of
from pytest_errortrack.sdk.protocol import Breadcrumb, Event, Item, Json, copied, encode
from pytest_errortrack.sdk.tracing import Decision, PropagationContext, Transaction, decide, is_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_errortrack.sdk._pipeline import LossWitness
    from pytest_errortrack.sdk.transport import Transport

__all__ = ["Client"]

_LONGEST_SUMMARY = 200


class Client:
    """Reports to one project.

    `init` makes one for the whole process; `Hub.bind_client` gives a hub one of its own. A client without a DSN and
    without a transport is inactive: it takes everything and does nothing.

    Args:
        dsn: where to; see `Dsn`.
        configure: is handed the options to set, as attributes.
        environ: the environment; None: the process's own.
        defaults: the integrations to use beside those given, unless an option says otherwise.
        options: see `Options`.
    """

    is_fallback = False

    def __init__(
        self,
        dsn: str | None = None,
        *,
        configure: Callable[[Configuration], object] | None = None,
        environ: Mapping[str, str] | None = None,
        defaults: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        self.options: Options = read_options(dsn, options, configure=configure, environ=environ)
        self.now = self.options.runtime.time
        self.max_breadcrumbs = self.options.max_breadcrumbs
        self.integrations = used_integrations(self.options, defaults)
        names = tuple(str(integration.identifier) for integration in self.integrations)
        self.builder = EventBuilder(self.options, integrations=names)
        self.preprocessors, self.processors = hooks_of(self)
        self._is_closed = False
        self._lock = self.options.runtime.lock()
        self._own = own_outlet(self.options, self._new_ledger(self._witness_own))
        self._observed: tuple[Observation, Outlet] | None = None
        follow_forks(self)

    # -- life ------------------------------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    @property
    def is_active(self) -> bool:
        """Whether what is captured goes anywhere."""
        return not self._is_closed and (process.observation is not None or self._own.transport is not None)

    @property
    def dsn(self) -> str | None:
        """The DSN, masked."""
        return None if self.options.dsn is None else str(self.options.dsn)

    @property
    def transport(self) -> Transport | None:
        """The client's own transport."""
        return self._own.transport

    def flush(self, timeout: float | None = None) -> bool:
        """Send what is pending, and tell whether all of it was sent in time.

        Args:
            timeout: how many seconds to wait at most; None: the option `shutdown_timeout`.
        """
        if not self.is_active:
            return True
        timeout = self.options.shutdown_timeout if timeout is None else timeout
        return safe_call("the transport's flush", self._outlet().flush, timeout) is True

    def close(self, timeout: float | None = None, *, on_slow: Callable[[int], None] | None = None) -> None:
        """Flush, count what could not be sent in time as lost, and report nothing more. A second call does nothing.

        While somebody observes, it only flushes: the real transport has to serve the application afterwards.

        Args:
            timeout: how many seconds it may take; None: the option `shutdown_timeout`.
            on_slow: is called once, with how many reports are pending, when it takes longer than a moment.
        """
        timeout = self.options.shutdown_timeout if timeout is None else timeout
        if process.observation is not None:
            self.flush(timeout)
            return
        self._lock.acquire()
        try:
            was_closed, self._is_closed = self._is_closed, True
        finally:
            self._lock.release()
        if not was_closed:
            safe_call("the transport's close", partial(self._own.close, on_slow=on_slow), timeout)

    def after_fork(self) -> None:
        """Begin anew in a forked child: what is waiting, and what was lost, the parent sends and reports."""
        self._lock = self.options.runtime.lock()
        for outlet in {self._own, *(() if self._observed is None else (self._observed[1],))}:
            outlet.after_fork()

    def send_event(self, event: Mapping[str, Json]) -> bool:
        """Send an event that a `dispatcher` was given, maybe in another process; it goes out as it is.

        Returns:
            Whether it was taken: not by a client that is closed or has nowhere to send it.
        """
        if not self.is_active:
            return False
        kind = "transaction" if event.get("type") == "transaction" else "event"
        item = Item({"type": kind, "content_type": "application/json"}, encode(event))
        self._outlet().send([item], event_id=event.get("event_id"), is_dispatched=False)
        return True

    def is_own_request(self, url: str) -> bool:
        """Tell whether a request is one of the SDK's own: made while it sends, or to where this client sends."""
        return this_thread.is_sending or (self.options.dsn is not None and self.options.dsn.is_own_url(url))

    # -- capturing -------------------------------------------------------------------------------------------------

    def capture_exception(
        self,
        error: BaseException,
        *,
        states: Sequence[ScopeState] = (),
        hint: Mapping[str, Json] | None = None,
        mechanism: Mapping[str, Json] = HANDLED,
    ) -> str | None:
        """Report an exception with what led to it, and return the event's id, or None when it is not sent."""
        if not self._enter("error", error):
            return None
        try:
            return self._exception(error, states, dict(hint or {}), mechanism)
        except Exception:  # noqa: BLE001 - an error in here must not become one of the application's
            self._fail("error", error)
            return None
        finally:
            this_thread.is_capturing = False

    def capture_message(
        self,
        message: str,
        *,
        states: Sequence[ScopeState] = (),
        hint: Mapping[str, Json] | None = None,
    ) -> str | None:
        """Report a message, and return the event's id, or None when it is not sent."""
        if not self._enter("error", message):
            return None
        try:
            return self._message(message, states, dict(hint or {}))
        except Exception:  # noqa: BLE001 - as above
            self._fail("error", message)
            return None
        finally:
            this_thread.is_capturing = False

    def capture_event(
        self,
        event: Mapping[str, Json],
        *,
        states: Sequence[ScopeState] = (),
        hint: Mapping[str, Json] | None = None,
    ) -> str | None:
        """Report a ready-made event, and return its id, or None when it is not sent."""
        if not self._enter("error", "an event"):
            return None
        try:
            if not hasattr(event, "keys"):
                raise TypeError(f"an event is a mapping (found {type(event).__name__})")
            own: Event = copied(dict(event))
            passage = Passage(self, self._outlet(), states, dict(hint or {}))
            if own.get("type") == "transaction":
                return passage.take_transaction(own)
            return passage.take_event(own, default_level="error" if own.get("exception") else "info")
        except Exception:  # noqa: BLE001 - as above
            self._fail("error", "an event")
            return None
        finally:
            this_thread.is_capturing = False

    def capture_transaction(self, transaction: Transaction, *, states: Sequence[ScopeState] = ()) -> str | None:
        """Send a transaction that has ended, or count it when it is not sampled."""
        if not self._enter("transaction", transaction.name):
            return None
        try:
            return self._transaction(transaction, states)
        except Exception:  # noqa: BLE001 - as above
            self._fail("transaction", transaction.name)
            return None
        finally:
            this_thread.is_capturing = False

    def decide_sampling(
        self,
        *,
        name: str,
        op: str | None,
        source: str,
        sampled: bool | None,
        custom: Mapping[str, Json] | None,
    ) -> Decision:
        """Decide whether a transaction that begins will be sent."""
        options = self.options
        sampler_rate: float | None = None
        if sampled is None and options.traces_sampler is not None:
            context = {"name": name, "op": op, "source": source}
            sampling_context = {"transaction_context": context, "parent_sampled": None, **(custom or {})}
            result = safe_call("traces_sampler", options.traces_sampler, sampling_context)
            if result is FAILED or not is_rate(result):
                if result is not FAILED:
                    found = safe_repr(result, 100)
                    log.error("traces_sampler must return a number from 0 to 1 (found %s); it is left out", found)
            else:
                sampler_rate = float(result)
        sample_rand = round(options.runtime.random(), 6)
        return decide(
            sampled=sampled, sampler_rate=sampler_rate, rate=options.traces_sample_rate, sample_rand=sample_rand
        )

    def lose_span(self, summary: str) -> None:
        """Count a span that was one too many for its transaction."""
        self._outlet().losses.record("buffer_overflow", "span", summary=summary, detail="the transaction is full")

    # -- breadcrumbs -----------------------------------------------------------------------------------------------

    def admit_breadcrumb(self, crumb: Event, hint: Mapping[str, Json] | None) -> Event | None:
        """Return a breadcrumb as `before_breadcrumb` wants it, or None."""
        callback = self.options.before_breadcrumb
        if callback is None:
            return crumb
        this_thread.is_capturing = True
        try:
            admitted = safe_call("before_breadcrumb", callback, crumb, dict(hint or {}))
        finally:
            this_thread.is_capturing = False
        return copied(admitted) if isinstance(admitted, dict) else None

    def note_breadcrumb(self, crumb: Event, stamp: object | None) -> None:
        """Tell whoever observes of a breadcrumb."""
        watching = observation()
        if watching is not None:
            safe_call("the observer", watching.observer.breadcrumb, Breadcrumb.from_dict(crumb), stamp)

    # -- for the pipeline ------------------------------------------------------------------------------------------

    def draw(self) -> bool:
        """Draw whether an error event is kept."""
        rate = self.options.sample_rate
        return rate >= 1 or self.options.runtime.random() < rate

    def default_trace(self) -> Event:
        """Return the trace that everything belongs to where nothing says another one."""
        propagation = process.propagation
        if propagation is None:
            runtime = self.options.runtime
            propagation = PropagationContext(runtime.hex_id(32), runtime.hex_id(16))
            process.lock.acquire()
            try:
                if process.propagation is None:
                    process.propagation = propagation
                propagation = process.propagation
            finally:
                process.lock.release()
        return propagation.trace_context()

    def _enter(self, category: str, what: object) -> bool:
        """Tell whether something may be captured now; a capture inside another one of the same thread may not."""
        if not self.is_active:
            return False
        if this_thread.is_capturing:
            detail = "it was captured while this thread was capturing"
            self._record("internal_sdk_error", category, _summary(what), detail)
            return False
        this_thread.is_capturing = True
        return True

    def _fail(self, category: str, what: object) -> None:
        log.error("a capture failed inside the SDK; it is dropped", exc_info=True)
        self._record("internal_sdk_error", category, _summary(what), "the SDK failed; see the log errortrack.errors")

    def _record(self, reason: str, category: str, summary: str, detail: str) -> None:
        losses = self._outlet().losses
        losses.record(reason, category, summary=summary, detail=detail)
        if category == "transaction":
            losses.record(reason, "span", summary=summary, detail=detail)

    def _message(self, message: str, states: Sequence[ScopeState], hint: dict[str, Any]) -> str | None:
        is_drawn = self._asks_nobody(states)
        if is_drawn and not self._wins_draw(message):
            return None
        stack = sys._getframe(1) if self.options.attach_stacktrace else None  # noqa: SLF001 - see FrameBuilder
        event = self.builder.from_message(message, stack)
        passage = Passage(self, self._outlet(), states, hint)
        return passage.take_event(event, default_level="info", is_drawn=is_drawn)

    def _asks_nobody(self, states: Sequence[ScopeState]) -> bool:
        """Tell whether nobody is asked on the way: then the lot can be drawn first, and a loser costs no frames."""
        if self.options.before_send is not None or self.preprocessors or self.processors:
            return False
        return not any(state["processors"] or state["error_processors"] for state in states)

    def _wins_draw(self, what: object) -> bool:
        if self.draw():
            return True
        self._record("sample_rate", "error", _summary(what), f"sample_rate is {self.options.sample_rate}")
        return False

    def _exception(
        self, error: BaseException, states: Sequence[ScopeState], hint: dict[str, Any], mechanism: Mapping[str, Json]
    ) -> str | None:
        outlet = self._outlet()
        options = self.options
        if is_ignored_error(error, options.ignore_errors):
            self._record("event_processor", "error", _summary(error), "ignore_errors names it")
            return None
        if not is_first_capture(error, outlet):
            self._record("event_processor", "error", _summary(error), "this very exception was captured before")
            return None
        is_drawn = self._asks_nobody(states)
        if is_drawn and not self._wins_draw(error):
            return None
        links = links_of(error)
        stack = sys._getframe(1) if options.attach_stacktrace and traceback_of(error) is None else None  # noqa: SLF001 - as above
        event = self.builder.from_links(links, _mechanism_of(mechanism, hint), stack=stack, shares=is_drawn)
        hint.setdefault("exc_info", (type(error), error, traceback_of(error)))
        passage = Passage(self, outlet, states, hint, trusted=self.builder.own_parts(event))
        exceptions = tuple(link.error for link in reversed(links))
        event_id = passage.take_event(event, default_level="error", exceptions=exceptions, is_drawn=is_drawn)
        if passage.lost_to == "before_send":
            take_mark_off(error, outlet)
        return event_id

    def _transaction(self, transaction: Transaction, states: Sequence[ScopeState]) -> str | None:
        decision = transaction.decision
        if not decision.sampled:
            self._record("sample_rate", "transaction", transaction.name, decision.reason)
            return None
        event, stamps = transaction.to_event(), transaction.stamped()
        trusted = frozenset({id(event.get("spans"))}) if transaction.has_plain_spans else frozenset[int]()
        transaction.release()
        passage = Passage(self, self._outlet(), states, {}, trusted=trusted)
        if is_ignored_name(transaction.name, self.options.ignore_transactions):
            passage.ignore_transaction(event)
            return None
        return passage.take_transaction(event, stamps)

    def _outlet(self) -> Outlet:
        """Return where envelopes go now: while somebody observes, where they say."""
        watching = observation()
        if watching is None:
            return self._own
        observed = self._observed
        if observed is None or observed[0] is not watching:
            transport = watching.observer.transport_for(self)
            # a ledger of its own: what a test loses must not be reported by the application later
            outlet = self._own if transport is None else self._outlet_to(transport)
            observed = self._published(watching, outlet)
        return observed[1]

    def _published(self, watching: Observation, outlet: Outlet) -> tuple[Observation, Outlet]:
        """Let an outlet be the one of an observation, unless another thread was faster: return the one that is."""
        self._lock.acquire()
        try:
            observed = self._observed
            if observed is None or observed[0] is not watching:
                observed = self._observed = (watching, outlet)
        finally:
            self._lock.release()
        if observed[1] is not outlet:
            observed[1].take_losses()
        return observed

    def _outlet_to(self, transport: Transport) -> Outlet:
        """Return an outlet of an observation: it sends at once, in the capturing thread."""
        return Outlet(transport, self._new_ledger(self._witness), self.options.runtime)

    def _new_ledger(self, witness: LossWitness) -> LossRecorder:
        return LossRecorder(self.options.runtime, is_reporting=self.options.send_client_reports, witness=witness)

    def _witness_own(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        """Tell an observer of a loss on the own way, unless what it observes goes another one.

        What the worker still loses was captured before the observation began.
        """
        if process.observation is not None and self._outlet() is self._own:
            self._witness(reason, category, quantity, summary=summary, detail=detail)

    def _witness(self, reason: str, category: str, quantity: int, *, summary: str, detail: str) -> None:
        watching = observation()
        if watching is not None:
            drop = Drop(reason, category, quantity, summary[:_LONGEST_SUMMARY], self, detail)
            safe_call("the observer", watching.observer.dropped, drop)


def _mechanism_of(known: Mapping[str, Json], hint: Mapping[str, Any]) -> Mapping[str, Json]:
    """Return how an exception was caught: what a hint says of it beats what is known."""
    said = hint.get("mechanism")
    return {**known, **said} if isinstance(said, dict) else known


def _summary(what: object) -> str:
    """Return one line on what was captured; only made while somebody reads it."""
    if process.observation is None:
        return ""
    text = safe_str(what, _LONGEST_SUMMARY)
    return f"{type(what).__name__}: {text}" if isinstance(what, BaseException) else text
