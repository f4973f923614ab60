"""The captured sequences: live, read-only, list-like, and able to say what they expected and did not find.

Handing out a thing claims it: an index, a slice, iteration and the calls that return things do. `len`, `==`, `in` and
`none` only look, and `repr` does neither, nor does it let anything arrive.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, overload

from pytest_errortrack.assertions._actors import current_task
from pytest_errortrack.assertions._captured import snapshots_of
from pytest_errortrack.assertions._errors import NoRecording
from pytest_errortrack.assertions._expecting import Count
from pytest_errortrack.assertions._explaining import absence

from ._asking import Asking
from ._slices import items_of_test
from ._waiting import read_timeout, waited_for

if TYPE_CHECKING:
    from pytest_errortrack.assertions._expecting import Vocabulary
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["CapturedSequence"]

T = TypeVar("T")


class CapturedSequence(Asking[T], Sequence[T]):
    """A live view of what a recording holds; a slice or a selection of it stays as it was when it was taken."""

    _vocabulary: ClassVar[Vocabulary]
    _is_batched: ClassVar[bool] = False
    """Whether an SDK sends them in batches, so that they may be pending when they are read."""

    def __init__(self, recorder: Callable[[], Recorder], items: Sequence[T] | None = None) -> None:
        """View a recording.

        Args:
            recorder: finds the recorder that is recording; asked at each read.
            items: the selection; None for everything the recorder holds.
        """
        self._recorder = recorder
        self._selection = items

    def _captured(self, recorder: Recorder) -> Sequence[T]:
        """Find them in a recorder."""
        raise NotImplementedError

    def _present(self) -> Sequence[T]:
        """Find all there are, after what is pending has arrived: at once and in memory."""
        if self._selection is not None:
            return self._selection
        recorder = self._recorder()
        if self._is_batched:
            recorder.flush_pending()
        return self._captured(recorder)

    def _items(self) -> list[T]:
        # A snapshot: another thread may be capturing while somebody iterates.
        return list(self._present())

    def _recorder_if_any(self) -> Recorder:
        return self._recorder()

    def _selected(self, items: Sequence[T]) -> Self:
        recorder = self._recorder()
        return type(self)(lambda: recorder, items)

    def __len__(self) -> int:
        items = self._present()
        self._look()
        return len(items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> T | Self:
        __tracebackhide__ = True
        items = self._items()
        self._look()
        if isinstance(index, slice):
            self._claim(items[index])
            return self._selected(items[index])
        try:
            found = items[index]
        except IndexError:
            were = f"{self._plural(len(items))} {'was' if len(items) == 1 else 'were'}"
            why = "" if items or self._selection is not None else absence(self._recorder(), noun=self._vocabulary.noun)
            message = f"{self._vocabulary.noun} {index} was asked for, but {were} captured{why}"
            raise IndexError(message) from None
        self._claim([found])
        return found

    def __iter__(self) -> Iterator[T]:
        return self._handed_out(self._items())

    def __reversed__(self) -> Iterator[T]:
        return self._handed_out(self._items()[::-1])

    def _handed_out(self, items: Iterable[T]) -> Iterator[T]:
        """Claim each as it is handed out: who stops early has not seen the others."""
        self._look()
        return self._claiming(items)

    def _claiming(self, items: Iterable[T]) -> Iterator[T]:
        for item in items:
            self._claim([item])
            yield item

    def __contains__(self, value: object) -> bool:
        items = self._items()
        self._look()
        return value in items

    def index(self, value: object, start: int = 0, stop: int = sys.maxsize) -> int:
        """Return the place of the first that is equal to a value; a ValueError where there is none."""
        items = self._items()
        self._look()
        return items.index(value, start, stop)  # type: ignore[arg-type] # equality decides, not the type

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CapturedSequence):
            other._look()
            other = other._items()
        if not isinstance(other, list | tuple):
            return NotImplemented
        items = self._items()
        self._look()
        return items == list(other)

    __hash__ = None  # type: ignore[assignment] # a live view

    def __repr__(self) -> str:
        try:
            present = self._captured(self._recorder()) if self._selection is None else self._selection
        except NoRecording:
            return f"<captured {self._vocabulary.noun}s: nothing is being captured here>"
        return f"<{len(present)} captured {self._plural(len(present), counted=False)}>"

    def _plural(self, number: int, *, counted: bool = True) -> str:
        noun = f"{self._vocabulary.noun}{'s' * (number != 1)}"
        return f"{number} {noun}" if counted else noun

    @property
    def first(self) -> T:
        """The first one; an IndexError where there is none."""
        __tracebackhide__ = True
        return self[0]

    @property
    def last(self) -> T:
        """The last one; an IndexError where there is none."""
        __tracebackhide__ = True
        return self[-1]

    @overload
    def wait_for(
        self,
        expected: Mapping[str, object] | None = None,
        /,
        *,
        count: int | tuple[int | None, int | None],
        timeout: float = 1.0,
        **keywords: object,
    ) -> Self: ...
    @overload
    def wait_for(
        self, expected: Mapping[str, object] | None = None, /, *, timeout: float = 1.0, **keywords: object
    ) -> T: ...
    def wait_for(
        self, expected: Mapping[str, object] | None = None, /, *, timeout: float = 1.0, **keywords: object
    ) -> T | Self:
        """Wait until another thread or process has reported what is expected.

        Args:
            expected: the expectation as a mapping, instead of keywords.
            timeout: seconds to wait at the most. Inside an interleaved actor there is no waiting: time is virtual.
            **keywords: the expectation; with `count`, that many are waited for.

        Returns:
            The first that is as expected; with `count`, all of them.

        Raises:
            AssertionError: it did not come in time.
            ExpectationError: an unknown keyword, or a value that nothing can have.
        """
        __tracebackhide__ = True
        expectation = self._expectation("wait_for", expected, keywords, counted=True)
        wait_s = read_timeout(timeout, asked_by=expectation.asked_by)
        count = expectation.count or Count(1, None)
        recorder = self._recorder()
        self._look()
        found = waited_for(
            expectation, count, recorder=recorder, things=self._present, timeout=wait_s, is_batched=self._is_batched
        )
        if len(found) not in count:
            headline = f"expected {count.of(self._vocabulary.noun)}, found {len(found)} within {wait_s:g} s"
            if current_task() is not None:
                headline += "\n  no task of this event loop could run meanwhile: await what reports, then read"
            raise self._failure(headline, expectation, self._items(), few=len(found) < count.least)
        self._refuse_unproven(expectation, self._items())
        self._claim(found if expectation.count else found[:1])
        return self._selected(found) if expectation.count else found[0]

    def of_test(self, name: str | None = None) -> Self:
        """Return what was captured while one test ran, of a recording that serves several.

        Args:
            name: the test's node id, or the end of it, `"test_refund[eur]"`; by default the test that runs.

        Raises:
            ExpectationError: this kind of thing does not know which test ran.
            NoRecording: no name is given where pytest runs no test.
        """
        return self._selected(items_of_test(self._items(), name, noun=self._vocabulary.noun))

    def normalized(self, *, keep: Sequence[str] = (), drop: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return everything as plain, sorted dicts and lists that are the same in every run, ready for a snapshot.

        Args:
            keep: names or paths of what is to stay although it differs from run to run: `"modules"`.
            drop: names or paths of what is to be left out besides: `"tags.request_id"`.

        Raises:
            ExpectationError: `keep` names nothing that would be replaced, or one of them is no list of names.
        """
        items = self._items()
        self._look()
        return snapshots_of(items, keep=keep, drop=drop)

    def clear(self) -> None:
        """Forget everything captured so far, of every kind."""
        self._recorder().clear()
