"""What a client tells a server that it lost."""

from __future__ import annotations

from pytest_errortrack import sdk


def losses(memory):
    """Return what the client reports as lost, by reason and category."""
    sdk.flush()
    counts = {}
    for report in memory.client_reports:
        for entry in report["discarded_events"]:
            key = entry["reason"], entry["category"]
            counts[key] = counts.get(key, 0) + entry["quantity"]
    return counts
