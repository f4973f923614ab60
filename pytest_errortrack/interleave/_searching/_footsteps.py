"""From an execution of the engine to what reduction sees of it: who did what after which choice, touching what."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_errortrack.interleave._accesses._access import UNKNOWN
from pytest_errortrack.interleave._labels import END_LABEL, START_LABEL
from pytest_errortrack.interleave._searching._happens_before import Execution, Step, Wait

if TYPE_CHECKING:
    from pytest_errortrack.interleave._accesses._access import Access
    from pytest_errortrack.interleave._running._history import History
    from pytest_errortrack.interleave._schedulers import Led

__all__ = ["footsteps", "is_cut_short"]


def footsteps(history: History, led: Led) -> Execution:
    """Return the steps of an execution, with what they waited for and what they touched."""
    touched: dict[int, list[Access]] = defaultdict(list)
    for index, accesses in history.accesses:
        touched[index] += accesses
    waits, stuck = _waits(history, led)
    steps = [
        Step(path, tuple(dict.fromkeys(touched.get(index, (UNKNOWN,)))), enabled, waits.get(number))
        for number, (index, path, enabled) in enumerate(zip(led.indexes, led.chosen, led.enabled, strict=True))
    ]
    numbers = {index: number for number, index in enumerate(led.indexes)}
    return Execution(
        steps,
        stuck,
        makers=_makers(history, led),
        rounds=[number for number, index in enumerate(led.indexes) if history.labels[index] == START_LABEL],
        readiness={(numbers[index], target): is_ready for (index, target), is_ready in history.readiness.items()},
    )


def is_cut_short(history: History) -> bool:
    """Tell whether the last actor was at a point where it could have gone on: daemons are not waited for."""
    last = len(history.labels) - 1
    if history.labels[last] == END_LABEL:
        return False
    return all(index != last for index, _, _, _ in history.waits)


def _waits(history: History, led: Led) -> tuple[dict[int, Wait], dict[str, Wait]]:
    """Return what was waited for before each step, and what was waited for in vain."""
    found: dict[int, Wait] = {}
    stuck: dict[str, Wait] = {}
    arrived: dict[str, list[tuple[int, Wait]]] = defaultdict(list)
    for index, actor, target, has_deadline in history.waits:
        arrived[history.paths[actor]].append((index, Wait(target, has_deadline)))
    went_on: dict[str, list[int]] = defaultdict(list)
    for number, path in enumerate(led.chosen):
        went_on[path].append(number)
    for path, pending in arrived.items():
        own = iter(went_on[path])
        for index, wait in pending:
            step = next((each for each in own if led.indexes[each] >= index), None)
            if step is None:
                stuck[path] = wait
            else:
                found[step] = wait
    return found, stuck


def _makers(history: History, led: Led) -> dict[str, int]:
    """Return the step that made each actor which another one made: the last before it could be chosen."""
    found: dict[str, int] = {}
    for number, enabled in enumerate(led.enabled):
        is_round = history.labels[led.indexes[number]] == START_LABEL
        for path in enabled:
            if path not in found:
                found[path] = -1 if is_round else number - 1
    return {path: number for path, number in found.items() if number >= 0}
