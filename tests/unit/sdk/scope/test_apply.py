"""Tests of what scopes add to an event, and what beats what."""

from __future__ import annotations

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub


def last(memory):
    """Return the newest event."""
    return memory.events[-1]


def set_everywhere(write):
    """Write the same field in the global, the isolation and the current scope."""
    write(sdk.get_global_scope(), "global")
    write(sdk.get_isolation_scope(), "isolation")
    write(sdk.get_current_scope(), "current")


@pytest.mark.parametrize("field", ["tags", "extra"])
def test_keyed_fields_merge_and_the_stronger_wins(memory, field):
    """S4: global, isolation, current, call, event: each beats those before it, key by key."""
    setter = {"tags": "set_tag", "extra": "set_extra"}[field]
    places = ["global", "isolation", "current", "call", "event"]

    def write(scope, place):
        for stronger in places[places.index(place) :]:
            getattr(scope, setter)(stronger, place)

    set_everywhere(write)
    sdk.capture_event({"message": "m", field: {"event": "event"}}, **{field: {"call": "call", "event": "call"}})

    assert last(memory)[field] == {name: name for name in places}


def test_user_is_merged_by_key(memory):
    """S7: the user is put together from all scopes, key by key."""
    set_everywhere(lambda scope, place: scope.set_user({"id": place, place: 1}))
    sdk.capture_message("m", user={"call": 1})

    assert last(memory)["user"] == {"id": "current", "global": 1, "isolation": 1, "current": 1, "call": 1}


def test_contexts_are_merged_one_level_deep(memory):
    """S7: of one context the keys of all scopes remain; below that the stronger replaces."""
    set_everywhere(lambda scope, place: scope.set_context("c", {"who": place, place: {"a": place}}))
    sdk.capture_event({"message": "m", "contexts": {"c": {"who": "event"}}}, contexts={"c": {"call": 1}})

    assert last(memory)["contexts"]["c"] == {
        "who": "event",
        "global": {"a": "global"},
        "isolation": {"a": "isolation"},
        "current": {"a": "current"},
        "call": 1,
    }


@pytest.mark.parametrize(
    ("field", "setter", "values"),
    [
        ("level", "set_level", ["debug", "info", "warning", "error", "fatal"]),
        ("fingerprint", "set_fingerprint", [["1"], ["2"], ["3"], ["4"], ["5"]]),
    ],
)
def test_single_values_of_the_stronger_win(memory, field, setter, values):
    """S4: the innermost scope that has one decides; a call's argument beats it; the event's own beats all."""
    for scope, value in zip(
        (sdk.get_global_scope(), sdk.get_isolation_scope(), sdk.get_current_scope()), values, strict=False
    ):
        getattr(scope, setter)(value)
        sdk.capture_event({"message": "m"})
        assert last(memory)[field] == value
    sdk.capture_event({"message": "m"}, **{field: values[3]})
    assert last(memory)[field] == values[3]
    sdk.capture_event({"message": "m", field: values[4]}, **{field: values[3]})
    assert last(memory)[field] == values[4]


def test_transaction_name_of_the_scope(memory):
    """S4: events carry the name of what is going on, unless they have their own."""
    sdk.set_transaction_name("checkout", "route")
    sdk.capture_message("m")
    sdk.capture_event({"message": "m", "transaction": "own"})

    assert [event["transaction"] for event in memory.events] == ["checkout", "own"]
    assert memory.events[0]["transaction_info"] == {"source": "route"}


def test_default_level_is_weaker_than_any_scope(memory):
    """An exception is an error and a message is info, unless a scope or the call says otherwise."""
    sdk.capture_exception(ValueError("1"))
    sdk.capture_message("2")
    sdk.set_level("warning")
    sdk.capture_exception(ValueError("3"))
    sdk.capture_message("4")
    sdk.capture_message("5", "fatal")
    sdk.capture_exception(ValueError("6"), level="debug")

    assert [event["level"] for event in memory.events] == ["error", "info", "warning", "warning", "fatal", "debug"]


@pytest.mark.wrong_payload
def test_breadcrumbs_of_all_scopes_are_joined_in_the_order_of_their_recording(start):
    """S4, S8: the crumbs of three scopes come in one order, the event's own last, and only the newest remain."""
    memory = start(max_breadcrumbs=5)
    scopes = (sdk.get_global_scope(), sdk.get_isolation_scope(), sdk.get_current_scope())
    for number in range(6):
        scopes[number % 3].add_breadcrumb(message=str(number), timestamp=-number)

    sdk.capture_event({"message": "m", "breadcrumbs": {"values": [{"message": "own"}]}})

    messages = [crumb["message"] for crumb in last(memory)["breadcrumbs"]["values"]]
    assert messages == ["2", "3", "4", "5", "own"]


def test_a_crumb_that_two_scopes_have_is_there_once(memory):
    """A scope forked from another one has its crumbs too; an event carries each once."""
    hub = Hub()
    hub.isolation.add_breadcrumb(message="both")
    hub.scope.restore(hub.isolation.state)

    hub.capture_message("m")

    assert [crumb["message"] for crumb in last(memory)["breadcrumbs"]["values"]] == ["both"]


def test_processors_cannot_change_the_scope(memory):
    """S10, M4: what a processor changes in an event stays in that event, however deep."""

    def spoil(event, _hint):
        event["contexts"]["device"]["parts"].append("spoilt")
        event["extra"]["e"]["list"].append("spoilt")
        event["user"]["address"]["city"] = "spoilt"
        event["tags"]["t"] = "spoilt"
        event["breadcrumbs"]["values"][0]["data"]["a"] = "spoilt"
        return event

    scope = sdk.get_isolation_scope()
    scope.set_context("device", {"parts": []})
    scope.set_extra("e", {"list": []})
    scope.set_user({"address": {"city": "x"}})
    scope.set_tag("t", "x")
    scope.add_breadcrumb(data={"a": 1})
    scope.add_event_processor(spoil)
    before = str((scope.contexts, scope.extra, scope.user, scope.tags, scope.breadcrumbs))

    sdk.capture_message("m")

    assert "spoilt" in str(last(memory))
    assert str((scope.contexts, scope.extra, scope.user, scope.tags, scope.breadcrumbs)) == before


def test_the_event_given_is_not_changed(memory):
    """S10: `capture_event` leaves the caller's mapping as it is."""
    event = {"message": "m", "tags": {"a": "1"}, "contexts": {"c": {"x": 1}}}
    sdk.set_tag("b", "2")
    sdk.set_context("c", {"y": 1})

    sdk.capture_event(event)

    assert event == {"message": "m", "tags": {"a": "1"}, "contexts": {"c": {"x": 1}}}


def test_every_event_has_a_trace(memory):
    """E8: contexts.trace is on every event, with tracing off too; without a span it is the process's."""
    sdk.capture_message("1")
    sdk.capture_exception(ValueError())
    traces = [event["contexts"]["trace"] for event in memory.events]

    assert traces[0] == traces[1]
    assert len(traces[0]["trace_id"]) == 32
    assert len(traces[0]["span_id"]) == 16


def test_trace_of_the_active_span(memory):
    """S4: inside a span events belong to its trace; an event's own trace context wins."""
    with sdk.start_transaction("t", op="o") as transaction:
        sdk.capture_message("1")
    sdk.capture_event({"message": "2", "contexts": {"trace": {"trace_id": "a" * 32, "span_id": "b" * 16}}})

    first, second = (event["contexts"]["trace"] for event in memory.events)
    assert (first["trace_id"], first["span_id"], first["op"]) == (transaction.trace_id, transaction.span_id, "o")
    assert second == {"trace_id": "a" * 32, "span_id": "b" * 16}


def test_trace_of_a_scope(memory):
    """A scope may know a trace without spans."""
    from pytest_errortrack.sdk.tracing import PropagationContext

    with sdk.new_scope() as scope:
        scope.put_quietly(propagation_context=PropagationContext("a" * 32, "b" * 16))
        sdk.capture_message("m")

    assert last(memory)["contexts"]["trace"] == {"trace_id": "a" * 32, "span_id": "b" * 16}


@pytest.mark.parametrize("odd", [[["a", "b"]], "text", 7])
@pytest.mark.wrong_payload
def test_odd_fields_of_an_event_are_its_own_business(memory, odd):
    """What cannot be merged is sent as the event has it."""
    sdk.set_tag("scope", "1")
    sdk.capture_event({"message": "m", "tags": odd, "contexts": {"odd": odd}, "breadcrumbs": "odd"})

    assert last(memory)["tags"] == odd
    assert last(memory)["contexts"]["odd"] == odd
    assert "breadcrumbs" not in last(memory)
