"""What of a recording that serves several tests was captured while one of them ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pytest_errortrack.assertions._captured import Captured
from pytest_errortrack.assertions._errors import ExpectationError, NoRecording
from pytest_errortrack.assertions._recording import running_test

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["items_of_test"]

T = TypeVar("T")


def items_of_test(items: Sequence[T], name: str | None, *, noun: str) -> list[T]:
    """Choose what was captured while a test ran.

    Args:
        items: captured things.
        name: a node id, or the end of one from its last `::` on; None for the test that runs.
        noun: what they are, for an error.

    Raises:
        ExpectationError: things of which nobody knows which test ran.
        NoRecording: no name is given where pytest runs no test.
    """
    wanted = running_test() if name is None else name
    if not wanted:
        raise NoRecording("of_test() asks for what the running test reported, but pytest runs none here: name a test")
    chosen: list[T] = []
    for item in items:
        if not isinstance(item, Captured):
            raise ExpectationError(f"of_test() cannot tell which test ran when a {noun} was recorded; ask the events")
        if item.nodeid == wanted or item.nodeid.endswith(f"::{wanted}"):
            chosen.append(item)
    return chosen
