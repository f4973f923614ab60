"""When what an active test captured is judged, and what comes of it.

After the body, or after each run of it; and once more after the teardown, of what must not come at all. A failure is
an AssertionError of the phase in which it is found, so that `xfail`, reruns and reports treat it like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_errortrack.assertions import UnreadEventsWarning, unread_events

from ._entry import FIXTURES, UNREAD

if TYPE_CHECKING:
    import pytest

    from ._attempt import Attempt

__all__ = ["judge_body", "judge_set_up", "judge_teardown", "mark_unread", "tell_unread"]


def judge_set_up(attempt: Attempt) -> None:
    """Judge what the set-up reported, before the first run of a body that starts each of its runs from nothing.

    Raises:
        AssertionError: what must not come at all came.
    """
    __tracebackhide__ = True
    _raise(attempt.demands.terms.judge_unexpected(attempt.recorder))


def judge_body(attempt: Attempt) -> None:
    """Judge what was captured once a body has returned, or a run of it.

    Raises:
        AssertionError: it is not what the markers, or strict mode, demand.
    """
    __tracebackhide__ = True
    if attempt.is_judged and not attempt.runs_apart:
        _raise(attempt.demands.terms.judge(attempt.recorder))


def judge_teardown(attempt: Attempt) -> None:
    """Judge once more, after the teardown of a test that passed, what must not come at all.

    Raises:
        AssertionError: it came.
    """
    __tracebackhide__ = True
    if attempt.is_in_call and attempt.is_judged:
        _raise(attempt.demands.terms.judge_at_the_end(attempt.recorder))


def tell_unread(attempt: Attempt) -> int:
    """Warn of a test that asks for what it captures, and passed without a look at the errors among it.

    After the teardown: a fixture may look there. Tests that capture for another reason are only counted.

    Returns:
        How many errors of this test nobody looked at, of which no warning tells.
    """
    __tracebackhide__ = True
    is_over = attempt.is_in_call and attempt.is_judged and attempt.settings.strict == "off"
    if not is_over or attempt.demands.terms.say_anything:
        return 0
    unread = unread_events(attempt.recorder)
    if unread and _asks_itself(attempt.item):
        attempt.item.warn(UnreadEventsWarning.about(unread))
        return 0
    return len(unread)


def mark_unread(report: pytest.TestReport, number: int) -> None:
    """Let the report carry the number to the summary, from whichever process."""
    if number:
        setattr(report, UNREAD, number)


def _asks_itself(item: pytest.Item) -> bool:
    """Tell whether a test names one of the fixtures among its own arguments; a fixture may ask for many tests."""
    own = getattr(getattr(item, "_fixtureinfo", None), "argnames", ())
    return not FIXTURES.isdisjoint(own)


def _raise(message: str | None) -> None:
    __tracebackhide__ = True
    if message is not None:
        raise AssertionError(message)
