"""Everything that a test's markers, and its strictness, demand of what it captured, and whether that holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_errortrack.assertions._captured import CapturedEvent
from pytest_errortrack.assertions._explaining import explain
from pytest_errortrack.assertions._wording import hiding

from ._judgement import fits, judge
from ._strict import judge_strictly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from pytest_errortrack.assertions._captured import Payload
    from pytest_errortrack.assertions._expecting import Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["Forbidden", "Terms"]


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What must not be captured.

    Attributes:
        expectation: what it is like.
        exempt: what is expected all the same, by whoever stands as near to the test or nearer.
    """

    expectation: Expectation
    exempt: tuple[Expectation, ...] = ()

    def judge(self, recorder: Recorder) -> str | None:
        """Compose the message about what was captured nevertheless, or return None.

        What was cleared before anybody claimed it was captured as well.
        """
        forbidden = self._without_the_exempt() if self.exempt else self.expectation
        cleared = [each for each in recorder.cleared if isinstance(each, CapturedEvent)]
        gone = sum(map(forbidden.matches, cleared))
        captured = [*cleared, *recorder.events] if gone else list(recorder.events)
        found = sum(map(forbidden.matches, captured))
        if not found:
            return None
        such = "such " if self.expectation.criteria or self.expectation.where else ""
        noun = self.expectation.vocabulary.noun
        beside = " beside what is expected" if self.exempt else ""
        headline = f"expected no {such}{noun}{beside}, found {found}{_cleared(gone, found)}"
        return explain(headline, forbidden, captured, recorder=None, nearest=False)

    def _without_the_exempt(self) -> Expectation:
        own = self.expectation.where

        def no_other_marker_expects_it(item: Payload) -> bool:
            return (own is None or bool(own(item))) and not any(each.matches(item) for each in self.exempt)

        no_other_marker_expects_it.__qualname__ = no_other_marker_expects_it.__name__  # as a message names it
        return replace(self.expectation, where=no_other_marker_expects_it)


def _cleared(gone: int, found: int) -> str:
    if not gone:
        return ""
    were = "was" if gone == 1 else "were"
    return f", which {were} cleared before" if gone == found else f", of which {gone} {were} cleared before"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a test demands of everything that it captures.

    Attributes:
        events: what must be among its events, each with a count.
        transactions: what must be among its transactions, each with a count.
        forbidden: what must not be among its events.
        allowed: what strict mode lets pass; of each with a count no more than that.
        strict: the level from which strict mode judges; `off` for no strict mode.
    """

    events: tuple[Expectation, ...] = ()
    transactions: tuple[Expectation, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    allowed: tuple[Expectation, ...] = ()
    strict: str = "off"

    @property
    def say_anything(self) -> bool:
        """Tell whether anything at all is demanded, so that what a test captures is looked at."""
        return bool(self.events or self.transactions or self.forbidden or self.allowed) or self.strict != "off"

    @property
    def hidden(self) -> tuple[str, ...]:
        """What is not to be shown in any text about what was captured: what must be nowhere."""
        return tuple(text for each in (*self.events, *self.transactions, *self.allowed) for text in each.hidden)

    def _hiding(self, recorder: Recorder) -> AbstractContextManager[None]:
        recorder.hidden.add(self.hidden)
        return hiding(recorder.hidden)

    def judge(self, recorder: Recorder) -> str | None:
        """Compose the message of the first thing that does not hold, or return None when all does.

        What markers are about that hold is claimed.
        """
        with self._hiding(recorder):
            return (
                self._judge_expected(self.events, recorder.events, recorder=recorder)
                or self._judge_expected(self.transactions, recorder.transactions, recorder=recorder)
                or self._judge_unexpected(recorder)
            )

    def judge_at_the_end(self, recorder: Recorder) -> str | None:
        """Judge once more what must not come at all: more of it may have come since.

        What was expected is not judged a second time; but what came in addition is only claimed where it fits too.
        """
        with self._hiding(recorder):
            if self._judge_strictly(recorder) is not None:
                self._judge_expected(self.events, recorder.events, recorder=recorder)
            return self._judge_unexpected(recorder)

    def judge_unexpected(self, recorder: Recorder) -> str | None:
        """Judge only what must not come at all: what was captured before a body that starts from nothing."""
        for expectation in self.events:
            recorder.claims.claim(event for event in recorder.events if expectation.matches(event))
        with self._hiding(recorder):
            return self._judge_unexpected(recorder)

    def _judge_expected(
        self, expectations: Sequence[Expectation], captured: Sequence[Payload], *, recorder: Recorder
    ) -> str | None:
        if not expectations:
            return None
        captured = list(captured)
        fitting = fits(expectations, captured)
        message = judge(expectations, captured, recorder=recorder, fitting=fitting)
        if message is None:
            recorder.claims.claim(captured[index] for index, kind in enumerate(fitting) if kind)
        return message

    def _judge_unexpected(self, recorder: Recorder) -> str | None:
        for each in self.forbidden:
            message = each.judge(recorder)
            if message is not None:
                return message
        return self._judge_strictly(recorder)

    def _judge_strictly(self, recorder: Recorder) -> str | None:
        return None if self.strict == "off" else judge_strictly(recorder, level=self.strict, allowed=self.allowed)
