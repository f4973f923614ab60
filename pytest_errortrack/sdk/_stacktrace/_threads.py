"""The running thread, as the `threads` of an event tell of it.

https://develop.sentry.dev/sdk/data-model/event-payloads/threads/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._runtime import running_thread

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol import Event

__all__ = ["thread_value"]

_LONGEST_NAME = 200


def thread_value(*, has_crashed: bool, frames: list[Event] | None = None) -> Event:
    """Return what an event says of the thread that runs now.

    Args:
        has_crashed: whether it ends by the exception of the event; then that one has the stack trace.
        frames: its stack, for an event without an exception.
    """
    ident, name, is_main = running_thread()
    value: Event = {"id": ident, "current": True, "crashed": has_crashed, "main": is_main}
    if name is not None:
        value["name"] = name[:_LONGEST_NAME]
    if frames:
        value["stacktrace"] = {"frames": frames}
    return value
