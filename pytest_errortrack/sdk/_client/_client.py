"""The client: options, a transport, and the way from a capture to an envelope.

Whatever is captured is delivered or counted as lost, once, with the reason. No lock of the SDK is held while foreign
code runs, and nothing of an exception or a frame is kept afterwards.

https://develop.sentry.dev/sdk/foundations/client/
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._client._hooks import hooks_of, used_integrations
from pytest_errortrack.sdk._client._intake import Intake
from pytest_errortrack.sdk._client._observer import observation
from pytest_errortrack.sdk._client._routing import Routes
from pytest_errortrack.sdk._forks import follow_forks
from pytest_errortrack.sdk._options import Configuration, Options, read_options
from pytest_errortrack.sdk._pipeline import FAILED, HANDLED, EventBuilder, safe_call
from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk._scope import ScopeState, process
from pytest_errortrack.sdk._serialize import safe_repr
from pytest_errortrack.sdk.protocol import Breadcrumb, Event, Item, Json, copied, encode
from pytest_errortrack.sdk.tracing import Decision, PropagationContext, Transaction, decide, is_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
        self._routes = Routes(self)
        self._own = self._routes.own
        self._intake = Intake(self, self._routes)
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
        return safe_call("the transport's flush", self._routes.now().flush, timeout) is True

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
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
        if not was_closed:
            safe_call("the transport's close", partial(self._own.close, on_slow=on_slow), timeout)

    def after_fork(self) -> None:
        """Begin anew in a forked child: what is waiting, and what was lost, the parent sends and reports."""
        self._lock = self.options.runtime.lock()
        self._routes.after_fork()

    def send_event(self, event: Mapping[str, Json]) -> bool:
        """Send an event that a `dispatcher` was given, maybe in another process; it goes out as it is.

        Returns:
            Whether it was taken: not by a client that is closed or has nowhere to send it.
        """
        if not self.is_active:
            return False
        kind = "transaction" if event.get("type") == "transaction" else "event"
        item = Item({"type": kind, "content_type": "application/json"}, encode(event))
        self._routes.now().send([item], event_id=event.get("event_id"), is_dispatched=False)
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
        if not self._intake.enter("error", error):
            return None
        try:
            return self._intake.exception(error, states, hint=dict(hint or {}), mechanism=mechanism)
        except Exception:  # noqa: BLE001 - an error in here must not become one of the application's
            self._intake.fail("error", error)
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
        if not self._intake.enter("error", message):
            return None
        try:
            return self._intake.message(message, states, hint=dict(hint or {}))
        except Exception:  # noqa: BLE001 - as above
            self._intake.fail("error", message)
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
        if not self._intake.enter("error", "an event"):
            return None
        try:
            return self._intake.event(event, states, hint=dict(hint or {}))
        except Exception:  # noqa: BLE001 - as above
            self._intake.fail("error", "an event")
            return None
        finally:
            this_thread.is_capturing = False

    def capture_transaction(self, transaction: Transaction, *, states: Sequence[ScopeState] = ()) -> str | None:
        """Send a transaction that has ended, or count it when it is not sampled."""
        if not self._intake.enter("transaction", transaction.name):
            return None
        try:
            return self._intake.transaction(transaction, states)
        except Exception:  # noqa: BLE001 - as above
            self._intake.fail("transaction", transaction.name)
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
        self._routes.now().losses.record("buffer_overflow", "span", summary=summary, detail="the transaction is full")

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
            with process.lock:
                if process.propagation is None:
                    process.propagation = propagation
                propagation = process.propagation
        return propagation.trace_context()
