"""Tests of frame variables: bounded in depth, breadth, length and time."""

from __future__ import annotations

import pytest

from pytest_errortrack.sdk._serialize import BUDGET_EXCEEDED, VariableWriter


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        """Return the time."""
        return self.now


class Slow:
    """Takes its time over its repr."""

    def __init__(self, clock, seconds):
        self.clock = clock
        self.seconds = seconds

    def __repr__(self):
        self.clock.now += self.seconds
        return "slow"


def write(variables, *, clock=None, scrubs=True):
    """Return variables as they are sent."""
    return VariableWriter(clock or Clock(), scrubs=scrubs).write(variables)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "'text'"),
        ("a'b", '"a\'b"'),
        ("lone \ud800", "'lone \\ud800'"),
        (1, "1"),
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        (b"x", "b'x'"),
        (bytearray(b"x"), "bytearray(b'x')"),
        pytest.param(10**5000, f"<an int of {(10**5000).bit_length()} bits>", id="huge"),
        ([1, "a"], ["1", "'a'"]),
        ((1,), ["1"]),
        ({"a": {"b": 1}}, {"a": {"b": "1"}}),
        ({1: 2}, {"1": "2"}),
        (list(range(20)), [str(number) for number in range(10)]),
        ([[[[[[1]]]]]], [[[[["<list of 1>"]]]]]),
        (object, "<class 'object'>"),
    ],
)
def test_values_are_told_by_their_repr(value, sent):
    """F5: leaves are told by their repr, as the field has it; plain containers are walked, five deep and ten wide."""
    assert write({"x": value}) == {"x": sent}


@pytest.mark.parametrize("value", ["x" * 5_000_000, b"x" * 5_000_000, "\0" * 5_000_000])
def test_long_values_are_cut_before_their_repr_is_made(value):
    """F5, M14: a text of five megabytes costs a thousand characters."""
    sent = write({"x": value})["x"]

    assert len(sent) <= 1024
    assert sent.endswith("...")


def test_text_of_medium_length_is_bounded_too():
    """F5: escapes in a repr count."""
    assert len(write({"x": "\0" * 1000})["x"]) <= 1024
    assert write({"x": "y" * 1000})["x"] == f"'{'y' * 1000}'"


def test_long_repr_is_cut():
    """F5: a repr of the user's is cut at 1,024 characters."""

    class Long:
        def __repr__(self):
            return "x" * 5_000_000

    assert write({"x": Long()})["x"] == "x" * 1021 + "..."


def test_budget_of_an_event():
    """F5, M13: after 50 ms nothing more is looked at; five slow reprs cost one."""
    clock = Clock()
    slow = {f"slow{number}": Slow(clock, 0.3) for number in range(5)}

    sent = write({**slow, "quick": 1, "container": [1]}, clock=clock)

    assert sent == {
        "slow0": "slow",
        **{f"slow{number}": BUDGET_EXCEEDED for number in range(1, 5)},
        "quick": "1",
        "container": BUDGET_EXCEEDED,
    }
    assert clock.now == 0.3


def test_budget_of_one_value():
    """F5: of one value 5 ms are spent; the next one is looked at again."""
    clock = Clock()
    many = [Slow(clock, 0.003) for _ in range(5)]

    sent = write({"many": many, "next": Slow(clock, 0.001)}, clock=clock)

    assert sent == {"many": ["slow", "slow", BUDGET_EXCEEDED, BUDGET_EXCEEDED, BUDGET_EXCEEDED], "next": "slow"}


def test_budget_counts_all_frames_of_an_event():
    """F5: the budget is the event's, not the frame's."""
    clock = Clock()
    writer = VariableWriter(clock, scrubs=True)

    writer.write({"x": Slow(clock, 0.06)})

    assert writer.write({"x": Slow(clock, 0.001)}) == {"x": BUDGET_EXCEEDED}


def test_at_most_fifty_names():
    """F5: of a frame with a thousand variables fifty are told."""
    assert len(write({f"v{number}": number for number in range(1000)})) == 50


def test_secrets_are_filtered_before_their_repr():
    """F5, DH1: what is called like a secret is not even looked at, at any depth, unless scrubbing is off."""

    class Trap:
        def __repr__(self):
            raise AssertionError("looked at")

    variables = {"password": Trap(), "request": {"API-Key": Trap(), "monkey": "fine"}}

    assert write(variables) == {
        "password": "[Filtered]",
        "request": {"API-Key": "[Filtered]", "monkey": "'fine'"},
    }
    assert write({"password": "x"}, scrubs=False) == {"password": "'x'"}


def test_cycles_and_custom_containers():
    """F5: a list in itself is told as cyclic; containers of other classes are not walked."""
    cyclic = [1]
    cyclic.append(cyclic)

    class Own(list):
        def __iter__(self):
            raise AssertionError("walked")

        def __repr__(self):
            return "own"

    assert write({"cyclic": cyclic, "own": Own()}) == {"cyclic": ["1", "<cyclic>"], "own": "own"}


def test_repr_that_changes_its_container():
    """F5: a repr that changes the container it is in does no harm."""
    container = {}

    class Changer:
        def __repr__(self):
            container["new"] = 1
            return "changer"

    container["changer"] = Changer()

    assert write({"container": container}) == {"container": {"changer": "changer"}}


def test_odd_names():
    """Names that are no plain text are told as far as they can be."""
    assert write({7: 1, "\ud800": 2, "é": 3}) == {"7": "1", "?": "2", "é": "3"}
    assert write({"x": {"é": 1, "\ud800": 2, None: 3}}) == {"x": {"é": "1", "?": "2", "None": "3"}}
