"""Tests of `Hub`: a stack of scopes to hand around, and what sharing one means."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub


def in_thread(function, *arguments):
    """Call a function in a new thread, and return what it returns."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def tags_of(memory):
    """Return the tags of every event."""
    return [event.get("tags", {}) for event in memory.events]


def test_current_hub_of_the_main_thread_is_the_main_hub():
    """C7: while nothing is forked in the main thread, its hub is the process's."""
    assert Hub.current is Hub.main
    assert Hub.current is Hub.current


def test_new_thread_has_a_hub_of_its_own():
    """C7: a new thread gets a hub over forks of the root scopes, and keeps it."""
    Hub.main.scope.set_tag("root", 1)
    hub, same, tags = in_thread(lambda: (Hub.current, Hub.current, Hub.current.scope.tags))

    assert hub is same
    assert hub is not Hub.main
    assert tags == {"root": 1}


def test_current_hub_follows_the_scopes_in_effect():
    """C7: inside another scope the current hub is another one; afterwards it is the old one again."""
    before = Hub.current
    with sdk.isolation_scope() as isolation, sdk.new_scope() as scope:
        hub = Hub.current
        assert hub is Hub.current
        assert (hub.isolation, hub.scope) == (isolation, scope)
    assert Hub.current is before


@pytest.mark.parametrize("get", [lambda: Hub.main, Hub, lambda: Hub().clone()], ids=["main", "new", "clone"])
def test_push_inherits_and_pop_reverts(memory, get):
    """C7, the seed's stack: a pushed scope starts with what was there, and what it is given goes with it."""
    hub = get()
    hub.scope.set_tag("outer", "1")
    hub.push_scope()
    hub.scope.set_tag("inner", "1")
    hub.capture_message("inside")
    hub.pop_scope()
    hub.capture_message("outside")

    assert tags_of(memory) == [{"outer": "1", "inner": "1"}, {"outer": "1"}]


def test_pop_of_the_last_scope_does_nothing_but_warn(caplog):
    """C7: the last scope stays, with a warning in the internal log."""
    hub = Hub()
    scope = hub.scope

    hub.pop_scope()

    assert hub.scope is scope
    assert "pop_scope() does nothing" in caplog.text


def test_push_as_a_block_and_with_a_callback(memory):
    """C7: `push_scope` serves as a block and with a callback, whose result it returns."""
    hub = Hub()
    with hub.push_scope() as scope:
        scope.set_tag("block", 1)
        assert hub.scope is scope
    result = hub.push_scope(lambda scope: (scope.tags, scope is hub.scope))

    assert result == ({}, True)
    assert hub.scope.tags == {}


def test_with_scope_pushes_when_the_block_begins():
    """C7: `with_scope` is for blocks and callbacks; a block that never begins leaves nothing."""
    hub = Hub()
    unused = hub.with_scope()
    bottom = hub.scope
    with hub.with_scope() as scope:
        assert hub.scope is scope is not bottom
    assert hub.scope is bottom
    assert hub.with_scope(lambda scope: scope is not bottom)
    del unused


def test_scope_is_popped_when_the_callback_raises():
    """C7: an exception of the user's goes through, and the scope is gone all the same."""
    hub = Hub()
    bottom = hub.scope

    def fail(_scope):
        raise KeyError

    with pytest.raises(KeyError):
        hub.with_scope(fail)

    assert hub.scope is bottom


def test_blocks_left_in_any_order(memory):
    """C5: each block takes off its own scope, wherever it stands by then."""
    hub = Hub()
    bottom = hub.scope
    first, second = hub.push_scope(), hub.push_scope()
    second_scope = second.scope

    first.__exit__(None, None, None)
    assert hub.scope is second_scope
    second.__exit__(None, None, None)
    assert hub.scope is bottom


def test_configure_scope_hands_out_the_top():
    """C7: `configure_scope` takes a callback or serves as a block, on the hub's own top."""
    hub = Hub()
    hub.push_scope()

    assert hub.configure_scope(lambda scope: scope) is hub.scope
    with hub.configure_scope() as scope:
        assert scope is hub.scope
    assert hub.scope is scope


def test_clone_is_complete_and_independent(memory):
    """C7, sentry-ruby#2891: a clone has everything, processors included, and shares nothing."""
    hub = Hub()
    hub.scope.set_tag("before", "1")
    hub.isolation.set_tag("isolation", "1")
    hub.scope.add_event_processor(lambda event, _hint: {**event, "logger": "processed"})
    clone = hub.clone()
    clone.scope.set_tag("clone", "1")
    clone.isolation.set_tag("clone isolation", "1")
    clone.scope.add_event_processor(lambda _event, _hint: None)
    hub.scope.set_tag("after", "1")

    hub.capture_message("hub")
    clone.capture_message("clone")

    assert tags_of(memory) == [{"before": "1", "isolation": "1", "after": "1"}]
    assert memory.events[0]["logger"] == "processed"


def test_shared_hub_mixes_and_clones_do_not(memory):
    """Document 1: two requests on one hub mix their data; a clone per request does not."""
    shared = Hub.current

    def configure(hub, name):
        hub.configure_scope(lambda scope: scope.set_extra("Tracking ID", name))

    def capture(hub, name):
        hub.capture_exception(ValueError(name))

    def interleave(hub_a, hub_b):
        in_thread(configure, hub_a, "A")
        in_thread(configure, hub_b, "B")
        in_thread(capture, hub_a, "A")
        in_thread(capture, hub_b, "B")

    interleave(shared, shared)
    interleave(shared.clone(), shared.clone())

    found = [(event["exception"]["values"][0]["value"], event["extra"]["Tracking ID"]) for event in memory.events]
    assert found == [("A", "B"), ("B", "B"), ("A", "A"), ("B", "B")]


def test_run_makes_the_hub_current(memory):
    """C7: inside `run` the hub is the current one, for module-level functions too, and only there."""
    hub = Hub.main.clone()
    before = Hub.current

    def work(name, *, more):
        assert Hub.current is hub
        sdk.set_tag(name, more)
        with sdk.push_scope() as scope:
            scope.set_tag("pushed", "1")
            sdk.capture_message("inside")
        return sdk.last_event_id()

    event_id = hub.run(work, "name", more="1")

    assert Hub.current is before
    assert event_id == hub.last_event_id
    assert sdk.last_event_id() is None
    assert tags_of(memory) == [{"name": "1", "pushed": "1"}]
    assert hub.isolation.tags == {"name": "1"}


def test_module_level_push_and_the_hub_agree(memory):
    """C7: `sdk.push_scope()` pushes on the current hub, and `Hub.current.pop_scope()` takes it off."""
    sdk.push_scope()
    sdk.get_current_scope().set_tag("pushed", "1")
    sdk.capture_message("inside")
    Hub.current.pop_scope()
    sdk.capture_message("outside")

    assert tags_of(memory) == [{"pushed": "1"}, {}]
    assert Hub.current is Hub.main


def test_module_level_with_scope(memory):
    """`sdk.with_scope` as a block and with a callback; both work on a fork."""
    with sdk.with_scope() as scope:
        scope.set_tag("block", "1")
        sdk.capture_message("1")
    sdk.with_scope(lambda scope: (scope.set_tag("callback", "1"), sdk.capture_message("2")))
    sdk.push_scope(lambda scope: (scope.set_tag("push", "1"), sdk.capture_message("3")))
    sdk.capture_message("4")

    assert tags_of(memory) == [{"block": "1"}, {"callback": "1"}, {"push": "1"}, {}]


def test_module_level_configure_scope_is_the_isolation_scope(memory):
    """Module-level `configure_scope` hands out the isolation scope."""
    sdk.configure_scope(lambda scope: scope.set_tag("a", "1"))
    with sdk.configure_scope() as scope:
        scope.set_tag("b", "1")

    assert sdk.get_isolation_scope().tags == {"a": "1", "b": "1"}


def test_hub_with_a_client_of_its_own(memory):
    """C7: a hub reports to the client it is bound to; popping undoes a binding made after the push."""
    first, second = sdk.MemoryTransport(), sdk.MemoryTransport()
    hub = Hub(sdk.Client(transport=first))

    hub.capture_message("first")
    with hub.push_scope():
        hub.bind_client(sdk.Client(transport=second))
        hub.capture_message("second")
    hub.capture_message("first again")
    hub.bind_client(None)
    hub.isolation.set_client(None)
    hub.capture_message("process")

    assert [event["message"] for event in first.events] == ["first", "first again"]
    assert [event["message"] for event in second.events] == ["second"]
    assert [event["message"] for event in memory.events] == ["process"]


def test_last_event_id_is_the_hubs(memory):
    """P5: each hub knows its own last event; dropped events and transactions are none."""
    first, second = Hub(), Hub()

    event_id = first.capture_message("m")

    assert (first.last_event_id, second.last_event_id) == (event_id, None)
    assert first.capture_event({"type": "transaction", "transaction": "t", "spans": []}) is not None
    assert first.last_event_id == event_id
    assert len(memory.transactions) == 1


def test_hub_without_a_client_does_nothing():
    """A hub in a process without a client accepts everything."""
    hub = Hub()

    hub.add_breadcrumb(message="m")

    assert hub.capture_message("m") is None
    assert hub.capture_exception(ValueError()) is None
    assert hub.capture_event({}) is None
    assert hub.client is None


def test_hub_captures_the_exception_being_handled(memory, caplog):
    """Without an argument the exception being handled is captured; where there is none, it is told."""
    try:
        raise KeyError("k")
    except KeyError:
        Hub.main.capture_exception()
    Hub.main.capture_exception()

    assert [event["exception"]["values"][0]["type"] for event in memory.events] == ["KeyError"]
    assert "there is no exception" in caplog.text


def test_breadcrumbs_of_a_hub(memory):
    """A hub's breadcrumbs go with the scope on its top."""
    hub = Hub()
    with hub.push_scope():
        hub.add_breadcrumb(message="inside")
        hub.capture_message("1")
    hub.capture_message("2", level="warning", tags={"a": "b"})

    assert memory.events[0]["breadcrumbs"]["values"][0]["message"] == "inside"
    assert "breadcrumbs" not in memory.events[1]
    assert (memory.events[1]["level"], memory.events[1]["tags"]) == ("warning", {"a": "b"})


def test_blocks_that_never_began_may_end():
    """A block's end without its beginning does nothing."""
    for block in (Hub().with_scope(), sdk.new_scope(), sdk.isolation_scope()):
        block.__exit__(None, None, None)


def test_repr_is_short():
    """A hub says how many scopes it has."""
    hub = Hub()
    hub.push_scope()

    assert repr(hub) == "<Hub with 2 scopes>"


def test_main_hub_is_made_once():
    """C7: threads that ask for the main hub at the same time get the same one."""
    with ThreadPoolExecutor(8) as pool:
        hubs = {id(hub) for hub in pool.map(lambda _number: Hub.main, range(64))}

    assert len(hubs) == 1


def test_bad_keyword_of_a_capture_is_a_type_error(memory):
    """A keyword that capture functions do not have is the developer's mistake."""
    with pytest.raises(TypeError, match="lvel"):
        sdk.capture_message("m", lvel="error")


def test_bad_level_of_a_capture_is_told(memory, caplog):
    """A wrong level value does not stop the report."""
    sdk.capture_exception(ValueError(), level="catastrophe", contexts={"odd": 7})

    assert memory.events[0]["level"] == "error"
    assert "level='catastrophe' is ignored" in caplog.text
