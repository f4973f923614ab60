"""A transaction as a waterfall: its spans in the order of their tree, each as a bar within the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ._text import amount, seconds_of

if TYPE_CHECKING:
    from pytest_errortrack.assertions import CapturedSpan, CapturedTransaction
    from pytest_errortrack.sdk.protocol import Json

__all__ = ["Bar", "Waterfall", "waterfall"]

MOST_BARS: Final = 300
"""How many spans of one transaction are drawn."""

MOST_DEPTH: Final = 8
"""Spans below that are indented no further."""

_NARROWEST: Final = 0.4
"""What of a bar is always seen, in percent of the whole."""

_FINE: Final = frozenset({"", "ok", "cancelled"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One span.

    Attributes:
        depth: how deep in the tree; the transaction itself is 0.
        op: what kind of work it was.
        description: which.
        status: how it ended.
        left: where it begins, in percent of the whole.
        width: how long it is, in percent of the whole.
        took: how long it took, in words.
        failed: whether it ended badly.
        detached: whether its parent is not in the transaction.
    """

    depth: int
    op: str
    description: str
    status: str
    left: float
    width: float
    took: str
    failed: bool
    detached: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """All of it, and how many bars were left out."""

    bars: tuple[Bar, ...]
    more: int


def waterfall(transaction: CapturedTransaction) -> Waterfall:
    """Lay out a transaction."""
    begin, end = _extent(transaction)
    spans = _in_tree_order(transaction)
    shown = spans[:MOST_BARS]
    root = _bar(
        (0, transaction.op, transaction.name, transaction.status or ""),
        times=_times(transaction.payload),
        extent=(begin, end),
        detached=False,
    )
    bars = [
        _bar(
            (min(depth, MOST_DEPTH), span.op, span.description, str(span.status or "")),
            times=_times(span.payload),
            extent=(begin, end),
            detached=detached,
        )
        for depth, span, detached in shown
    ]
    return Waterfall((root, *bars), len(spans) - len(shown))


def _times(payload: Json) -> tuple[float | None, float | None]:
    return seconds_of(payload.get("start_timestamp")), seconds_of(payload.get("timestamp"))


def _extent(transaction: CapturedTransaction) -> tuple[float, float]:
    """Return from when to when, all spans included: a span may outlive its transaction."""
    times = [_times(payload) for payload in (transaction.payload, *(span.payload for span in transaction.spans))]
    begin = min((begin for begin, _ in times if begin is not None), default=0.0)
    return begin, max((end for _, end in times if end is not None), default=begin)


def _bar(
    said: tuple[int, str, str, str],
    *,
    times: tuple[float | None, float | None],
    extent: tuple[float, float],
    detached: bool,
) -> Bar:
    depth, op, description, status = said
    begin, end = times
    whole = extent[1] - extent[0]
    if begin is None or end is None or not whole > 0:
        took = amount(end - begin) if begin is not None and end is not None else "no times"
        return Bar(depth, op, description, status, 0.0, 100.0, took, status not in _FINE, detached)
    left = min(max((begin - extent[0]) / whole * 100, 0.0), 100.0 - _NARROWEST)
    width = min(max((end - begin) / whole * 100, _NARROWEST), 100.0 - left)
    took = amount(end - begin)
    return Bar(depth, op, description, status, round(left, 2), round(width, 2), took, status not in _FINE, detached)


def _in_tree_order(transaction: CapturedTransaction) -> list[tuple[int, CapturedSpan, bool]]:
    """Return depth, span and whether it hangs in the air; without recursion, and each span once, also in a circle."""
    children: dict[str | None, list[CapturedSpan]] = {}
    spans = list(transaction.spans)
    for span in spans:
        children.setdefault(span.parent_span_id, []).append(span)
    known = {span.span_id for span in spans}
    ordered: list[tuple[int, CapturedSpan, bool]] = []
    pending = [(1, span, False) for span in reversed(children.pop(transaction.span_id, []))]
    orphans = [span for parent, group in children.items() if parent not in known for span in group]
    pending[:0] = [(1, span, True) for span in reversed(orphans)]
    seen: set[int] = set()
    while pending:
        depth, span, detached = pending.pop()
        if id(span) in seen:
            continue
        seen.add(id(span))
        ordered.append((depth, span, detached))
        pending += [(depth + 1, child, False) for child in reversed(children.pop(span.span_id, []))]
    return ordered + [(1, span, True) for span in spans if id(span) not in seen]
