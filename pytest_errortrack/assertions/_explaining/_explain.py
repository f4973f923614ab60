"""The words of a failed expectation, and of the report section.

What was asked, what came, what nearly fitted, and why something is absent. Nearness is the number of places that
differ; of equals, the first captured. Everything is bounded, so that a test with ten thousand events fails in a
readable way.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedEvent, Payload
from pytest_errortrack.assertions._expecting import MISSING, Difference
from pytest_errortrack.assertions._wording import one_line, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_errortrack.assertions._expecting import Expectation
    from pytest_errortrack.assertions._recording import LostReport, Recorder

__all__ = ["captured_lines", "explain", "lost_lines", "report_section"]

MOST_LINES: Final = 12
"""How many captured things a text lists."""

MOST_CANDIDATES: Final = 500
"""How many captured things are searched for the nearest."""


def explain(
    headline: str,
    expectation: Expectation,
    captured: Sequence[Payload],
    *,
    recorder: Recorder | None,
    nearest: bool = True,
) -> str:
    """Compose the message of a failed expectation."""
    noun = expectation.vocabulary.noun
    lines = [f"{headline}", f"  asked by {expectation.asked_by}: {expectation}", *captured_lines(captured, noun=noun)]
    if nearest and captured:
        lines += _nearest_lines(expectation, captured, noun=noun)
    if recorder is not None:
        lines += lost_lines(recorder.lost)
        lines += _set_up_lines(recorder, captured)
    return "\n".join(lines)


def captured_lines(captured: Sequence[Payload], *, noun: str) -> list[str]:
    """List what was captured, one line each, bounded."""
    if not captured:
        return [f"  captured: no {noun}"]
    lines = [f"  captured {len(captured)} {noun}{'s' * (len(captured) != 1)}:"]
    shown = captured if len(captured) <= MOST_LINES else [*captured[: MOST_LINES - 2], captured[-1]]
    for index, item in zip(_indices(len(captured), len(shown)), shown, strict=True):
        lines.append(f"    {noun}s[{index}] {_title(item)}")
    if len(shown) < len(captured):
        lines.insert(-1, f"    ... {len(captured) - len(shown)} more ...")
    return lines


def lost_lines(lost: Iterable[LostReport]) -> list[str]:
    """Say what the SDKs dropped, and why, one line a kind."""
    kinds: Counter[tuple[str, str, str]] = Counter()
    for report in lost:
        why = f"{_REASONS.get(report.reason, report.reason)}{f': {report.detail}' if report.detail else ''}"
        kinds[why, report.category, report.summary] += report.quantity
    lines = [
        f"    {category} x{quantity}{f' ({one_line(summary)})' if summary else ''}: {one_line(why)}"
        for (why, category, summary), quantity in list(kinds.items())[:MOST_LINES]
    ]
    return ["  dropped by the SDK:", *lines] if lines else []


def report_section(recorder: Recorder) -> str:
    """Compose the section that a failing test gets: everything captured, bounded; empty when there is nothing."""
    lines: list[str] = []
    for event in recorder.events[:MOST_LINES]:
        lines += _event_lines(event)
    if len(recorder.events) > MOST_LINES:
        lines.append(f"... {len(recorder.events) - MOST_LINES} more events")
    lines += [f"transaction {transaction.title}" for transaction in recorder.transactions[:MOST_LINES]]
    lines += [line[2:] for line in lost_lines(recorder.lost)]
    if recorder.events and not all(event.circumstances.initialised for event in recorder.events):
        lines.append(_NEVER_INITIALISED)
    return "\n".join(lines)


_NEVER_INITIALISED: Final = (
    "note: the application never called init(), or gave no DSN; outside of a test nothing would have been sent"
)

_COMMAND_LINE: Final = "sys.argv"
"""An extra that `sentry_sdk` adds to each event: here it is always pytest's."""

_REASONS: Final = {
    "before_send": "dropped by before_send",
    "event_processor": "dropped by a filter",
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


def _nearest_lines(expectation: Expectation, captured: Sequence[Payload], *, noun: str) -> list[str]:
    candidates = [(expectation.mismatches(item), index) for index, item in enumerate(captured[:MOST_CANDIDATES])]
    different = [candidate for candidate in candidates if candidate[0]]
    if not different:
        return []
    found, index = min(different, key=lambda candidate: (len(candidate[0]), candidate[1]))
    lines = [f"  nearest: {noun}s[{index}], which differs in"]
    return [*lines, *(f"    {_difference(difference)}" for difference in found[:MOST_LINES])]


def _difference(difference: Difference) -> str:
    got = "there is none" if difference.got is MISSING else f"got {said(difference.got)}"
    wanted = "to find " if isinstance(difference.expected, re.Pattern) else ""
    return f"{difference.path}: expected {wanted}{said(difference.expected)}, {got}"


def _title(item: Payload) -> str:
    title = getattr(item, "title", repr(item))
    site = item.circumstances.site
    parts = [title, f"by {item.actor}" if item.actor and item.actor != "MainThread" else ""]
    if isinstance(item, CapturedEvent):
        parts.append(f"from {item.source}")
    parts.append(f"at {site}" if site else "")
    return "  ".join(part for part in parts if part)


def _event_lines(event: CapturedEvent) -> list[str]:
    lines = [_title(event)]
    for name in ("tags", "user", "extra"):
        value = {key: each for key, each in getattr(event, name).items() if key != _COMMAND_LINE}
        if value:
            lines.append(f"    {name} {said(value)}")
    crumbs = event.breadcrumbs[-3:]
    if crumbs:
        lines.append(f"    last breadcrumbs {said([crumb.message for crumb in crumbs])}")
    return lines


def _set_up_lines(recorder: Recorder, captured: Sequence[Payload]) -> list[str]:
    mocked = [f"  note: {one_line(str(each))}" for each in recorder.replaced if each.is_in_the_way()]
    return [*mocked[:MOST_LINES], *_initialisation_lines(recorder, captured)]


def _initialisation_lines(recorder: Recorder, captured: Sequence[Payload]) -> list[str]:
    if any(not item.circumstances.initialised for item in captured):
        return [f"  {_NEVER_INITIALISED}"]
    if not captured and not recorder.lost and not recorder.is_initialised():
        return ["  note: no SDK was ever initialised here, and none was asked to report anything"]
    return []


def _indices(total: int, shown: int) -> list[int]:
    return list(range(total)) if shown == total else [*range(shown - 1), total - 1]
