"""Tests of announcements and stamps: one per operation, before it takes effect, kept beside what it wrote."""

from __future__ import annotations

import pytest

from pytest_errortrack import _points, sdk
from pytest_errortrack.sdk import Hub
from pytest_errortrack.sdk.testing import observe


class Listener:
    """Notes what it hears and gives numbered stamps."""

    def __init__(self):
        self.heard = []

    def reach(self, operation):
        """Note an operation."""
        self.heard.append((operation.name, operation.field, operation.key, operation.kind))
        return f"{operation.name} {len(self.heard)}"


class Observer:
    """Notes what was captured."""

    def __init__(self):
        self.captures = []
        self.crumbs = []
        self.transport = sdk.MemoryTransport()

    def transport_for(self, client):  # noqa: ARG002 - the protocol's signature
        """Say where envelopes go."""
        return self.transport

    def captured(self, capture):
        """Note a capture."""
        self.captures.append(capture)

    def dropped(self, drop):
        """Note a loss."""
        raise AssertionError(drop)

    def breadcrumb(self, crumb, stamp):
        """Note a breadcrumb."""
        self.crumbs.append((crumb.message, stamp))

    def stamped(self):
        """Return what carried a stamp on the newest capture."""
        return {stamped.path: (stamped.value, stamped.stamp) for stamped in self.captures[-1].stamped}


@pytest.fixture
def listener():
    """Somebody who listens for the time of the test."""
    listener = Listener()
    _points.add_listener(listener)
    yield listener
    _points.remove_listener(listener)


@pytest.fixture
def observer():
    """Somebody who observes for the time of the test."""
    observer = Observer()
    with observe(observer):
        yield observer


WRITE, READ = "write", "read"
SCOPE_OPERATIONS = [
    (lambda: sdk.set_tag("a", 1), [("set_tag", "tags", "a", WRITE)]),
    (lambda: sdk.set_tags({"a": 1, "b": 2}), [("set_tags", "tags", "a", WRITE), ("set_tags", "tags", "b", WRITE)]),
    (lambda: sdk.set_user({"id": 1}), [("set_user", "user", None, WRITE)]),
    (lambda: sdk.set_extra("a", 1), [("set_extra", "extra", "a", WRITE)]),
    (lambda: sdk.set_context("a", {}), [("set_context", "contexts", "a", WRITE)]),
    (lambda: sdk.set_level("error"), [("set_level", "level", None, WRITE)]),
    (lambda: sdk.set_fingerprint(["a"]), [("set_fingerprint", "fingerprint", None, WRITE)]),
    (lambda: sdk.set_transaction_name("a"), [("set_transaction_name", "transaction", None, WRITE)]),
    (lambda: sdk.add_breadcrumb(message="a"), [("add_breadcrumb", "breadcrumbs", None, WRITE)]),
    (lambda: sdk.add_attachment(b"a"), [("add_attachment", "attachments", None, WRITE)]),
    (lambda: sdk.add_event_processor(print), [("add_event_processor", "processors", None, WRITE)]),
    (lambda: sdk.get_isolation_scope().clear(), [("clear", "*", None, WRITE)]),
    (lambda: sdk.get_isolation_scope().fork(), [("fork", "*", None, READ)]),
    (lambda: sdk.configure_scope(lambda _scope: None), [("configure_scope", "*", None, READ)]),
    (lambda: sdk.capture_exception(ValueError()), [("capture_exception", "*", None, READ)]),
    (lambda: sdk.capture_message("a"), [("capture_message", "*", None, READ)]),
    (lambda: sdk.capture_event({"message": "a"}), [("capture_event", "*", None, READ)]),
    (lambda: Hub.main.capture_exception(ValueError()), [("capture_exception", "*", None, READ)]),
    (lambda: Hub.main.configure_scope(lambda _scope: None), [("configure_scope", "*", None, READ)]),
    (lambda: Hub.main.clone().scope, [("clone", "*", None, READ)]),
    (lambda: Hub.main.push_scope().scope, [("push_scope", "stack", None, WRITE)]),
    (lambda: [Hub.main.pop_scope()], [("pop_scope", "stack", None, WRITE)]),
    (lambda: Hub.main.bind_client(None), [("bind_client", "client", None, WRITE)]),
    (lambda: sdk.new_scope().__enter__(), [("new_scope", "*", None, READ)]),
    (lambda: sdk.isolation_scope().__enter__(), [("isolation_scope", "*", None, READ)]),
    (lambda: sdk.start_transaction("a"), [("start_transaction", "span", None, READ)]),
    (lambda: sdk.start_span("a"), [("start_span", "span", None, READ)]),
]


@pytest.mark.parametrize(("operation", "expected"), SCOPE_OPERATIONS, ids=[row[1][0][0] for row in SCOPE_OPERATIONS])
def test_every_operation_announces_itself_once(memory, listener, operation, expected):
    """Each operation of a user's is heard exactly once, by the name that the user called."""
    operation()

    assert listener.heard == expected


def test_span_operations_announce_themselves(memory, listener):
    """Writes on spans and their ends are heard too."""
    transaction = sdk.start_transaction("a", sampled=True)
    span = transaction.start_child("b")
    del listener.heard[:]

    span.set_data("a", 1)
    span.set_tag("b", 1)
    span.set_status("ok")
    span.set_http_status(200)
    span.finish()
    transaction.set_measurement("m", 1)
    transaction.set_context("c", {})
    transaction.set_name("n")
    transaction.finish()

    assert [name for name, _, _, _ in listener.heard] == [
        "set_data",
        "set_tag",
        "set_status",
        "set_http_status",
        "finish",
        "set_measurement",
        "set_context",
        "set_name",
        "finish",
    ]


def test_operation_takes_effect_after_its_announcement(memory):
    """The announcement may run another actor: what is read or replaced is what is there afterwards."""
    scope = sdk.get_isolation_scope()

    class Intruder:
        def reach(self, operation):
            _points.remove_listener(self)
            if operation.kind == WRITE:
                assert scope.tags == {}
            scope.set_tag("intruder", operation.name)

    for operation in (lambda: scope.set_tag("mine", "1"), lambda: sdk.capture_message("m")):
        _points.add_listener(Intruder())
        operation()
        if not memory.events:
            assert scope.tags == {"intruder": "set_tag", "mine": "1"}

    assert memory.events[0]["tags"] == {"intruder": "capture_message", "mine": "1"}


def test_announcement_that_raises_leaves_everything_as_it_was(memory):
    """The engine ends an actor by raising in the announcement: nothing happens, and nothing stays locked."""

    class Ended(BaseException):
        pass

    class Ender:
        def reach(self, operation):  # noqa: ARG002 - the protocol's signature
            raise Ended

    hub = Hub.main.clone()
    ender = Ender()
    for operation in (
        lambda: hub.scope.set_tag("a", 1),
        lambda: hub.capture_message("a"),
        hub.push_scope,
        hub.clone,
        lambda: hub.add_breadcrumb(message="a"),
    ):
        _points.add_listener(ender)
        with pytest.raises(Ended):
            operation()
        _points.remove_listener(ender)

    assert (hub.scope.tags, memory.events, repr(hub)) == ({}, [], "<Hub with 1 scope>")
    hub.scope.set_tag("a", 1)
    assert hub.capture_message("a") is not None


def test_scope_is_popped_even_when_the_announcement_of_it_raises(memory):
    """A block's scope is gone after the block, however it is left."""
    hub = Hub()

    class Ender:
        def reach(self, operation):
            if operation.name == "pop_scope":
                raise KeyboardInterrupt

    ender = Ender()
    _points.add_listener(ender)
    with pytest.raises(KeyboardInterrupt), hub.push_scope():
        pass
    _points.remove_listener(ender)

    assert repr(hub) == "<Hub with 1 scope>"


def test_stamps_of_what_won_are_handed_out(observer, listener):
    """A capture tells of each value that a scope brought: where it is, what it is, and whose stamp it bears."""
    sdk.set_tag("tag", "1")
    sdk.set_extra("extra", 2)
    sdk.set_user({"id": 3, "name": "x"})
    sdk.set_context("device", {"a": 4})
    sdk.set_level("fatal")
    sdk.set_fingerprint(["f"])
    sdk.set_transaction_name("t")
    sdk.add_breadcrumb(message="crumb")

    sdk.capture_message("m")
    stamped = observer.stamped()

    assert {path: stamp for path, (_, stamp) in stamped.items()} == {
        ("tags", "tag"): "set_tag 1",
        ("extra", "extra"): "set_extra 2",
        ("user", "id"): "set_user 3",
        ("user", "name"): "set_user 3",
        ("contexts", "device", "a"): "set_context 4",
        ("level",): "set_level 5",
        ("fingerprint",): "set_fingerprint 6",
        ("transaction",): "set_transaction_name 7",
        ("breadcrumbs", "0"): "add_breadcrumb 8",
    }
    assert stamped["extra", "extra"][0] == 2
    assert stamped["breadcrumbs", "0"][0]["message"] == "crumb"
    assert observer.crumbs == [("crumb", "add_breadcrumb 8")]


def test_values_that_lost_are_not_handed_out(observer, listener):
    """What a later scope, the call or the event overrides is not on the event, and nor is its stamp."""
    for scope in (sdk.get_global_scope(), sdk.get_isolation_scope(), sdk.get_current_scope()):
        scope.set_tag("all", "1")
        scope.set_level("debug")
        scope.set_context("c", {"x": 1})
    sdk.set_tag("call", "1")
    sdk.set_extra("event", "1")

    sdk.capture_event({"message": "m", "extra": {"event": "2"}}, tags={"call": "2"})

    assert {path: stamp for path, (_, stamp) in observer.stamped().items()} == {
        ("tags", "all"): "set_tag 7",
        ("level",): "set_level 8",
        ("contexts", "c", "x"): "set_context 9",
    }


@pytest.mark.wrong_payload
def test_odd_fields_of_an_event_have_no_stamps(observer, listener):
    """Where an event says what cannot be merged, no scope's value is on it, and no level but its own."""
    sdk.set_tag("a", "1")
    sdk.set_level("error")

    sdk.capture_event({"message": "m", "tags": "odd", "level": "info"})

    assert observer.stamped() == {}


def test_processors_and_attachments_are_handed_out(observer, listener):
    """Processors and attachments act on an event from beside it; their stamps are told with them."""

    def processor(event, _hint):
        return event

    sdk.add_event_processor(processor)
    sdk.add_attachment(b"x", "x.txt")

    sdk.capture_message("m")

    stamped = observer.stamped()
    assert stamped["processors", "0"] == (processor, "add_event_processor 1")
    assert stamped["attachments", "0"][1] == "add_attachment 2"


def test_span_on_a_scope_is_handed_out(observer, listener):
    """An event's trace context bears the stamp of whoever put the span on the scope."""
    transaction = sdk.start_transaction("t")
    sdk.get_isolation_scope().span = transaction

    sdk.capture_message("m")

    value, stamp = observer.stamped()["contexts", "trace"]
    assert (value["trace_id"], stamp) == (transaction.trace_id, "set_span 2")


def test_transactions_hand_out_the_stamps_of_their_spans(observer, listener):
    """Data, tags and status of a transaction and its spans are told by their place in the event."""
    transaction = sdk.start_transaction("t", sampled=True)
    span = transaction.start_child("op")
    span.set_data("rows", 7)
    span.set_status("ok")
    _points.remove_listener(listener)
    transaction.set_tag("t", "0")
    span.set_tag("quiet", "1")
    span.set_data("quiet", 1)
    _points.add_listener(listener)
    span.finish()
    transaction.set_tag("t", "1")
    transaction.set_data("d", 2)
    sdk.set_tag("scope", "1")
    transaction.finish()

    stamped = observer.stamped()
    assert observer.captures[-1].kind == "transaction"
    assert stamped["spans", "0", "data", "rows"] == (7, "set_data 3")
    assert stamped["spans", "0", "status"] == ("ok", "set_status 4")
    assert stamped["tags", "t"] == ("1", "set_tag 6")
    assert stamped["contexts", "trace", "data", "d"] == (2, "set_data 7")
    assert stamped["tags", "scope"] == ("1", "set_tag 8")


def test_spans_that_a_callback_takes_out(listener):
    """A stamp whose value a callback took out of the transaction is told without a value."""
    sdk.init("memory://", before_send_transaction=lambda event, _hint: {**event, "spans": []})
    observer = Observer()
    observer.dropped = lambda _drop: None
    with observe(observer):
        transaction = sdk.start_transaction("t", sampled=True)
        with transaction.start_child("op") as span:
            span.set_data("rows", 7)
        transaction.set_data("list", [1])
        transaction.finish()

    assert observer.stamped()["spans", "0", "data", "rows"] == (None, "set_data 3")


def test_overwriting_takes_the_stamp_along(observer, listener):
    """A value that is overwritten or removed takes its stamp along, also when nobody listens by then."""
    scope = sdk.get_isolation_scope()
    for name in ("overwritten", "removed", "quiet"):
        scope.set_tag(name, "1")
    scope.set_user({"id": 1, "gone": 2})
    scope.set_level("error")
    scope.set_tag("overwritten", "2")
    scope.remove_tag("removed")
    scope.set_user({"id": 3})
    _points.remove_listener(listener)
    scope.set_tag("quiet", "2")
    scope.set_level("info")
    _points.add_listener(listener)

    sdk.capture_message("m")

    assert {path: stamp for path, (_, stamp) in observer.stamped().items()} == {
        ("tags", "overwritten"): "set_tag 6",
        ("user", "id"): "set_user 8",
    }


def test_clear_takes_all_stamps_but_those_of_processors(observer, listener):
    """What `clear` forgets it forgets with its writer."""
    scope = sdk.get_isolation_scope()
    scope.set_tag("a", "1")
    scope.add_event_processor(lambda event, _hint: event)
    scope.clear()

    assert scope.state["stamps"] == {("processors", "0"): "add_event_processor 2"}


def test_forks_carry_stamps(observer, listener):
    """A stamp travels with its value through forks and clones."""
    hub = Hub.main.clone()
    hub.scope.set_tag("a", "1")
    clone = hub.clone()

    clone.run(sdk.capture_message, "m")

    assert observer.stamped()["tags", "a"] == ("1", "set_tag 2")


def test_stamps_are_never_sent(observer, listener):
    """Stamps are for those who watch; nothing of them goes over the wire."""
    sdk.set_tag("a", "1")
    sdk.add_breadcrumb(message="b")
    sdk.capture_message("m")

    assert "set_tag" not in str(observer.transport.events)
    assert "add_breadcrumb" not in str(observer.transport.events)
