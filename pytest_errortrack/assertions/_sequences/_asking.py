"""Asking captured things for what a test expects: the calls that all kinds of them share.

`one find matching none count assert_ordered assert_not_contains`. What is handed out is claimed, what is only counted
or compared is looked at: strict mode goes by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._expecting import Asked, Expectation, Vocabulary, nothing_sent, places_of, secrets_of
from pytest_errortrack.assertions._explaining import explain, explain_places
from pytest_errortrack.assertions._wording import Hidden, hiding

from ._order import found_in_order

if TYPE_CHECKING:
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["Asking"]

T = TypeVar("T")


class Asking(Generic[T]):
    """Things of one kind that can be asked."""

    _vocabulary: ClassVar[Vocabulary]
    _asked_as: ClassVar[str] = ""
    """What stands before the name of a call in a message."""

    def _items(self) -> list[T]:
        """Take a snapshot of them, after what is pending has arrived."""
        raise NotImplementedError

    def _recorder_if_any(self) -> Recorder | None:
        """Find the recorder that they belong to; None where they are part of a captured thing."""
        raise NotImplementedError

    def _selected(self, items: Sequence[T]) -> Self:
        """Make a selection of them, which stays as it is."""
        raise NotImplementedError

    def one(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> T:
        """Return the only one that is as expected.

        Raises:
            AssertionError: none is, or more than one; or, with `not_contains`, another one is but for what it contains.
            ExpectationError: an unknown keyword, or a value that nothing can have.
        """
        __tracebackhide__ = True
        expectation = self._expectation("one", expected, keywords)
        items, found = self._search(expectation)
        noun = self._vocabulary.noun
        if len(found) != 1:
            raise self._failure(f"expected exactly one {noun}, found {len(found)}", expectation, items, few=not found)
        self._refuse_unproven(expectation, items)
        self._claim(found)
        return found[0]

    def find(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> T | None:
        """Return the first one that is as expected, or None.

        Raises:
            AssertionError: nothing at all was captured that could contain what `not_contains` names.
        """
        __tracebackhide__ = True
        expectation = self._expectation("find", expected, keywords)
        items = self._items()
        self._look()
        if not items:
            self._refuse_unproven(expectation, items)
        found = next(filter(expectation.matches, items), None)
        if found is not None:
            self._claim([found])
        return found

    def matching(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> Self:
        """Return all that are as expected; with `count`, that many.

        Raises:
            AssertionError: their number is not `count`; or, with `not_contains`, another one is but for what it
                contains, or nothing at all was captured.
        """
        __tracebackhide__ = True
        expectation = self._expectation("matching", expected, keywords, counted=True)
        items, found = self._search(expectation)
        noun = self._vocabulary.noun
        if expectation.count is not None and len(found) not in expectation.count:
            few = len(found) < expectation.count.least
            headline = f"expected {expectation.count.of(noun)}, found {len(found)}"
            raise self._failure(headline, expectation, items, few=few)
        self._refuse_unproven(expectation, items)
        self._claim(found)
        return self._selected(found)

    def none(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> None:
        """Make sure that not one is like this.

        Raises:
            AssertionError: at least one is.
        """
        __tracebackhide__ = True
        expectation = self._expectation("none", expected, keywords, wants_none=True)
        items, found = self._search(expectation)
        if found:
            headline = f"expected no such {self._vocabulary.noun}, found {len(found)}"
            raise self._failure(headline, expectation, items, few=False)

    def count(self, value: object = None, /, **keywords: object) -> int:
        """Return how many are as expected.

        Args:
            value: the expectation as a mapping, instead of keywords; anything else: how many are equal to it.
            **keywords: the expectation.

        Raises:
            AssertionError: with `not_contains`, another one is as expected but for what it contains, or nothing at all
                was captured.
        """
        __tracebackhide__ = True
        if value is not None and not isinstance(value, Mapping):
            self._look()
            return sum(item is value or item == value for item in self._items())
        expectation = self._expectation("count", value, keywords)
        items, found = self._search(expectation)
        self._refuse_unproven(expectation, items)
        return len(found)

    def assert_ordered(self, steps: Iterable[Mapping[str, object]]) -> None:
        """Make sure that things like these are there in this order; others may stand between them.

        Args:
            steps: what is expected of each, as a mapping of keywords.

        Raises:
            AssertionError: the message names the first that was not found after the one before; or something is as a
                step says but for what its `not_contains` names.
            ExpectationError: what is no list of mappings, an unknown keyword, or a value that nothing can have.
        """
        __tracebackhide__ = True
        items = self._items()
        self._look()
        by = f"{self._asked_as}assert_ordered()"
        self._claim(found_in_order(self._vocabulary, steps, items, by=by, recorder=self._recorder_if_any()))

    def assert_not_contains(self, *secrets: str | bytes) -> None:
        """Make sure that these strings or bytes are nowhere in any of what was sent, also not encoded.

        Raises:
            AssertionError: one is somewhere; or nothing was captured: a proof of nothing.
            ExpectationError: nothing was given, or what is neither a string nor bytes, or empty.
        """
        __tracebackhide__ = True
        by = f"{self._asked_as}assert_not_contains()"
        try:
            wanted = secrets_of(Asked(by, "secrets", secrets))
        except ExpectationError as error:
            raise error.with_traceback(None) from None
        items = self._items()
        self._look()
        hidden = self._hidden(look for secret in wanted for look in secret.looks)
        noun = self._vocabulary.noun
        if not items:
            raise AssertionError(f"{nothing_sent(noun)}\n  asked by {by}\n  captured: no {noun}")
        places = [(index, found) for index, item in enumerate(items) if (found := places_of(wanted, item))]
        if places:
            with hiding(hidden):
                raise AssertionError(explain_places(places, items, noun=noun, asked_by=by, many=len(wanted) > 1))

    def _expectation(
        self,
        call: str,
        expected: Mapping[str, object] | None,
        keywords: Mapping[str, object],
        *,
        counted: bool = False,
        wants_none: bool = False,
    ) -> Expectation:
        __tracebackhide__ = True
        given: object = expected
        if expected is None or (isinstance(expected, Mapping) and keywords):
            given = {**(expected or {}), **keywords}
        try:
            expectation = Expectation.parse(
                self._vocabulary,
                given,
                asked_by=f"{self._asked_as}{call}()",
                counted=counted,
                wants_none=wants_none,
            )
        except ExpectationError as error:
            raise error.with_traceback(None) from None  # who reads it looks for the line that asked
        self._hidden(expectation.hidden)
        return expectation

    def _search(self, expectation: Expectation) -> tuple[list[T], list[T]]:
        __tracebackhide__ = True
        items = self._items()
        self._look()
        return items, list(filter(expectation.matches, items))

    def _refuse_unproven(self, expectation: Expectation, items: Sequence[T]) -> None:
        """Fail where it is not proven that what must be nowhere is nowhere."""
        __tracebackhide__ = True
        headline = expectation.unproven(items)
        if headline:
            raise self._failure(headline, expectation, items)

    def _failure(
        self, headline: str, expectation: Expectation, items: Sequence[T], *, few: bool = True
    ) -> AssertionError:
        recorder = self._recorder_if_any()
        with hiding(self._hidden(expectation.hidden)):
            return AssertionError(explain(headline, expectation, items, recorder=recorder, nearest=few))

    def _hidden(self, texts: Iterable[str]) -> Hidden:
        """Take note of what is not to be shown, in no text about the recording."""
        recorder = self._recorder_if_any()
        hidden = Hidden() if recorder is None else recorder.hidden
        hidden.add(texts)
        return hidden

    def _look(self) -> None:
        recorder = self._recorder_if_any()
        if recorder is not None:
            recorder.claims.look()

    def _claim(self, items: Iterable[T]) -> None:
        recorder = self._recorder_if_any()
        if recorder is not None:
            recorder.claims.claim(items)
