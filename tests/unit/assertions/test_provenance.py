from __future__ import annotations

import threading

from pytest_errortrack import _points
from pytest_errortrack.assertions import Witness, declared_actor
from pytest_errortrack.interleave import explore


def write(name="set_tag"):
    return _points.Operation(name, object(), "tags", "t")


def read():
    return _points.Operation("capture_message", object(), "*", kind="read")


def test_a_write_is_stamped_with_who_where_and_what():
    """The stamp names the actor, the user's line and the operation; reads are not stamped."""
    witness = Witness()

    stamp = witness.reach(write("set_tag"))

    assert stamp.actor.name == threading.current_thread().name
    assert stamp.site.path == __file__
    assert stamp.operation == "set_tag"
    assert stamp.step is None
    assert witness.reach(read()) is None


def test_a_thread_is_an_actor_below_the_root():
    """Another thread is somebody else, started by the one that the recording began in."""
    witness, found = Witness(), []
    thread = threading.Thread(target=lambda: found.append(witness.actor()), name="worker")
    thread.start()
    thread.join()

    assert found[0].name == "worker"
    assert found[0].parent is witness.actor()
    assert list(found[0].ancestors()) == [witness.actor()]


def test_a_declared_actor_wins_and_ends():
    """Inside of the block it is the declared one, nested ones the innermost; afterwards it is the thread again."""
    witness = Witness()
    root = witness.actor()

    with declared_actor(witness, "outer"):
        outer = witness.actor()
        with declared_actor(witness, "inner"):
            inner = witness.actor()
        assert witness.actor() is outer

    assert (outer.name, outer.parent, inner.name, inner.parent) == ("outer", root, "inner", outer)
    assert witness.actor() is root


def test_controlled_actors_are_told_apart_with_their_steps():
    """Inside of an exploration the engine says who acts, and in which step."""
    witness, stamps = Witness(), []

    def scenario(interleaving):
        stamps.clear()
        witness.reset()

        def act():
            interleaving.step("now")
            stamps.append(witness.reach(write()))

        interleaving.run(a=act, b=act)

    assert explore(scenario, level="op", max_preemptions=0).failure is None
    assert sorted(stamp.actor.name for stamp in stamps) == ["a", "b"]
    assert all(isinstance(stamp.step, int) for stamp in stamps)


def test_a_declared_actor_inside_a_controlled_one_is_the_more_recent():
    """What was entered last counts."""
    witness, names = Witness(), []

    def scenario(interleaving):
        names.clear()
        witness.reset()

        def act():
            interleaving.step("now")
            with declared_actor(witness, "job"):
                names.append((witness.actor().name, witness.actor().parent.name))

        interleaving.run(a=act, b=act)

    explore(scenario, level="op", max_preemptions=0)
    assert sorted(names) == [("job", "a"), ("job", "b")]


def test_an_isolation_scope_is_an_actor_unless_a_declaration_is_newer():
    """An opened isolation scope counts as an actor; one declared inside of it counts more."""
    scope = threading.Event()  # anything that can be referred to weakly
    witness = Witness(scopes_in_force=lambda: (scope,))

    opened = witness.actor()
    with declared_actor(witness, "job"):
        assert witness.actor().name == "job"
        assert witness.actor().parent is opened

    assert opened.name.endswith("(isolation scope)")
    assert witness.actor() is opened


def test_actors_apart_leaves_out_those_who_only_started_others():
    """A parent and its only child are one story; two children are two."""
    witness = Witness()
    witness.reach(write())
    with declared_actor(witness, "a"):
        witness.reach(write())
    assert {actor.name for actor in witness.actors_apart()} == {"a"}

    with declared_actor(witness, "b"):
        witness.reach(read())
    assert {actor.name for actor in witness.actors_apart()} == {"a", "b"}
