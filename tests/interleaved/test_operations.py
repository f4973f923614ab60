"""Operations that an SDK announces are scheduling points, whatever SDK it is."""

from __future__ import annotations

import pytest

from pytest_errortrack import _points
from pytest_errortrack.interleave import current_actor, current_step, explore, replay, step_number

# An SDK is no user's code, and this file is; so it stands in a module with an SDK's name.
SDK = """
class Scope:
    def __init__(self):
        self.tags = {}
        self.sent = []

    def set_tag(self, key, value):
        if _points.listeners:
            _points.announce(_points.Operation("set_tag", self, "tags", key))
        self.tags[key] = value

    def capture(self):
        if _points.listeners:
            _points.announce(_points.Operation("capture", self, "*", kind="read"))
        self.sent.append((current_actor().name, dict(self.tags)))


class Witness:
    def __init__(self):
        self.heard = []

    def reach(self, operation):
        actor = current_actor()
        self.heard.append((actor and actor.name, operation.name, current_step()))
"""
sdk = {
    "__name__": "pytest_errortrack.sdk.example",
    "_points": _points,
    "current_actor": current_actor,
    "current_step": current_step,
}
exec(compile(SDK, "<an SDK>", "exec"), sdk)  # noqa: S102 - the text above
Scope = sdk["Scope"]
Witness = sdk["Witness"]


def shared_scope(interleaving):
    scope = Scope()

    def handle(name):
        scope.set_tag("id", name)
        scope.capture()

    interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
    assert all(tags["id"] == name for name, tags in scope.sent)


@pytest.mark.parametrize("level", ["op", "line"])
def test_a_mix_up_on_a_shared_scope_is_found_within_a_few_schedules(level):
    """The bug that started it all: one preemption, within twenty schedules, at either level."""
    exploration = explore(shared_scope, level=level)

    assert type(exploration.failure) is AssertionError
    assert exploration.preemptions == 1
    assert exploration.found_at <= 20
    assert type(replay(exploration.token, shared_scope).failure) is AssertionError


def test_the_trace_shows_operations_with_the_users_lines():
    """Names and places are those of the user's calls, not of the SDK's insides."""
    trace = explore(shared_scope, level="op").trace

    assert "set_tag" in trace
    assert "capture" in trace
    assert "test_operations.py:" in trace


def test_every_seed_of_the_sampler_finds_it():
    """A random walk at op level needs few schedules for it."""
    for seed in range(30):
        exploration = explore(shared_scope, level="op", search="random", budget=200, seed=seed)
        assert type(exploration.failure) is AssertionError


def test_with_a_scope_for_each_there_is_nothing_to_find():
    """After the fix the same exploration is complete."""

    def scenario(interleaving):
        scopes = {name: Scope() for name in "ab"}

        def handle(name):
            scopes[name].set_tag("id", name)
            scopes[name].capture()

        interleaving.run(a=lambda: handle("a"), b=lambda: handle("b"))
        assert all(tags["id"] == name for name in "ab" for _, tags in scopes[name].sent)

    exploration = explore(scenario, level="op")

    assert exploration.failure is None
    assert exploration.complete
    assert (
        exploration.summary()
        == "complete: <= 2 preemptions, level op (2 points), data fixed; and so unbounded, 1 trace"
    )


@pytest.mark.parametrize("level", ["op", "line"])
def test_whoever_listens_too_hears_of_an_operation_when_it_happens(level):
    """The engine is asked first, so others hear in the order of execution, with the steps that the trace shows."""
    witness = Witness()
    numbers = {}

    def scenario(interleaving):
        witness.heard.clear()
        try:
            shared_scope(interleaving)
        finally:
            numbers.clear()
            numbers.update({(who, what): step_number(step) for who, what, step in witness.heard})

    _points.add_listener(witness)
    try:
        exploration = explore(scenario, level=level)
    finally:
        _points.remove_listener(witness)

    steps = [step for _, _, step in witness.heard]
    assert steps == sorted(steps)
    assert type(exploration.failure) is AssertionError
    for (_, what), number in numbers.items():
        row = next(row for row in exploration.trace.splitlines() if row.split()[:1] == [str(number)])
        assert what in row


def test_operations_outside_of_actors_are_no_points():
    """The scenario's own preparations and checks are not explored."""

    def scenario(interleaving):
        scope = Scope()
        scope.set_tag("by", "the scenario")
        interleaving.run(a=lambda: scope.set_tag("a", 1), b=lambda: scope.set_tag("b", 2))
        scope.set_tag("after", "wards")

    exploration = explore(scenario, level="op", max_preemptions=1, search="exhaustive")

    assert exploration.complete
    assert exploration.schedules == 1 + 2 + 2
