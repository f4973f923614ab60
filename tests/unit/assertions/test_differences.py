from __future__ import annotations

import re
from unittest.mock import ANY

import pytest
from dirty_equals import AnyThing, IsInt, IsStr

from pytest_errortrack.assertions._expecting._differences import MISSING, Difference, differences


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("acme", "acme"),
        (re.compile("ac.e"), "the acme"),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({}, {"anything": True}),
        ([{"a": 1}], [{"a": 1, "b": 2}]),
        (("x", re.compile("y")), ["x", "yy"]),
        (ANY, "whatever"),
        (IsStr(regex="a+"), "aaa"),
        ({"n": IsInt(ge=3)}, {"n": 3}),
        (None, None),
    ],
)
def test_what_matches_has_no_difference(expected, got):
    """A subset, a search, an equal value and a value with its own `==` match."""
    assert differences(expected, got, path="x") == []


@pytest.mark.parametrize(
    ("expected", "got", "path", "wanted", "found"),
    [
        ("acme", "umbrella", "x", "acme", "umbrella"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "x['a']['b']", 1, 2),
        ({"a": 1}, {}, "x['a']", 1, MISSING),
        ({"a": 1}, None, "x", {"a": 1}, None),
        ([1, 2], [1, 3], "x[1]", 2, 3),
        ([1, 2], [1], "x", [1, 2], [1]),
    ],
)
def test_a_difference_names_the_place_and_both_values(expected, got, path, wanted, found):
    """The path is written as a user would write it; what is absent is MISSING."""
    assert differences(expected, got, path="x") == [Difference(path, wanted, found)]


def test_a_pattern_never_matches_what_is_no_string():
    """A regular expression stands where a string stands: a number is not searched in its text."""
    pattern = re.compile("1")

    assert differences(pattern, 1, path="x") == [Difference("x", pattern, 1)]


def test_each_differing_key_is_told():
    """All differences are told, not the first alone."""
    found = differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 0}, path="tags")

    assert [difference.path for difference in found] == ["tags['b']", "tags['c']"]


@pytest.mark.parametrize("value", [ANY, AnyThing()])
def test_what_is_absent_is_equal_to_nothing(value):
    """A key that is asked for has to be there, whatever its value may be."""
    assert differences({"a": value}, {"a": None}, path="x") == []
    assert [difference.path for difference in differences({"a": value}, {"b": 1}, path="x")] == ["x['a']"]


@pytest.mark.parametrize(
    ("pattern", "got", "is_found"),
    [
        (re.compile(b"\xff"), b"\x00\xff", True),
        (re.compile(b"a"), "a", False),
        (re.compile("a"), b"a", False),
    ],
)
def test_a_pattern_of_bytes_searches_in_bytes(pattern, got, is_found):
    """A pattern and what it is searched in are of one kind."""
    assert (differences(pattern, got, path="x") == []) is is_found


def test_a_class_that_is_equal_to_list_is_no_list():
    """The classes of dirty-equals decide by `==` as their values do: what is a list is told by identity."""
    assert differences(AnyThing(), [], path="x") == []
    assert differences(AnyThing, [], path="x") == []
