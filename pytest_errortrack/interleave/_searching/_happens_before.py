"""Happens-before: which steps of one execution are ordered by more than chance.

Two steps are ordered when one actor does both, when one makes the actor of the other, or when they conflict; and so is
what follows from these. Executions with the same order are equivalent: one of them stands for all (Mazurkiewicz, "Trace
Theory", 1986). Clocks hold, for each actor, its last step that comes before (Mattern, "Virtual Time and Global States
of Distributed Systems", 1988).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import conflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_errortrack.interleave._accesses._access import Access

__all__ = ["Clock", "Execution", "Order", "Step", "Wait"]

Clock = list[int]

_ANYTHING = 0  # the target of an access that may be to any object


@dataclass(frozen=True, slots=True)
class Wait:
    """What an actor waits for before its next step.

    Attributes:
        target: the identity of what has to be ready; None if only time has to pass.
        has_deadline: whether it goes on, too, when its time has run out.
    """

    target: int | None
    has_deadline: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What an actor did from one choice to the next.

    Attributes:
        actor: the path of the actor.
        accesses: all that it touched.
        enabled: the paths of those who could have been chosen.
        wait: what the actor had waited for, if anything.
    """

    actor: str
    accesses: tuple[Access, ...]
    enabled: tuple[str, ...] = ()
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution, as far as reduction is concerned.

    Attributes:
        steps: one for each choice.
        stuck: what the actors waited for that never went on.
        makers: the number of the step that made an actor, for those that another actor made.
        rounds: the numbers of the steps with which the scenario began to run other actors, after all had ended.
        readiness: whether others could have gone on past an object just before a step touched it, where that is known.
    """

    steps: Sequence[Step]
    stuck: Mapping[str, Wait] = field(default_factory=dict)
    makers: Mapping[str, int] = field(default_factory=dict)
    rounds: Sequence[int] = ()
    readiness: Mapping[tuple[int, int], bool] = field(default_factory=dict)


class Order:
    """The happens-before order of an execution.

    Args:
        execution: what is to be ordered.
        alike: the order of an execution that began with the same steps.
        shared: how many of these there are.

    Attributes:
        execution: what is ordered.
        actors: for each step, the path of its actor.
        identities: for each step, what identifies it in all executions in which the same comes before it.
        pasts: for each step, the identities of the last steps of each actor that come before it.
        rivals: for each step, the earlier ones that it conflicts with and that do not come before its actor got there.
        stuck: the same for the next steps of actors that never went on.
        previous: for each step, the last one without which its actor would not be there; -1 without any.
    """

    def __init__(self, execution: Execution, alike: Order | None = None, *, shared: int = 0) -> None:
        self.execution = execution
        self.identities: list[int] = []
        self.pasts: list[frozenset[int]] = []
        self.rivals: list[list[int]] = []
        self.stuck: dict[str, list[int]] = {}
        self.previous: list[int] = []
        self._numbers: dict[str, int] = {}
        self.actors = [step.actor for step in execution.steps]
        for actor in (*self.actors, *execution.stuck):
            self._numbers.setdefault(actor, len(self._numbers))
        self._owners = [self._numbers[actor] for actor in self.actors]
        self._contested = _contested(execution)
        self._clocks: list[Clock] = []
        self._last: Clock = [-1] * len(self._numbers)
        self._begun: Clock = list(self._last)
        self._touched = _Touched()
        rounds = set(execution.rounds)
        is_alike = alike is not None and alike._numbers == self._numbers  # noqa: SLF001 - of its own class
        for index, step in enumerate(execution.steps):
            if index in rounds:
                self._begun = list(self._last)
            accesses = step.accesses
            if self._contested is not None:
                accesses = tuple([access for access in accesses if access.target in self._contested])
            if is_alike and index < shared:
                assert alike is not None
                self._take_over(alike, index)
            else:
                self._add(index, step.actor, accesses)
            self._last[self._owners[index]] = index
            self._touched.add(index, accesses)
        for actor, wait in execution.stuck.items():
            if wait.target is not None:
                self.stuck[actor] = self._rivals_of_stuck(actor, wait.target)

    def __len__(self) -> int:
        return len(self._clocks)

    def precedes(self, first: int, second: int) -> bool:
        """Tell whether one step happens before another, or is it."""
        return self._clocks[second][self._owners[first]] >= first

    def own_identity(self, index: int) -> int:
        """Return the identity of the step that an actor did before one of its steps; 0 if none."""
        previous = self.previous[index]
        if previous < 0 or self._owners[previous] != self._owners[index]:
            return 0
        return self.identities[previous]

    def last_of(self, actor: str) -> int:
        """Return the number of an actor's last step."""
        return self._last[self._numbers[actor]]

    def touching(self, target: int) -> Iterator[int]:
        """Yield, in their order, the steps that touched an object."""
        return self._touched.steps(target)

    @property
    def trace(self) -> int:
        """What identifies the execution among those that are not equivalent to it."""
        return hash(frozenset(self.identities[last] for last in self._last if last >= 0))

    def _take_over(self, alike: Order, index: int) -> None:
        self.identities.append(alike.identities[index])
        self.pasts.append(alike.pasts[index])
        self.rivals.append(alike.rivals[index])
        self.previous.append(alike.previous[index])
        self._clocks.append(alike._clocks[index])

    def _add(self, index: int, actor: str, accesses: tuple[Access, ...]) -> None:
        number = self._owners[index]
        previous, clock = self._before(number, actor)
        rivals = self._touched.rivals(accesses, clock, self._owners) if accesses else []
        for rival in rivals:
            _join(clock, self._clocks[rival])
        identities = self.identities
        past = frozenset([identities[last] for last in clock if last >= 0])
        identities.append(hash((actor, past)))
        clock[number] = index
        self.pasts.append(past)
        self.rivals.append(rivals)
        self.previous.append(previous)
        self._clocks.append(clock)

    def _before(self, number: int, actor: str) -> tuple[int, Clock]:
        """Return the step without which an actor would not be there, and what comes before its next one at least."""
        previous = self._last[number]
        if previous >= 0:
            return previous, list(self._clocks[previous])
        clock = list(self._begun)
        maker = self.execution.makers.get(actor, -1)
        if maker >= 0:
            _join(clock, self._clocks[maker])
        return max(maker, *clock), clock

    def _rivals_of_stuck(self, actor: str, target: int) -> list[int]:
        _, clock = self._before(self._numbers[actor], actor)
        return self._touched.rivals_at(target, clock, self._owners)


def _contested(execution: Execution) -> set[int] | None:
    """Return the objects about which steps can conflict; None if some touch nobody knows what."""
    toucher: dict[int, str] = {}
    contested = {wait.target for wait in execution.stuck.values() if wait.target is not None}
    for step in execution.steps:
        for access in step.accesses:
            target = access.target
            if target == _ANYTHING:
                return None
            if toucher.setdefault(target, step.actor) != step.actor:
                contested.add(target)
    return contested


class _Touched:
    """What has been touched so far, and in which steps."""

    def __init__(self) -> None:
        self._writes: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
        self._reads: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
        self._all: list[tuple[int, tuple[Access, ...]]] = []
        self._has_any = False

    def add(self, index: int, accesses: tuple[Access, ...]) -> None:
        if accesses:
            self._all.append((index, accesses))
        for access in accesses:
            self._has_any = self._has_any or access.target == _ANYTHING
            kind = self._writes if access.is_write else self._reads
            kind.setdefault(access.target, []).append((index, access.part))

    def steps(self, target: int) -> Iterator[int]:
        found = {index for kind in (self._writes, self._reads) for index, _ in kind.get(target, ())}
        return iter(sorted(found))

    def rivals(self, accesses: tuple[Access, ...], clock: Clock, owners: list[int]) -> list[int]:
        """Return the steps that conflict with accesses and are not known to a clock."""
        found: set[int] = set()
        for access in accesses:
            if access.target == _ANYTHING:
                self._find_any(access, clock, owners, found)
            else:
                self._find(access.target, access, clock, owners, found)
                if self._has_any:
                    self._find(_ANYTHING, access, clock, owners, found)
        return sorted(found)

    def rivals_at(self, target: int, clock: Clock, owners: list[int]) -> list[int]:
        """Return the steps that touched an object and are not known to a clock."""
        return [index for index in self.steps(target) if clock[owners[index]] < index]

    def _find(self, target: int, access: Access, clock: Clock, owners: list[int], found: set[int]) -> None:
        part = access.part
        since = -1
        for index, other in reversed(self._writes.get(target, ())):
            if not _overlap(part, other):
                continue
            if clock[owners[index]] < index:
                found.add(index)
            elif len(other) <= len(part):
                since = index  # all that it conflicts with comes before it
                break
        if access.is_write:
            for index, other in reversed(self._reads.get(target, ())):
                if index < since:
                    break
                if clock[owners[index]] < index and _overlap(part, other):
                    found.add(index)

    def _find_any(self, access: Access, clock: Clock, owners: list[int], found: set[int]) -> None:
        for index, others in reversed(self._all):
            if clock[owners[index]] < index and any(conflict(access, other) for other in others):
                found.add(index)


def _overlap(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    if not one or not other:
        return True
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _join(clock: Clock, other: Clock) -> None:
    for number, last in enumerate(other):
        clock[number] = max(clock[number], last)
