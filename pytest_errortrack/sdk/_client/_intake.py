"""What a client makes of a capture: whether it is taken, the event that it becomes, and what it is counted as if not.

What is known to be lost is counted before frames are read, where nobody is asked on the way.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._client._observer import LONGEST_SUMMARY
from pytest_errortrack.sdk._client._passage import Passage
from pytest_errortrack.sdk._pipeline import is_first_capture, is_ignored_error, is_ignored_name, take_mark_off
from pytest_errortrack.sdk._runtime import log, this_thread
from pytest_errortrack.sdk._scope import ScopeState, process
from pytest_errortrack.sdk._serialize import safe_str
from pytest_errortrack.sdk._stacktrace import links_of, traceback_of
from pytest_errortrack.sdk.protocol import Event, Json, copied

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_errortrack.sdk._client._client import Client
    from pytest_errortrack.sdk._client._routing import Routes
    from pytest_errortrack.sdk.tracing import Transaction

__all__ = ["Intake"]


class Intake:
    """Takes the captures of one client.

    Between `enter` and the caller's reset of `this_thread.is_capturing` the thread captures nothing else.

    Args:
        client: whose captures they are.
        routes: which way their envelopes go.
    """

    __slots__ = ("_client", "_routes")

    def __init__(self, client: Client, routes: Routes) -> None:
        self._client = client
        self._routes = routes

    def enter(self, category: str, what: object) -> bool:
        """Tell whether something may be captured now; a capture inside another one of the same thread may not."""
        client = self._client
        if not client.is_active:
            if client.is_closed and client.transport is not None:  # while it was being handed this
                self._record("network_error", category, _summary(what), "the client was closed before it was captured")
            return False
        if this_thread.is_capturing:
            detail = "it was captured while this thread was capturing"
            self._record("internal_sdk_error", category, _summary(what), detail)
            return False
        this_thread.is_capturing = True
        return True

    def fail(self, category: str, what: object) -> None:
        """Count a capture that raised inside the SDK, and log the error."""
        log.error("a capture failed inside the SDK; it is dropped", exc_info=True)
        self._record("internal_sdk_error", category, _summary(what), "the SDK failed; see the log errortrack.errors")

    def exception(
        self, error: BaseException, states: Sequence[ScopeState], *, hint: dict[str, Any], mechanism: Mapping[str, Json]
    ) -> str | None:
        """Take an exception, and return the event's id, or None when it was lost on the way."""
        outlet = self._routes.now()
        client = self._client
        options = client.options
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
        stack = sys._getframe(1) if options.attach_stacktrace and traceback_of(error) is None else None  # noqa: SLF001 - see FrameBuilder
        event = client.builder.from_links(links, _mechanism_of(mechanism, hint), stack=stack, shares=is_drawn)
        hint.setdefault("exc_info", (type(error), error, traceback_of(error)))
        passage = Passage(client, outlet, states, hint, trusted=client.builder.own_parts(event))
        exceptions = tuple(link.error for link in reversed(links))
        event_id = passage.take_event(event, default_level="error", exceptions=exceptions, is_drawn=is_drawn)
        if passage.lost_to == "before_send":
            take_mark_off(error, outlet)
        return event_id

    def message(self, message: str, states: Sequence[ScopeState], *, hint: dict[str, Any]) -> str | None:
        """Take a message, and return the event's id, or None when it was lost on the way."""
        is_drawn = self._asks_nobody(states)
        if is_drawn and not self._wins_draw(message):
            return None
        client = self._client
        stack = sys._getframe(1) if client.options.attach_stacktrace else None  # noqa: SLF001 - as above
        event = client.builder.from_message(message, stack)
        passage = Passage(client, self._routes.now(), states, hint)
        return passage.take_event(event, default_level="info", is_drawn=is_drawn)

    def event(self, event: Mapping[str, Json], states: Sequence[ScopeState], *, hint: dict[str, Any]) -> str | None:
        """Take a copy of a ready-made event, and return its id, or None when it was lost on the way.

        Raises:
            TypeError: it is no mapping.
        """
        if not hasattr(event, "keys"):
            raise TypeError(f"an event is a mapping (found {type(event).__name__})")
        own: Event = copied(dict(event))
        passage = Passage(self._client, self._routes.now(), states, hint)
        if own.get("type") == "transaction":
            return passage.take_transaction(own)
        return passage.take_event(own, default_level="error" if own.get("exception") else "info")

    def transaction(self, transaction: Transaction, states: Sequence[ScopeState]) -> str | None:
        """Take a transaction that has ended, and return its id, or None when it was lost on the way."""
        decision = transaction.decision
        if not decision.sampled:
            self._record("sample_rate", "transaction", transaction.name, decision.reason)
            return None
        event, stamps = transaction.to_event(), transaction.stamped()
        trusted = frozenset({id(event.get("spans"))}) if transaction.has_plain_spans else frozenset[int]()
        transaction.release()
        passage = Passage(self._client, self._routes.now(), states, {}, trusted=trusted)
        if is_ignored_name(transaction.name, self._client.options.ignore_transactions):
            passage.ignore_transaction(event)
            return None
        return passage.take_transaction(event, stamps)

    def _record(self, reason: str, category: str, summary: str, detail: str) -> None:
        losses = self._routes.now().losses
        losses.record(reason, category, summary=summary, detail=detail)
        if category == "transaction":
            losses.record(reason, "span", summary=summary, detail=detail)

    def _asks_nobody(self, states: Sequence[ScopeState]) -> bool:
        """Tell whether nobody is asked on the way: then the lot can be drawn first, and a loser costs no frames."""
        client = self._client
        if client.options.before_send is not None or client.preprocessors or client.processors:
            return False
        return not any(state["processors"] or state["error_processors"] for state in states)

    def _wins_draw(self, what: object) -> bool:
        if self._client.draw():
            return True
        detail = f"sample_rate is {self._client.options.sample_rate}"
        self._record("sample_rate", "error", _summary(what), detail)
        return False


def _mechanism_of(known: Mapping[str, Json], hint: Mapping[str, Any]) -> Mapping[str, Json]:
    """Return how an exception was caught: what a hint says of it beats what is known."""
    said = hint.get("mechanism")
    return {**known, **said} if isinstance(said, dict) else known


def _summary(what: object) -> str:
    """Return one line on what was captured; only made while somebody reads it."""
    if process.observation is None:
        return ""
    text = safe_str(what, LONGEST_SUMMARY)
    return f"{type(what).__name__}: {text}" if isinstance(what, BaseException) else text
