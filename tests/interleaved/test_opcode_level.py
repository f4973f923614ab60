"""Level opcode: programs that go wrong in the middle of one line, and their repaired forms."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from pytest_errortrack.interleave import Vacuous, explore, interleaved, replay

HERE = [__name__]


def lost_update(interleaving, *, lock=None):
    """Add in place, on one line."""
    box = SimpleNamespace(n=0)

    def add():
        if lock is None:
            box.n += 1
        else:
            with lock():
                box.n += 1

    interleaving.run(a=add, b=add)
    assert box.n == 2


def safe_update(interleaving):
    """The same under a lock."""
    lock = threading.Lock()
    lost_update(interleaving, lock=lambda: lock)


class Node:
    def __init__(self, following):
        self.following = following


def aba(interleaving, *, lock=None):
    """Pop from a stack in one expression, while another pops two nodes and pushes the first of them back."""
    top = SimpleNamespace(node=Node(Node(None)))
    guard = nullcontext() if lock is None else lock
    taken = []

    def pop():
        with guard:
            top.node = top.node.following

    def shuffle():
        with guard:
            first = top.node
            taken.append(first.following)
            top.node, first.following = first, None

    interleaving.run(pop=pop, shuffle=shuffle)
    assert top.node is None or top.node not in taken


def safe_aba(interleaving):
    """The same under a lock."""
    aba(interleaving, lock=threading.Lock())


def torn_pair(interleaving):
    """Write two attributes on one line, and read both on one line."""
    pair = SimpleNamespace(x=0, y=0)
    seen = []

    def write():
        pair.x, pair.y = 1, 1

    def read():
        seen.append((pair.x, pair.y))

    interleaving.run(write=write, read=read)
    assert seen[0] in {(0, 0), (1, 1)}


def whole_pair(interleaving):
    """The same with one attribute that holds both."""
    pair = SimpleNamespace(both=(0, 0))
    seen = []

    def write():
        pair.both = 1, 1

    def read():
        seen.append(pair.both)

    interleaving.run(write=write, read=read)
    assert seen[0] in {(0, 0), (1, 1)}


@pytest.mark.parametrize("scenario", [lost_update, torn_pair, aba])
def test_what_goes_wrong_within_a_line_is_found_with_one_preemption(scenario):
    """Between two instructions of one line."""
    found = explore(scenario, level="opcode", modules=HERE)

    assert isinstance(found.failure, AssertionError)
    assert found.preemptions == 1
    assert found.level == "opcode"


@pytest.mark.parametrize("scenario", [safe_update, whole_pair, safe_aba])
@pytest.mark.parametrize("search", ["auto", "exhaustive", "dpor"])
def test_the_repaired_form_is_complete(scenario, search):
    """All schedules over the instructions are gone through, however they are searched."""
    found = explore(scenario, level="opcode", search=search, modules=HERE)

    assert found.failure is None
    assert found.complete, found.summary()


@pytest.mark.parametrize("search", ["exhaustive", "dpor", "pct", "surw", "pos", "random"])
def test_every_search_works_on_instructions(search):
    """The lost update is found by each of them."""
    found = explore(lost_update, level="opcode", search=search, modules=HERE, seed=1)

    assert isinstance(found.failure, AssertionError)
    assert found.preemptions == 1


def test_a_finding_replays_from_its_token_which_knows_the_level():
    """From the text alone."""
    found = explore(torn_pair, level="opcode", modules=HERE)

    again = replay(found.token, torn_pair, modules=HERE)

    assert again.level == "opcode"
    assert type(again.failure) is type(found.failure)
    assert [(row.actor, row.text) for row in again.steps] == [(row.actor, row.text) for row in found.steps]


def test_the_trace_shows_the_line_with_the_operation():
    """Of each instruction that is a point."""
    found = explore(lost_update, level="opcode", modules=HERE)

    texts = {row.text for row in found.steps if "box.n += 1" in row.text}

    names = ["LOAD_DEREF box", "LOAD_ATTR n", "BINARY_OP +=", "STORE_ATTR n"]
    assert texts == {f"{name} | box.n += 1" for name in names}
    assert "STORE_ATTR n | box.n += 1" in found.trace


def test_the_claim_counts_instructions_and_lines():
    """`level opcode (... instructions of ... lines of ...)`."""
    found = explore(whole_pair, level="opcode", modules=HERE)

    coverage = found.coverage
    words = f"level opcode ({coverage.instructions} instructions of {coverage.lines} lines of 1 module)"
    assert coverage.instructions > coverage.lines > 1
    assert words in found.summary()


def test_labels_are_stable_within_the_statement():
    """The instruction's number among the points of its line is part of the label, its offset is not."""
    found = explore(lost_update, level="opcode", modules=HERE)

    again = explore(lost_update, level="opcode", modules=HERE)

    assert found.token == again.token


def test_modules_that_no_actor_reaches_make_it_vacuous():
    """As at level line."""
    found = explore(lost_update, level="opcode", modules=["json"])

    assert isinstance(found.failure, Vacuous)


def shared_generator(interleaving):
    """Two actors take from one generator, which runs in the middle of the other's step."""

    def numbers():
        n = 1
        yield n
        n = 2
        yield n

    generator = numbers()
    taken = interleaving.run(a=lambda: next(generator), b=lambda: next(generator))
    assert sorted(taken) == [1, 2]


def test_a_generator_that_two_actors_run_at_once_is_found():
    """The end of its step, where the other finds it running, is a point although nothing shared is named there."""
    found = explore(shared_generator, level="opcode", modules=HERE)

    assert isinstance(found.failure, ValueError)
    assert "already executing" in str(found.failure)


@interleaved(level="opcode", modules=HERE)
def test_the_decorator_takes_the_level(interleaving):
    """A test is a property over schedules of instructions."""
    safe_update(interleaving)
