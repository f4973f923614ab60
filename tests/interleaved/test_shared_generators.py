"""A generator can be entered by one actor at a time: whoever asks it while another is within gets a `ValueError`."""

from __future__ import annotations

import itertools

import pytest

from pytest_errortrack.interleave import explore


def counting():
    """Count, with lines that touch nothing."""
    for number in range(9):
        following = number + 1
        yield following


def ending():
    """Do something after the last item."""
    yield 1
    numbers = [1, 2]
    numbers.append(3)


def by_next(numbers):
    """Ask for the next item."""
    return next(numbers, None)


def by_loop(numbers):
    """Go through some items."""
    for number in numbers:
        if number > 1:
            return


def by_list(numbers):
    """Take all that is left."""
    return list(numbers)


def by_library(numbers):
    """Take one by an iterator in C."""
    return list(itertools.islice(numbers, 1))


def by_send(numbers):
    """Send something into it."""
    return numbers.send(None)


@pytest.mark.parametrize("ask", [by_next, by_loop, by_list, by_library, by_send], ids=lambda each: each.__name__)
@pytest.mark.parametrize("search", ["exhaustive", "dpor"])
@pytest.mark.parametrize("level", ["line", "opcode"])
def test_a_generator_that_two_actors_use_may_be_busy(ask, search, level):
    """Its lines are points, though each of them touches nothing but its own variables."""

    def scenario(interleaving):
        numbers = counting()
        interleaving.run(lambda: ask(numbers), lambda: ask(numbers))

    found = explore(scenario, modules=[__name__], level=level, search=search)

    assert isinstance(found.failure, ValueError)
    assert str(found.failure) == "generator already executing"


def test_one_may_be_busy_after_its_last_item():
    """That holds for what it does after the last `yield`, too."""

    def scenario(interleaving):
        numbers = ending()
        next(numbers)
        interleaving.run(lambda: by_next(numbers), lambda: by_next(numbers))

    found = explore(scenario, modules=[__name__], search="exhaustive")

    assert isinstance(found.failure, ValueError)


def test_generators_of_their_own_are_no_points():
    """Each actor may have one made by the same function."""

    def scenario(interleaving):
        interleaving.run(lambda: list(counting()), lambda: list(counting()))

    found = explore(scenario, modules=[__name__], search="exhaustive")

    assert found.complete
    assert found.coverage.shared == 0
