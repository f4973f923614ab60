"""Expectations of several things in an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from pytest_errortrack.assertions._errors import ExpectationError
from pytest_errortrack.assertions._expecting import Expectation, Vocabulary, earliest_places
from pytest_errortrack.assertions._explaining import explain, explain_order
from pytest_errortrack.assertions._wording import Hidden, hiding

if TYPE_CHECKING:
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["found_in_order"]

T = TypeVar("T")


def found_in_order(
    vocabulary: Vocabulary, steps: object, items: Sequence[T], *, by: str, recorder: Recorder | None
) -> list[T]:
    """Find for each step a thing after that of the step before.

    Raises:
        AssertionError: there is none for one of them; or something is as one of them says but for what must be nowhere.
        ExpectationError: steps that are no list of mappings, or of which one cannot be asked.
    """
    __tracebackhide__ = True
    expectations = _expectations(vocabulary, steps, by=by)
    hidden = Hidden() if recorder is None else recorder.hidden
    hidden.add(text for each in expectations for text in each.hidden)
    places = earliest_places([each.matches for each in expectations], items)
    if len(places) < len(expectations):
        with hiding(hidden):
            raise AssertionError(explain_order(expectations, places, items, recorder=recorder))
    for expectation in expectations:
        headline = expectation.unproven(items)
        if headline:
            raise AssertionError(explain(headline, expectation, items, recorder=recorder))
    return [items[place] for place in places]


def _expectations(vocabulary: Vocabulary, steps: object, *, by: str) -> list[Expectation]:
    __tracebackhide__ = True
    if isinstance(steps, Mapping | str | bytes) or not isinstance(steps, Iterable):
        raise ExpectationError(f"{by} takes a list of mappings, each the keywords of one step; got {steps!r}")
    listed = list(steps)
    for step in listed:
        if not isinstance(step, Mapping):
            raise ExpectationError(f"{by} takes a list of mappings, each the keywords of one step; one is {step!r}")
    try:
        return [
            Expectation.parse(vocabulary, step, asked_by=f"{by}, step {number} of {len(listed)}")
            for number, step in enumerate(listed, start=1)
        ]
    except ExpectationError as error:
        raise error.with_traceback(None) from None
