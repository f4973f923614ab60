"""How `sentry_sdk` counts what it drops: by category, and by the number of things that one item stands for.

https://develop.sentry.dev/sdk/telemetry/client-reports/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sentry_sdk.envelope import Item

__all__ = ["quantities", "sampling_detail"]

_BATCHED: Final = ("span", "log_item", "trace_metric")
_TRACED: Final = ("transaction", "span")
_BYTES: Final = {"log_item": "log_byte", "trace_metric": "trace_metric_byte"}


def sampling_detail(reason: str, category: str | None, options: Mapping[str, object] | None) -> str:
    """Say which option it was by which something is not sampled; empty for any other loss."""
    if reason != "sample_rate" or not options:
        return ""
    kind, rate = ("traces", "traces_sample_rate") if category in _TRACED else ("error", "sample_rate")
    return f"{kind}_sampler decided so" if options.get(f"{kind}_sampler") else f"{rate} is {options.get(rate)}"


def quantities(category: str | None, quantity: int, item: Item | None) -> Iterator[tuple[str, int]]:
    """Yield each category of a loss and how much of it was lost.

    Args:
        category: what the caller says was lost; an item knows better.
        quantity: how many.
        item: what was lost, where the caller has it.
    """
    if item is None:
        yield category or "default", quantity
        return
    category = str(item.data_category)
    count = item.headers.get("item_count") if category in _BATCHED else None
    if category == "attachment":
        yield category, len(item.get_bytes()) or 1  # an empty file is one thing, not none
        return
    yield category, count if isinstance(count, int) and count > 0 else 1
    if category in _BYTES:
        yield _BYTES[category], len(item.get_bytes())
    if category == "transaction":
        transaction = item.get_transaction_event() or {}
        yield "span", len(transaction.get("spans") or ()) + 1  # the transaction is a span itself
