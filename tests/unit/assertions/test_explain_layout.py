from __future__ import annotations

import pytest

from pytest_errortrack.assertions._explaining._layout import bounded, wrapped
from pytest_errortrack.assertions._explaining._trees import parted


def test_a_sentence_is_broken_between_words():
    """Lines after the first hang; a hyphen is no place to break at."""
    assert wrapped("  one two-three four five", longest=14, hanging="    ") == [
        "  one",
        "    two-three",
        "    four five",
    ]
    assert wrapped("one two three", longest=8) == ["one two", "three"]


def test_a_sentence_takes_six_lines_at_the_most():
    """What is left out is told by dots within the last of them."""
    assert wrapped("word " * 6, longest=5) == ["word"] * 6
    assert wrapped("word word " * 6, longest=9) == ["word word"] * 6
    assert wrapped("word word " * 7, longest=9) == [*["word word"] * 5, "word ..."]


def test_a_sentence_has_no_secrets():
    """Also where a line would break within one."""
    assert wrapped("sent to https://key@host/1", longest=80) == ["sent to https://***@host/1"]
    assert "hunter2" not in "".join(wrapped(f"{'word ' * 5}password='hunter2 hunter2'", longest=34))


def test_lines_are_cut_and_counted():
    """Ninety-two characters and sixty lines; the last line tells how many are left out."""
    assert bounded(["x" * 92, "x" * 93]) == ["x" * 92, "x" * 89 + "..."]
    assert bounded(["a"] * 60) == ["a"] * 60
    assert bounded(["a"] * 61) == [*["a"] * 59, "  ... 2 more lines"]
    assert bounded(["a", "b", "c"], most=2) == ["a", "  ... 2 more lines"]


def differing(first, second, **options):
    return [(path, *(repr(each) for each in pair)) for path, *pair in parted(first, second, **options)]


def test_leaves_of_two_trees_differ_at_their_paths():
    """Keys of the first come first; what only one of them has is missing in the other."""
    first = {"a": {"b": 1, "same": 2}, "only": 3}
    second = {"more": 4, "a": {"b": 9, "same": 2}}

    assert differing(first, second) == [
        ("a['b']", "1", "9"),
        ("only", "3", "nothing"),
        ("more", "nothing", "4"),
    ]
    assert differing({"b": 1}, {"b": 2}, path="a") == [("a['b']", "1", "2")]
    assert differing({1: "x"}, {1: "y"}) == [("1", "'x'", "'y'")]


def test_lists_of_one_length_differ_in_their_elements():
    """Those of another length, and values of another kind, differ as a whole."""
    assert differing({"a": [1, {"b": 2}, 3]}, {"a": [1, {"b": 9}, 4]}) == [("a[1]['b']", "2", "9"), ("a[2]", "3", "4")]
    assert differing([1], [1, 2], path="a") == [("a", "[1]", "[1, 2]")]
    assert differing([1], {"0": 1}, path="a") == [("a", "[1]", "{'0': 1}")]
    assert differing({"0": 1}, [1], path="a") == [("a", "{'0': 1}", "[1]")]
    assert differing((1, 2), [1, 2], path="a") == [("a", "(1, 2)", "[1, 2]")]


def test_keys_that_do_not_count_are_passed_over_at_every_depth():
    """Below objects and below lists."""
    first = {"id": 1, "a": {"id": 1, "b": [{"id": 1, "c": 1}]}}
    second = {"id": 2, "a": {"id": 2, "b": [{"id": 2, "c": 2}]}}

    assert differing(first, second, ignored={"id"}) == [("a['b'][0]['c']", "1", "2")]


@pytest.mark.parametrize("wrap", [lambda inner: {"k": inner}, lambda inner: [inner]])
def test_below_eight_levels_values_are_compared_as_a_whole(wrap):
    """A tree may be as deep as it likes."""
    one, other = 1, 2
    for _ in range(1, 10):
        one, other = wrap(one), wrap(other)

    ((path, first, second),) = parted(one, other)

    assert path.count("[") == (7 if "k" in path else 8)
    assert first == wrap(1)
    assert second == wrap(2)


def test_the_same_object_does_not_differ_from_itself():
    """Also where its own `==` says so."""
    nan = float("nan")

    assert differing({"a": nan}, {"a": nan}) == []
    assert differing({"a": 1}, {"a": 1.0}) == []
