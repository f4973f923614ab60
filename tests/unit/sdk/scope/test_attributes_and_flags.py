"""Tests of typed attributes and of feature flags."""

from __future__ import annotations

import math

import pytest

from pytest_errortrack import _points, sdk
from pytest_errortrack.sdk import Scope
from pytest_errortrack.sdk._scope import ambient_states, apply_scopes, attributes_of


@pytest.mark.parametrize(
    ("value", "typed"),
    [
        (True, {"value": True, "type": "boolean"}),
        (7, {"value": 7, "type": "integer"}),
        (2**63 - 1, {"value": 2**63 - 1, "type": "integer"}),
        (2**63, {"value": "9223372036854775808", "type": "string"}),
        (0.5, {"value": 0.5, "type": "double"}),
        (math.inf, {"value": "inf", "type": "string"}),
        ("text", {"value": "text", "type": "string"}),
        ([1, 2], {"value": [1, 2], "type": "array"}),
        (("a", "b"), {"value": ["a", "b"], "type": "array"}),
        ([], {"value": [], "type": "array"}),
        ([1, True], {"value": "[1, True]", "type": "string"}),
        ([math.nan], {"value": "[nan]", "type": "string"}),
        ({"a": 1}, {"value": "{'a': 1}", "type": "string"}),
        (None, {"value": "None", "type": "string"}),
    ],
)
def test_type_of_an_attribute_is_inferred(value, typed):
    """S11: plain values and lists of one type keep their type; everything else becomes a text."""
    scope = Scope()

    scope.set_attribute("a", value)
    scope.set_attribute("with a unit", value, "second")

    assert scope.attributes == {"a": typed, "with a unit": {**typed, "unit": "second"}}
    assert type(scope.attributes["a"]["value"]) is type(typed["value"])


def test_attribute_of_the_innermost_scope_wins():
    """S11: current beats isolation, isolation beats global."""
    for scope, name in (
        (sdk.get_global_scope(), "g"),
        (sdk.get_isolation_scope(), "i"),
        (sdk.get_current_scope(), "c"),
    ):
        scope.set_attribute(f"only {name}", name)
        scope.set_attribute("all", name)
    sdk.get_isolation_scope().set_attribute("two", "i")
    sdk.get_global_scope().set_attribute("two", "g")

    merged = {name: typed["value"] for name, typed in attributes_of(ambient_states()).items()}

    assert merged == {"only g": "g", "only i": "i", "only c": "c", "all": "c", "two": "i"}


def test_setters_of_attributes_write_the_isolation_scope():
    """S2, S11: the functions of the module write the isolation scope; a fork is independent of it."""
    sdk.set_attribute("a", 1, "ms")
    sdk.set_attributes({"b": 2, "c": [3]})
    with sdk.isolation_scope():
        sdk.set_attribute("a", "inner")
        sdk.remove_attribute("b")
        inner = {name: typed["value"] for name, typed in sdk.get_isolation_scope().attributes.items()}
    sdk.remove_attribute("c")

    assert inner == {"a": "inner", "c": [3]}
    assert sdk.get_isolation_scope().attributes == {
        "a": {"value": 1, "type": "integer", "unit": "ms"},
        "b": {"value": 2, "type": "integer"},
    }


def test_attribute_is_a_copy():
    """S10, S11: the caller's later changes do not reach the scope."""
    value = [1]
    scope = Scope()
    scope.set_attribute("a", value)
    value.append(2)

    assert scope.attributes["a"]["value"] == [1]


def test_attributes_are_not_on_error_events(memory):
    """S11: attributes are for logs and metrics; an error event has none."""
    sdk.set_attribute("a", 1)
    sdk.capture_message("m")

    assert "attributes" not in memory.events[0]


def test_flags_are_shown_in_the_order_of_evaluation(memory):
    """S6, E8: error events show feature flags, one entry each, the one evaluated last at the end."""
    for name, result in (("a", True), ("b", False), ("a", False)):
        sdk.add_feature_flag(name, result)
    sdk.capture_message("m")

    values = memory.events[0]["contexts"]["flags"]["values"]
    assert values == [{"flag": "b", "result": False}, {"flag": "a", "result": False}]


def test_only_the_newest_hundred_flags_are_kept(memory):
    """S6: of more than a hundred flags, those evaluated longest ago are let go, in one scope and over all."""
    for number in range(120):
        sdk.add_feature_flag(f"outer {number}", True)
    for number in range(60):
        sdk.get_current_scope().add_feature_flag(f"inner {number}", False)
    sdk.capture_message("m")

    shown = [value["flag"] for value in memory.events[0]["contexts"]["flags"]["values"]]
    assert list(sdk.get_isolation_scope().flags) == [f"outer {number}" for number in range(20, 120)]
    assert shown == [f"outer {number}" for number in range(80, 120)] + [f"inner {number}" for number in range(60)]


def test_flags_of_a_fork_are_its_own(memory):
    """S3, S6: what is evaluated inside a block is not known outside."""
    sdk.add_feature_flag("a", True)
    with sdk.isolation_scope():
        sdk.add_feature_flag("a", False)
        sdk.add_feature_flag("b", True)

    assert sdk.get_isolation_scope().flags == {"a": True}


def test_event_without_flags_has_no_flags(memory):
    """S6: nothing is shown of what was never asked; an event's own flags stay."""
    sdk.capture_message("m")
    sdk.add_feature_flag("a", True)
    sdk.capture_event({"message": "own", "contexts": {"flags": {"values": []}}})

    assert "flags" not in memory.events[0]["contexts"]
    assert memory.events[1]["contexts"]["flags"] == {"values": []}


@pytest.mark.parametrize(("name", "result"), [("a", "yes"), ("a", None), (7, True)])
def test_what_is_no_flag_is_ignored(name, result, caplog):
    """S6: inside an application nothing is raised; the internal log says what is right."""
    sdk.add_feature_flag(name, result)

    assert sdk.get_isolation_scope().flags == {}
    assert "it needs a name, and True or False" in caplog.text


def test_writer_of_a_flag_is_known():
    """The oracle of isolation learns who evaluated a flag that an event shows, and who added an error processor."""

    class Writer:
        def reach(self, operation):
            return f"stamp of {operation.name}"

    writer = Writer()
    event = {"exception": {"values": []}, "contexts": {"own": {}}}
    _points.add_listener(writer)
    try:
        sdk.add_feature_flag("a", True)
        sdk.add_error_processor(print)
    finally:
        _points.remove_listener(writer)

    stamped = apply_scopes(event, ambient_states(), max_breadcrumbs=0, default_trace={})

    assert [(each.path, each.stamp) for each in stamped] == [
        (("contexts", "flags", "a"), "stamp of add_feature_flag"),
        (("error_processors", "0"), "stamp of add_error_processor"),
    ]


@pytest.mark.parametrize("own", [{"values": 7}, {"values": [7]}, {"values": [{"flag": ["a"]}]}, 7])
def test_own_flags_of_an_event_may_be_anything(own):
    """What an event says of flags itself is not taken for what scopes say."""
    scope = Scope()
    scope.add_feature_flag("a", True)
    scope.put_quietly(stamps={("flags", "a"): "stamp"})
    event = {"contexts": {"flags": own}}

    assert apply_scopes(event, (scope.state,), max_breadcrumbs=0, default_trace={}) == ()
    assert event["contexts"]["flags"] == own
