"""An object of which the filter knows only where it came from is written all the same."""

from __future__ import annotations

import array
import threading
from types import SimpleNamespace

import pytest

from pytest_errortrack.interleave import explore


def filled_after_publication(interleaving):
    holder = SimpleNamespace(instance=None)

    def put():
        holder.instance = {}
        holder.instance["answer"] = 42

    def get():
        if holder.instance is not None:
            instance = holder.instance
            assert "answer" in instance

    interleaving.run(put, get)


def emptied_through_a_local(interleaving):
    holder = SimpleNamespace(items={"a": 1})

    def drop():
        items = holder.items
        del items["a"]
        items["b"] = 1

    def get():
        items = holder.items
        assert items

    interleaving.run(drop, get)


def extended_in_place(interleaving):
    holder = SimpleNamespace(items=[])

    def put():
        items = holder.items
        items += [1]
        items += [2]

    def get():
        items = holder.items
        assert len(items) != 1

    interleaving.run(put, get)


def array_extended_in_place(interleaving):
    holder = SimpleNamespace(items=array.array("i"))

    def put():
        holder.items += array.array("i", [1])
        holder.items += array.array("i", [2])

    def get():
        items = holder.items
        assert len(items) != 1

    interleaving.run(put, get)


@pytest.mark.parametrize(
    "scenario", [filled_after_publication, emptied_through_a_local, extended_in_place, array_extended_in_place]
)
def test_a_write_to_an_object_that_was_reached_through_another_is_a_write(scenario):
    """One preemption between the two writes shows what is between them."""
    exploration = explore(scenario, search="exhaustive")

    assert (type(exploration.failure), exploration.preemptions) == (AssertionError, 1)


def test_under_a_lock_they_are_complete():
    """The same writes as one critical section pass."""

    def scenario(interleaving):
        holder, lock = SimpleNamespace(items=array.array("i")), threading.Lock()

        def put():
            with lock:
                holder.items += array.array("i", [1])
                holder.items += array.array("i", [2])

        def get():
            with lock:
                items = holder.items
                assert len(items) != 1

        interleaving.run(put, get)

    exploration = explore(scenario, search="exhaustive")

    assert exploration.failure is None
    assert exploration.complete
