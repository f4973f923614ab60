"""The words of steps that are not there in their order, and of what is where it must not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_errortrack.assertions._wording import LONGEST, WIDTH

from ._absence import absence_lines
from ._asked import asked_lines
from ._layout import bounded, wrapped
from ._nearest import difference_lines, nearest_of
from ._titles import captured_lines, label, plural, titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_errortrack.assertions._expecting import Expectation, Secret
    from pytest_errortrack.assertions._recording import Recorder

__all__ = ["explain_order", "explain_places"]

MOST_THINGS: Final = 5
MOST_PLACES: Final = 4
MOST_STEPS: Final = 6


def explain_order(
    steps: Sequence[Expectation], places: Sequence[int], captured: Sequence[object], *, recorder: Recorder | None
) -> str:
    """Compose the message of steps of which one was not found after the one before.

    Args:
        steps: what was asked, each with its number in `asked_by`.
        places: where the first ones were found.
        captured: everything that was asked.
        recorder: for why something is absent.
    """
    missing = steps[len(places)]
    noun = missing.vocabulary.noun
    start = places[-1] + 1 if places else 0
    after = f" after {label(noun, places[-1])}" if places else ""
    lines = [
        f"expected {len(steps)} {plural(noun, len(steps))} in this order, found no step {len(places) + 1}{after}",
        *asked_lines(missing),
        *_found_lines(steps, places, noun=noun),
        *captured_lines(captured, noun=noun, marked=places, wanted=[*places[-MOST_STEPS:], start]),
    ]
    found = [missing.mismatches(item) for item in captured[start:]]
    near = nearest_of(found)
    if near is not None:
        lines.append(f"  nearest{' after it' if places else ''}: {label(noun, start + near)}, which differs in")
        lines += (f"    {line}" for difference in found[near] for line in difference_lines(difference))
    elif places:
        lines.append(f"  nothing comes after {label(noun, places[-1])}")
    taken = frozenset(places)
    early = (index for index in range(start) if index not in taken and missing.matches(captured[index]))
    earlier = next(early, None)
    if earlier is not None:
        lines.append(f"  {label(noun, earlier)} is like it, but comes too early")
    if recorder is not None:
        lines += absence_lines(recorder, captured, noun=noun)
    return "\n".join(bounded(lines))


def explain_places(
    places: Sequence[tuple[int, Sequence[tuple[Secret, Sequence[str]]]]],
    captured: Sequence[object],
    *,
    noun: str,
    asked_by: str,
    many: bool,
) -> str:
    """Compose the message of what is somewhere and must be nowhere.

    Args:
        places: by the number of each captured thing, the paths to each secret in it.
        captured: everything that was looked through.
        noun: what it is, in the singular.
        asked_by: the call.
        many: whether more than one secret was asked about, so that each has to be named.
    """
    total = f"{len(captured)} {plural(noun, len(captured))}"
    lines = [
        f"expected what was sent not to contain it, found it in {len(places)} of {total}",
        f"  asked by {asked_by}",
    ]
    for index, found in places[:MOST_THINGS]:
        lines.append(titled(captured[index], prefix=f"  {label(noun, index)} "))
        lines += (line for secret, paths in found for line in _place_lines(paths, secret, many=many))
    if len(places) > MOST_THINGS:
        lines.append(f"  ... {len(places) - MOST_THINGS} more {plural(noun, len(places) - MOST_THINGS)}")
    return "\n".join(bounded(lines))


def _place_lines(paths: Sequence[str], secret: Secret, *, many: bool) -> list[str]:
    which = f"{secret.name} " if many else ""
    lines = [f"    {line}" for path in paths[:MOST_PLACES] for line in wrapped(f"{which}in {path}", longest=WIDTH)]
    more = len(paths) - MOST_PLACES
    return [*lines, f"    ... {more} more places"] if more > 0 else lines


def _found_lines(steps: Sequence[Expectation], places: Sequence[int], *, noun: str) -> list[str]:
    shown = list(enumerate(zip(steps, places, strict=False), start=1))[-MOST_STEPS:]
    return [f"  step {number} is {label(noun, place)}: {step}"[:LONGEST] for number, (step, place) in shown]
