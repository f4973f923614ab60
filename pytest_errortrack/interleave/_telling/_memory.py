"""Failing schedules of one test, remembered: over the examples of a property, and over runs.

Over runs they are kept in Hypothesis's example database, where there is one, as tokens. Over the examples of a property
they are what makes shrinking quick: the schedule of one failing example is tried first on the next, smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._errors import BadToken
from pytest_errortrack.interleave._telling._repeating import Repeater, splits_of
from pytest_errortrack.interleave._token import Token, decode

if TYPE_CHECKING:
    from pytest_errortrack.interleave._session import Outcome, Session

__all__ = ["Memory", "Remembered", "Tried"]

_MOST_REMEMBERED = 30
_MOST_KEPT = 10
_PREFIX = b"errortrack-interleavings\0"


@dataclass(frozen=True, slots=True)
class Remembered:
    """A schedule that failed.

    Attributes:
        text: its token.
        token: the same, read.
        is_kept: whether it is from an earlier run.
    """

    text: str
    token: Token
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying what is remembered.

    Attributes:
        schedules: how many were executed, the first of them in the default order.
        outcome: the last of them, if it failed.
        is_kept: whether that one was kept from an earlier run.
    """

    schedules: int = 0
    outcome: Outcome | None = None
    is_kept: bool = False


class Memory:
    """Remembers schedules of one test.

    Args:
        test: identifies the test in the database; empty keeps nothing over runs.
    """

    def __init__(self, test: str = "") -> None:
        self._key = _PREFIX + test.encode("utf-8", "replace") if test else b""
        self._remembered: list[Remembered] = []
        self._failed: dict[_hypothesis.Drawn, str] = {}
        self._tried: Remembered | None = None

    def load(self) -> None:
        """Remember what is kept in the database of the settings that hold now."""
        database = self._database()
        if database is None:
            return
        known = {each.text for each in self._remembered}
        for value in sorted(database.fetch(self._key)):
            text = value.decode("utf-8", "replace")
            try:
                token = decode(text)
            except BadToken:
                database.delete(self._key, value)
                continue
            if text not in known:
                self._remembered.append(Remembered(text, token, is_kept=True))

    def try_first(self, session: Session, drawn: _hypothesis.Drawn | None) -> Tried:
        """Execute what is remembered, the latest first, until one fails; forget what does not any more."""
        self._tried = None
        level = session.options.level
        candidates = [each for each in self._remembered if each.token.level == level]
        if not candidates:
            return Tried()
        repeater = Repeater(session)
        repeater.sequential()
        for each in candidates:
            repeater.splits = splits_of(each.token.deviations)
            outcome, _ = repeater.follow(each.token.deviations)
            if outcome.failure is not None:
                self._tried = each
                return Tried(repeater.executions, outcome, each.is_kept)
            if each.token.drawn == drawn:  # with the same data it should have failed again
                self._forget(each)
        return Tried(repeater.executions)

    def found(self, text: str, *, failure: str) -> None:
        """Remember the schedule of a failure that was just found; keep it, if it is the one that is shown."""
        if not text:
            return
        token = decode(text)
        self._remembered = [each for each in self._remembered if each.token.deviations != token.deviations]
        self._remembered.insert(0, Remembered(text, token, is_kept=False))
        del self._remembered[_MOST_REMEMBERED:]
        if token.drawn is not None:
            self._failed[token.drawn] = failure
        if _hypothesis.is_final():
            if self._tried is not None and self._tried.text != text:
                self._forget(self._tried)  # it led here, and is replaced
            self._keep(text)

    def expected(self, drawn: _hypothesis.Drawn | None) -> str:
        """Return how the same example failed before; nothing if it did not."""
        return "" if drawn is None else self._failed.get(drawn, "")

    def _keep(self, text: str) -> None:
        database = self._database()
        if database is None:
            return
        value = text.encode()
        others = [each for each in database.fetch(self._key) if each != value]
        for surplus in sorted(others)[_MOST_KEPT - 1 :]:
            database.delete(self._key, surplus)
        database.save(self._key, value)

    def _forget(self, one: Remembered) -> None:
        self._remembered = [each for each in self._remembered if each is not one]
        database = self._database()
        if database is not None:
            database.delete(self._key, one.text.encode())

    def _database(self) -> _hypothesis.Database | None:
        return _hypothesis.database() if self._key else None
