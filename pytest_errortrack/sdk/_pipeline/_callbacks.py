"""Calling what users hand in: whatever it does, the application goes on.

https://develop.sentry.dev/sdk/foundations/client/hooks/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._runtime import log
from pytest_errortrack.sdk._scope import process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_errortrack.sdk.protocol import Event

__all__ = ["FAILED", "run_processors", "safe_call"]


class _Failed:
    """What `safe_call` returns when the callback raised."""


FAILED = _Failed()


def safe_call(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a user's function and return its result, or `FAILED` after one error in the internal log.

    Exceptions that end a thread or task (`KeyboardInterrupt`, cancellation, ...) go through.
    """
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - anybody's code, and an error report must not become an error
        log.error("%s failed; what it was called for is handled as its documentation says", name, exc_info=True)
        tell = getattr(process.observation, "failed", None)  # who observes is known one layer up
        if tell is not None:
            tell(name, error)
        return FAILED


def run_processors(
    event: Event, hint: dict[str, Any], processors: Iterable[Callable[..., Any]]
) -> tuple[Event | None, str]:
    """Pass an event through processors in their order, and return it with the name of the one that dropped it.

    One that fails, or returns what is no event, drops the event like one that returns None; the rest are not called.
    """
    for processor in processors:
        name = getattr(processor, "__qualname__", None) or repr(type(processor))
        result = safe_call(f"the event processor {name}", processor, event, hint)
        if not isinstance(result, dict):
            return None, name
        event = result
    return event, ""
