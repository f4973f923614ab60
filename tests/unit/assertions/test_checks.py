from __future__ import annotations

import pytest

from pytest_errortrack.assertions._validity._checks import (
    anything,
    boolean,
    both,
    each,
    is_number,
    mapping,
    mapping_of,
    must,
    number,
    one_of,
    pairs,
    primitive,
    text,
    thread_id,
    values,
    whole,
)


def told(check, value, path="a.b"):
    """Return what a check says of a value that stands at a path."""
    return list(check(value, path))


def is_even(value):
    """Take a number and nothing else."""
    return value % 2 == 0


def test_a_broken_predicate_is_told_with_the_path_and_the_value():
    """The sentence says where, what was expected, and what was got."""
    even = must("an even number", is_even)

    assert told(even, 3) == ["a.b: expected an even number, got 3"]
    assert told(even, 4) == []


def test_a_problem_of_the_whole_payload_has_no_path_to_name():
    """Where there is no path, the payload itself is named."""
    assert told(must("an even number", is_even), 3, "") == ["the payload: expected an even number, got 3"]


def test_a_null_counts_as_absent():
    """No predicate is asked about a null."""
    assert told(must("an even number", is_even), None) == []
    assert all(told(check, None) == [] for check in (text, boolean, number, whole, primitive, thread_id))


@pytest.mark.parametrize(
    ("check", "good", "bad", "expected"),
    [
        (text, ["", "x"], [1, b"x", []], "a text"),
        (boolean, [True, False], [0, "true"], "true or false"),
        (number, [0, -1, 1.5], [True, "1"], "a number"),
        (whole, [0, 7, 7.0], [-1, 0.5, True, "7"], "a whole number from 0"),
        (primitive, ["x", 1, 1.5, True], [[], {}], "a text, a number or true or false"),
        (thread_id, ["x", 7], [True, 7.0, []], "a text or a whole number"),
    ],
)
def test_checks_of_single_values(check, good, bad, expected):
    """Each takes values of its kind alone."""
    assert [told(check, value) for value in good] == [[]] * len(good)
    assert [told(check, value) for value in bad] == [[f"a.b: expected {expected}, got {value!r}"] for value in bad]


def test_true_is_no_number():
    """Python counts it among the integers, JSON does not."""
    assert [is_number(value) for value in (1, 0.5, True, "1", None)] == [True, True, False, False, False]


def test_anything_is_accepted():
    """No value is a problem."""
    assert [told(anything, value) for value in (None, 1, "x", [], {})] == [[]] * 5


def test_one_of_several_words():
    """The words are named; only a text is one of them."""
    check = one_of("ok", "error")

    assert told(check, "ok") == told(check, "error") == []
    assert told(check, "done") == ["a.b: expected one of ok, error, got 'done'"]
    assert told(check, ["ok"]) == ["a.b: expected one of ok, error, got ['ok']"]


def test_of_several_checks_the_first_that_is_broken_is_told():
    """What is no text is not asked whether it is short."""
    check = both(text, must("a short text", lambda value: len(value) < 3))

    assert told(check, "ab") == []
    assert told(check, 12345) == ["a.b: expected a text, got 12345"]
    assert told(check, "abc") == ["a.b: expected a short text, got 'abc'"]


def test_each_element_is_told_by_its_number():
    """A list may be empty unless it says otherwise."""
    assert told(each(text), ["x", 1, "y", 2]) == ["a.b[1]: expected a text, got 1", "a.b[3]: expected a text, got 2"]
    assert told(each(text), []) == []
    assert told(each(text), "x") == ["a.b: expected a list, got 'x'"]
    assert told(each(text), None) == []


def test_a_list_that_must_not_be_empty():
    """One element is enough."""
    check = each(text, may_be_empty=False)

    assert told(check, []) == ["a.b: expected at least 1 element, got none"]
    assert told(check, ["x"]) == []
    assert told(check, None) == []


def test_values_stand_alone_or_under_their_name():
    """A list, an object with a list, or one object alone: the path says which it was."""
    check = values(mapping({"n": text}))

    assert told(check, [{"n": 1}]) == ["a.b[0].n: expected a text, got 1"]
    assert told(check, {"values": [{"n": 1}]}) == ["a.b.values[0].n: expected a text, got 1"]
    assert told(check, {"n": 1}) == ["a.b.n: expected a text, got 1"]
    assert told(check, [{"n": "x"}]) == told(check, {"values": [{"n": "x"}]}) == told(check, {"n": "x"}) == []


def test_values_that_are_empty_or_no_list():
    """An empty object and a null are nothing; `values` must be a list where it is there."""
    check = values(mapping({"n": text}, required=("n",)))

    assert told(check, {}) == told(check, []) == told(check, None) == []
    assert told(check, {"values": None}) == ["a.b.values: expected a list, got None"]
    assert told(check, {"values": 3}) == ["a.b.values: expected a list, got 3"]
    assert told(check, 3) == ["a.b: expected a list, or an object with values, got 3"]


def test_names_and_values_of_an_object():
    """Both are told at the path of the entry."""
    check = mapping_of(text, check_name=one_of("x", "y"))

    assert told(check, {"x": "1", "y": "2"}) == []
    assert told(check, {"z": 1}) == ["a.b.z: expected one of x, y, got 'z'", "a.b.z: expected a text, got 1"]
    assert told(check, []) == ["a.b: expected an object, got []"]
    assert told(mapping_of(text), {"any name": "1"}) == []
    assert told(check, None) == []


def test_pairs_may_be_an_object_or_a_list():
    """Both forms are held to the same rules; in the list, name and value are told apart by their number."""
    check = pairs(one_of("x", "y"), text)

    assert told(check, {"x": "1"}) == told(check, [["x", "1"], ["y", "2"]]) == []
    assert told(check, {"z": 1}) == ["a.b.z: expected one of x, y, got 'z'", "a.b.z: expected a text, got 1"]
    assert told(check, [["x", "1"], ["z", 1]]) == [
        "a.b[1][0]: expected one of x, y, got 'z'",
        "a.b[1][1]: expected a text, got 1",
    ]
    assert told(check, 3) == ["a.b: expected an object, got 3"]
    assert told(check, None) == []


@pytest.mark.parametrize("pair", [["x"], ["x", "1", "2"], "xy", {"x": 1, "y": 2}, None])
def test_what_is_no_pair_is_told(pair):
    """Two elements in a list, neither less nor more nor anything else; the others are looked at all the same."""
    assert told(pairs(text, text), [pair, [1, "v"]]) == [
        f"a.b[0]: expected a pair of name and value, got {pair!r}",
        "a.b[1][0]: expected a text, got 1",
    ]


def test_fields_of_an_object():
    """Each known field by its own check; of the payload itself without a dot before the name."""
    check = mapping({"n": text, "m": number})

    assert told(check, {"n": "x", "m": 1, "other": []}) == []
    assert told(check, {"n": 1, "m": "x"}) == ["a.b.n: expected a text, got 1", "a.b.m: expected a number, got 'x'"]
    assert told(check, {"n": 1}, "") == ["n: expected a text, got 1"]
    assert told(check, 3) == ["a.b: expected an object, got 3"]
    assert told(check, None) == []


def test_required_fields_must_be_there_and_not_null():
    """Each that is missing is told."""
    check = mapping({"n": text, "m": text}, required=("n", "m"))

    assert told(check, {"n": "", "m": ""}) == []
    assert told(check, {"n": None}) == ["a.b.n: is missing", "a.b.m: is missing"]
    assert told(check, {"m": "x"}, "") == ["n: is missing"]


def test_unknown_fields_are_a_problem_of_closed_objects_alone():
    """A server drops them."""
    check = mapping({"n": text}, is_closed=True)

    assert told(check, {"n": "x"}) == []
    assert told(check, {"x": 1, "n": 2}) == [
        "a.b.x: is no field of the data model; a server drops it",
        "a.b.n: expected a text, got 2",
    ]
    assert told(mapping({"n": text}), {"x": 1}) == []
