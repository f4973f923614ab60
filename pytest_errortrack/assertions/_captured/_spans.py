"""The spans of one captured transaction: a list, and it can be asked for what a test expects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, SupportsIndex, overload

from ._json import Json, mapping_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CapturedSpan", "CapturedSpans"]


@dataclass(frozen=True, slots=True, eq=False)
class CapturedSpan:
    """One finished span of a captured transaction."""

    payload: Json

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return str(self.payload.get("span_id") or "")

    @property
    def parent_span_id(self) -> str | None:
        """The span that this one belongs to."""
        return self.payload.get("parent_span_id")

    @property
    def trace_id(self) -> str | None:
        """The trace, 32 hexadecimal digits."""
        return self.payload.get("trace_id")

    @property
    def op(self) -> str:
        """What kind of work it was, `"db"`."""
        return str(self.payload.get("op") or "")

    @property
    def description(self) -> str:
        """Which work it was."""
        return str(self.payload.get("description") or "")

    @property
    def name(self) -> str:
        """Which work it was: the description, under the name that `start_span` gives it."""
        return self.description

    @property
    def status(self) -> str | None:
        """How it ended, `"ok"`."""
        return self.payload.get("status")

    @property
    def origin(self) -> str | None:
        """What made it, `"manual"`."""
        return self.payload.get("origin")

    @property
    def tags(self) -> Json:
        """The span's own tags."""
        return mapping_of(self.payload.get("tags"))

    @property
    def data(self) -> Json:
        """What else was said."""
        return mapping_of(self.payload.get("data"))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CapturedSpan):
            return self.payload == other.payload
        return self.payload == other if isinstance(other, Mapping) else NotImplemented

    __hash__ = None  # type: ignore[assignment] # a view of a mutable mapping

    def __repr__(self) -> str:
        return f"<CapturedSpan {self.title}>"

    @property
    def title(self) -> str:
        """Kind, what was done and how it ended, on one line."""
        return f"{self.op or 'span'} {self.description!r}{f' {self.status}' if self.status else ''}"[:160]


class _Answers(Protocol):
    """What answers for a list of spans: the captured sequences' own way to be asked."""

    def one(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> CapturedSpan: ...
    def find(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> CapturedSpan | None: ...
    def matching(
        self, expected: Mapping[str, object] | None = None, /, **keywords: object
    ) -> Iterable[CapturedSpan]: ...
    def none(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> None: ...
    def assert_ordered(self, steps: Iterable[Mapping[str, object]]) -> None: ...


class CapturedSpans(list[CapturedSpan]):
    """The finished spans of one transaction, in the order of the payload."""

    __slots__ = ()

    answers: ClassVar[Callable[[CapturedSpans], _Answers]]
    """Makes what answers; given by the layer that knows how expectations are judged and explained."""

    def one(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> CapturedSpan:
        """Return the only span that is as expected.

        Raises:
            AssertionError: none is, or more than one.
            ExpectationError: an unknown keyword, or a value that nothing can have.
        """
        __tracebackhide__ = True
        return type(self).answers(self).one(expected, **keywords)

    def find(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> CapturedSpan | None:
        """Return the first span that is as expected, or None."""
        __tracebackhide__ = True
        return type(self).answers(self).find(expected, **keywords)

    def matching(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> Self:
        """Return all spans that are as expected; with `count`, that many.

        Raises:
            AssertionError: their number is not `count`.
        """
        __tracebackhide__ = True
        return type(self)(type(self).answers(self).matching(expected, **keywords))

    def none(self, expected: Mapping[str, object] | None = None, /, **keywords: object) -> None:
        """Make sure that not one span is like this.

        Raises:
            AssertionError: at least one is.
        """
        __tracebackhide__ = True
        type(self).answers(self).none(expected, **keywords)

    def assert_ordered(self, steps: Iterable[Mapping[str, object]]) -> None:
        """Make sure that spans like these are there in this order; others may stand between them.

        Raises:
            AssertionError: they are not.
        """
        __tracebackhide__ = True
        type(self).answers(self).assert_ordered(steps)

    @overload
    def __getitem__(self, index: SupportsIndex) -> CapturedSpan: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: SupportsIndex | slice) -> CapturedSpan | Self:
        found = super().__getitem__(index)
        return type(self)(found) if isinstance(found, list) else found
