"""What the SDKs dropped, and why, in the same words for both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import one_line

from ._layout import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_errortrack.assertions._recording import LostReport

__all__ = ["is_about", "lost_lines"]

MOST_LINES: Final = 12

_REASONS: Final = {
    "event_processor": "dropped by an event processor",
    "sample_rate": "not sampled",
    "ratelimit_backoff": "a rate limit of the server",
    "queue_overflow": "the queue was full",
    "network_error": "the server could not be reached",
    "send_error": "the server refused it",
    "internal_sdk_error": "the SDK failed to build it",
    "callback_error": "a callback of the application (before_send, say) raised",
    "buffer_overflow": "a buffer was full",
    "backpressure": "fewer are sent while the server is slow",
    "ignore_errors": "the option ignore_errors names its class",
    "client_closed": "the client had been closed",
}
_CALLBACKS: Final = {
    "transaction": "before_send_transaction",
    "span": "before_send_transaction",
    "log_item": "before_send_log",
    "trace_metric": "before_send_metric",
}
_TWICE: Final = "deduplicated, this very exception was captured before"
_DETAILS: Final = {
    "ignore_errors names it": "the option ignore_errors names its class",
    "ignore_transactions names it": "the option ignore_transactions names it",
    "this very exception was captured before": _TWICE,
    "deduplicated, the capture before it was of the same exception": _TWICE,
    "tracing is off: traces_sample_rate is not set": (
        "tracing is off, neither traces_sample_rate nor traces_sampler is set"
    ),
}
_PARTS: Final = {
    "span": "transaction",
    "log_byte": "log_item",
    "trace_metric_byte": "trace_metric",
}
"""What is counted beside something else, and tells a reader nothing more."""

_KINDS: Final = {
    "transaction": frozenset({"transaction", "span"}),
    "span": frozenset({"transaction", "span"}),
    "log": frozenset({"log_item"}),
    "metric": frozenset({"trace_metric", "metric_bucket"}),
    "check-in": frozenset({"monitor"}),
    "session": frozenset({"session"}),
    "attachment": frozenset({"attachment"}),
}
_ELSEWHERE: Final = frozenset().union(*_KINDS.values()) | _PARTS.keys()


def is_about(lost: LostReport, noun: str) -> bool:
    """Tell whether something lost is of the kind that a noun names."""
    if noun == "event":
        return lost.category not in _ELSEWHERE
    return lost.category in _KINDS.get(noun, {lost.category})


def lost_lines(lost: Iterable[LostReport]) -> list[str]:
    """Say what was dropped, one line a kind, bounded."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    for report in lost:
        kinds[_why(report), report.category, report.summary] += report.quantity
    told = [key for key in kinds if (key[0], _PARTS.get(key[1], ""), key[2]) not in kinds]
    lines: list[str] = []
    for why, category, summary in told[:MOST_LINES]:
        what = f" ({one_line(summary, longest=48)})" if summary else ""
        lines += wrapped(f"    {category} x{kinds[why, category, summary]}{what}: {why}", longest=88, hanging="      ")
    if len(told) > MOST_LINES:
        lines.append(f"    ... {len(told) - MOST_LINES} more kinds")
    return ["  dropped by the SDK:", *lines] if lines else []


def _why(report: LostReport) -> str:
    if report.detail in _DETAILS:
        return _DETAILS[report.detail]
    if report.reason == "before_send":
        callback = _CALLBACKS.get(report.category, "before_send")
        is_plain = report.detail in {"", f"{callback} returned None"}
        raised = report.detail == f"{callback} failed"
        more = "" if is_plain else f", {'which raised' if raised else report.detail}"
        return f"dropped by {callback}{more}"
    if report.detail.startswith("dropped by "):
        return report.detail
    reason = _REASONS.get(report.reason, report.reason)
    return f"{reason}: {report.detail}" if report.detail else reason
