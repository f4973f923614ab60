"""What an item counts as, for rate limits and for the record of what was lost.

https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/ and .../client-reports/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.sdk._errors import BadEnvelope

if TYPE_CHECKING:
    from pytest_errortrack.sdk.protocol._envelope import Item
    from pytest_errortrack.sdk.protocol._json import Event

__all__ = ["CATEGORIES", "categories_of", "category_of", "quantities_of", "summarise", "summary_of"]

_CATEGORY_OF_ITEM = {
    "event": "error",
    "transaction": "transaction",
    "attachment": "attachment",
    "session": "session",
    "sessions": "session",
    "check_in": "monitor",
    "log": "log_item",
    "trace_metric": "trace_metric",
    "span": "span",
    "feedback": "feedback",
    "profile": "profile",
    "profile_chunk": "profile_chunk",
    "replay_event": "replay",
    "replay_recording": "replay",
    "client_report": "internal",
}

CATEGORIES = frozenset(_CATEGORY_OF_ITEM.values()) | {"default", "log_byte", "metric_bucket"}
"""The data categories that a rate limit may name and that mean something here."""

_LONGEST_SUMMARY = 200


def category_of(item_type: str) -> str:
    """Return the data category of an item type; an unknown type is a category of its own."""
    return _CATEGORY_OF_ITEM.get(item_type, "default")


def categories_of(item_type: str) -> tuple[str, ...]:
    """Return every category whose limit is one for items of this type: a log's bytes are limited as well."""
    own = category_of(item_type)
    return (own, "log_byte") if own == "log_item" else (own,)


def quantities_of(item: Item) -> tuple[tuple[str, int], ...]:
    """Return what is lost with an item, by category; client reports are nobody's loss."""
    if item.type == "client_report":
        return ()
    if item.type == "attachment":
        return (("attachment", len(item.payload)),)
    if item.type == "transaction":
        return (("transaction", 1), ("span", len(_payload(item).get("spans") or ()) + 1))
    if item.type == "log":
        return (("log_item", _count(item)), ("log_byte", len(item.payload)))
    if item.type in {"trace_metric", "span"}:
        return ((category_of(item.type), _count(item)),)
    return ((category_of(item.type), 1),)


def _count(item: Item) -> int:
    """Return how many things a container holds, as its header says."""
    count = item.headers.get("item_count")
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 1


def summary_of(item: Item) -> str:
    """Return one line that tells a reader which item this was."""
    if item.type in {"event", "transaction"}:
        return summarise(_payload(item))
    return str(item.headers.get("filename") or item.type)


def summarise(event: Event) -> str:
    """Return one bounded line that tells a reader which event this is; empty when it says nothing of itself."""
    values = (event.get("exception") or {}).get("values")
    if values:
        last = values[-1]
        text = f"{last.get('type')}: {last.get('value')}"
    elif event.get("type") == "transaction":
        text = str(event.get("transaction") or "")
    else:
        logentry = event.get("logentry") or {}
        text = str(event.get("message") or logentry.get("formatted") or logentry.get("message") or "")
    return text[:_LONGEST_SUMMARY]


def _payload(item: Item) -> Event:
    try:
        payload = item.json()
    except BadEnvelope:  # a loss must be countable whatever was lost
        return {}
    return payload if isinstance(payload, dict) else {}
