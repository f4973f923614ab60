"""One event on its way: scopes, processors, scrubbing, the last callback, sampling, bytes, transport.

The order is the specification's, and so are the reasons that losses are counted under.
https://develop.sentry.dev/sdk/foundations/client/#event-pipeline
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from pytest_errortrack.sdk._client._attachments import attachment_items, attachments_of
from pytest_errortrack.sdk._client._observer import Capture, observation
from pytest_errortrack.sdk._pipeline import BODY_SIZES, add_request, encode_event, run_processors, safe_call
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import ScopeState, Stamped, apply_scopes, process
from pytest_errortrack.sdk._serialize import scrub_event, scrubbed_request
from pytest_errortrack.sdk.protocol import Event, Item, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_errortrack.sdk._client._client import Client
    from pytest_errortrack.sdk._client._outlet import Outlet

__all__ = ["Passage"]


class Passage:
    """The way of one event or transaction through a client.

    Args:
        client: whose event it is.
        outlet: where it is going.
        states: what the scopes hold, weakest first.
        hint: what the callbacks are told besides.
        trusted: the ids of the parts of the event that are as the SDK built them; see `normalise`.
    """

    __slots__ = ("_client", "_hint", "_outlet", "_scrubs", "_spans", "_stamped", "_states", "_trusted", "lost_to")

    def __init__(
        self,
        client: Client,
        outlet: Outlet,
        states: Sequence[ScopeState],
        hint: dict[str, Any],
        *,
        trusted: frozenset[int] = frozenset(),
    ) -> None:
        self._client = client
        self._outlet = outlet
        self._states = states
        self._hint = hint
        self._spans = 0
        self._trusted = trusted
        self._scrubs = False
        self._stamped: tuple[Stamped, ...] = ()
        self.lost_to: str | None = None

    def take_event(
        self,
        event: Event,
        *,
        default_level: str,
        exceptions: tuple[BaseException, ...] = (),
        is_drawn: bool = False,
    ) -> str | None:
        """Take an error or message event, and return its id, or None when it was lost on the way.

        Args:
            event: what is captured; it is the passage's own.
            default_level: the level where neither the event nor a scope says one.
            exceptions: the live exceptions, in the order of `exception.values`.
            is_drawn: whether sampling has been done already.
        """
        options = self._client.options
        self._hint["attachments"] = attachments_of(self._states, self._hint.get("attachments"))
        prepared = self._prepare(event, default_level=default_level, will_be_asked=options.before_send is not None)
        if prepared is not None and options.before_send is not None:
            prepared = self._ask("before_send", options.before_send, prepared)
        if prepared is None:
            return None
        if not is_drawn and not self._client.draw():
            self.lose("sample_rate", prepared, f"sample_rate is {options.sample_rate}")
            return None
        attachments = attachment_items(
            self._hint.get("attachments"), limit=options.max_attachment_size, losses=self._outlet.losses
        )
        return self._send("event", prepared, exceptions, attachments)

    def take_transaction(self, event: Event, stamps: Sequence[tuple[tuple[str, ...], object]] = ()) -> str | None:
        """Take a finished transaction, and return its id, or None when it was lost on the way."""
        self._spans = _span_count(event)
        callback = self._client.options.before_send_transaction
        prepared = self._prepare(event, default_level="", will_be_asked=callback is not None)
        if prepared is not None and callback is not None:
            prepared = self._ask("before_send_transaction", callback, prepared)
        if prepared is None:
            return None
        if stamps:
            self._stamped += tuple(Stamped(path, _at(prepared, path), stamp) for path, stamp in stamps)
        return self._send("transaction", prepared, (), [])

    def ignore_transaction(self, event: Event) -> None:
        """Count a transaction that the user does not want to hear of."""
        self._spans = _span_count(event)
        self.lose("event_processor", event, "ignore_transactions names it")

    def lose(self, reason: str, event: Event, detail: str) -> None:
        """Count the event as lost; of a transaction, its spans too."""
        self.lost_to = reason
        summary = summarise(event) if process.observation is not None else ""
        record = self._outlet.losses.record
        if event.get("type") == "transaction":
            record(reason, "transaction", summary=summary, detail=detail)
            record(reason, "span", self._spans + 1, summary=summary, detail=detail)
        else:
            record(reason, "error", summary=summary, detail=detail)

    def _prepare(self, event: Event, *, default_level: str, will_be_asked: bool) -> Event | None:
        """Add what scopes and process say, and let the event processors see it.

        What somebody is going to see has values of its own, and no secrets for `before_send`. Otherwise copying and
        scrubbing are left to the last step, which goes through all of the event anyway.
        """
        client = self._client
        options = client.options
        of_scopes = [*_error_processors(self._states, self._hint), *_processors(self._states)]
        processors = [*client.preprocessors, *of_scopes, *client.processors]
        shares = not (processors or will_be_asked)
        self._stamped = apply_scopes(
            event,
            self._states,
            max_breadcrumbs=options.max_breadcrumbs,
            default_trace=client.default_trace(),
            shares=shares,
        )
        self._add_request(event)
        self._trusted |= client.builder.complete(event, default_level=default_level, shares=shares)
        if processors:
            self._trusted = frozenset()  # who knows what they put there
            processed, name = run_processors(event, self._hint, processors)
            if processed is None:
                self.lose("event_processor", event, f"dropped by the event processor {name}")
                return None
            self._count_removed_spans("event_processor", processed)
            event = processed
        self._scrubs = options.scrub_data
        if self._scrubs and event.get("request"):
            event["request"] = scrubbed_request(event["request"])
        if self._scrubs and will_be_asked:
            scrub_event(event)
            self._scrubs = False
        return event

    def _add_request(self, event: Event) -> None:
        """Add the request that a hint tells of; one that cannot be read is left out."""
        if "wsgi_environ" in self._hint or "asgi_scope" in self._hint:
            options = self._client.options
            size = BODY_SIZES[options.max_request_body_size]
            add = partial(add_request, sends_pii=options.send_default_pii, body_size=size)
            safe_call("reading the request of the hint", add, event, self._hint)

    def _ask(self, name: str, callback: Callable[..., Any], event: Event) -> Event | None:
        self._trusted = frozenset()
        result = safe_call(name, callback, event, self._hint)
        if not isinstance(result, dict):
            detail = f"{name} returned None" if result is None else f"{name} failed"
            self.lose("before_send", event, detail)
            return None
        self._count_removed_spans("before_send", result)
        return result

    def _count_removed_spans(self, reason: str, event: Event) -> None:
        """Count the spans that a callback took out of a transaction."""
        if event.get("type") == "transaction":
            left = _span_count(event)
            self._outlet.losses.record(reason, "span", self._spans - left, detail="taken out of the transaction")
            self._spans = left

    def _send(
        self,
        kind: Literal["event", "transaction"],
        event: Event,
        exceptions: tuple[BaseException, ...],
        more: list[Item],
    ) -> str | None:
        payload = encode_event(event, trusted=self._trusted, scrubs=self._scrubs)
        if payload is None:
            log.error("an event is dropped: it is bigger than a megabyte")
            self.lose("internal_sdk_error", event, "it is bigger than a megabyte")
            return None
        event_id = str(event.get("event_id"))
        watching = observation()
        if watching is not None:
            client = self._client
            capture = Capture(event_id, kind, exceptions, self._stamped, client, client.is_fallback)
            safe_call("the observer", watching.observer.captured, capture)
        headers = {"type": kind, "content_type": "application/json"}
        is_background = self._hint.get("background", True) is not False
        self._outlet.send([Item(headers, payload), *more], event_id=event_id, is_background=is_background)
        return event_id


def _error_processors(states: Sequence[ScopeState], hint: Mapping[str, Any]) -> list[Any]:
    """Return the error processors of the scopes that are for this kind of exception, as event processors."""
    if not any(state["error_processors"] for state in states):
        return []
    exc_info = hint.get("exc_info")
    if not (isinstance(exc_info, tuple) and len(exc_info) == 3 and isinstance(exc_info[1], BaseException)):  # noqa: PLR2004 - type, value, traceback
        return []
    return [
        _for_exceptions(processor, exc_info)
        for state in states
        for processor, kind in state["error_processors"]
        if isinstance(exc_info[1], kind)
    ]


def _for_exceptions(processor: Callable[[Event, Any], Any], exc_info: Any) -> Callable[[Event, Any], Any]:
    def processed(event: Event, _hint: Any) -> Any:
        return processor(event, exc_info)

    processed.__qualname__ = str(getattr(processor, "__qualname__", None) or type(processor).__qualname__)
    return processed


def _processors(states: Sequence[ScopeState]) -> list[Any]:
    """Return the event processors of the scopes in their order; those of the global scope come last."""
    if not any(state["processors"] for state in states):
        return []
    everywhere, *scopes = states
    return [processor for state in (*scopes, everywhere) for processor in state["processors"]]


def _span_count(event: Event) -> int:
    spans = event.get("spans")
    return len(spans) if isinstance(spans, list) else 0


def _at(event: Event, path: tuple[str, ...]) -> Any:
    value: Any = event
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
