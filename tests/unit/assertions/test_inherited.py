from __future__ import annotations

import contextvars

import pytest

from pytest_errortrack import _points
from pytest_errortrack.assertions import (
    Actor,
    CapturedEvent,
    Circumstances,
    Witness,
    Writer,
    declared_actor,
)
from pytest_errortrack.assertions._isolation._findings import are_related, findings
from pytest_errortrack.assertions._isolation._propagation import missing
from pytest_errortrack.assertions._isolation._things import Thing
from pytest_errortrack.sdk.testing import Stamped

ADDRESS = "user.ip_address"


def wrote(witness, field, key=None, value=None, *, name="set"):
    """Let whoever acts here write; return the stamp."""
    return witness.reach(_points.Operation(name, object(), field, key, value=value))


def thing(actor, payload, *, attachments=(), stamped=(), moment=0):
    """Return what an actor captured."""
    item = CapturedEvent(payload, raw=b"", circumstances=Circumstances(actor=actor, moment=moment))
    return Thing("events[0]", item, stamped, attachments)


def lacks(payload, path, *writes, attachments=()):
    """Tell whether an event lacks what its actor's parent wrote; None where the parent wrote nothing of it."""
    witness = Witness()
    for write in writes:
        wrote(witness, *write[:3], name=write[3] if len(write) > 3 else "set")
    captured = thing(witness.declare("child").actor, payload, attachments=attachments)
    found, idle = missing(witness, [captured], inherited=[path])
    assert not (found and idle)
    assert [(each.thing, each.path) for each in found] == [(captured, path)] * len(found)
    return None if idle else bool(found)


@pytest.mark.parametrize("field", ["tags", "extra"])
def test_a_key_may_have_dots_where_keys_are_flat(field):
    """`tags.a.b` is the tag `a.b`."""
    write = (field, "a.b", "x")

    assert lacks({field: {"a.b": "x"}}, f"{field}.a.b", write) is False
    assert lacks({field: {"a": {"b": "x"}}}, f"{field}.a.b", write) is True
    assert lacks({field: {"a.b": "x"}}, f"{field}.a", write) is None


def test_what_is_asked_of_a_context_lies_within_it():
    """`contexts.shop.id` is written with the whole context, and must be there with it."""
    write = ("contexts", "shop", {"id": 1})

    assert lacks({"contexts": {"shop": {"id": 1}}}, "contexts.shop.id", write) is False
    assert lacks({"contexts": {"shop": {}}}, "contexts.shop.id", write) is True
    assert lacks({"contexts": {"shop": None}}, "contexts.shop.id", write) is True
    assert lacks({"contexts": {"shop": {"id": None}}}, "contexts.shop.id", write) is True
    assert lacks({}, "contexts.shop", write) is True
    assert lacks({"contexts": {"shop": {}}}, "contexts.shop", write) is False
    assert lacks({"contexts": {}}, "contexts.user", write) is None


@pytest.mark.parametrize("field", ["level", "fingerprint", "transaction", "breadcrumbs", "user"])
def test_a_field_without_keys_is_asked_for_as_a_whole(field):
    """It is there, or it is not."""
    assert lacks({field: "x"}, field, (field, None, "x")) is False
    assert lacks({}, field, (field, None, "x")) is True
    assert lacks({field: "x"}, field) is None


def test_a_key_of_a_user_is_asked_for_where_the_user_had_it():
    """What was written as a whole is known by its keys; where it is not known, it may have had any."""
    assert lacks({"user": {"id": 1}}, "user.id", ("user", None, {"id": 1})) is False
    assert lacks({"user": {"email": 1}}, "user.id", ("user", None, {"id": 1})) is True
    assert lacks({"user": {"id": 1}}, "user.id", ("user", None, {"email": 1})) is None
    assert lacks({}, "user.id", ("user", None, None)) is True
    assert lacks({}, "user", ("user", None, {"email": 1})) is True


def test_a_file_is_there_if_any_was_sent():
    """What an event's payload says has no part in it."""
    write = ("attachments", None, None)

    assert lacks({}, "attachments", write, attachments=["log.txt"]) is False
    assert lacks({"attachments": ["log.txt"]}, "attachments", write) is True


@pytest.mark.parametrize("name", ["remove_tag", "clear_tags"])
def test_what_was_taken_away_again_is_no_heritage(name):
    """The last write counts; and one after it counts again."""
    write, taken = ("tags", "t", "x"), ("tags", "t", None, name)

    assert lacks({}, "tags.t", write, taken) is None
    assert lacks({}, "tags.t", taken, write) is True
    assert lacks({}, "tags.t", write, ("*", None, None, "clear")) is None


def test_only_what_was_written_before_the_start_is_a_heritage():
    """A later write of the parent, one of a stranger, and one of the actor itself are none."""
    witness = Witness()
    child = witness.declare("child").actor
    wrote(witness, "tags", "late", "x")
    with declared_actor(witness, "stranger"):
        wrote(witness, "tags", "strange", "x")

    for path in ("tags.late", "tags.strange"):
        assert missing(witness, [thing(child, {})], inherited=[path]) == ([], [path])


def test_what_a_grandparent_wrote_after_starting_the_parent_is_no_heritage():
    """Though the actor itself was not born yet."""
    witness = Witness()
    wrote(witness, "tags", "early", "x")
    with declared_actor(witness, "parent"):
        parent = witness.actor()
    wrote(witness, "tags", "between", "x")
    child = Actor("child", parent, witness.tick())

    found, idle = missing(witness, [thing(child, {})], inherited=["tags.early", "tags.between"])

    assert ([each.path for each in found], idle) == (["tags.early"], ["tags.between"])


def test_each_path_is_asked_of_each_thing_and_nobodys_lack_nothing():
    """A path that some ancestor wrote proves something; who captured is known of some only."""
    witness = Witness()
    app = wrote(witness, "tags", "app", "shop")
    heir = thing(witness.declare("heir").actor, {})
    rich = thing(witness.declare("rich").actor, {"tags": {"app": "shop"}})
    nobodys = thing(None, {})
    zone = wrote(witness, "tags", "zone", "eu")
    late = thing(witness.declare("late").actor, {})

    found, idle = missing(witness, [nobodys, heir, rich, late], inherited=["tags.app", "tags.zone", "tags.none"])

    assert [(each.thing, each.path, each.writer) for each in found] == [
        (heir, "tags.app", app),
        (late, "tags.app", app),
        (late, "tags.zone", zone),
    ]
    assert idle == ["tags.none"]


class Mixed:
    """Two actors of one parent, each in a context of its own; the second's value is on the first's event."""

    def __init__(self):
        self.witness = Witness()
        self.contexts = {}
        self.actor, self.other = (self.begun(name) for name in "AB")

    def begun(self, name):
        """Let an actor begin."""
        context = contextvars.copy_context()
        context.run(declared_actor(self.witness, name).__enter__)
        actor = context.run(self.witness.actor)
        self.contexts[actor] = context
        return actor

    def write(self, actor, field, key, value, *, name="set"):
        """Let one of the two write."""
        return self.contexts[actor].run(wrote, self.witness, field, key, value, name=name)

    def foreign(self, path, value, payload, *, shared=(), moment=0):
        """Tell whether a value of the other one is foreign on an event of the first."""
        field, key = (path[0], None) if path[0] in {"user", "level", "fingerprint", "transaction"} else path[:2]
        stamped = Stamped(path, value, self.write(self.other, field, key, value))
        captured = thing(self.actor, payload, stamped=[stamped], moment=moment)
        return bool(list(findings(self.witness, captured, shared=shared)))


@pytest.mark.parametrize(
    ("path", "place", "own", "value", "payload"),
    [
        (("tags", "t"), ("tags", "t"), "x", "x", {"tags": {"t": "x"}}),
        (("level",), ("level", None), "x", "x", {"level": "x"}),
        (("fingerprint",), ("fingerprint", None), ("a", "b"), ["a", "b"], {"fingerprint": ["a", "b"]}),
        (("user", "id"), ("user", None), {"id": "x", "name": "A"}, "x", {"user": {"id": "x"}}),
        (("contexts", "c", "x"), ("contexts", "c"), {"x": 1}, 1, {"contexts": {"c": {"x": 1}}}),
        (("attributes", "user.name"), ("user", None), {"username": "x"}, "x", {"attributes": {"user.name": "x"}}),
        (("attributes", "user.email"), ("user", None), {"email": "x"}, "x", {"attributes": {"user.email": "x"}}),
        (("attributes", "user.id"), ("user", None), {"id": "x"}, "x", {"attributes": {"user.id": "x"}}),
        (("attributes", ADDRESS), ("user", None), {"ip_address": 1}, 1, {"attributes": {ADDRESS: 1}}),
        (("attributes", "own"), ("attributes", "own"), "x", "x", {"attributes": {"own": "x"}}),
    ],
)  # fmt: skip
def test_the_very_same_value_of_ones_own_is_no_finding(path, place, own, value, payload):
    """What the actor wrote last is what counts, wherever it stands in what was sent; another value is a finding."""
    for mine, is_foreign in ((own, False), ("another", True)):
        mixed = Mixed()
        mixed.write(mixed.actor, *place, mine)
        assert mixed.foreign(path, value, payload) is is_foreign
    assert Mixed().foreign(path, value, payload)


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        (("breadcrumbs", "0"), {"breadcrumbs": ["x"]}),
        (("contexts", "trace", "x"), {"contexts": {"trace": {"x": "x"}}}),
        (("contexts", "flags", "f"), {"contexts": {"flags": {"values": [{"flag": "f", "result": "x"}]}}}),
    ],
)
def test_what_has_an_identity_of_its_own_is_not_compared(path, payload):
    """Two breadcrumbs, traces or flags that look the same are two."""
    mixed = Mixed()
    mixed.write(mixed.actor, path[0], path[1], {path[-1]: "x"})

    assert mixed.foreign(path, "x", payload)


def test_what_one_wrote_after_the_capture_does_not_count():
    """Neither does what was cleared in between; where the moment is not known, all of it does."""
    payload = {"tags": {"t": "x"}}
    for shift, is_foreign in ((None, False), (0, False), (1, False), (-1, True)):
        mixed = Mixed()
        number = mixed.write(mixed.actor, "tags", "t", "x").number
        moment = 0 if shift is None else number + shift
        assert mixed.foreign(("tags", "t"), "x", payload, moment=moment) is is_foreign

    mixed = Mixed()
    mixed.write(mixed.actor, "tags", "t", "x")
    mixed.write(mixed.actor, "*", None, None, name="clear")
    assert mixed.foreign(("tags", "t"), "x", payload)


def test_what_ones_parents_wrote_before_counts_as_ones_own():
    """And what each wrote after it had started the next does not; the last of all is what counts."""
    payload = {"tags": {"t": "x"}}
    for writes, is_foreign in (("x--", False), ("-x-", True), ("--x", True), ("xy-", False), ("yx-", True)):
        mixed = Mixed()
        parent = mixed.witness.actor().name
        for place, value in enumerate(writes):
            if place == 1:
                parent = mixed.begun("parent")
            if place == 2:
                mixed.actor = Actor("actor", parent, mixed.witness.tick())
            if value != "-":
                wrote(mixed.witness, "tags", "t", value)
        assert mixed.foreign(("tags", "t"), "x", payload) is is_foreign, writes


def test_of_what_several_ancestors_wrote_the_last_counts():
    """A parent's later write hides the one of the parent's own parent, for what is foreign and what is missing."""
    for first, second, is_foreign in (("y", "x", False), ("x", "y", True)):
        mixed = Mixed()
        wrote(mixed.witness, "tags", "t", first)
        parent = mixed.begun("parent")
        last = mixed.write(parent, "tags", "t", second)
        mixed.actor = Actor("actor", parent, mixed.witness.tick())

        assert mixed.foreign(("tags", "t"), "x", {"tags": {"t": "x"}}) is is_foreign
        [found], _ = missing(mixed.witness, [thing(mixed.actor, {})], inherited=["tags.t"])
        assert found.writer is last


def test_what_a_grandparent_wrote_in_between_is_late():
    """It counts from when it started the parent, not from when the parent started the actor."""
    root = Actor("root", None, 1)
    parent = Actor("parent", root, 10)
    actor = Actor("actor", parent, 20)
    for number, found in ((9, []), (10, []), (15, [True])):
        stamped = Stamped(("tags", "t"), "x", Writer(root, None, number, None, "set"))
        captured = thing(actor, {"tags": {"t": "x"}}, stamped=[stamped])
        assert [each.is_late for each in findings(Witness(), captured, shared=())] == found


def test_a_write_at_the_moment_of_the_start_is_no_inheritance():
    """Late is what has a greater number than the birth of the actor; a parent's earlier write is no finding."""
    mixed = Mixed()
    found = {}
    for shift in (-1, 0, 1):
        writer = Writer(mixed.actor.parent, None, mixed.actor.born + shift, None, "set", "x")
        captured = thing(mixed.actor, {"tags": {"t": "x"}}, stamped=[Stamped(("tags", "t"), "x", writer)])
        found[shift] = [each.is_late for each in findings(mixed.witness, captured, shared=())]

    assert found == {-1: [], 0: [], 1: [True]}


def test_shared_paths_are_left_out_with_all_below_them():
    """And nothing else that begins with the same letters."""
    path, payload = ("tags", "release"), {"tags": {"release": "x"}}
    verdicts = {
        name: Mixed().foreign(path, "x", payload, shared=[name]) for name in ("tags", "tags.release", "tags.rel", "tag")
    }

    assert verdicts == {"tags": False, "tags.release": False, "tags.rel": True, "tag": True}  # fmt: skip


def test_after_what_is_shared_gone_or_own_the_search_goes_on():
    """One value that is no finding hides none of those behind it."""
    mixed = Mixed()
    writer = mixed.write(mixed.other, "tags", "t", "x")
    own = mixed.write(mixed.actor, "tags", "own", "x")
    stamped = [
        Stamped(("tags", "none"), "x", "no writer"),
        Stamped(("tags", "shared"), "x", writer),
        Stamped(("tags", "gone"), "x", writer),
        Stamped(("tags", "own"), "x", own),
        Stamped(("tags", "t"), "x", writer),
    ]
    payload = {"tags": dict.fromkeys(("none", "shared", "own", "t"), "sent")}

    [found] = findings(mixed.witness, thing(mixed.actor, payload, stamped=stamped), shared=["tags.shared"])

    assert (found.stamped, found.value, found.writer, found.is_late) == (stamped[-1], "sent", writer, False)
    assert list(findings(mixed.witness, thing(None, payload, stamped=stamped), shared=())) == []


def test_who_is_related_to_whom():
    """An actor, whoever started it, its host, and whom it started itself; not the host's jobs of others."""
    root = Actor("root", None, 1)
    child, other = Actor("child", root, 2), Actor("other", root, 3)
    grandchild = Actor("grandchild", child, 4)
    job = Actor("job", child, 5, host=other, taken=6)

    assert are_related(child, child)
    assert are_related(grandchild, root)
    assert are_related(root, grandchild)
    assert are_related(job, other)
    assert not are_related(other, job)
    assert not are_related(child, other)
    assert not are_related(grandchild, other)
