"""Undo what `close()` does to a client: a test may close it, and the next one needs it again."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["revive"]

_COMPONENTS: Final = (
    "log_batcher",
    "metrics_batcher",
    "span_batcher",
    "metrics_aggregator",
    "session_flusher",
    "monitor",
)
_RUNNING: Final = "_running"
_FORGOTTEN: Final = ("_flusher_pid", "_thread_for_pid")
"""The process in which a component started its thread: without it the component starts a new one when it is needed."""


def revive(client: Any) -> None:
    """Set a closed client's threads working again; each is started when it is next needed."""
    for name in _COMPONENTS:
        component = getattr(client, name, None)
        if component is not None:
            _revive_component(component)


def _revive_component(component: Any) -> None:
    shutdown = getattr(component, "_SessionFlusher__shutdown_requested", None)
    if shutdown is not None:
        shutdown.clear()
    if hasattr(component, _RUNNING):
        component._running = True  # noqa: SLF001 - `close()` has no opposite
    for pid in _FORGOTTEN:
        if hasattr(component, pid):
            setattr(component, pid, None)
