"""`@interleaved`: a test as a property over schedules."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pytest_errortrack.interleave import _hypothesis
from pytest_errortrack.interleave._environment import current_environment
from pytest_errortrack.interleave._exploration import Options
from pytest_errortrack.interleave._explore import explore_scenario, replay_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import ModuleType

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
    max_preemptions: int = 2,
    search: Search = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    fresh_threads: bool = False,
    seed: int | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., None]]: ...
def interleaved(
    test: Callable[..., Any] | None = None,
    /,
    *,
    budget: int | None = None,
    level: Level = "line",
    max_preemptions: int = 2,
    search: Search = "auto",
    modules: Sequence[ModuleType | str | Path] | None = None,
    fresh_threads: bool = False,
    seed: int | None = None,
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
    )
    if test is None:
        return functools.partial(_decorate, options=options)
    return _decorate(test, options=options)


def _decorate(test: Callable[..., Any], *, options: Options) -> Callable[..., None]:
    signature = _checked_signature(test)
    parameters = [parameter for name, parameter in signature.parameters.items() if name != _ARGUMENT]
    reduced = signature.replace(parameters=parameters)
    home = inspect.unwrap(test).__code__.co_filename

    @functools.wraps(test)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True  # pytest leaves such frames out of what it shows

        # Hypothesis hands over by position what it can; a place means something else in the test's own signature.
        given = reduced.bind(*args, **kwargs).arguments

        def scenario(interleaving: Interleaving) -> None:
            call = inspect.BoundArguments(signature, OrderedDict(given, interleaving=interleaving))
            test(*call.args, **call.kwargs)

        exploration = _explore(scenario, home, options)
        if exploration.failure is not None:
            raise exploration.failure

    wrapper.__signature__ = reduced  # type: ignore[attr-defined]  # what inspect reads
    wrapper.__annotations__ = {name: kind for name, kind in wrapper.__annotations__.items() if name != _ARGUMENT}
    wrapper.interleaved_options = options  # type: ignore[attr-defined]  # for the plugin to find
    return wrapper


def _explore(scenario: Callable[[Interleaving], None], home: str, options: Options) -> Exploration:
    environment = current_environment()
    if options.modules is None:
        options = replace(options, modules=environment.modules)
    if environment.replay_token is not None:
        exploration = replay_scenario(
            environment.replay_token, scenario, home=home, modules=options.modules, environment=environment
        )
    else:
        exploration = explore_scenario(scenario, home=home, options=options, environment=environment)
    environment.finished(exploration)
    return exploration


def _checked_signature(test: object) -> inspect.Signature:
    """Return the signature of a test that may be decorated."""
    if not inspect.isfunction(test):
        raise TypeError(f"@interleaved decorates test functions, not {type(test).__name__}")
    if _hypothesis.is_given(test):
        raise TypeError("@interleaved stands above @given; write @given above and @interleaved below it")
    if inspect.iscoroutinefunction(test) or inspect.isasyncgenfunction(test):
        raise TypeError("@interleaved on an `async def` is not available in this version")
    signature = inspect.signature(test)
    if _ARGUMENT not in signature.parameters:
        raise TypeError(
            f"@interleaved gives the test an argument {_ARGUMENT!r}, which {test.__qualname__} does not take"
        )
    return signature
