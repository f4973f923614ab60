"""Whether a set of expectations, as markers make it, holds for what was captured.

Each captured thing answers to one expectation, and an expectation wants a number of them. The set holds when *some*
assignment exists: a wide expectation never takes from a narrow one the only thing that fits it.

Two questions suffice: can every expectation have its least number, and can every thing that fits any expectation find
a place within the most? When both hold, one assignment does both (Mendelsohn and Dulmage, "Some generalizations of
the problem of distinct representatives", 1958).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_errortrack.assertions._explaining import explain

from ._assignment import Kind, assign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._captured import Payload
    from pytest_errortrack.assertions._expecting import Count, Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["fits", "judge"]


def judge(
    expectations: Sequence[Expectation],
    captured: Sequence[Payload],
    *,
    recorder: Recorder,
    fitting: Sequence[Kind] | None = None,
) -> str | None:
    """Compose the message of the first expectation that does not hold, or return None when all do.

    Args:
        expectations: each with a count.
        captured: what was captured, in order.
        recorder: for what the SDK dropped.
        fitting: what `fits` said of these, where that is known already.
    """
    fitting = fits(expectations, captured) if fitting is None else fitting
    counts = [_count(each) for each in expectations]
    things = Counter(kind for kind in fitting if kind)
    loads, _ = assign([count.least for count in counts], things)
    short = next((number for number, load in enumerate(loads) if load < counts[number].least), None)
    if short is None:
        _, homeless = assign([count.most for count in counts], things)
        short = homeless[0] if homeless is not None else None
    if short is None:
        return _unproven(expectations, captured, recorder=recorder)
    found = sum(short in kind for kind in fitting)
    others = [expectations[number] for kind in fitting if short in kind for number in kind if number != short]
    return _message(expectations[short], found, captured, recorder=recorder, others=others)


def _unproven(expectations: Sequence[Expectation], captured: Sequence[Payload], *, recorder: Recorder) -> str | None:
    """Compose the message about what must be nowhere, and is not proven to be."""
    for expectation in expectations:
        headline = expectation.unproven(captured)
        if headline:
            return explain(headline, expectation, captured, recorder=recorder)
    return None


def fits(expectations: Sequence[Expectation], captured: Sequence[Payload]) -> list[Kind]:
    """Tell of each captured thing which expectations, by their numbers, it is as."""
    return [tuple(number for number, each in enumerate(expectations) if each.matches(item)) for item in captured]


def _count(expectation: Expectation) -> Count:
    if expectation.count is None:
        raise ValueError(f"an expectation without a count cannot be judged: {expectation}")
    return expectation.count


def _message(
    expectation: Expectation,
    found: int,
    captured: Sequence[Payload],
    *,
    recorder: Recorder,
    others: Sequence[Expectation],
) -> str:
    count = _count(expectation)
    headline = f"expected {count.of(expectation.vocabulary.noun)}, found {found}"
    if found in count:
        told = dict.fromkeys(f"  {other.asked_by}: {other}" for other in others)
        headline += ", which another expectation of this test needs or adds to\n" + "\n".join(told)
    return explain(headline, expectation, captured, recorder=recorder, nearest=False)  # its count tells of a lack
