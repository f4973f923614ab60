"""Whole envelopes for snapshots: headers and payloads of each item, their ids named together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk import BadEnvelope

from ._normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.sdk import Envelope, Item

__all__ = ["normalise_envelopes"]


def normalise_envelopes(
    envelopes: Sequence[Envelope], *, keep: Sequence[str], drop: Sequence[str]
) -> list[dict[str, Any]]:
    """Return each envelope as `{"headers": ..., "items": [{"headers": ..., "payload": ...}]}`.

    The entries of a batch of logs, metrics or spans are the payload's list.
    """
    normal = iter(normalise([part for envelope in envelopes for part in _parts(envelope)], keep=keep, drop=drop))
    return [_rebuilt(envelope, normal) for envelope in envelopes]


def _parts(envelope: Envelope) -> Iterator[dict[str, Any]]:
    yield dict(envelope.headers)
    for item in envelope.items:
        yield {name: value for name, value in item.headers.items() if name != "length"}
        yield from _entries(item)


def _rebuilt(envelope: Envelope, normal: Iterator[dict[str, Any]]) -> dict[str, Any]:
    headers = next(normal)
    items = []
    for item in envelope.items:
        own = next(normal)
        entries = [next(normal) for _ in _entries(item)]
        if not _is_batch(item):
            (entry,) = entries
            items.append({"headers": own, "payload": entry.get("content", "") if _is_opaque(item) else entry})
        else:
            items.append({"headers": own, "payload": entries})
    return {"headers": headers, "items": items}


def _entries(item: Item) -> list[dict[str, Any]]:
    if _is_opaque(item):
        return [{"content": item.payload.decode("utf-8", "backslashreplace")}]
    payload: Any = item.json()
    return [entry for entry in payload["items"] if isinstance(entry, dict)] if _is_batch(item) else [payload]


def _is_opaque(item: Item) -> bool:
    """Tell whether the payload is no JSON object: a file, or lines of a format of its own."""
    try:
        return item.type == "attachment" or not isinstance(item.json(), dict)
    except BadEnvelope:
        return True


def _is_batch(item: Item) -> bool:
    payload: Any = None if _is_opaque(item) else item.json()
    return isinstance(payload, dict) and isinstance(payload.get("items"), list)
