from __future__ import annotations

import itertools

import pytest

from pytest_errortrack.assertions._judging import LEVELS, is_at_least, level_called, threshold_called


def test_levels_are_in_their_order():
    """From debug to fatal, each level reaches those below it and itself, and no other."""
    for (low, one), (high, other) in itertools.product(enumerate(LEVELS), repeat=2):
        assert is_at_least(one, other) is (low >= high)


@pytest.mark.parametrize(
    ("name", "level"),
    [("critical", "fatal"), ("warn", "warning"), ("log", "info"), ("ERROR", "error"), ("eror", None), ("", None)],
)
def test_other_names_of_levels(name, level):
    """SDKs have other names for some levels; what is none is none."""
    assert level_called(name) == level


def test_what_is_no_level_counts_as_an_error():
    """A payload that an application made itself is no way around strict mode."""
    assert is_at_least("catastrophe", "error")
    assert not is_at_least("catastrophe", "fatal")


@pytest.mark.parametrize(
    ("word", "threshold"),
    [("off", "off"), ("OFF", "off"), ("Error", "error"), ("WARN", "warning"), ("eror", None), (True, None), (3, None)],
)
def test_a_threshold_is_a_level_or_off(word, threshold):
    """The setting and the marker read it by one rule, in any case."""
    assert threshold_called(word) == threshold
