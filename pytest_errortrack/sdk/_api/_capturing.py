"""Reporting what happened: exceptions, messages and ready-made events, with the scopes in effect where it happened."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Unpack, cast

from pytest_errortrack import _points
from pytest_errortrack.sdk._hub import EventFields, MessageFields, call_site_state
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import (
    active_client,
    ambient_current,
    ambient_isolation,
    ambient_states,
    own_isolation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk.protocol import Json

__all__ = ["capture_event", "capture_exception", "capture_message", "last_event_id"]


def capture_exception(
    error: BaseException | None = None,
    *,
    hint: Mapping[str, Json] | None = None,
    **fields: Unpack[EventFields],
) -> str | None:
    """Report an exception (default: the one being handled), and return the event's id if it is sent."""
    client = _ready("capture_exception")
    if client is None:
        return None
    error = sys.exc_info()[1] if error is None else error
    if not issubclass(type(error), BaseException):  # an object may lie about its class
        log.error("capture_exception() is ignored: there is no exception (found %s)", type(error).__name__)
        return None
    return _remember(client.capture_exception(cast("BaseException", error), states=_states(fields), hint=hint))


def capture_message(
    message: str,
    level: str | None = None,
    *,
    hint: Mapping[str, Json] | None = None,
    **fields: Unpack[MessageFields],
) -> str | None:
    """Report a message (default level: info), and return the event's id if it is sent."""
    client = _ready("capture_message")
    if client is None:
        return None
    states = _states({**fields, "level": level})
    return _remember(client.capture_message(message, states=states, hint=hint))


def capture_event(
    event: Mapping[str, Json],
    *,
    hint: Mapping[str, Json] | None = None,
    **fields: Unpack[EventFields],
) -> str | None:
    """Report a ready-made event, and return its id if it is sent."""
    client = _ready("capture_event")
    if client is None:
        return None
    event_id = client.capture_event(event, states=_states(fields), hint=hint)
    is_last = event_id is not None and dict(event).get("type") != "transaction"
    return _remember(event_id) if is_last else event_id


def last_event_id() -> str | None:
    """Return the id of the last error or message event captured here that was not dropped."""
    return ambient_isolation().state["last_event_id"]


def _ready(operation: str) -> Client | None:
    """Announce a capture and return whom to hand it to; None when that would be nobody."""
    current = ambient_current()
    client: Any = active_client(current.state["client"], ambient_isolation().state["client"])
    if client is None:
        return None
    if _points.listeners:
        _points.announce(_points.Operation(operation, current, "*", kind="read"))
    known: Client = client
    return known


def _states(fields: Any) -> list[Any]:
    """Return what counts for an event captured now, weakest first."""
    states = [*ambient_states()]
    if fields:
        states.append(call_site_state(**fields))
    return states


def _remember(event_id: str | None) -> str | None:
    if event_id is not None:
        own_isolation().put_quietly(last_event_id=event_id)
    return event_id
