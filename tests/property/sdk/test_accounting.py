"""CR3, the invariant to build first: captured = delivered + answered 429 + what is counted as lost."""

from __future__ import annotations

import gzip
from collections import Counter

import httpx
import respx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pytest_errortrack import sdk
from pytest_errortrack.sdk import Envelope
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk.testing import observe, preserved_state

URL = "http://errors.example.org/api/42/envelope/"
DSN = "http://public@errors.example.org/42"


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


class Ledger:
    """An observer that leaves the transport alone and counts what is told as lost."""

    def __init__(self):
        self.lost = Counter()

    def transport_for(self, client):
        """Say where envelopes go."""

    def captured(self, capture):
        """Note a capture."""

    def dropped(self, drop):
        """Note a loss."""
        self.lost[drop.category] += drop.quantity

    def breadcrumb(self, crumb, stamp):
        """Note a breadcrumb."""


class Accounting(RuleBasedStateMachine):
    """An application that reports, against a server with moods."""

    @initialize()
    def begin(self):
        """Start with an application that reports, and a server in a good mood."""
        self.captured = Counter()
        self.arrived = Counter()
        self.reported = Counter()
        self.answer = 200
        self.limits = ""
        self.before_send_drops = False
        self.world = World()
        self.ledger = Ledger()
        self.contexts = [preserved_state(), observe(self.ledger), respx.mock(assert_all_called=False)]
        entered = [context.__enter__() for context in self.contexts]
        entered[2].post(URL).mock(side_effect=self.serve)
        options = {"sample_rate": 0.5, "traces_sample_rate": 0.5, "ignore_errors": [KeyError], "max_attachment_size": 8}
        sdk.init(DSN, background_worker_threads=0, runtime=self.world, before_send=self.before_send, **options)

    def teardown(self):
        """Put everything back."""
        if hasattr(self, "contexts"):
            for context in reversed(self.contexts):
                context.__exit__(None, None, None)

    def before_send(self, event, _hint):
        """Drop events while the mood is so."""
        return None if self.before_send_drops else event

    def serve(self, request):
        """Answer as the mood is, and note what arrived."""
        if self.answer == "refused":
            raise httpx.ConnectError("refused")
        body = request.content
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for item in Envelope.parse(body).items:
            if item.type == "client_report":
                for entry in item.json()["discarded_events"] if self.answer == 200 else ():
                    self.reported[entry["category"]] += entry["quantity"]
            elif self.answer in {200, 429}:
                self.arrived.update(quantities(item))
        headers = {"X-Sentry-Rate-Limits": self.limits} if self.limits else {}
        return httpx.Response(self.answer, headers=headers)

    @rule(answer=st.sampled_from([200, 200, 429, 413, 500, "refused"]))
    def change_mood(self, answer):
        """Let the server answer differently from now on."""
        self.answer = answer

    @rule(limits=st.sampled_from(["", "60:error", "60:transaction", "30:attachment;error", "60:", "1:unheard_of"]))
    def change_limits(self, limits):
        """Let the server set limits from now on."""
        self.limits = limits

    @rule(seconds=st.sampled_from([1, 31, 61]))
    def wait(self, seconds):
        """Let time pass."""
        self.world.clock += seconds

    @rule(drawn=st.sampled_from([0.0, 0.9]))
    def throw(self, drawn):
        """Let the next draws win or lose."""
        self.world.drawn = drawn

    @rule()
    def change_callback(self):
        """Let `before_send` change its mind."""
        self.before_send_drops = not self.before_send_drops

    @rule(size=st.integers(0, 2000))
    def capture_message(self, size):
        """Report a message."""
        sdk.capture_message("m" * size)
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
        """Report a message with a file."""
        lost, arrived = self.ledger.lost["error"], self.arrived["error"]
        attachments = self.ledger.lost["attachment"], self.arrived["attachment"]
        with sdk.new_scope() as scope:
            scope.add_attachment(b"x" * size, "a.bin")
            sdk.capture_message("m")
        self.captured["error"] += 1
        # an attachment is captured with its event; one whose event was dropped before it was looked at never was
        if (self.ledger.lost["attachment"], self.arrived["attachment"]) != attachments:
            self.captured["attachment"] += size
        assert self.ledger.lost["error"] + self.arrived["error"] == lost + arrived + 1

    @rule()
    def flush(self):
        """Send what is pending."""
        sdk.flush()

    @invariant()
    def everything_is_accounted_for(self):
        """CR3: in every category, what was captured has arrived or is in the ledger."""
        if hasattr(self, "captured"):
            assert self.captured == +(self.arrived + self.ledger.lost)

    @invariant()
    def reports_never_tell_more_than_there_was(self):
        """CR2: client reports tell each loss once at most (one that is lost itself tells nothing)."""
        if hasattr(self, "captured"):
            assert not self.reported - self.ledger.lost


def quantities(item):
    """Return what an item counts as, in the server's own words."""
    if item.type == "transaction":
        return {"transaction": 1, "span": len(item.json()["spans"]) + 1}
    return {"attachment": len(item.payload)} if item.type == "attachment" else {"error": 1}


TestAccounting = Accounting.TestCase
TestAccounting.settings = settings(max_examples=60, stateful_step_count=25)
