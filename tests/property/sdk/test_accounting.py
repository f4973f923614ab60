"""CR3, the invariant to build first: captured = delivered + answered 429 + counted as lost + still queued.

An application reports to a real server on loopback that answers, refuses, hangs and breaks off, by a worker, by a queue
of its own or at once, while it forks, flushes and closes. After each step every category has to add up.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sdk_servers import HANG, REFUSE, RESET, MoodyServer

from pytest_errortrack import sdk
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk.protocol import quantities_of
from pytest_errortrack.sdk.testing import preserved_state

PATIENCE_S = 20.0
MOODS = [200, 200, 202, 429, 413, 404, 500, 503, 301, RESET, REFUSE, HANG]
LIMITS = ["", "", "60:error", "60:transaction", "30:attachment;error", "60:", "1:unheard_of"]


class World(SystemRuntime):
    """A clock and a die in the hands of the test."""

    def __init__(self):
        self.clock = 1000.0
        self.drawn = 0.0

    def monotonic(self):
        """Return the time that the test set."""
        return self.clock

    def random(self):
        """Return the number that the test set."""
        return self.drawn


class Accounts:
    """What the server and the application's own queue have taken; written by the server's threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.taken, self.refused, self.reported, self.of_children = Counter(), Counter(), Counter(), Counter()

    def answer(self, envelope, status):
        """Note what is delivered with a 2xx, and what a 429 refuses."""
        with self.lock:
            for item in envelope.items:
                if item.type == "client_report":
                    for entry in item.json()["discarded_events"] if status < 300 else ():
                        self.reported[entry["category"]] += entry["quantity"]
                elif status < 300 or status == 429:
                    self._book(item, self.taken if status < 300 else self.refused)

    def _book(self, item, account):
        is_of_child = item.type == "event" and item.json().get("message") == "of a child"
        (self.of_children if is_of_child else account).update(quantities(item))

    def dispatch(self, event):
        """Note what the application's own queue took."""
        with self.lock:
            spans = {"transaction": 1, "span": len(event["spans"]) + 1} if event.get("type") == "transaction" else {}
            self.taken.update(spans or {"error": 1})


class Accounting(RuleBasedStateMachine):
    """CR3: an application that reports, against a server with moods."""

    operations = 0
    seen: ClassVar = Counter()

    @initialize(
        threads=st.sampled_from([0, 1, 1, 2]), room=st.sampled_from([0, 1, 3, 100]), has_dispatcher=st.booleans()
    )
    def begin(self, threads, room, has_dispatcher):
        """Start with an application that reports, and a server in a good mood."""
        self.captured, self.accounts, self.clients = Counter(), Accounts(), []
        self.before_send_does, self.dispatcher_fails, self.forks = "pass", False, 0
        self.world = World()
        self.server = MoodyServer(self.accounts.answer)
        self.state = preserved_state()
        self.state.__enter__()
        self.options = {
            "background_worker_threads": threads,
            "transport_queue_size": room,
            "dispatcher": self.dispatch if has_dispatcher else None,
            "before_send": self.before_send,
            "sample_rate": 0.5,
            "traces_sample_rate": 0.5,
            "ignore_errors": [KeyError],
            "max_attachment_size": 8,
            "http_proxy": "",
            "runtime": self.world,
            "shutdown_timeout": PATIENCE_S,
        }
        self.start()

    def start(self):
        """Begin with a new client; the one before stays in the books."""
        self.clients.append(sdk.init(self.server.dsn, **self.options))

    def teardown(self):
        """Close everything, and look into the books once more: now nothing can be on its way."""
        if hasattr(self, "clients"):
            self.server.change(200)
            sdk.close(PATIENCE_S)
            self.everything_is_accounted_for()
            for reason, _ in self.ledger():
                Accounting.seen[reason] += 1
            self.state.__exit__(None, None, None)
            self.server.stop()

    def before_send(self, event, _hint):
        """Pass, drop or fail as the mood is."""
        if self.before_send_does == "raise":
            raise ValueError
        return None if self.before_send_does == "drop" else event

    def dispatch(self, event):
        """Take an event for later, or fail; what fails is sent at once, and must not wait for a server that hangs."""
        if self.dispatcher_fails and self.server.mood != HANG:
            raise ConnectionError
        self.accounts.dispatch(event)

    def may_hang(self):
        """Whether nobody waits for the server but threads of the worker."""
        return self.options["background_worker_threads"] > 0

    def hold_up(self):
        """Let nothing be on its way that the server has answered: who breaks off then cannot know of the answer."""
        if self.may_hang():
            self.server.change(HANG)
            self.everything_is_accounted_for()

    def hint(self, is_background):
        """Return the hint of a capture: at once only where the server answers."""
        return None if is_background or self.server.mood == HANG else {"background": False}

    # -- the world ---------------------------------------------------------------------------------------------------

    @rule(mood=st.sampled_from(MOODS), limits=st.sampled_from(LIMITS))
    def change_mood(self, mood, limits):
        """Let the server answer differently from now on."""
        if mood != HANG or self.may_hang():
            if mood == REFUSE:
                self.hold_up()
            self.server.change(mood, {"X-Sentry-Rate-Limits": limits} if limits else {})

    @rule(seconds=st.sampled_from([1, 31, 61]))
    def wait(self, seconds):
        """Let time pass."""
        self.world.clock += seconds

    @rule(drawn=st.sampled_from([0.0, 0.0, 0.9]))
    def throw(self, drawn):
        """Let the next draws win or lose."""
        self.world.drawn = drawn

    @rule(does=st.sampled_from(["pass", "pass", "drop", "raise"]), dispatcher_fails=st.booleans())
    def change_callbacks(self, does, dispatcher_fails):
        """Let the callbacks behave differently from now on."""
        self.before_send_does, self.dispatcher_fails = does, dispatcher_fails

    # -- the application ---------------------------------------------------------------------------------------------

    @rule(size=st.integers(0, 2000), is_background=st.sampled_from([True, True, False]), times=st.integers(1, 4))
    def capture_message(self, size, is_background, times):
        """Report messages."""
        for _ in range(times):
            sdk.capture_message("m" * size, hint=self.hint(is_background))
            self.captured["error"] += 1

    @rule(times=st.integers(1, 3), kind=st.sampled_from([ValueError, KeyError]))
    def capture_exception(self, times, kind):
        """Report one exception object so many times."""
        error = kind("boom")
        for _ in range(times):
            sdk.capture_exception(error)
            self.captured["error"] += 1

    @rule(spans=st.integers(0, 3))
    def trace(self, spans):
        """Send a transaction with so many spans."""
        with sdk.start_transaction("t") as transaction:
            for _ in range(spans):
                transaction.start_child("s").finish()
        self.captured["transaction"] += 1
        self.captured["span"] += spans + 1 if transaction.sampled else 1

    @rule(size=st.sampled_from([4, 12]))
    def capture_with_attachment(self, size):
        """Report a message with a file, which is captured with it: one that is dropped before never looked at it."""
        with sdk.new_scope() as scope:
            scope.add_attachment(b"x" * size, "a.bin")
            event_id = sdk.capture_message("m", hint=self.hint(is_background=True))
        self.captured["error"] += 1
        if event_id is not None:
            self.captured["attachment"] += size

    @rule(threads=st.integers(2, 4))
    def capture_from_threads(self, threads):
        """Report from several threads at the same time."""
        workers = [threading.Thread(target=sdk.capture_message, args=("m",)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.captured["error"] += threads

    @rule(timeout=st.sampled_from([0, 0.001, PATIENCE_S]))
    def flush(self, timeout):
        """Send what is pending, or begin to."""
        sdk.flush(min(timeout, 0.01) if self.server.mood == HANG else timeout)

    @rule(timeout=st.sampled_from([0, 0.001]))
    def close_in_the_middle(self, timeout):
        """Close with whatever is pending, and begin anew."""
        self.hold_up()
        sdk.close(timeout)
        self.start()

    @rule()
    def initialise_again(self):
        """Begin anew without closing: that is closed as well, and waited for only where the server answers."""
        if self.server.mood != HANG:
            self.start()

    @precondition(lambda self: hasattr(self, "forks") and self.forks < 2 and self.server.mood != HANG)
    @rule()
    def fork(self):
        """T12: a child begins with empty books, sends its own event once, and leaves its parent's alone."""
        self.forks += 1
        before = self.accounts.of_children["error"]
        lost = in_a_child(self.clients[-1])
        # what a 429 refused is in the server's books, as is what arrived
        assert self.accounts.of_children["error"] - before + lost == 1

    # -- the books ---------------------------------------------------------------------------------------------------

    def ledger(self):
        """Return what all clients so far counted as lost."""
        ledger = Counter()
        for client in self.clients:
            ledger.update(client._own.losses.ledger())
        return ledger

    def queued(self):
        """Return what all clients so far have waiting or are sending."""
        queued = Counter()
        for client in self.clients:
            worker = client._own._worker
            for parcel in list(worker._unfinished) if worker is not None else ():
                for item in parcel.envelope.items:
                    queued.update(quantities(item))
        return queued

    def books(self):
        """Return what is in the books, by category."""
        with self.accounts.lock:
            known = self.accounts.taken + self.accounts.refused
        for (_, category), quantity in self.ledger().items():
            known[category] += quantity
        return known + self.queued()

    @invariant()
    def everything_is_accounted_for(self):
        """CR3: in every category, what was captured is delivered, refused, counted as lost, or queued.

        While an answer is on its way its envelope is in two books; so it is looked at again until it is in one.
        """
        if hasattr(self, "clients"):
            Accounting.operations += 1
            deadline = time.monotonic() + PATIENCE_S
            while self.books() != self.captured and time.monotonic() < deadline:
                threading.Event().wait(0.001)
            assert self.books() == self.captured

    @invariant()
    def reports_never_tell_more_than_there_was(self):
        """CR2: client reports tell each loss once at most (one that is lost itself tells nothing)."""
        if hasattr(self, "clients"):
            with self.accounts.lock:
                reported = self.accounts.reported.copy()
            for (_, category), quantity in self.ledger().items():
                reported[category] -= quantity
            assert not +reported


def quantities(item):
    """Return what an item counts as; a transaction and an attachment in the server's own words."""
    if item.type == "transaction":
        return {"transaction": 1, "span": len(item.json()["spans"]) + 1}
    if item.type == "attachment":
        return {"attachment": len(item.payload)}
    return dict(quantities_of(item))


def in_a_child(client):
    """Fork, report one event in the child, and return how many it counted as lost."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is what is tested
        child = os.fork()
    if child == 0:
        code = 99
        try:
            code = _of_the_child(client)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _of_the_child(client):
    if client._own.pending or client._own.losses.ledger():
        return 98
    signal.alarm(60)  # a child that hangs must not hang its parent
    client.send_event({"message": "of a child"})
    if not client.flush(PATIENCE_S):
        return 97
    lost = client._own.losses.ledger()
    return sum(quantity for (_, category), quantity in lost.items() if category == "error")


SETTINGS = settings(deadline=None, suppress_health_check=list(HealthCheck))
TestAccounting = Accounting.TestCase
TestAccounting.settings = settings(SETTINGS, max_examples=25, stateful_step_count=20)


@pytest.mark.soak
def test_books_of_twenty_thousand_operations():
    """CR3: however long it goes on, nothing is lost without being counted, and nothing is counted twice."""
    Accounting.operations = 0
    while Accounting.operations < 20_000:
        run_state_machine_as_test(Accounting, settings=settings(SETTINGS, max_examples=50, stateful_step_count=100))

    assert set(Accounting.seen) >= {"queue_overflow", "ratelimit_backoff", "network_error", "send_error", "before_send"}
