"""The life of the process's client: making, asking for, flushing and closing it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import ambient_current, ambient_isolation, process, resolve_client
from pytest_errortrack.sdk.tracing import PropagationContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_errortrack.sdk._client import Client
    from pytest_errortrack.sdk._delivery import BackgroundWorkerDisabled
    from pytest_errortrack.sdk._options import Configuration

__all__ = ["close", "flush", "get_client", "init", "is_initialized", "with_background_worker_disabled"]

R = TypeVar("R")


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
    with process.lock:
        previous, process.client = process.client, client
        is_first = not process.has_exit_hook
        process.has_exit_hook = True
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
    with process.lock:
        client, process.client = process.client, None
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
