"""Properties of scopes: forks are independent, and sharing loses and tears nothing."""

from __future__ import annotations

import copy
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub, Scope
from pytest_errortrack.sdk._scope._state import crumbs_of, trail_with
from pytest_errortrack.sdk.testing import preserved_state

names = st.sampled_from(["a", "b", "c"])
values = st.recursive(st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3), max_leaves=4)


class Forks(RuleBasedStateMachine):
    """Scopes forked from each other and written in any order, against plain dictionaries."""

    scopes = Bundle("scopes")

    def __init__(self):
        super().__init__()
        self.state = preserved_state()
        self.state.__enter__()
        sdk.init("memory://", max_breadcrumbs=3)

    def teardown(self):
        """Put everything back."""
        self.state.__exit__(None, None, None)

    @initialize(target=scopes)
    def begin(self):
        """Start with one empty scope."""
        return Scope(), {"tags": {}, "extra": {}, "contexts": {}, "user": None, "crumbs": []}

    @rule(target=scopes, pair=scopes)
    def fork(self, pair):
        """S3: a fork starts with what the original has."""
        scope, model = pair
        return scope.fork(), copy.deepcopy(model)

    @rule(pair=scopes, name=names, value=values)
    def set_tag(self, pair, name, value):
        """Write a tag, and change the value given afterwards."""
        pair[0].set_tag(name, value)
        pair[1]["tags"][name] = copy.deepcopy(value)
        spoil(value)

    @rule(pair=scopes, name=names, value=values)
    def set_extra(self, pair, name, value):
        """Write an extra, and change the value given afterwards."""
        pair[0].set_extra(name, value)
        pair[1]["extra"][name] = copy.deepcopy(value)
        spoil(value)

    @rule(pair=scopes, name=names)
    def remove_extra(self, pair, name):
        """Forget an extra."""
        pair[0].remove_extra(name)
        pair[1]["extra"].pop(name, None)

    @rule(pair=scopes, name=names, value=values)
    def set_context(self, pair, name, value):
        """Write a context, and change the value given afterwards."""
        pair[0].set_context(name, {"x": value})
        pair[1]["contexts"][name] = {"x": copy.deepcopy(value)}
        spoil(value)

    @rule(pair=scopes, value=st.none() | values)
    def set_user(self, pair, value):
        """Write the user, and change the value given afterwards."""
        pair[0].set_user(None if value is None else {"id": value})
        pair[1]["user"] = None if value is None else {"id": copy.deepcopy(value)}
        spoil(value)

    @rule(pair=scopes, number=st.integers())
    def add_breadcrumb(self, pair, number):
        """Record a breadcrumb."""
        pair[0].add_breadcrumb(data={"n": number})
        pair[1]["crumbs"] = [*pair[1]["crumbs"], number][-3:]

    @rule(pair=scopes)
    def clear(self, pair):
        """Forget everything."""
        pair[0].clear()
        pair[1].update(tags={}, extra={}, contexts={}, user=None, crumbs=[])

    @rule(pair=scopes)
    def check(self, pair):
        """S3, S10: a scope holds what was written to it, whatever happened to others or to the values given."""
        scope, model = pair
        crumbs = [crumb.data["n"] for crumb in scope.breadcrumbs]
        seen = {"tags": scope.tags, "extra": scope.extra, "contexts": scope.contexts, "user": scope.user}
        assert {**seen, "crumbs": crumbs} == model


def spoil(value):
    """Change a value after it was given."""
    if isinstance(value, list):
        value.append("spoilt")


TestForks = Forks.TestCase
TestForks.settings = settings(max_examples=60, stateful_step_count=30)


@given(st.integers(1, 6), st.integers(0, 40))
def test_trail_keeps_the_newest_in_order(limit, count):
    """S8: whatever the limit, the newest crumbs remain, oldest first, and twice the limit is never exceeded."""
    trail = None
    for number in range(count):
        trail = trail_with(trail, (number, {}, None), limit)
        assert sum(links[2] for links in trail if links is not None) <= 2 * limit

    assert [crumb[0] for crumb in crumbs_of(trail, limit)] == list(range(count))[-limit:]


@pytest.fixture
def restless():
    """Let threads be switched as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(*functions):
    """Run functions in threads that start together; return what they raised."""
    barrier = threading.Barrier(len(functions))
    errors = []

    def run(function):
        barrier.wait()
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - told to the test, whatever it is
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_hub_shared_by_threads_never_tears(restless):
    """C7: threads that configure and capture on one hub mix their data, but no event is torn, none lost, no error."""
    client = sdk.init("memory://", include_local_variables=False)
    hub = Hub.main

    def work(name):
        for number in range(60):
            with hub.push_scope() as scope:
                value = f"{name}{number}"
                scope.set_context("pair", {"one": value, "two": value})
                scope.set_user({"id": value, "name": value})
                hub.configure_scope(lambda top, value=value: top.set_tag("tag", value))
                hub.capture_message("m")

    assert together(*(lambda name=name: work(name) for name in "abcd")) == []
    events = client.transport.events
    assert len(events) == 240
    for event in events:
        if "pair" in event["contexts"]:
            assert event["contexts"]["pair"]["one"] == event["contexts"]["pair"]["two"]
        if "user" in event:
            assert event["user"]["id"] == event["user"]["name"]
    assert repr(hub) == "<Hub with 1 scope>"


def test_writes_of_threads_to_one_scope_are_not_lost(restless):
    """C2: of threads that write one scope every write arrives."""
    sdk.init("memory://", max_breadcrumbs=10_000)
    scope = sdk.get_global_scope()

    def work(name):
        for number in range(300):
            scope.set_tag(f"{name}{number}", "1")
            scope.add_breadcrumb(message=f"{name}{number}")
            scope.add_event_processor(lambda event, _hint: event)

    assert together(*(lambda name=name: work(name) for name in "abcd")) == []
    assert len(scope.tags) == 1200
    assert len(scope.breadcrumbs) == 1200
    assert len(scope.state["processors"]) == 1200


def test_threads_of_their_own_never_mix(restless):
    """C3: threads that use the SDK without sharing a hub see nothing of each other."""
    client = sdk.init("memory://", include_local_variables=False)
    sdk.set_tag("root", "1")

    def work(name):
        for number in range(50):
            sdk.set_tag("name", name)
            sdk.set_extra("number", number)
            sdk.add_breadcrumb(message=name)
            sdk.capture_exception(ValueError(f"{name} {number}"))

    assert together(*(lambda name=name: work(name) for name in "abcd")) == []
    for event in client.transport.events:
        name, number = event["exception"]["values"][0]["value"].split()
        assert event["tags"] == {"root": "1", "name": name}
        assert event["extra"] == {"number": int(number)}
        assert {crumb["message"] for crumb in event["breadcrumbs"]["values"]} == {name}
    assert len(client.transport.events) == 200
