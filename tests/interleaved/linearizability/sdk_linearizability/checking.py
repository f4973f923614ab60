"""Comparing concurrent executions with sequential ones.

After Wing and Gong, *Testing and Verifying Concurrent Objects*, Journal of Parallel and Distributed Computing 1993, and
Lowe, *Testing for linearizability*, Concurrency and Computation 2017.

What an order of operations means is learned by performing them in that order, with the real SDK, each actor's in a
thread of its own. So nothing is modelled. An execution is linearizable if what it returned and left behind is what
some order returns and leaves behind in which no operation comes before one that had returned when it was called.
"""

from __future__ import annotations

import itertools
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self

from pytest_errortrack.interleave import Vacuous, explore
from sdk_linearizability.world import World, performing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_errortrack.interleave import Exploration, Interleaving
    from sdk_linearizability.operations import Operation

__all__ = [
    "WHERE_STATE_IS",
    "History",
    "NotLinearizable",
    "Program",
    "atomic",
    "explored",
    "is_atomic",
    "program",
    "sequential_meaning",
]

WHERE_STATE_IS = tuple(
    f"pytest_errortrack.sdk.{name}"
    for name in (
        *("_api", "_client", "_hub", "_integration", "_pipeline._losses", "_pipeline._marks", "_runtime"),
        *("_scope._ambient", "_scope._cell", "_scope._journal", "_scope._process", "_scope._scope"),
        *("tracing._record", "tracing._span", "tracing._transaction", "transport._http", "transport._memory"),
    )
)
"""The modules with objects that are changed. The others compute values from values that never change."""

_WAIT_S = 30.0
_FEW, _MANY = 25, 10_000

Order = tuple[tuple[str, int], ...]
"""Who came when, with which part of the operation."""


class NotLinearizable(AssertionError):  # noqa: N818 - a finding is named after what was found
    """No order of the operations explains what was seen."""


@dataclass(frozen=True, slots=True)
class Program:
    """What the actors do: by actor, who (the actor's letter and a number) performs which operation."""

    actors: Mapping[str, Mapping[str, Operation]]

    def orders(self) -> Iterator[Order]:
        """Yield every order of all parts in which each actor's parts keep theirs."""
        lines = [
            [(who, index) for who, operation in operations.items() for index in range(len(operation.steps()))]
            for operations in self.actors.values()
        ]
        yield from (tuple(order) for order in _merges(lines))


def program(*actors: Sequence[Operation]) -> Program:
    """Return the program in which the first actor performs the first operations, and so on."""
    return Program(
        {
            letter: {f"{letter}{number}": each for number, each in enumerate(operations, start=1)}
            for letter, operations in zip("abcd", actors, strict=False)
        }
    )


@dataclass(slots=True)
class History:
    """What happened: calls and returns in their order, and what was returned."""

    calls: dict[str, int] = field(default_factory=dict)
    returns: dict[str, int] = field(default_factory=dict)
    results: dict[str, object] = field(default_factory=dict)
    _clock: Iterator[int] = field(default_factory=itertools.count)

    def perform(self, world: Any, operations: Mapping[str, Operation]) -> None:
        """Perform an actor's operations, and take down when."""
        for who, operation in operations.items():
            performing.set(who)
            self.calls[who] = next(self._clock)
            self.results[who] = operation.perform(world, who)
            self.returns[who] = next(self._clock)

    def allows(self, order: Order) -> bool:
        """Tell whether an order has nothing before what had returned when it was called."""
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for place, (who, _) in enumerate(order):
            first.setdefault(who, place)
            last[who] = place
        return all(
            last[early] < first[late]
            for early, returned in self.returns.items()
            for late, called in self.calls.items()
            if returned < called
        )


def explored(
    program: Program, *, make: type[World] = World, modules: Sequence[str] = WHERE_STATE_IS, **options: Any
) -> Exploration:
    """Explore a program at level opcode; the failure, if there is one, is a `NotLinearizable`."""
    meaning = sequential_meaning(program, make)

    def scenario(interleaving: Interleaving) -> None:
        with make.opened() as world:
            history = History()
            bodies = {actor: _body(world, history, each) for actor, each in program.actors.items()}
            interleaving.run(**bodies)
            check(history, world.observed(history.results), meaning)

    return explore(scenario, level="opcode", modules=list(modules), **options)


def atomic(program: Program, **options: Any) -> Exploration:
    """Explore a program in all its schedules if that can be done with a few, else in those with one preemption."""
    found = explored(program, search="dpor", max_preemptions=None, budget=_FEW, **options)
    if found.failure is None and not found.complete:
        found = explored(program, search="exhaustive", max_preemptions=1, budget=_MANY, **options)
    return found


def is_atomic(found: Exploration) -> bool:
    """Tell whether an exploration was complete; where there was nothing to interleave, there was nothing to explore."""
    return isinstance(found.failure, Vacuous) or (found.failure is None and found.complete)


def check(history: History, observed: str, meaning: Mapping[Order, str]) -> None:
    """Find an order that explains what was seen.

    Raises:
        NotLinearizable: there is none; the message has what was seen, and what the nearest order leaves.
    """
    if any(left == observed and history.allows(order) for order, left in meaning.items()):
        return
    allowed = {order: left for order, left in meaning.items() if history.allows(order)}
    differences = [_difference(observed, left, order) for order, left in allowed.items()]
    raise NotLinearizable("no order explains it:\n" + "\n".join(sorted(differences, key=len)[:2]))


def sequential_meaning(program: Program, make: type[World] = World) -> dict[Order, str]:
    """Perform the operations in every order, one after the other; return what is seen after each."""
    return {order: _performed(program, order, make) for order in program.orders()}


def _performed(program: Program, order: Order, make: type[World]) -> str:
    operations = {who: each for actor in program.actors.values() for who, each in actor.items()}
    results: dict[str, object] = {}
    memos: dict[str, dict[str, Any]] = {who: {} for who in operations}
    with make.opened() as world, ExitStack() as stack:
        actors = {letter: stack.enter_context(_Actor(world)) for letter in program.actors}
        for who, index in order:
            step = operations[who].steps()[index]
            results[who] = actors[who[0]].do(_named(who, step, world, memos[who]))
        stack.close()
        return world.observed(results)


def _named(who: str, step: Callable[..., object], world: World, memo: dict[str, Any]) -> Callable[[], object]:
    def act() -> object:
        performing.set(who)
        return step(world, who, memo)

    return act


def _body(world: World, history: History, operations: Mapping[str, Operation]) -> Callable[[], None]:
    return lambda: world.enter(lambda: history.perform(world, operations))


class _Actor:
    """A thread that does what it is handed, piece by piece."""

    def __init__(self, world: World) -> None:
        self._inbox: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._outbox: SimpleQueue[tuple[object, BaseException | None]] = SimpleQueue()
        self._thread = threading.Thread(target=world.enter, args=(self._serve,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._inbox.put(None)
        self._thread.join(_WAIT_S)

    def do(self, act: Callable[[], object]) -> object:
        """Have something done, and wait for it."""
        self._inbox.put(act)
        result, error = self._outbox.get(timeout=_WAIT_S)
        if error is not None:
            raise error
        return result

    def _serve(self) -> None:
        while (act := self._inbox.get(timeout=_WAIT_S)) is not None:
            try:
                self._outbox.put((act(), None))
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is waited for
                self._outbox.put((None, error))


def _merges(lines: list[list[tuple[str, int]]]) -> Iterator[list[tuple[str, int]]]:
    lines = [line for line in lines if line]
    if not lines:
        yield []
    for index, line in enumerate(lines):
        rest = [*lines[:index], line[1:], *lines[index + 1 :]]
        for merged in _merges(rest):
            yield [line[0], *merged]


def _difference(observed: str, left: str, order: Order) -> str:
    seen, expected = observed.splitlines(), left.splitlines()
    words = " ".join(who if index == 0 else f"{who}.{index}" for who, index in order)
    missing = [f"    expected {line.strip()}" for line in expected if line not in seen]
    surplus = [f"    found    {line.strip()}" for line in seen if line not in expected]
    return "\n".join([f"  not {words}:", *missing, *surplus])
