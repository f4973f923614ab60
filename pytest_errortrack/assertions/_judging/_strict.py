"""Strict mode: a grave event that nobody claimed fails its test, and so does an SDK that failed itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedEvent
from pytest_errortrack.assertions._explaining import titled
from pytest_errortrack.assertions._recording import LostReport
from pytest_errortrack.assertions._wording import one_line

from ._assignment import Kind, assign
from ._judgement import fits
from ._levels import is_at_least

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_errortrack.assertions._expecting import Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["judge_strictly", "unclaimed"]

MOST_LINES: Final = 8
"""How many events, and how many ways to allow them, a message lists."""

_BROKEN: Final = frozenset({"internal_sdk_error", "callback_error"})
"""The reasons of losses that are nobody's wish (https://develop.sentry.dev/sdk/telemetry/client-reports/)."""


def unclaimed(recorder: Recorder, *, level: str) -> list[CapturedEvent]:
    """List the events of a level or above that nobody claimed; what was cleared unclaimed stays so."""
    return [
        each
        for each in (*recorder.cleared, *recorder.events)
        if isinstance(each, CapturedEvent) and is_at_least(each.level, level) and not recorder.claims.is_claimed(each)
    ]


def judge_strictly(recorder: Recorder, *, level: str, allowed: Sequence[Expectation] = ()) -> str | None:
    """Compose the message about what nobody claimed, or return None when all is claimed.

    Args:
        recorder: what was captured.
        level: events below it are let pass.
        allowed: what is let pass besides; of each with a count no more than that.
    """
    events = _beyond(allowed, unclaimed(recorder, level=level))
    if events:
        return "\n".join(_event_lines(events, level=level))
    broken = [
        each
        for each in (*recorder.cleared, *recorder.lost)
        if isinstance(each, LostReport) and each.reason in _BROKEN and not recorder.claims.is_claimed(each)
    ]
    return "\n".join(_broken_lines(broken)) if broken else None


def _beyond(allowed: Sequence[Expectation], events: Sequence[CapturedEvent]) -> list[CapturedEvent]:
    """List what has no place among what is allowed: each event takes one, and the first come first."""
    room = [None if each.count is None else each.count.most for each in allowed]
    placed: Counter[Kind] = Counter()
    beyond = []
    for event, kind in zip(events, fits(allowed, events), strict=True):
        placed[kind] += 1
        if not kind or assign(room, placed)[1] is not None:
            placed[kind] -= 1
            beyond.append(event)
    return beyond


def _event_lines(events: Sequence[CapturedEvent], *, level: str) -> list[str]:
    number = len(events)
    lines = [f"strict mode ({level}): {number} event{'s' * (number != 1)} that nothing claimed"]
    lines += _bounded(titled(event, prefix="    ") for event in events)
    lines.append("  expect it by a marker or a call: captured_events.one(...); or allow it on purpose:")
    return [*lines, *_bounded(dict.fromkeys(f"    @pytest.mark.allow_events({_words(event)})" for event in events))]


def _broken_lines(broken: Sequence[LostReport]) -> list[str]:
    lines = ["strict mode: the SDK, or a callback that it was given, failed"]
    lines += _bounded(f"    {one_line(_loss(lost))}" for lost in broken)
    return [*lines, "  to allow it on purpose, read errortrack.dropped in the test"]


def _loss(lost: LostReport) -> str:
    if lost.category == "internal":  # nothing is lost by it; what is lost is told apart
        return f"{lost.sdk}: {lost.summary}{f' ({lost.detail})' if lost.detail else ''}"
    why = ": ".join(part for part in (lost.summary, lost.detail) if part)
    return f"{lost.sdk} lost one {lost.category} ({lost.reason}){f'  {why}' if why else ''}"


def _bounded(lines: Iterable[str]) -> list[str]:
    told = list(lines)
    more = len(told) - MOST_LINES
    return [*told[:MOST_LINES], f"    ... {more} more"] if more > 0 else told


def _words(event: CapturedEvent) -> str:
    outermost = event.exception
    what = f"exception={outermost.qualified_name!r}" if outermost else f"message={event.message or ''!r}"
    return one_line(f"level={event.level!r}, {what}")
