"""The functions that applications call.

Setters write the isolation scope in effect: what is going on for this request, task or thread. Until `init` is called
everything can be called all the same; nothing is captured.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, Unpack, cast, overload

from pytest_errortrack import _points
from pytest_errortrack.sdk._errors import UnsupportedFeature
from pytest_errortrack.sdk._hub import (
    EventFields,
    GivenScope,
    Hub,
    IsolationScope,
    MessageFields,
    NewScope,
    PushedScope,
    call_site_state,
)
from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import (
    Scope,
    ambient_current,
    ambient_isolation,
    ambient_states,
    own_current,
    own_isolation,
    process,
    resolve_client,
)
from pytest_errortrack.sdk.tracing import PropagationContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk._delivery import BackgroundWorkerDisabled
    from pytest_errortrack.sdk._options import Configuration
    from pytest_errortrack.sdk.protocol import Breadcrumb, Event, Json

R = TypeVar("R")

_NOT_YET = frozenset(
    {
        "capture_checkin",
        "capture_session",
        "continue_trace",
        "get_baggage",
        "get_traceparent",
        "logger",
        "metrics",
        "monitor",
        "start_session",
        "end_session",
    }
)


def refuse_unknown(name: str) -> NoReturn:
    """Say of a name that the SDK does not have, whether it is known; the module's `__getattr__`."""
    if name in _NOT_YET:
        raise UnsupportedFeature(f"pytest_errortrack.sdk.{name} is not available in this version")
    raise AttributeError(f"module 'pytest_errortrack.sdk' has no attribute {name!r}")


# -- life ----------------------------------------------------------------------------------------------------------


def init(
    dsn: str | None = None, *, configure: Callable[[Configuration], object] | None = None, **options: Any
) -> Client:
    """Make the client of the process; a second call closes the first one's.

    Args:
        dsn: where to report to; None: the environment variable `SENTRY_DSN`; empty: nowhere.
        configure: is handed the options to set, as attributes.
        options: see `Options`.

    Raises:
        SdkError: the DSN is malformed, or an option is unknown, not available, or has a wrong value.
    """
    from pytest_errortrack.sdk._client import Client, watch_exit  # noqa: PLC0415 - half of the SDK, for who reports
    from pytest_errortrack.sdk._integration import set_up  # noqa: PLC0415 - as above
    from pytest_errortrack.sdk.integrations import default_integrations  # noqa: PLC0415 - as above

    client = Client(dsn, configure=configure, defaults=default_integrations(), **options)
    if client.options.debug:
        _log_to_stderr()
    incoming = os.environ.get("SENTRY_TRACE")  # how a parent process tells its children
    process.propagation = (
        PropagationContext.continuing(incoming, hex_id=client.options.runtime.hex_id) if incoming else None
    ) or process.propagation
    process.lock.acquire()
    try:
        previous, process.client = process.client, client
        is_first = not process.has_exit_hook
        process.has_exit_hook = True
    finally:
        process.lock.release()
    if is_first:
        watch_exit()
        if hasattr(os, "register_at_fork"):  # pragma: no branch - not everywhere is there a fork
            os.register_at_fork(after_in_child=_renew_locks)
    set_up(client)
    if previous is not None:
        cast("Client", previous).close()
    return client


def is_initialized() -> bool:
    """Tell whether `init` was called and `close` was not."""
    client = process.client
    return client is not None and not client.is_closed


def get_client() -> Client | None:
    """Return the client that reports what is captured here."""
    bound = ambient_current().state["client"], ambient_isolation().state["client"]
    return cast("Client | None", resolve_client(*bound))


def flush(timeout: float | None = None) -> bool:
    """Send what is pending, and tell whether all of it was sent in time."""
    client = get_client()
    return client is None or client.flush(timeout)


def close(timeout: float | None = None) -> None:
    """Flush, and report nothing more until `init` is called again."""
    process.lock.acquire()
    try:
        client, process.client = process.client, None
    finally:
        process.lock.release()
    if client is not None:
        cast("Client", client).close(timeout)


@overload
def with_background_worker_disabled() -> BackgroundWorkerDisabled: ...
@overload
def with_background_worker_disabled(callback: Callable[[], R]) -> R: ...
def with_background_worker_disabled(callback: Callable[[], R] | None = None) -> BackgroundWorkerDisabled | R:
    """Send what is captured in a `with` block, or by a callback, at once instead of by the worker; for this context."""
    from pytest_errortrack.sdk._delivery import BackgroundWorkerDisabled  # noqa: PLC0415 - as above

    block = BackgroundWorkerDisabled()
    if callback is None:
        return block
    with block:
        return callback()


def last_event_id() -> str | None:
    """Return the id of the last error or message event captured here that was not dropped."""
    return ambient_isolation().state["last_event_id"]


# -- capturing -----------------------------------------------------------------------------------------------------


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


def add_breadcrumb(
    crumb: Breadcrumb | Mapping[str, Json] | None = None,
    hint: Mapping[str, Json] | None = None,
    **fields: Json,
) -> None:
    """Record that something happened, as a `Breadcrumb`, a mapping, or by keywords of the same names."""
    own_isolation().record_breadcrumb(crumb, hint, fields)


# -- scopes --------------------------------------------------------------------------------------------------------


def set_tag(key: str, value: Json) -> None:
    """Set a tag: a short, searchable string."""
    own_isolation().set_tag(key, value)


def set_tags(tags: Mapping[str, Json]) -> None:
    """Set several tags."""
    own_isolation().set_tags(tags)


def set_user(user: Mapping[str, Json] | None) -> None:
    """Set the user that events are about, or None for nobody."""
    own_isolation().set_user(user)


def set_extra(key: str, value: Json) -> None:
    """Set an extra: any value, shown but not searchable."""
    own_isolation().set_extra(key, value)


def set_extras(extras: Mapping[str, Json]) -> None:
    """Set several extras."""
    own_isolation().set_extras(extras)


def set_context(name: str, context: Mapping[str, Json]) -> None:
    """Set a context: a named group of values."""
    own_isolation().set_context(name, context)


def set_level(level: str | None) -> None:
    """Set the level of the events to come; None leaves it to each event."""
    own_isolation().set_level(level)


def set_fingerprint(fingerprint: Iterable[str] | None) -> None:
    """Set what groups the events to come; None leaves it to the server."""
    own_isolation().set_fingerprint(fingerprint)


def set_transaction_name(name: str | None, source: str | None = None) -> None:
    """Set the name of what is going on, and where that name comes from."""
    own_isolation().set_transaction_name(name, source)


def set_attribute(name: str, value: Json, unit: str | None = None) -> None:
    """Set an attribute of the logs and metrics to come: a plain value or a list of plain values of one type."""
    own_isolation().set_attribute(name, value, unit)


def set_attributes(attributes: Mapping[str, Json]) -> None:
    """Set several attributes."""
    own_isolation().set_attributes(attributes)


def remove_attribute(name: str) -> None:
    """Forget an attribute."""
    own_isolation().remove_attribute(name)


def add_feature_flag(name: str, result: bool) -> None:  # noqa: FBT001 - as everybody calls it
    """Note how a feature flag was evaluated; error events show the last hundred."""
    own_isolation().add_feature_flag(name, result)


def add_attachment(
    bytes: bytes | None = None,  # noqa: A002 - the field's name for it
    filename: str | None = None,
    path: str | PathLike[str] | None = None,
    content_type: str | None = None,
) -> None:
    """Send a file along with the error events to come: its bytes, or a path to read when an event is captured."""
    own_isolation().add_attachment(bytes, filename, path, content_type)


def add_event_processor(processor: Callable[[Event, dict[str, Any]], Event | None]) -> None:
    """Let a function see, change or (by returning None) drop the events to come."""
    own_isolation().add_event_processor(processor)


def add_error_processor(
    processor: Callable[[Event, tuple[type[BaseException], BaseException, Any]], Event | None],
    kind: type[BaseException] = BaseException,
) -> None:
    """Let a function see, change or drop the events to come of exceptions of one kind, with their `exc_info`."""
    own_isolation().add_error_processor(processor, kind)


@overload
def configure_scope() -> GivenScope: ...
@overload
def configure_scope(callback: Callable[[Scope], R]) -> R: ...
def configure_scope(callback: Callable[[Scope], R] | None = None) -> GivenScope | R:
    """Hand out the isolation scope: to a `with` block, or to a callback."""
    scope = own_isolation()
    if _points.listeners:
        _points.announce(_points.Operation("configure_scope", scope, "*", kind="read"))
    return GivenScope(scope) if callback is None else callback(scope)


@overload
def push_scope() -> PushedScope: ...
@overload
def push_scope(callback: Callable[[Scope], R]) -> R: ...
def push_scope(callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
    """Push a fork of the current scope: until `Hub.current.pop_scope()`, the end of the block, or for a callback."""
    return Hub.current.push_scope() if callback is None else Hub.current.push_scope(callback)


@overload
def with_scope() -> PushedScope: ...
@overload
def with_scope(callback: Callable[[Scope], R]) -> R: ...
def with_scope(callback: Callable[[Scope], R] | None = None) -> PushedScope | R:
    """Push a fork of the current scope for a `with` block or for a callback."""
    return Hub.current.with_scope() if callback is None else Hub.current.with_scope(callback)


def new_scope() -> NewScope:
    """Return a `with` block with a fork of the current scope."""
    return NewScope()


def isolation_scope() -> IsolationScope:
    """Return a `with` block with scopes of its own, for one request, job or command."""
    return IsolationScope()


def get_global_scope() -> Scope:
    """Return the scope that applies to everything in the process."""
    return process.roots.everywhere


def get_isolation_scope() -> Scope:
    """Return the isolation scope in effect here, for writing."""
    return own_isolation()


def get_current_scope() -> Scope:
    """Return the current scope in effect here, for writing."""
    layer = own_current()
    return process.roots.current if layer is None else layer.scope


# -- on the way to the client --------------------------------------------------------------------------------------


def _ready(operation: str) -> Client | None:
    """Announce a capture and return whom to hand it to; None when that would be nobody."""
    current = ambient_current()
    client: Any = resolve_client(current.state["client"], ambient_isolation().state["client"])
    if client is None or not client.is_active:
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


def _renew_locks() -> None:
    """Free the locks that another thread held while this process was forked: that thread is not here any more."""
    for lock in (process.lock, process.write_lock):
        lock._at_fork_reinit()  # type: ignore[attr-defined]  # noqa: SLF001 - as `threading` itself does after a fork


def _log_to_stderr() -> None:
    """Let the internal log say everything, on standard error."""
    import logging  # noqa: PLC0415 - see `_runtime`

    log.setLevel(logging.DEBUG)
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("[errortrack] %(levelname)s: %(message)s"))
        log.addHandler(handler)
