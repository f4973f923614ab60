"""Tests of the worker: it sends in the background, within bounds, and leaves nothing behind."""

from __future__ import annotations

import gc
import threading
import time
import weakref

import pytest
from sdk_transports import PATIENCE_S, Failing, Held, sent_messages

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Client, Envelope, Item
from pytest_errortrack.sdk._delivery import Parcel
from pytest_errortrack.sdk._delivery._line import WaitingLine
from pytest_errortrack.sdk._runtime import SystemRuntime


def ledger(client):
    """Return what a client counted as lost."""
    return client._own.losses.ledger()


def workers(client):
    """Return the living threads of a client's worker."""
    return [thread for thread in client._own._worker._threads if thread.is_alive()]


class NoThreads(SystemRuntime):
    """A world in which no thread can be started, as while the interpreter shuts down; until it can."""

    can_start = False

    def start_thread(self, run, *arguments, name):
        """Fail as `threading` does."""
        if not self.can_start:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        return super().start_thread(run, *arguments, name=name)


@pytest.fixture
def held():
    """A transport that is held up; let go at the end, so that no thread stays."""
    held = Held()
    yield held
    held.let_go()


@pytest.fixture
def client(held):
    """A client whose worker is held up."""
    client = Client(transport=held, environ={}, transport_queue_size=3)
    yield client
    held.let_go()
    client.close(PATIENCE_S)


def test_capturing_does_not_wait_for_the_transport(client, held):
    """T8, T9: while the transport takes its time, captures return; one daemon thread sends them later."""
    assert workers(client) == []
    ids = [client.capture_message(str(number)) for number in range(3)]
    held.wait_entered()

    assert None not in ids
    assert held.envelopes == []
    (worker,) = workers(client)
    assert worker.daemon
    held.let_go()
    assert client.flush(PATIENCE_S)
    assert sent_messages(held) == ["0", "1", "2"]
    assert set(held.threads) == {worker.name}


@pytest.mark.parametrize("threads", [1, 3])
def test_as_many_threads_send_as_were_asked_for(threads):
    """T9: `background_worker_threads` of them are sending at the same time, and no more."""
    held = Held()
    client = Client(transport=held, environ={}, background_worker_threads=threads)
    for number in range(5):
        client.capture_message(str(number))
    for _ in range(threads):
        held.wait_entered()

    assert len(workers(client)) == threads
    assert not held.entered.acquire(timeout=0)
    held.let_go()
    assert client.flush(PATIENCE_S)
    client.close()
    assert sorted(sent_messages(held)) == ["0", "1", "2", "3", "4"]


def test_least_important_is_given_up_when_too_much_waits(client, held):
    """T8: above `transport_queue_size` the oldest of the lowest rank goes, counted as `queue_overflow`."""
    client.capture_message("being sent")
    held.wait_entered()
    client.capture_event({"type": "transaction", "transaction": "t", "spans": [{}]})
    for number in range(4):
        client.capture_message(str(number))
    held.let_go()
    assert client.flush(PATIENCE_S)

    assert ledger(client) == {
        ("queue_overflow", "transaction"): 1,
        ("queue_overflow", "span"): 2,
        ("queue_overflow", "error"): 1,
    }
    assert sent_messages(held)[:4] == ["being sent", "1", "2", "3"]


def test_wake_ups_do_not_pile_up_behind_a_transport_that_hangs(client, held):
    """T8: however many are captured meanwhile, the worker is told of no more than can wait."""
    client.capture_message("being sent")
    held.wait_entered()
    for number in range(50):
        client.capture_message(str(number))

    assert client._own._worker._mailbox.qsize() <= 3
    assert client._own.pending == 4


def test_flush_waits_for_what_is_pending_and_no_longer_than_it_may(client, held):
    """P9: flush tells whether all was sent; it gives up after its time, and everything is still there."""
    client.capture_message("m")
    held.wait_entered()
    began = time.monotonic()

    assert client.flush(0.05) is False
    assert client.flush(0) is False
    assert time.monotonic() - began < PATIENCE_S / 2
    held.let_go()
    assert client.flush(PATIENCE_S) is True
    assert sent_messages(held) == ["m"]


def test_flush_does_not_wait_for_what_comes_after_it():
    """P9: an application that never stops capturing can still flush: what was pending at the call is waited for."""
    flushed = threading.Event()
    transport = Failing(lambda: None)
    client = Client(transport=transport, environ={})
    captured = [client.capture_message("first")]

    def capture_more():
        while not flushed.is_set():
            captured.append(client.capture_message("more"))

    endless = threading.Thread(target=capture_more)
    endless.start()
    assert client.flush(PATIENCE_S)
    flushed.set()
    endless.join()
    client.close(PATIENCE_S)
    assert len(transport.events) + ledger(client).get(("queue_overflow", "error"), 0) == len(captured)


def test_flush_by_the_transport_itself_does_not_wait_for_itself():
    """P9, T15: a transport that flushes its client while it sends is told that not all was sent, at once."""
    told = []
    clients = []
    transport = Failing(lambda: told.append(clients[0].flush(PATIENCE_S)))
    clients.append(Client(transport=transport, environ={}))
    clients[0].capture_message("m")

    assert clients[0].flush(PATIENCE_S)
    assert told == [False]
    clients[0].close()


def test_close_counts_what_could_not_be_sent_in_time(client, held):
    """P9, T15: closing is bounded; what was waiting is counted, what comes later is not taken."""
    for number in range(3):
        client.capture_message(str(number))
    held.wait_entered()
    client.close(0.05)

    assert ledger(client) == {("network_error", "error"): 2}
    assert client.capture_message("late") is None
    held.let_go()
    assert held.wait(1, PATIENCE_S)
    client.close()
    assert sent_messages(held) == ["0"]


def test_closing_is_idempotent_and_may_race(held):
    """T15, sentry-go#1047, sentry-go#1044: threads close, flush and capture at once; each capture is accounted for."""
    held.let_go()
    client = Client(transport=held, environ={})
    start = threading.Barrier(9)
    taken = []

    def race(act):
        start.wait()
        taken.extend(act() for _ in range(20))

    acts = [lambda: client.capture_message("m"), lambda: client.flush(PATIENCE_S) and None, lambda: client.close(1.0)]
    threads = [threading.Thread(target=race, args=(act,)) for act in acts * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    lost = ledger(client).get(("network_error", "error"), 0)
    assert len(held.events) + lost == 60  # what came after the end was counted as well
    assert len(held.events) <= sum(1 for each in taken if each is not None)
    assert client.flush() is True


def test_threads_end_with_close(held):
    """T15: a closed client has no threads any more."""
    client = Client(transport=held, environ={}, background_worker_threads=2)
    client.capture_message("m")
    threads = workers(client)
    held.let_go()
    client.close(PATIENCE_S)
    for thread in threads:
        thread.join(PATIENCE_S)

    assert [thread.is_alive() for thread in threads] == [False, False]
    assert workers(client) == []


def test_client_dropped_without_close_leaks_no_thread_and_no_report():
    """T15, sentry-go#731: what is pending is still sent; then client, transport and thread are gone."""
    held = Held()
    client = Client(transport=held, environ={})
    client.capture_message("m")
    held.wait_entered()
    (thread,) = workers(client)
    gone, envelopes = weakref.ref(client), held._envelopes
    let_go = held._let_go.set
    del client, held
    gc.collect()
    let_go()
    while gone() is not None and thread.is_alive():
        gc.collect()
        thread.join(0.01)
    thread.join(PATIENCE_S)

    assert gone() is None
    assert not thread.is_alive()
    assert len(envelopes) == 1


def test_without_threads_the_flushing_one_sends(caplog):
    """T9, sentry-python#2299, sentry-python#2478: where no thread can be started, nothing is lost."""
    transport = Failing(lambda: None)
    client = Client(transport=transport, environ={}, runtime=NoThreads())
    ids = [client.capture_message(str(number)) for number in range(3)]
    assert (transport.envelopes, client._own.pending) == ([], 3)

    assert client.flush() is True

    assert None not in ids
    assert sent_messages(transport) == ["0", "1", "2"]
    assert workers(client) == []
    client.capture_message("last words")
    client.close()
    assert sent_messages(transport)[-1] == "last words"
    assert "error" not in caplog.text.lower()


def test_thread_is_started_as_soon_as_one_can_be():
    """T9: a system that had no thread to spare is asked again with the next capture."""
    runtime = NoThreads()
    transport = Failing(lambda: None)
    client = Client(transport=transport, environ={}, runtime=runtime)
    client.capture_message("0")
    runtime.can_start = True
    client.capture_message("1")

    assert transport.wait(2, PATIENCE_S)
    client.close()
    assert sent_messages(transport) == ["0", "1"]


def test_flushing_thread_keeps_to_its_time():
    """T9, P9: without a worker's thread a flush stops sending when its time is over; the rest stays, and is counted."""

    class Clock(NoThreads):
        now = 0.0

        def monotonic(self):
            return self.now

    runtime = Clock()

    def take_a_second():
        runtime.now += 1.0

    transport = Failing(take_a_second)
    client = Client(transport=transport, environ={}, runtime=runtime)
    for number in range(4):
        client.capture_message(str(number))

    assert client.flush(1.5) is False
    assert sent_messages(transport) == ["0", "1"]
    client.close(0)
    assert ledger(client) == {("network_error", "error"): 2}


@pytest.mark.parametrize("error", [RuntimeError("boom"), SystemExit(3), KeyboardInterrupt()])
def test_transport_that_raises_does_not_end_the_worker(error, caplog):
    """T9: whatever a transport raises is counted, and the next envelope is sent all the same."""

    def fail_once():
        if errors:
            raise errors.pop()

    errors = [error]
    transport = Failing(fail_once)
    client = Client(transport=transport, environ={})
    client.capture_message("lost")
    client.capture_message("sent")

    assert client.flush(PATIENCE_S)
    assert transport.events[0]["message"] == "sent"
    assert ledger(client) == {("internal_sdk_error", "error"): 1}
    assert "transport" in caplog.text
    client.close()


def test_finaliser_that_captures_inside_the_queue_does_not_lock_it(client, held):
    """T10, sentry-python#803: a collection may run anywhere, and a finaliser capture while this thread is putting."""
    worker = client._own._worker
    from_a_finaliser = Parcel(Envelope({}, (Item({"type": "event"}, b'{"message":"from a finaliser"}'),)))

    class Noisy:
        def __init__(self):
            self.itself = self

        def __del__(self):
            worker.submit(from_a_finaliser)

    class Collecting(WaitingLine):
        is_first = True

        def put(self, parcel):
            if self.is_first:
                self.is_first = False
                Noisy()
                gc.collect()
            return super().put(parcel)

    worker._line = Collecting(3)
    client.capture_message("m")
    held.let_go()

    assert client.flush(PATIENCE_S)
    assert sorted(sent_messages(held)) == ["from a finaliser", "m"]


@pytest.mark.slow
def test_finalisers_that_log_while_others_send():
    """T10, sentry-python#803: 20,000 objects whose finalisers capture, in cycles, while a worker sends: no deadlock."""
    transport = Failing(lambda: None)
    client = Client(transport=transport, environ={})

    class Noisy:
        def __init__(self):
            self.itself = self

        def __del__(self):
            client.capture_message("finalised")

    for _ in range(20_000):
        Noisy()
    gc.collect()
    assert client.flush(PATIENCE_S * 2)
    client.close(PATIENCE_S)

    assert len(transport.events) + sum(ledger(client).values()) == 20_000


def test_captures_made_by_the_transport_are_not_sent(held):
    """P7, T14: what a transport captures or records while it sends is not the application's; it is dropped, counted."""
    clients = []

    def report():
        sdk.add_breadcrumb(message="of the transport")
        told.append(clients[0].capture_message("of the transport"))
        told.append(clients[0].is_own_request("http://anywhere.example.org/"))

    told = []
    transport = Failing(report)
    clients.append(sdk.init(transport=transport))
    clients[0].capture_message("m")
    sdk.flush(PATIENCE_S)

    assert told[:2] == [None, True]
    assert len(transport.events) == 1
    assert ledger(clients[0]) == {("internal_sdk_error", "error"): len(told) // 2}
    sdk.capture_message("after")
    sdk.flush(PATIENCE_S)
    assert "breadcrumbs" not in transport.events[1]
    assert clients[0].is_own_request("http://anywhere.example.org/") is False


def test_time_of_sending_is_written_when_it_is_sent(held):
    """T1: `sent_at` is the time at which the envelope leaves, not at which it was captured; once."""

    class Clock(SystemRuntime):
        now = 1000.0

        def time(self):
            return self.now

    runtime = Clock()
    client = Client(transport=held, environ={}, runtime=runtime)
    client.capture_message("0")
    held.wait_entered()
    client.capture_message("1")
    runtime.now = 2000.5
    held.let_go()
    client.flush(PATIENCE_S)
    client.close()

    assert [envelope.headers["sent_at"] for envelope in held.envelopes] == [
        "1970-01-01T00:16:40.000Z",
        "1970-01-01T00:33:20.500Z",
    ]
    assert [event["timestamp"] for event in held.events] == [1000.0, 1000.0]
