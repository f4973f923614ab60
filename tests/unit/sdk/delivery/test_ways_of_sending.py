"""Tests of the three ways of sending: the application's own queue, the worker, the capturing thread."""

from __future__ import annotations

import contextvars
import threading

import pytest
from sdk_transports import PATIENCE_S, Failing, Held, sent_messages

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Client, HttpTransport, MemoryTransport
from pytest_errortrack.sdk.testing import observe


class Threaded(MemoryTransport):
    """Notes which thread sent."""

    is_immediate = False

    def __init__(self):
        super().__init__()
        self.threads = []

    def send(self, envelope):
        """Note, and keep."""
        self.threads.append("here" if threading.current_thread() is threading.main_thread() else "worker")
        super().send(envelope)


class Observer:
    """Somebody who watches, and is told of losses."""

    def __init__(self, transport):
        self.transport = transport
        self.told = []

    def transport_for(self, client):  # noqa: ARG002 - the protocol's signature
        """Say where envelopes go."""
        return self.transport

    def captured(self, capture):
        """Note nothing."""

    def dropped(self, drop):
        """Note a loss."""
        self.told.append(drop)

    def breadcrumb(self, crumb, stamp):
        """Note nothing."""


class Silent:
    """Has what a transport has to have, and says nothing else."""

    def __init__(self):
        self.threads = []

    def send(self, envelope):  # noqa: ARG002 - the protocol's signature
        """Note who sends."""
        self.threads.append("here" if threading.current_thread() is threading.main_thread() else "worker")

    def flush(self, timeout):  # noqa: ARG002 - as above
        """Have nothing to send."""
        return True

    def close(self, timeout):  # noqa: ARG002 - as above
        """Hold nothing open."""
        return True


@pytest.fixture
def transport():
    """A transport that notes which thread sent."""
    return Threaded()


@pytest.mark.parametrize(
    ("threads", "kind", "where"),
    [
        (None, Threaded, "worker"),
        (0, Threaded, "here"),
        (1, Threaded, "worker"),
        (3, Threaded, "worker"),
        (None, type("Immediate", (Threaded,), {"is_immediate": True}), "here"),
        (None, Silent, "here"),
        (1, type("Asked", (Threaded,), {"is_immediate": True}), "worker"),
    ],
)
def test_number_of_threads_decides_who_sends(threads, kind, where):
    """T9: 0 is the capturing thread, any other number that many; unsaid, one, but only for what says that it waits."""
    transport = kind()
    client = sdk.init(transport=transport, background_worker_threads=threads)
    sdk.capture_message("m")
    sdk.flush(PATIENCE_S)

    assert transport.threads == [where]
    assert client._own.pending == 0


def test_server_is_sent_to_in_the_background_and_memory_is_not():
    """T9, T13: a DSN over HTTP has a worker, `memory://` has none."""
    assert Client("http://k@localhost/1", environ={})._own._worker is not None
    assert Client("http://k@localhost/1", environ={}, transport=HttpTransport)._own._worker is not None
    assert Client("memory://", environ={})._own._worker is None
    assert Client(environ={})._own._worker is None


def test_one_capture_can_be_sent_at_once(transport):
    """C8: with the hint `background=False` the capturing thread sends; only a False says so."""
    sdk.init(transport=transport)
    sdk.capture_message("1", hint={"background": False})
    sdk.capture_exception(ValueError("2"), hint={"background": False})
    sdk.capture_event({"message": "3"}, hint={"background": False})
    assert transport.threads == ["here"] * 3
    sdk.capture_message("4", hint={"background": True})
    sdk.capture_message("5", hint={"background": None})
    sdk.flush(PATIENCE_S)

    assert transport.threads[3:] == ["worker"] * 2


def test_block_without_the_worker_is_local_to_its_context(transport):
    """C8: inside the block this context sends at once; other threads, and the rest of this one, do not."""
    sdk.init(transport=transport)
    other = threading.Thread(target=lambda: (sdk.capture_message("other"), done.set()))
    done = threading.Event()
    with sdk.with_background_worker_disabled():
        with sdk.with_background_worker_disabled():
            sdk.capture_message("1")
        sdk.capture_message("2")
        contextvars.Context().run(sdk.capture_message, "another context")
        contextvars.copy_context().run(sdk.capture_message, "a copy of this one")
        other.start()
        other.join()
    sdk.capture_message("after")
    sdk.flush(PATIENCE_S)

    here = {message for message, who in zip(sent_messages(transport), transport.threads, strict=True) if who == "here"}
    assert here == {"1", "2", "a copy of this one"}


def test_block_without_the_worker_takes_a_callback_and_ends_with_an_error(transport):
    """C8: as a function it calls back and returns what that returns; a block that fails is over all the same."""
    sdk.init(transport=transport)

    assert sdk.with_background_worker_disabled(lambda: (sdk.capture_message("m"), 7)[1]) == 7
    with pytest.raises(KeyError), sdk.with_background_worker_disabled():
        raise KeyError
    sdk.capture_message("after")
    sdk.flush(PATIENCE_S)

    assert transport.threads == ["here", "worker"]


def test_block_in_a_generator_may_end_in_another_context(transport):
    """C8, C5: a generator that is closed elsewhere ends its block there without an error, and disturbs nobody."""
    sdk.init(transport=transport)

    def producing():
        with sdk.with_background_worker_disabled():
            yield

    generator = producing()
    contextvars.copy_context().run(next, generator)
    generator.close()
    sdk.capture_message("m")
    sdk.flush(PATIENCE_S)

    assert transport.threads == ["worker"]


def test_dispatcher_is_given_the_event_and_hands_it_on(transport):
    """T9: with `dispatcher=` the application's queue gets the finished event; `send_event` sends it as it is."""
    given = []
    seen = []
    client = sdk.init(
        transport=transport,
        dispatcher=given.append,
        before_send=lambda event, _hint: seen.append(event) or event,
        release="1",
        traces_sample_rate=1.0,
    )
    sdk.set_tag("a", "b")
    event_id = sdk.capture_message("m")
    sdk.start_transaction("t").finish()
    assert transport.envelopes == []
    assert [event.get("message") or event.get("transaction") for event in given] == ["m", "t"]
    assert (given[0]["event_id"], given[0]["tags"], given[0]["release"]) == (event_id, {"a": "b"}, "1")

    sdk.set_tag("a", "of the job")
    assert [client.send_event(event) for event in given] == [True, True]
    sdk.flush(PATIENCE_S)

    assert transport.events == [given[0]]
    assert transport.transactions == [given[1]]
    assert transport.envelopes[0].headers["event_id"] == event_id
    assert len(seen) == 1


def test_dispatcher_that_fails_is_replaced_by_the_capturing_thread(transport, caplog):
    """P3, T9: what the application's queue refuses is sent at once; the failure is told once in the log."""

    def refuse(event):
        raise ConnectionError(event["message"])

    sdk.init(transport=transport, dispatcher=refuse)
    assert sdk.capture_message("m") is not None

    assert (sent_messages(transport), transport.threads) == (["m"], ["here"])
    assert [record.getMessage().partition(" failed")[0] for record in caplog.records] == ["dispatcher"]


def test_attachments_do_not_go_to_the_dispatcher(transport):
    """T9: bytes are no JSON; they follow in an envelope of their own, under the event's id."""
    given = []
    sdk.init(transport=transport, dispatcher=given.append)
    with sdk.new_scope() as scope:
        scope.add_attachment(b"\x00\xff", "a.bin")
        event_id = sdk.capture_message("m")
    sdk.flush(PATIENCE_S)

    (envelope,) = transport.envelopes
    assert [item.type for item in envelope.items] == ["attachment"]
    assert envelope.headers["event_id"] == event_id == given[0]["event_id"]


def test_dispatcher_may_not_capture(transport):
    """P7: what a dispatcher captures while it is called is dropped and counted, so that it cannot call itself."""
    given = []

    def capturing(event):
        given.append(event)
        sdk.capture_message("again")

    client = sdk.init(transport=transport, dispatcher=capturing)
    sdk.capture_message("m")

    assert len(given) == 1
    assert client._own.losses.ledger() == {("internal_sdk_error", "error"): 1}


def test_client_that_has_nowhere_to_send_takes_no_event():
    """T9, T15: an inactive or closed client says that it did not take the event of a job."""
    client = Client("memory://", environ={})
    assert client.send_event({"message": "m"}) is True
    client.close()

    assert client.send_event({"message": "m"}) is False
    assert Client(environ={}).send_event({"message": "m"}) is False


def test_observers_get_everything_in_the_capturing_thread():
    """Wire truth: while somebody observes, neither worker nor dispatcher comes between; the own transport rests."""
    given, own = [], Held()
    sdk.init(transport=own, dispatcher=given.append, background_worker_threads=2)
    observer = Observer(Threaded())
    with observe(observer):
        sdk.capture_message("m")
        assert (sent_messages(observer.transport), observer.transport.threads) == (["m"], ["here"])
        assert sdk.flush() is True

    assert (given, own.threads, observer.told) == ([], [], [])


def test_losses_of_earlier_captures_are_not_told_to_an_observer():
    """What the worker still loses while somebody observes was captured before; it is the application's own."""
    let_go = threading.Event()
    entered = threading.Event()

    def fail():
        entered.set()
        assert let_go.wait(PATIENCE_S)
        raise ConnectionError

    client = sdk.init(transport=Failing(fail))
    sdk.capture_message("earlier")
    assert entered.wait(PATIENCE_S)
    observer = Observer(MemoryTransport())
    with observe(observer):
        let_go.set()
        assert client._own._worker.flush(PATIENCE_S)

    assert observer.told == []
    assert client._own.losses.ledger() == {("internal_sdk_error", "error"): 1}
