"""Tests that ask for what is captured, and pass without a look at the errors among it: they prove little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import one_line

from ._strict import unclaimed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._captured import CapturedEvent
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["UnreadEventsWarning", "unread_events"]

MOST_TITLES: Final = 3
"""How many events a warning names."""


class UnreadEventsWarning(UserWarning):
    """A test asked for what is captured, captured errors, and passed without a look at any of it."""

    __module__ = "pytest_errortrack.assertions"  # where users import it from, to filter it

    @classmethod
    def about(cls, events: Sequence[CapturedEvent]) -> UnreadEventsWarning:
        """Make the warning for the events of one test."""
        number = len(events)
        titles = [one_line(event.title) for event in events[:MOST_TITLES]]
        more = f", ... {number - MOST_TITLES} more" if number > MOST_TITLES else ""
        return cls(
            f"the test captured {number} error event{'s' * (number != 1)} and looked at nothing that it captured: "
            f"{', '.join(titles)}{more}. Ask for what you expect, captured_events.one(...); or allow it on purpose, "
            "@pytest.mark.allow_events(...)"
        )


def unread_events(recorder: Recorder) -> list[CapturedEvent]:
    """List the events of level error or above of a test that looked at nothing; none where it looked at anything."""
    return [] if recorder.claims.has_looked else unclaimed(recorder, level="error")
