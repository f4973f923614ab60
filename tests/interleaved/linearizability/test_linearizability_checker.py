"""The checker sees planted mistakes, and knows which orders an execution allows."""

from __future__ import annotations

import pytest
from sdk_linearizability.checking import (
    WHERE_STATE_IS,
    History,
    NotLinearizable,
    atomic,
    explored,
    program,
    sequential_meaning,
)
from sdk_linearizability.of_hubs import WRITES as OF_HUBS
from sdk_linearizability.operations import Operation
from sdk_linearizability.world import World

from pytest_errortrack import sdk

HERE = (*WHERE_STATE_IS, __name__)
TAG = Operation("Scope.set_tag", lambda world, who: world.scope.set_tag(who, who))
CRUMB = Operation("Scope.add_breadcrumb", lambda world, who: world.scope.add_breadcrumb(message=who))


class TornScope(sdk.Scope):
    """Reads what it holds and replaces it, without a lock."""

    def set_tag(self, key, value):
        """Lose what another thread sets in between."""
        state = self.state
        self.state = {**state, "tags": {**state["tags"], key: value}}


class Forgetful(sdk.Scope):
    """Adds to a copy of the breadcrumbs, and takes that for its own."""

    def add_breadcrumb(self, **fields):
        """Lose the breadcrumb that another thread adds in between."""
        copy = sdk.Scope(self.state)
        copy.add_breadcrumb(**fields)
        self.state = {**self.state, "breadcrumbs": copy.state["breadcrumbs"]}


def on(kind):
    """Return a world whose hub has a scope of this kind on top."""

    class Planted(World):
        def __init__(self):
            super().__init__()
            self.scope = kind(self.scope.state)
            self.hub = sdk.Hub(self.client, self.scope)

    return Planted


@pytest.mark.parametrize(("kind", "operation"), [(TornScope, TAG), (Forgetful, CRUMB)])
def test_a_lost_update_is_found_with_one_preemption(kind, operation):
    """A setter that is not atomic, a breadcrumb that is lost: both searches see it, and the real ones pass."""
    both = program([operation], [operation])

    for options in ({"search": "exhaustive", "max_preemptions": 1}, {"search": "dpor", "max_preemptions": None}):
        found = explored(both, make=on(kind), modules=HERE, budget=2_000, **options)

        assert isinstance(found.failure, NotLinearizable)
        assert found.preemptions == 1
    assert atomic(both, make=on(sdk.Scope), modules=HERE).complete


def test_an_operation_counts_as_one_only_if_it_is():
    """A block on a shared hub is three steps; called one step, another's tag is lost with its scope."""
    push, block = (next(each for each in OF_HUBS if each.name == name) for name in ("Hub.push_scope", "Hub.with_scope"))
    tag = Operation("Hub.scope.set_tag", lambda world, who: world.hub.scope.set_tag(who, who))
    whole = Operation(block.name, block.perform)

    assert isinstance(atomic(program([whole], [tag])).failure, NotLinearizable)
    assert atomic(program([block], [tag])).failure is None
    assert push.parts == ()


def test_an_order_must_not_turn_round_what_was_done_in_time():
    """What had returned before another was called comes first, in every part; what overlapped may come either way."""
    history = History(calls={"a1": 0, "b1": 2, "a2": 3}, returns={"a1": 1, "b1": 5, "a2": 4})

    assert history.allows((("a1", 0), ("b1", 0), ("a2", 0)))
    assert history.allows((("a1", 0), ("a2", 0), ("b1", 0)))
    assert not history.allows((("b1", 0), ("a1", 0), ("a2", 0)))
    assert not history.allows((("a1", 0), ("b1", 0), ("a1", 1), ("a2", 0)))


def test_every_order_of_the_parts_is_performed():
    """Two operations of one actor and one of two parts of another have six orders, as there are ways to merge them."""
    block = Operation("block", lambda *_: None, (lambda *_: 1, lambda *_: 2))

    assert len(sequential_meaning(program([TAG, CRUMB], [block]))) == 6
    assert [len(order) for order in program([TAG], [TAG], [TAG]).orders()] == [3] * 6
