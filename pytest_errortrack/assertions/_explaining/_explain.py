"""The words of a failed expectation.

What was asked, what came, what nearly fitted and in what alone it differs, and why something is absent; where too much
came, in what that differs. Everything is bounded, so that a test with ten thousand events fails in a readable way: a
long value is shown in full, which is bounded too, where it differs, and only begun elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._captured import CapturedEvent

from ._absence import absence_lines
from ._asked import asked_lines
from ._layout import bounded
from ._nearest import difference_lines, nearest_of
from ._repeated import parted_lines
from ._titles import captured_lines, chain_of, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._expecting import Difference, Expectation
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["explain"]

MOST_DIFFERENCES: Final = 8


def explain(
    headline: str,
    expectation: Expectation,
    captured: Sequence[object],
    *,
    recorder: Recorder | None,
    nearest: bool = True,
) -> str:
    """Compose the message of a failed expectation.

    Args:
        headline: what was expected and what was found, in a line or two.
        expectation: what was asked.
        captured: everything that it was asked of.
        recorder: for why something is absent.
        nearest: whether too few were found; else too many.
    """
    noun = expectation.vocabulary.noun
    found = [expectation.mismatches(item) for item in captured]
    fitting = [index for index, differences in enumerate(found) if not differences]
    lacks = nearest or (expectation.count is not None and len(fitting) < expectation.count.least)
    near = nearest_of(found) if lacks else None
    lines = [*headline.splitlines(), *asked_lines(expectation)]
    lines += captured_lines(
        captured,
        noun=noun,
        marked=fitting if len(fitting) < len(captured) else (),
        wanted=fitting if near is None else [near, *fitting],
    )
    if near is not None:
        lines += _nearest(captured[near], found[near], name=label(noun, near))
    if not lacks:
        lines += parted_lines(captured, fitting, noun=noun)
    elif recorder is not None:
        lines += absence_lines(recorder, captured, noun=noun)
    return "\n".join(bounded(lines))


def _nearest(item: object, found: Sequence[Difference], *, name: str) -> list[str]:
    lines = [f"  nearest: {name}, which differs in"]
    chain = chain_of(item) if isinstance(item, CapturedEvent) else ""
    for difference in found[:MOST_DIFFERENCES]:
        told = difference_lines(difference, instead=chain if difference.path == "exception" else "")
        lines += (f"    {line}" for line in told)
    if len(found) > MOST_DIFFERENCES:
        lines.append(f"    ... {len(found) - MOST_DIFFERENCES} more")
    return lines
