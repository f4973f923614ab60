"""Races: two steps that conflict and could have come in the other order.

Where an operation has to wait, such as the acquisition of a lock, the step that let it go on is no race with it: before
that, it could not have come. The race is with the step that took away what it waited for (Abdulla, Aronis, Jonsson,
Sagonas, "Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction", JACM 2017, on disabling).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_errortrack.interleave._searching._happens_before import Order, Wait

__all__ = ["Race", "races"]


class Race(NamedTuple):
    """A race, and what has to be done to reverse it.

    Attributes:
        first: the number of the step that came first.
        second: the number of the other; None if its actor never got to it.
        actor: the path of the actor of the second.
        between: the steps after the first that do not need it.
        is_certain: whether the actor can certainly go on after these.
    """

    first: int
    second: int | None
    actor: str
    between: tuple[int, ...]
    is_certain: bool


def races(order: Order) -> Iterator[Race]:
    """Yield all races, the earliest second step first."""
    steps = order.execution.steps
    for second in range(len(order)):
        if order.rivals[second]:
            step = steps[second]
            yield from _races_of(order, second, step.actor, step.wait, rivals=order.rivals[second])
    for actor, rivals in order.stuck.items():
        yield from _races_of(order, None, actor, order.execution.stuck[actor], rivals=rivals)


def _races_of(
    order: Order, second: int | None, actor: str, wait: Wait | None, *, rivals: Sequence[int]
) -> Iterator[Race]:
    """Yield the races of one step, the latest first.

    One that comes before another is not reversed itself: it is found again when the other has been. But that holds only
    where the other can be reversed.
    """
    certain: list[int] = []
    arrived = order.last_of(actor) if second is None else order.previous[second]
    for first in reversed(rivals):
        if any(order.precedes(first, later) for later in certain):
            continue
        is_possible = wait is None or _could_go_on(order, first, second, actor, wait, arrived=arrived)
        if is_possible is False:
            continue
        if is_possible:
            certain.append(first)
        yield Race(first, second, actor, _between(order, first), is_certain=bool(is_possible))


def _between(order: Order, first: int) -> tuple[int, ...]:
    return tuple([index for index in range(first + 1, len(order)) if not order.precedes(first, index)])


def _could_go_on(order: Order, first: int, second: int | None, actor: str, wait: Wait, *, arrived: int) -> bool | None:
    """Tell whether a waiting actor could have gone on before a step; None if that is not known."""
    was_there = arrived < first
    is_enabled = actor in order.execution.steps[first].enabled
    if wait.target is None:
        return was_there and is_enabled  # as long as anybody can go on, time does not pass
    is_ready = _was_ready(order, first, second, wait.target)
    if is_ready:
        return True
    if was_there and not _is_touched_between(order, first, wait.target):
        return is_enabled
    # The steps between may have taken what it waits for; but if its time had come before them, that still holds.
    may_be_late = was_there and is_enabled and wait.has_deadline
    return None if may_be_late else is_ready


def _was_ready(order: Order, first: int, second: int | None, target: int) -> bool | None:
    """Tell whether an object was ready before the first step that touched it and needs another step."""
    readiness = order.execution.readiness
    for index in order.touching(target):
        if index >= first and order.precedes(first, index):
            return readiness.get((index, target))
    return False if second is None else readiness.get((second, target), True)


def _is_touched_between(order: Order, first: int, target: int) -> bool:
    return any(index > first and not order.precedes(first, index) for index in order.touching(target))
