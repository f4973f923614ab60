"""Where transactions and spans meet the scopes: starting them, making them current, and taking them at their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pytest_errortrack import _points
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk._scope import (
    Scope,
    active_client,
    ambient_current,
    ambient_isolation,
    ambient_states,
    current_var,
    leave,
    new_layer,
)
from pytest_errortrack.sdk._serialize import safe_str
from pytest_errortrack.sdk.tracing import NOOP_SPAN, OPENED, UNNAMED, Decision, NoOpSpan, Span, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk._scope import Layer
    from pytest_errortrack.sdk.protocol import Json

__all__ = ["start_span", "start_transaction"]

_LONGEST_NAME = 1024
_NOBODY = Decision(sampled=False, rate=None, reason="the SDK is not initialised")


class _Host:
    """Serves the transactions of one client; `None` is nobody's, whose transactions go nowhere."""

    __slots__ = ("_client", "hex_id", "now")

    def __init__(self, client: Client | None) -> None:
        runtime = SystemRuntime() if client is None else client.options.runtime
        self._client = client
        self.now = runtime.time
        self.hex_id = runtime.hex_id

    def activate(self, span: Span) -> object:
        """Make a span the current one, on a fork of the current scope."""
        scope = Scope(ambient_current().state)
        held = scope.state
        held["span"] = span
        stamps = held["stamps"]
        if stamps or span.opener is not None:  # what a span is active in carries its trace
            stamps = {key: stamp for key, stamp in stamps.items() if key != OPENED}
            stamps |= {} if span.opener is None else {OPENED: span.opener}
            held["stamps"] = stamps
        return new_layer(current_var, scope)

    def deactivate(self, activation: object) -> None:
        """Undo what `activate` did, wherever its scope stands by now."""
        leave(current_var, cast("Layer", activation))

    def finished(self, transaction: Transaction) -> None:
        """Take a transaction that has ended, with the scopes in effect where it ended."""
        if self._client is not None:
            self._client.capture_transaction(transaction, states=ambient_states())

    def overflowed(self, transaction_name: str) -> None:
        """Count a span that was one too many."""
        if self._client is not None:
            self._client.lose_span(transaction_name)


def start_transaction(
    name: str | None = None,
    *,
    op: str | None = None,
    description: str | None = None,
    source: str = "custom",
    sampled: bool | None = None,
    custom_sampling_context: Mapping[str, Json] | None = None,
    start_timestamp: float | None = None,
    origin: str = "manual",
) -> Transaction:
    """Start a transaction, and decide whether it will be sent.

    As a `with` block it is the current one, and finished at the end.
    """
    if type(name) is not str:
        name = None if name is None else safe_str(name, _LONGEST_NAME)
    current = ambient_current()
    bound = current.state["client"], ambient_isolation().state["client"]
    client = cast("Client | None", active_client(*bound))
    stamp = None
    if _points.listeners:
        stamp = _points.announce(_points.Operation("start_transaction", current, "span", kind="read"))
    decision = _NOBODY
    if client is not None:
        decision = client.decide_sampling(
            name=name or UNNAMED, op=op, source=source, sampled=sampled, custom=custom_sampling_context
        )
    transaction = Transaction(
        _Host(client),
        name=name,
        decision=decision,
        op=op,
        description=description,
        source=source,
        start_timestamp=start_timestamp,
        origin=origin,
    )
    transaction.open_by(stamp)
    return transaction


def start_span(
    op: str | None = None,
    *,
    description: str | None = None,
    name: str | None = None,
    start_timestamp: float | None = None,
    origin: str = "manual",
) -> Span | NoOpSpan:
    """Start a span inside the current one; where there is none, or it is not sampled, a span that records nothing.

    As a `with` block it is the current one, and finished at the end; `name` is another word for `description`.
    """
    current = ambient_current()
    stamp = None
    if _points.listeners:
        stamp = _points.announce(_points.Operation("start_span", current, "span", kind="read"))
    parent = current.state["span"]
    if parent is None or not parent.is_sampled:
        return NOOP_SPAN
    return parent.open_child(stamp, op, name if description is None else description, start_timestamp, origin)
