"""The captured sequences: live, read-only, list-like, and able to say what they expected and did not find."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, Self, TypeVar, overload

from pytest_errortrack import interleave
from pytest_errortrack.assertions._actors import current_task
from pytest_errortrack.assertions._captured import CapturedBreadcrumb, CapturedEvent, CapturedTransaction, Payload
from pytest_errortrack.assertions._expecting import EVENTS, TRANSACTIONS, Count, Expectation, Vocabulary
from pytest_errortrack.assertions._explaining import explain
from pytest_errortrack.assertions._isolation import assert_isolated, refuse_unknown

if TYPE_CHECKING:
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["CapturedBreadcrumbs", "CapturedEvents", "CapturedSequence", "CapturedTransactions"]

T = TypeVar("T")
P = TypeVar("P", bound=Payload)


class CapturedSequence(Sequence[T], Generic[T]):
    """A live view of what a recording holds; a slice or a selection of it stays as it was when it was taken."""

    _noun: ClassVar[str] = "item"

    def __init__(self, recorder: Callable[[], Recorder], items: Sequence[T] | None = None) -> None:
        """View a recording.

        Args:
            recorder: finds the recorder that is recording; asked at each read.
            items: the selection; None for everything the recorder holds.
        """
        self._recorder = recorder
        self._selection = items

    def _captured(self, recorder: Recorder) -> Sequence[T]:
        raise NotImplementedError

    def _items(self) -> list[T]:
        # A snapshot: another thread may be capturing while somebody iterates.
        return list(self._captured(self._recorder()) if self._selection is None else self._selection)

    def __len__(self) -> int:
        return len(self._items())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> T | Self:
        items = self._items()
        if isinstance(index, slice):
            return type(self)(self._recorder, items[index])
        try:
            return items[index]
        except IndexError:
            plural = "s" * (len(items) != 1)
            raise IndexError(
                f"{self._noun} {index} was asked for, but {len(items)} {self._noun}{plural} captured"
            ) from None

    def __iter__(self) -> Iterator[T]:
        return iter(self._items())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CapturedSequence):
            return self._items() == other._items()
        return self._items() == list(other) if isinstance(other, list | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # a live view

    def __repr__(self) -> str:
        return f"<{len(self)} captured {self._noun}{'s' * (len(self) != 1)}>"

    @property
    def first(self) -> T:
        """The first one; an IndexError where there is none."""
        return self[0]

    @property
    def last(self) -> T:
        """The last one; an IndexError where there is none."""
        return self[-1]

    def clear(self) -> None:
        """Forget everything captured so far, of every kind."""
        self._recorder().clear()


class CapturedBreadcrumbs(CapturedSequence[CapturedBreadcrumb]):
    """Every breadcrumb recorded, sent with an event or not, oldest first."""

    _noun = "breadcrumb"

    def _captured(self, recorder: Recorder) -> Sequence[CapturedBreadcrumb]:
        return recorder.breadcrumbs


class _Expecting(CapturedSequence[P]):
    """A captured sequence that can be asked for what a test expects."""

    _vocabulary: ClassVar[Vocabulary]

    def one(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> P:
        """Return the only one that is as expected.

        Raises:
            AssertionError: none is, or more than one.
            ExpectationError: an unknown keyword, or a value that nothing can have.
        """
        __tracebackhide__ = True
        expectation, found = self._search("one", expected, keywords)
        if len(found) != 1:
            raise self._failure(f"expected exactly one {self._noun}, found {len(found)}", expectation, found)
        return found[0]

    def find(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> P | None:
        """Return the first one that is as expected, or None."""
        _, found = self._search("find", expected, keywords)
        return found[0] if found else None

    def matching(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> Self:
        """Return all that are as expected; with `count`, that many.

        Raises:
            AssertionError: their number is not `count`.
        """
        __tracebackhide__ = True
        expectation, found = self._search("matching", expected, keywords, counted=True)
        if expectation.count is not None and len(found) not in expectation.count:
            raise self._failure(f"expected {expectation.count.of(self._noun)}, found {len(found)}", expectation, found)
        return type(self)(self._recorder, found)

    def none(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> None:
        """Make sure that not one is like this.

        Raises:
            AssertionError: at least one is.
        """
        __tracebackhide__ = True
        expectation, found = self._search("none", expected, keywords)
        if found:
            raise self._failure(f"expected no such {self._noun}, found {len(found)}", expectation, found)

    def wait_for(
        self, expected: Mapping[str, object] | None = None, /, *, timeout: float = 1.0, **keywords: object
    ) -> P | Self:
        """Wait until another thread or process has reported what is expected.

        Args:
            expected: the expectation as a mapping, instead of keywords.
            timeout: seconds to wait at the most. Inside an interleaved actor there is no waiting: time is virtual.
            **keywords: the expectation; with `count`, that many are waited for.

        Returns:
            The first that is as expected; with `count`, all of them.

        Raises:
            AssertionError: it did not come in time.
        """
        __tracebackhide__ = True
        expectation = self._expectation("wait_for", expected, keywords, counted=True)
        count = expectation.count or Count(1, None)
        found = self._wait(expectation, count, timeout=timeout)
        if len(found) not in count:
            headline = f"expected {count.of(self._noun)}, found {len(found)} within {timeout:g} s"
            if current_task() is not None:
                headline += " (no task of this event loop could run meanwhile: await what reports, then read)"
            raise self._failure(headline, expectation, found)
        return type(self)(self._recorder, found) if expectation.count else found[0]

    def _wait(
        self,
        expectation: Expectation,
        count: Count,
        *,
        timeout: float,
        # Bound here, where nothing that freezes the application's clock looks for it: freezegun replaces every
        # module's `monotonic`, whatever the module calls it.
        monotonic: Callable[[], float] = time.monotonic,
    ) -> list[P]:
        recorder = self._recorder()
        deadline = monotonic() + timeout
        while True:
            seen = recorder.arrived
            found = [item for item in self._items() if expectation.matches(item)]
            remaining = deadline - monotonic()
            if len(found) >= count.least or remaining <= 0 or interleave.current_actor() is not None:
                return found
            recorder.wait_for_more(seen, timeout=remaining)

    def _expectation(
        self, call: str, expected: Mapping[str, object] | None, keywords: Mapping[str, object], *, counted: bool
    ) -> Expectation:
        mappings = () if expected is None else (expected,)
        return Expectation.parse(self._vocabulary, *mappings, asked_by=f"{call}()", counted=counted, **keywords)

    def _search(
        self, call: str, expected: Mapping[str, object] | None, keywords: Mapping[str, object], *, counted: bool = False
    ) -> tuple[Expectation, list[P]]:
        expectation = self._expectation(call, expected, keywords, counted=counted)
        return expectation, [item for item in self._items() if expectation.matches(item)]

    def _failure(self, headline: str, expectation: Expectation, found: Sequence[P]) -> AssertionError:
        recorder = self._recorder()
        return AssertionError(explain(headline, expectation, self._items(), recorder=recorder, nearest=not found))


class CapturedEvents(_Expecting[CapturedEvent]):
    """This test's error and message events, in the order in which they would have been sent."""

    _noun = "event"
    _vocabulary = EVENTS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedEvent]:
        return recorder.events

    def assert_isolated(
        self,
        *,
        key: Callable[[CapturedEvent], object] | None = None,
        shared: Sequence[str] = (),
        inherited: Sequence[str] = (),
        **unknown: object,
    ) -> None:
        """Make sure that no event or transaction carries data that an unrelated actor wrote.

        Args:
            key: instead of provenance, an id that the application stamps on its own events: each actor's events must
                have one, and no two actors the same.
            shared: what is meant to be shared, `"tags.release"` or `"tags"`.
            inherited: what actors must have from whoever started them, `"tags.tenant"`: what an ancestor wrote before
                it started the actor that captured has to be there.
            **unknown: refused, with a clear error.

        Raises:
            AssertionError: something is mixed up or missing; or nothing was captured, or by fewer than two actors: a
                proof of nothing.
            ExpectationError: an unknown keyword, or a path that is no list of paths.
        """
        __tracebackhide__ = True
        refuse_unknown(unknown)
        assert_isolated(self._recorder(), self._items(), key=key, shared=shared, inherited=inherited)


class CapturedTransactions(_Expecting[CapturedTransaction]):
    """This test's transactions, in the order in which they would have been sent."""

    _noun = "transaction"
    _vocabulary = TRANSACTIONS

    def _captured(self, recorder: Recorder) -> Sequence[CapturedTransaction]:
        return recorder.transactions
