"""The ways in which users run tests: each makes a test of its kind from a plain function, in place of it.

A coroutine function, or a class, is written for its runner, and stays what it is.
"""

from __future__ import annotations

import functools
import inspect
import unittest

import pytest


def as_it_is(function):
    return function


def failed_first(function):
    """Fail the first attempt on purpose; where it failed by itself, fail the second for the same reason."""
    attempts = []

    @functools.wraps(function)
    def attempt(**arguments):
        if not attempts:
            attempts.append(_error_of(function, arguments))
            raise AssertionError("the first attempt fails on purpose")
        if attempts[0] is not None:
            raise attempts[0]
        function(**arguments)

    return attempt


def _error_of(function, arguments):
    try:
        function(**arguments)
    except BaseException as error:  # noqa: BLE001 - it is raised by the second attempt, a skip too
        return error
    return None


def in_test_case(base):
    def adapt(function):
        """Make one class, or one for each set of parameters: `unittest` knows no parametrisation."""
        marks = list(getattr(function, "pytestmark", ()))
        sets = [mark for mark in marks if mark.name == "parametrize"]
        if not sets:
            return case_of(base, function, marks=marks, parameters={})
        ((name, values),) = (mark.args for mark in sets)
        others = [mark for mark in marks if mark.name != "parametrize"]
        return [
            case_of(base, function, marks=[*own_marks, *others], parameters={name: value})
            for value, own_marks in map(_value_and_marks, values)
        ]

    return adapt


def case_of(base, function, *, marks, parameters):
    names = [name for name in inspect.signature(function).parameters if name not in parameters]

    class Case(base):
        @pytest.fixture(autouse=True)
        def ask_for_fixtures(self, request):
            self.arguments = parameters | {name: request.getfixturevalue(name) for name in names}

    if base is unittest.IsolatedAsyncioTestCase:

        async def run(self):
            function(**self.arguments)
    else:

        def run(self):
            function(**self.arguments)

    words = [*function.__name__.split("_"), *(str(value) for value in parameters.values())]
    Case.test_it = run
    Case.__name__ = Case.__qualname__ = "".join(word.title() for word in words)
    Case.__module__ = function.__module__
    Case.pytestmark = [*marks, pytest.mark.usefixtures(*names).mark]
    return Case


def _value_and_marks(value):
    if isinstance(value, type(pytest.param())):
        return value.values[0], [mark.mark for mark in value.marks]
    return value, []


def in_coroutine(*marks):
    def adapt(function):
        @functools.wraps(function)
        async def in_loop(**arguments):
            function(**arguments)

        for mark in marks:
            in_loop = mark(in_loop)
        return in_loop

    return adapt


def in_trio_run(function):
    import trio

    @functools.wraps(function)
    def run(**arguments):
        async def main():
            function(**arguments)

        trio.run(main)

    return run


def in_examples(function):
    """Two examples of a property, after each other in one test."""
    from hypothesis import given, settings
    from hypothesis import strategies as st

    def examples(example_number, *values, **arguments):
        function(*values, **arguments)

    _take_place(examples, function, first="example_number")
    return settings(max_examples=2, deadline=None, database=None)(given(example_number=st.integers(0, 1))(examples))


def in_actor(function):
    """One of two concurrent actors of an interleaved test."""
    from pytest_errortrack.interleave import interleaved

    def schedules(interleaving, *values, **arguments):
        interleaving.run(tested=lambda: function(*values, **arguments), bystander=lambda: interleaving.step("by"))

    _take_place(schedules, function, first="interleaving")
    return interleaved(budget=6, level="op")(schedules)


def _take_place(wrapper, function, *, first):
    signature = inspect.signature(function)
    parameter = inspect.Parameter(first, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    wrapper.__signature__ = signature.replace(parameters=[parameter, *signature.parameters.values()])
    wrapper.__name__, wrapper.__qualname__ = function.__name__, function.__qualname__
    wrapper.__module__, wrapper.__doc__ = function.__module__, function.__doc__
    wrapper.pytestmark = list(getattr(function, "pytestmark", ()))


ADAPTERS = {
    "sync": as_it_is,
    "unittest": in_test_case(unittest.TestCase),
    "isolated-asyncio": in_test_case(unittest.IsolatedAsyncioTestCase),
    "asyncio-function": in_coroutine(pytest.mark.asyncio),
    "asyncio-session": in_coroutine(pytest.mark.asyncio(loop_scope="session")),
    "anyio-asyncio": in_coroutine(pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["asyncio"])),
    "anyio-trio": in_coroutine(pytest.mark.anyio, pytest.mark.parametrize("anyio_backend", ["trio"])),
    "pytest-trio": in_coroutine(pytest.mark.trio),
    "trio.run": in_trio_run,
    "xdist": as_it_is,
    "rerunfailures": failed_first,
    "given": in_examples,
    "interleaved": in_actor,
}
ALL = tuple(ADAPTERS)


def adapt(module, runner):
    """Put what the runner makes of each test function in its place, in the order of the file."""
    for name, value in list(vars(module).items()):
        if not name.startswith(("test", "Test")):
            continue
        delattr(module, name)
        made = _adapted(value, runner)
        for each in made if isinstance(made, list) else [made]:
            setattr(module, each.__name__, each)


def _adapted(value, runner):
    if not inspect.isfunction(value) or inspect.iscoroutinefunction(value):
        return value
    return ADAPTERS[runner](value)
