"""Who wrote what a log or a metric of `sentry_sdk` takes from scopes: attributes, the user, the trace.

They have no id, and go into a batch right after they took it: what is found out when scopes are applied waits for the
moment at which the batch takes the very same entry. Spans that are sent one by one are no captured things of their
own; who writes on them is not told.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from pytest_errortrack.sdk.testing import Stamped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._traced_scope import TracedScope

__all__ = ["keep_stamps", "stamps_of"]

_USER: Final = {"user.id": "id", "user.name": "username", "user.email": "email", "user.ip_address": "ip_address"}

_kept: Final[ContextVar[tuple[object, tuple[Stamped, ...]] | None]] = ContextVar("errortrack_entry", default=None)


def keep_stamps(scope: TracedScope, entry: Any, before: dict[str, Any]) -> None:
    """Remember who wrote what an entry just took from a merged scope.

    Args:
        scope: the merged scope.
        entry: the log or metric.
        before: what it had said itself.
    """
    _kept.set((entry, tuple(_stamped(scope, entry, before))))


def stamps_of(entry: object) -> tuple[Stamped, ...]:
    """Return what is known of an entry that goes into a batch, once."""
    kept = _kept.get()
    _kept.set(None)
    return kept[1] if kept is not None and kept[0] is entry else ()


def _stamped(scope: TracedScope, entry: Any, before: dict[str, Any]) -> Iterator[Stamped]:
    attributes, own = entry.get("attributes") or {}, before.get("attributes") or {}
    for (field, key), (value, stamp, _) in list((scope.marks or {}).items()):
        if field == "attributes" and key not in own and attributes.get(key) is value:
            yield Stamped(("attributes", str(key)), value, stamp)
        elif field == "user" and isinstance(value, dict):
            for name, word in _USER.items():
                if name not in own and name in attributes and attributes[name] is value.get(word):
                    yield Stamped(("attributes", name), attributes[name], stamp)
        elif field == "span" and not before.get("span_id") and entry.get("span_id") == getattr(value, "span_id", ""):
            yield Stamped(("span_id",), entry["span_id"], stamp)
        elif (
            field == "propagation_context"
            and not before.get("trace_id")
            and entry.get("trace_id") == getattr(value, "trace_id", "")
        ):
            yield Stamped(("trace_id",), entry["trace_id"], stamp)
