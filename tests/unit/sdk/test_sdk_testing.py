"""Tests of what the SDK offers to tests: observing it, and leaving no trace in it."""

from __future__ import annotations

import contextlib
import logging
import threading

import pytest

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk._scope import process
from pytest_errortrack.sdk.testing import (
    check_options,
    current_client,
    merged_scope,
    observe,
    preserved_state,
    renew_observation,
)


class Observer:
    """Notes everything."""

    def __init__(self, transport=None):
        self.transport = sdk.MemoryTransport() if transport is None else transport
        self.captures = []
        self.drops = []
        self.crumbs = []

    def transport_for(self, client):  # noqa: ARG002 - the protocol's signature
        """Say where envelopes go."""
        return self.transport

    def captured(self, capture):
        """Note a capture."""
        self.captures.append((capture, len(self.transport.envelopes)))

    def dropped(self, drop):
        """Note a loss."""
        self.drops.append((drop.reason, drop.category, drop.quantity, drop.summary, drop.detail))

    def breadcrumb(self, crumb, stamp):
        """Note a breadcrumb."""
        self.crumbs.append((crumb.message, stamp))


def test_observer_gets_everything_instead_of_the_transport(start):
    """While it is observed a client sends where the observer says, after having told of the capture."""
    own = start()
    observer = Observer()
    with observe(observer):
        event_id = sdk.capture_message("observed")
    sdk.capture_message("later")

    (capture, sent_before) = observer.captures[0]
    assert (capture.event_id, capture.kind, capture.fallback, sent_before) == (event_id, "event", False, 0)
    assert capture.client is current_client()
    assert [event["message"] for event in observer.transport.events] == ["observed"]
    assert [event["message"] for event in own.events] == ["later"]


def test_application_that_never_called_init_is_captured():
    """A fallback client with default options captures, whatever the environment says; afterwards it is gone."""
    observer = Observer()
    with observe(observer):
        sdk.add_breadcrumb(message="crumb")
        sdk.capture_exception(ValueError("x"))
        assert not sdk.is_initialized()

    assert [capture.fallback for capture, _ in observer.captures] == [True]
    assert observer.transport.events[0]["breadcrumbs"]["values"][0]["message"] == "crumb"
    assert observer.crumbs == [("crumb", None)]
    assert sdk.capture_message("m") is None


def test_inactive_client_captures_while_observed():
    """A client with an empty DSN captures while it is observed, with its own options."""
    sdk.init("", environment="own")
    observer = Observer()
    with observe(observer):
        sdk.capture_message("m")
    assert sdk.capture_message("m") is None

    assert observer.captures[0][0].fallback is False
    assert [event["environment"] for event in observer.transport.events] == ["own"]


def test_client_closed_in_the_test_is_replaced_by_the_fallback(start):
    """`sdk.close()` while observed leaves the application's transport open, and capturing goes on."""
    closed = []

    class Real(sdk.MemoryTransport):
        def close(self, timeout):
            closed.append(timeout)

    client = sdk.init(transport=Real())
    observer = Observer()
    with preserved_state(), observe(observer):
        sdk.flush()
        client.close()
        sdk.close()
        sdk.capture_message("m")

    assert closed == []
    assert observer.captures[0][0].fallback is True
    assert sdk.is_initialized()
    assert not client.is_closed
    sdk.close()
    assert len(closed) == 1


def test_closed_client_is_replaced_by_the_fallback(start):
    """A client that was closed before counts as none."""
    start()
    client = current_client()
    client.close()
    observer = Observer()
    with observe(observer):
        Hub(client).capture_message("m")
        sdk.capture_message("m")

    assert [capture.fallback for capture, _ in observer.captures] == [True, True]


def test_init_inside_is_followed():
    """An application that calls `init` while it is observed is captured with those options."""
    observer = Observer()
    with preserved_state(), observe(observer):
        sdk.init("https://k@errors.example.org/1", release="1")
        sdk.capture_message("m")

    assert observer.captures[0][0].fallback is False
    assert observer.transport.events[0]["release"] == "1"
    assert not sdk.is_initialized()


def test_observer_without_a_transport_leaves_the_clients_own(start):
    """None as a transport means the client's own."""
    own = start()

    class Listener(Observer):
        def transport_for(self, client):  # noqa: ARG002 - the protocol's signature
            return None

    observer = Listener(own)
    with observe(observer):
        sdk.capture_message("m")

    assert len(own.events) == 1
    assert len(observer.captures) == 1


def test_observers_nest():
    """The innermost observer gets everything; the one before is put back by identity."""
    outer, inner = Observer(), Observer()
    with observe(outer):
        sdk.capture_message("outer 1")
        with contextlib.suppress(KeyError), observe(inner):
            sdk.capture_message("inner")
            raise KeyError
        sdk.capture_message("outer 2")

    assert [event["message"] for event in outer.transport.events] == ["outer 1", "outer 2"]
    assert [event["message"] for event in inner.transport.events] == ["inner"]


def test_observer_hears_of_every_loss_with_a_reason(start):
    """Each drop is told: reason, category, quantity, which one, and why in words."""
    start(
        ignore_errors=[KeyError],
        before_send=lambda event, _hint: event if event.get("message") == "keep" else None,
        traces_sample_rate=0.0,
    )
    observer = Observer()
    error = ValueError("boom")
    with observe(observer):
        sdk.capture_exception(KeyError("k"))
        sdk.capture_exception(error)
        sdk.capture_message("keep")
        sdk.capture_message("m" * 500)
        sdk.start_transaction("t").finish()
        with sdk.new_scope() as scope:

            def processor(event, _hint):
                return None

            scope.add_event_processor(processor)
            sdk.capture_message("processed")

    name = processor.__qualname__
    assert observer.drops == [
        ("event_processor", "error", 1, "KeyError: 'k'", "ignore_errors names it"),
        ("before_send", "error", 1, "ValueError: boom", "before_send returned None"),
        ("before_send", "error", 1, "m" * 200, "before_send returned None"),
        ("sample_rate", "transaction", 1, "t", "traces_sample_rate is 0.0"),
        ("sample_rate", "span", 1, "t", "traces_sample_rate is 0.0"),
        ("event_processor", "error", 1, "processed", f"dropped by the event processor {name}"),
    ]


def test_duplicates_are_told(start):
    """A capture that was deduplicated says so."""
    start()
    observer = Observer()
    error = ValueError("x")
    with observe(observer):
        sdk.capture_exception(error)
        sdk.capture_exception(error)

    assert observer.drops == [
        ("event_processor", "error", 1, "ValueError: x", "this very exception was captured before")
    ]


def test_losses_while_observed_are_not_reported_later(start):
    """The ledger of an observation is its own: the application's reports know nothing of a test."""
    own = start(ignore_errors=[KeyError])
    observer = Observer()
    with observe(observer):
        sdk.capture_exception(KeyError())
        sdk.flush()
    sdk.flush()

    assert len(observer.transport.client_reports) == 1
    assert own.client_reports == []


def test_exceptions_captured_in_one_observation_are_new_in_the_next(start):
    """Dedupe forgets with the observation: an exception object that two tests share is captured by both."""
    start()
    error = ValueError()
    observers = [Observer(), Observer()]
    for observer in observers:
        with observe(observer):
            sdk.capture_exception(error)
            renew_observation()
            sdk.capture_exception(error)
            with preserved_state():
                sdk.capture_exception(error)
    renew_observation()

    assert [len(observer.captures) for observer in observers] == [3, 3]


def test_failing_observer_does_not_harm(start, caplog):
    """An observer that raises is logged; the application goes on."""

    class Broken(Observer):
        def captured(self, capture):  # noqa: ARG002 - the protocol's signature
            raise RuntimeError

        dropped = breadcrumb = captured

    start()
    observer = Broken()
    with observe(observer):
        assert sdk.capture_message("m") is not None

    assert len(observer.transport.events) == 1
    assert "the observer failed" in caplog.text


def everything():
    """Return all that a test could have changed."""
    return (
        process.roots,
        process.client,
        process.observation,
        process.main_hub,
        Hub.main,
        Hub.current,
        Hub.current.scope,
        merged_scope(),
        sdk.last_event_id(),
        process.journal,
        logging.getLogger("errortrack.errors").level,
        list(logging.getLogger("errortrack.errors").handlers),
    )


def spoil():
    """Write whatever can be written, in every place."""
    sdk.init("memory://", debug=True)
    for scope in (sdk.get_global_scope(), sdk.get_isolation_scope(), sdk.get_current_scope(), Hub.main.scope):
        scope.set_tag("spoilt", "1")
        scope.set_level("fatal")
        scope.add_breadcrumb(message="spoilt")
        scope.add_event_processor(lambda _event, _hint: None)
    Hub.main.push_scope()
    sdk.push_scope().scope.set_extra("spoilt", 1)
    sdk.isolation_scope().__enter__()
    sdk.set_user({"id": "spoilt"})
    sdk.start_transaction("t").__enter__()
    sdk.capture_message("m")


@pytest.mark.parametrize("fails", [False, True])
def test_everything_is_put_back(start, fails):
    """The block finds what was set; after it nothing of its own is left, also when it raises."""
    start()
    sdk.set_tag("kept", "1")
    sdk.add_breadcrumb(message="kept", timestamp=1.0)
    sdk.capture_message("m")
    Hub.main.push_scope()
    before = everything()

    with contextlib.suppress(KeyError), preserved_state():
        assert everything() == (*before[:-3], process.journal, *before[-2:])
        spoil()
        if fails:
            raise KeyError

    assert everything() == before
    assert all(now is then for now, then in zip(everything()[:6], before[:6], strict=True))


def test_scopes_held_by_reference_are_put_back(start):
    """Scopes and hubs that the application holds get their old value and stack back, whoever changed them."""
    start()
    shared, clone = Hub.main, Hub.main.clone()
    clone.scope.set_tag("kept", "1")
    scope = clone.scope

    def spoil_them():
        for hub in (shared, clone):
            hub.scope.set_tag("spoilt", "1")
            hub.isolation.set_extra("spoilt", 1)
            hub.push_scope()
            hub.scope.set_tag("spoilt", "2")

    with preserved_state():
        thread = threading.Thread(target=spoil_them)
        thread.start()
        thread.join()
        spoil_them()
        with preserved_state():
            spoil_them()
        assert clone.scope is not scope

    assert (shared.scope.tags, clone.scope.tags) == ({}, {"kept": "1"})
    assert (shared.isolation.extra, clone.isolation.extra) == ({}, {})
    assert clone.scope is scope
    assert repr(clone) == repr(shared) == "<Hub with 1 scope>"


def test_cells_written_in_a_block_and_after_it(start):
    """What was put back can be written again, and is not put back a second time."""
    process.journal = None
    hub = Hub.main.clone()
    for _ in range(2):
        with preserved_state():
            hub.scope.set_tag("block", "1")
            hub.push_scope()
        hub.scope.set_tag("after", "1")
        hub.push_scope()

    assert hub.scope.tags == {"after": "1"}
    assert repr(hub) == "<Hub with 3 scopes>"


def test_inner_block_puts_back_what_the_outer_one_had(start):
    """Blocks nest: the inner one's end restores the outer one's values, the outer one's those before."""
    start()
    hub = Hub.main.clone()
    with preserved_state():
        hub.scope.set_tag("outer", "1")
        with preserved_state():
            hub.scope.set_tag("inner", "1")
        assert hub.scope.tags == {"outer": "1"}
        hub.scope.set_tag("outer again", "1")
    assert hub.scope.tags == {}


def test_client_bound_to_the_main_hub(start):
    """A client bound before the block is used in it; one bound in the block is gone after it."""
    first, second = sdk.MemoryTransport(), sdk.MemoryTransport()
    Hub.main.bind_client(sdk.Client(transport=first))
    with preserved_state():
        sdk.capture_message("1")
        Hub.main.bind_client(sdk.Client(transport=second))
        sdk.capture_message("2")
    sdk.capture_message("3")

    assert [event["message"] for event in first.events] == ["1", "3"]
    assert [event["message"] for event in second.events] == ["2"]


def test_main_hub_taken_in_a_block_stays_the_main_hub():
    """An application that is imported in a test keeps a reference to the hub that is the main one afterwards too."""
    process.main_hub = None
    with preserved_state():
        shared = Hub.current
        shared.push_scope()

    assert shared is Hub.main
    assert repr(shared) == "<Hub with 1 scope>"


def test_block_has_a_trace_of_its_own(start):
    """Events of the block belong to another trace than those before and after."""
    memory = start()
    sdk.capture_message("1")
    with preserved_state():
        sdk.capture_message("2")
    sdk.capture_message("3")
    first, second, third = (event["contexts"]["trace"]["trace_id"] for event in memory.events)

    assert first == third != second


def test_options_can_be_judged_without_a_client():
    """Options are refused as `init` would refuse them, and nothing is made of them."""
    check_options({"dsn": "memory://", "release": "1", "configure": lambda _options: None})
    for wrong, error in (
        ({"relese": 1}, sdk.UnknownOption),
        ({"spotlight": True}, sdk.UnsupportedOption),
        ({"sample_rate": 2}, sdk.BadOption),
        ({"dsn": "nonsense"}, sdk.BadDsn),
    ):
        with pytest.raises(error):
            check_options(wrong)
    assert not sdk.is_initialized()


def test_merged_scope_is_a_copy(start):
    """What the scopes would add to an event can be looked at; changing it changes nothing."""
    start()
    sdk.set_extra("a", {"b": 1})
    merged_scope()["extra"]["a"]["b"] = 2

    assert merged_scope()["extra"] == {"a": {"b": 1}}
    assert merged_scope()["contexts"] == {"trace": {}}
