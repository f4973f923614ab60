"""`@interleaved`: a test as a property over schedules."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from dataclasses import replace
from hashlib import blake2s
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import current_environment
from pytest_errortrack.interleave._errors import Diverged
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._explore import explore_scenario, replay_scenario
from pytest_errortrack.interleave._telling._memory import Memory
from pytest_errortrack.interleave._token import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from pytest_errortrack.interleave._environment import Environment
    from pytest_errortrack.interleave._exploration import Exploration, Level, Search
    from pytest_errortrack.interleave._interleaving import Interleaving

__all__ = ["interleaved"]

_ARGUMENT = "interleaving"

F = TypeVar("F", bound="Callable[..., Any]")


@overload
def interleaved(test: Callable[..., Any], /) -> Callable[..., None]: ...
@overload
def interleaved(
    *,
    budget: int | None = None,
    level: Level = "line",
    max_preemptions: int | None = 2,
    search: Search = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    fresh_threads: bool = False,
    seed: int | None = None,
    max_timers: int = 1,
) -> Callable[[Callable[..., Any]], Callable[..., None]]: ...
def interleaved(
    test: Callable[..., Any] | None = None,
    /,
    *,
    budget: int | None = None,
    level: Level = "line",
    max_preemptions: int | None = 2,
    search: Search = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    fresh_threads: bool = False,
    seed: int | None = None,
    max_timers: int = 1,
) -> Callable[..., None] | Callable[[Callable[..., Any]], Callable[..., None]]:
    """Run a test under many schedules; it is given the argument `interleaving`.

    The options are those of `explore`. Together with Hypothesis, `@given` stands above:

        @given(n=st.integers(1, 5))
        @interleaved
        def test_sums(interleaving, n): ...
    """
    options = Options(
        budget=budget,
        level=level,
        max_preemptions=max_preemptions,
        search=search,
        modules=modules,
        fresh_threads=fresh_threads,
        seed=seed,
        max_timers=max_timers,
    )
    if test is None:
        return functools.partial(_decorate, options=options)
    return _decorate(test, options=options)


def _decorate(test: Callable[..., Any], *, options: Options) -> Callable[..., None]:
    signature = _checked_signature(test)
    parameters = [parameter for name, parameter in signature.parameters.items() if name != _ARGUMENT]
    reduced = signature.replace(parameters=parameters)
    examined = _Examined(test, options)

    @functools.wraps(test)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True  # pytest leaves such frames out of what it shows

        # Hypothesis hands over by position what it can; a place means something else in the test's own signature.
        given = reduced.bind(*args, **kwargs).arguments

        def scenario(interleaving: Interleaving) -> None:
            call = inspect.BoundArguments(signature, OrderedDict(given, interleaving=interleaving))
            test(*call.args, **call.kwargs)

        failure = examined.failure_of(scenario, given)
        if failure is not None:
            raise failure

    wrapper.__signature__ = reduced  # type: ignore[attr-defined]  # what inspect reads
    wrapper.__annotations__ = {name: kind for name, kind in wrapper.__annotations__.items() if name != _ARGUMENT}
    wrapper.interleaved_options = options  # type: ignore[attr-defined]  # for the plugin to find
    return wrapper


class _Examined:
    """A decorated test: how it is explored, and which of its schedules failed before."""

    def __init__(self, test: Callable[..., Any], options: Options) -> None:
        self._test = inspect.unwrap(test)
        self._options = options
        self._memories: dict[str, Memory] = {}  # over the examples of a property, by the test's identity

    def failure_of(self, scenario: Callable[[Interleaving], None], given: Mapping[str, object]) -> BaseException | None:
        """Explore, or replay; return what failed, if anything did."""
        environment = current_environment()
        options = self._options
        if options.modules is None:
            options = replace(options, modules=environment.modules)
        home = self._test.__code__.co_filename
        drawn = _hypothesis.drawn(given)
        text = environment.replay_token
        if text is None:
            memory = self._memory(environment)
            exploration = explore_scenario(
                scenario, home=home, options=options, environment=environment, memory=memory, drawn=drawn
            )
            exploration = _as_expected(exploration, memory, drawn)
        elif _is_another_example(text, drawn):
            return None
        else:
            modules = options.modules
            exploration = replay_scenario(text, scenario, home=home, modules=modules, environment=environment)
        environment.finished(exploration)
        return exploration.failure

    def _memory(self, environment: Environment) -> Memory:
        """Return what is remembered: of the examples so far, and of earlier runs, read where a test begins."""
        name = environment.identity
        if name in self._memories and _hypothesis.is_in_example():
            return self._memories[name]
        memory = Memory(f"{name}\0{self._fingerprint()}" if name else "")
        memory.load()
        if _hypothesis.is_in_example():
            self._memories[name] = memory
        return memory

    def _fingerprint(self) -> str:
        """Tell apart tests of one name: what failed in one of them need not in another."""
        try:
            source = inspect.getsource(self._test)
        except (OSError, TypeError):  # typed in, or generated
            return ""
        return blake2s(source.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _is_another_example(token: str, drawn: _hypothesis.Drawn | None) -> bool:
    recorded = decode(token).drawn
    return recorded is not None and drawn is not None and not recorded.is_same_as(drawn)


def _as_expected(exploration: Exploration, memory: Memory, drawn: _hypothesis.Drawn | None) -> Exploration:
    """Return an exploration, with a failure of its own kind if an example that failed before does not any more."""
    before = memory.expected(drawn) if exploration.failure is None and _hypothesis.is_final() else ""
    if not before:
        return exploration
    failure = Diverged(
        f"this example failed before ({before}), and now, with the same data, it does not: the scenario does not "
        "repeat itself; look for state that outlives it, the clock, ids, or randomness"
    )
    return replace(exploration, failure=failure, complete=False, bound=None)


def _checked_signature(test: object) -> inspect.Signature:
    """Return the signature of a test that may be decorated."""
    if not inspect.isfunction(test):
        raise TypeError(f"@interleaved decorates test functions, not {type(test).__name__}")
    if _hypothesis.is_given(test):
        raise TypeError("@interleaved stands above @given; write @given above and @interleaved below it")
    if inspect.isgeneratorfunction(test):
        raise TypeError(f"@interleaved: {test.__qualname__} is a generator function, of which no line would run")
    if inspect.iscoroutinefunction(test) or inspect.isasyncgenfunction(test):
        raise TypeError("@interleaved on an `async def` is not available in this version")
    signature = inspect.signature(test)
    if _ARGUMENT not in signature.parameters:
        raise TypeError(
            f"@interleaved gives the test an argument {_ARGUMENT!r}, which {test.__qualname__} does not take"
        )
    return signature
