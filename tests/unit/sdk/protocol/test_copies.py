"""Tests of `copied`: no container is shared, no nesting is too deep."""

from __future__ import annotations

from pytest_errortrack.sdk.protocol import copied


def test_nested_containers_are_copies():
    """S10: neither side sees a later change of the other, however deep."""
    original = {"a": [{"b": 1}], "t": ({"c": 2},)}

    copy = copied(original)
    original["a"][0]["b"] = "changed"
    original["t"][0]["c"] = "changed"

    assert copy == {"a": [{"b": 1}], "t": [{"c": 2}]}


def test_what_is_no_plain_container_is_kept():
    """Objects of other classes are not looked into."""

    class Mapping(dict):
        pass

    thing, mapping = object(), Mapping(a=1)

    copy = copied({"thing": thing, "mapping": mapping, "list": [thing]})

    assert copy["thing"] is thing
    assert copy["mapping"] is mapping
    assert copy["list"][0] is thing


def test_cycles_stay_cycles():
    """A container that holds itself is copied to one that holds itself."""
    cyclic = {"name": "x"}
    cyclic["self"] = [cyclic]

    copy = copied(cyclic)

    assert copy is not cyclic
    assert copy["self"][0] is copy


def test_nesting_deeper_than_the_stack():
    """100,000 levels are copied without recursion."""
    deep = leaf = []
    for _ in range(100_000):
        leaf.append([])
        leaf = leaf[0]

    assert copied(deep) is not deep
    while deep:  # unravelled by hand: the interpreter's own deallocation of such a list is not what is tested
        deep = deep.pop()
