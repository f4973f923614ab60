"""What a scenario is given: the means to run actors, to mark steps, and to read the virtual clock."""

from __future__ import annotations

import inspect
import itertools
import string
import sys
from collections.abc import Sequence
from types import CoroutineType, FunctionType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, final, overload

from pytest_errortrack.interleave._accesses._access import Access
from pytest_errortrack.interleave._controlled._threads import as_ordinary_thread
from pytest_errortrack.interleave._errors import Inconclusive, InterleaveError, NotAvailable
from pytest_errortrack.interleave._running._actor import Actor, here
from pytest_errortrack.interleave._running._identity import CLOCK_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.interleave._running._conduct import Conductor

__all__ = ["Interleaving", "Results"]

T = TypeVar("T")

_LAZY: Final = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
_RUN_COROUTINE: Final = "run it on a loop of the actor's own: lambda: asyncio.run(f())"
_RUN_GENERATOR: Final = "to call it runs none of its lines; go through it: lambda: list(f())"


@final
class Results(Sequence[T], Generic[T]):
    """What the actors of one `run` returned, in the order of the arguments; named ones also by name."""

    def __init__(self, names: Sequence[str], values: Sequence[T]) -> None:
        self._names = tuple(names)
        self._values = tuple(values)

    @overload
    def __getitem__(self, index: int | str) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | str | slice) -> T | tuple[T, ...]:
        """Return a result by its place or by the actor's name."""
        if isinstance(index, str):
            return self._named()[index]
        return self._values[index]

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[T]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Results):
            return self._named() == other._named()
        if isinstance(other, (list, tuple)):
            return self._values == tuple(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list: what it holds may be mutable

    def __repr__(self) -> str:
        return f"Results({', '.join(f'{name}={value!r}' for name, value in self._named().items())})"

    def _named(self) -> dict[str, T]:
        return dict(zip(self._names, self._values, strict=True))


@final
class Interleaving:
    """Runs callables as concurrent actors under one explored schedule.

    Tests get one from `@interleaved` or `explore`; they do not make it.
    """

    def __init__(self, conductor: Conductor) -> None:
        self._conductor = conductor

    def run(self, *callables: Callable[[], T], **named: Callable[[], T]) -> Results[T]:
        """Run the callables as concurrent actors and return their results.

        Actors are called by their keyword, else `A`, `B` and so on. The first exception that an actor raises is raised
        here, after all the others have ended, with a note that names the actor.
        """
        __tracebackhide__ = True  # pytest leaves such frames out of what it shows
        bodies = _named(callables, named)
        for name, body in bodies.items():
            _check_body(name, body)
        actor = here.actor
        actors = self._run_outermost(bodies) if actor is None else self._run_within(actor, bodies)
        self._raise_error(actors, parent=actor)
        for each in actors:
            if type(each.result) is CoroutineType:
                each.result.close()  # or Python would warn that it was never awaited, which is not the point
                raise InterleaveError(
                    f"actor {each.name!r} returned a coroutine, of which nothing has run; {_RUN_COROUTINE}"
                )
        return Results(list(bodies), [actor.result for actor in actors])  # type: ignore[misc]  # what body returned

    def step(self, label: str) -> None:
        """Mark a moment at which another actor may be given its turn."""
        actor = here.actor
        if actor is not None:
            turns = actor.run
            turns.point(turns.labels.operation(label, sys._getframe(1)))  # noqa: SLF001 - see Labels.operation
            if turns.records:
                turns.note()  # it touches nothing

    def now(self) -> float:
        """Return the virtual seconds since the schedule began."""
        run = self._conductor.run
        if run.records:
            run.note(CLOCK_READ)
        return run.now

    def _run_outermost(self, bodies: dict[str, Callable[[], Any]]) -> list[Actor]:
        run = self._conductor.run
        if here.run is not run:
            raise InterleaveError(
                "run() belongs in the scenario's own thread, while its schedule lasts, or in an actor"
            )
        if not bodies:
            return []
        actors = self._conductor.add(bodies.items())
        self._conductor.conduct()
        return actors

    def _run_within(self, parent: Actor, bodies: dict[str, Callable[[], Any]]) -> list[Actor]:
        turns = parent.run
        label = turns.labels.operation("run", sys._getframe(2))  # noqa: SLF001 - see Labels.operation
        turns.point(label)
        with as_ordinary_thread():
            actors = self._conductor.add(bodies.items(), parent=parent)
        if turns.records:
            turns.note(*[Access(actor.identity) for actor in actors])
        for actor in actors:
            turns.enter(label, actor)
            if turns.records:
                turns.note(Access(actor.identity, is_write=False))
        return actors

    def _raise_error(self, actors: list[Actor], *, parent: Actor | None) -> None:
        __tracebackhide__ = True  # as above

        run = self._conductor.run
        if not run.errors and run.finding is None and run.inconclusive is None:
            return
        # An outermost run answers for threads that its actors started, a nested one for its own actors only.
        failed = [actor for actor in run.errors if parent is None or actor in actors]
        run.errors[:] = [actor for actor in run.errors if actor not in failed]
        error = failed[0].error if failed else None
        if error is not None:
            _note(error, f"in actor {failed[0].name!r}")
            if run.finding is not None:
                _note(error, f"afterwards the others could not go on: {run.finding}")
                run.finding = None
            raise error
        if parent is None and run.finding is not None:
            raise run.finding
        if parent is None and run.inconclusive is not None:
            raise Inconclusive(f"inconclusive: {run.inconclusive}")


def _note(error: BaseException, note: str) -> None:
    # The same exception object may be raised in schedule after schedule.
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _named(callables: Sequence[Callable[[], Any]], named: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    if not named and len(callables) <= len(string.ascii_uppercase):
        return dict(zip(string.ascii_uppercase, callables, strict=False))
    if not callables:
        return named
    free = (name for name in _letters() if name not in named)
    return dict(zip(free, callables, strict=False)) | named


def _letters() -> Iterator[str]:
    """Yield A to Z, then AA, AB and so on."""
    yield from string.ascii_uppercase
    for length in itertools.count(2):
        for letters in itertools.product(string.ascii_uppercase, repeat=length):
            yield "".join(letters)


def _check_body(name: str, body: object) -> None:
    if type(body) is FunctionType and not (body.__code__.co_flags & _LAZY or body.__dict__):
        return  # nearly all are, and to find that out in all generality costs as much as to run one
    if inspect.iscoroutine(body) or inspect.iscoroutinefunction(body):
        if inspect.iscoroutine(body):
            body.close()  # or Python would warn that it was never awaited, which is not the point
        raise NotAvailable(f"a coroutine as an actor ({name!r})", instead=_RUN_COROUTINE)
    if inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body):
        raise NotAvailable(f"a generator function as an actor ({name!r})", instead=_RUN_GENERATOR)
    if not callable(body):
        raise TypeError(f"actor {name!r} must be a callable without arguments, not {type(body).__name__}")
