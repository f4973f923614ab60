"""Tests of the marks on captured exceptions."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

from pytest_errortrack.sdk._pipeline import is_first_capture, take_mark_off


def test_first_capture_by_each_taker():
    """P6: an object is captured once by each; taking the mark off makes it new again."""
    error, one, other = ValueError(), object(), object()

    assert [is_first_capture(error, one), is_first_capture(error, one), is_first_capture(error, other)] == [
        True,
        False,
        True,
    ]
    take_mark_off(error, one)
    assert is_first_capture(error, one)


def test_copies_are_other_exceptions():
    """P6: a copy of a captured exception, shallow, deep or pickled, was not captured."""
    error, taker = ValueError("x"), object()
    is_first_capture(error, taker)

    copies = [copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))]  # noqa: S301 - our own bytes

    assert [is_first_capture(each, taker) for each in copies] == [True, True, True]
    assert not is_first_capture(error, taker)


def test_exception_that_hides_its_attributes():
    """P6: whatever a class makes of `__dict__` and of setting attributes, its exceptions are captured once."""

    class LockedError(Exception):
        @property
        def __dict__(self):
            raise AttributeError

        def __setattr__(self, name, value):
            raise AttributeError

        __slots__ = ()

    error, taker = LockedError(), object()

    assert is_first_capture(error, taker)
    assert not is_first_capture(error, taker)
    take_mark_off(error, taker)
    assert is_first_capture(error, taker)


def test_mark_of_somebody_else():
    """An attribute of the same name that is not ours is left alone."""
    error = ValueError()
    error.__errortrack_captured__ = "mine"

    assert is_first_capture(error, object())
    assert error.__errortrack_captured__ == "mine"


def test_threads_race_for_the_mark():
    """P6: of many threads exactly one is the first."""
    taker = object()
    for _ in range(20):
        error = ValueError()
        with ThreadPoolExecutor(8) as pool:
            firsts = list(pool.map(lambda _number, error=error: is_first_capture(error, taker), range(8)))
        assert sum(firsts) == 1
