"""How the spans of a transaction answer what a test asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pytest_errortrack.assertions._captured import CapturedSpan, CapturedSpans
from pytest_errortrack.assertions._expecting import SPANS

from ._asking import Asking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["AskedSpans"]


class AskedSpans(Asking[CapturedSpan]):
    """The spans of one transaction, as they are asked: they belong to it, so that nobody claims one of them."""

    _vocabulary = SPANS
    _asked_as = "spans."

    def __init__(self, spans: Sequence[CapturedSpan]) -> None:
        self._spans = spans

    def __iter__(self) -> Iterator[CapturedSpan]:
        return iter(self._spans)

    def _items(self) -> list[CapturedSpan]:
        return list(self._spans)

    def _recorder_if_any(self) -> Recorder | None:
        return None

    def _selected(self, items: Sequence[CapturedSpan]) -> Self:
        return type(self)(items)


# The layer that knows what was captured knows nothing of expectations: it is given what answers.
CapturedSpans.answers = AskedSpans
