"""Races of clients: captures, ends, a second `init`, losses, limits, and locks that are held for too long."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from pytest_errortrack import sdk
from pytest_errortrack.sdk._pipeline import LossRecorder
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk._stacktrace._source import Excerpt, SourceLines, _read
from sdk_races.race import Race, client_to, untouched

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RACES", "delivered", "reported_lost"]


class Counting(sdk.MemoryTransport):
    """Counts how often it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0

    def close(self, timeout: float) -> None:
        """Count."""
        self.closed += 1
        super().close(timeout)


class Closable(sdk.MemoryTransport):
    """Takes nothing once it is closed, and tells of what it does not take, as the transport to a server does."""

    def __init__(self) -> None:
        super().__init__()
        self.is_closed = False
        self.lost: list[str] = []

    def report_losses_to(self, reporter: Any) -> None:
        """Tell this reporter, too."""
        self._report = reporter

    def send(self, envelope: sdk.Envelope) -> None:
        """Take it, or count it as lost."""
        if not self.is_closed:
            super().send(envelope)
            return
        for item in envelope.items:
            self.lose(item)

    def lose(self, item: sdk.Item) -> None:
        """Count an item as lost."""
        self.lost.append(json.loads(item.payload)["message"])
        self._report("network_error", item)

    def close(self, timeout: float) -> None:
        """Take nothing more."""
        self.is_closed = True
        super().close(timeout)


class Forgetful(Closable):
    """Planted: what comes after its end is lost without a word."""

    def lose(self, item: sdk.Item) -> None:
        """Count nothing."""


class ClosesTwice(sdk.Client):
    """Planted: looks whether it is closed, and says so in a second step."""

    def close(self, timeout: float | None = None, **_: Any) -> None:
        """Close what another thread is closing too."""
        if not self._is_closed:
            self._is_closed = True
            self._own.close(timeout or 0.0)


class ForgetsLosses(LossRecorder):
    """Planted: counts by reading and writing, and hands out and resets in two steps."""

    def __init__(self, runtime: Any, **options: Any) -> None:
        super().__init__(runtime, **options)
        self.counts: dict[tuple[str, str], int] = {}

    def record(self, reason: str, category: str, quantity: int = 1, **_: Any) -> None:
        """Lose what another thread counts in between."""
        known = self.counts.get((reason, category), 0)
        self.counts[reason, category] = known + quantity

    def report(self, *, is_forced: bool) -> sdk.Item | None:
        """Forget what is counted between reading and resetting."""
        entries = [{"reason": r, "category": c, "quantity": q} for (r, c), q in self.counts.items()]
        self.counts = {}
        if not entries or not is_forced:
            return None
        return sdk.Item({"type": "client_report"}, json.dumps({"discarded_events": entries}).encode())


class HastyLines(SourceLines):
    """Planted: claims a place in the cache before it knows what belongs there."""

    def around(self, filename: str, lineno: int, module_globals: dict[str, Any]) -> Excerpt | None:
        """Show another thread a place that is still empty."""
        key = (filename, lineno)
        if key in self._excerpts:
            return self._excerpts[key]
        self._excerpts[key] = None
        self._excerpts[key] = _read(filename, lineno, module_globals)
        return self._excerpts[key]


class CapturesLocked(sdk.Client):
    """Planted: holds a lock of its own for the whole of a capture."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.for_too_long = threading.RLock()

    def capture_message(self, message: str, **fields: Any) -> str | None:
        """Call the user's code with the lock."""
        with self.for_too_long:
            return super().capture_message(message, **fields)


def delivered(memory: sdk.MemoryTransport) -> list[str]:
    """Return the messages that arrived, sorted."""
    return sorted(event["message"] for event in memory.events)


def reported_lost(items: Iterable[sdk.Item | None]) -> Counter[str]:
    """Return what reports say was lost, by category."""
    told: Counter[str] = Counter()
    for item in items:
        if item is not None:
            for entry in json.loads(item.payload)["discarded_events"]:
                told[entry["category"]] += entry["quantity"]
    return told


def lost_by(client: sdk.Client) -> Counter[str]:
    """Return what a client's ledger says was lost, by category."""
    told: Counter[str] = Counter()
    for (_, category), quantity in client._own.losses.ledger().items():
        told[category] += quantity
    return told


def client_closed_twice(interleaving: Any, *, kind: type[sdk.Client] = sdk.Client) -> None:
    """Two threads close a client; its transport is closed once."""
    with untouched():
        transport = Counting()
        client = client_to(transport, make=kind)

        interleaving.run(client.close, client.close)

        assert transport.closed == 1


def closed_while_capturing(interleaving: Any, *, kind: type[Closable] = Closable) -> None:
    """What is captured while the client closes, and got an id, has arrived or is counted as lost."""
    with untouched():
        transport = kind()
        client = client_to(transport)

        event_id, _ = interleaving.run(lambda: client.capture_message("late"), client.close)

        assert delivered(transport) + transport.lost == ([] if event_id is None else ["late"])


def losses_counted_and_reported(interleaving: Any, *, kind: type[LossRecorder] = LossRecorder) -> None:
    """Whatever two threads lose while a third one reports, the reports tell of it once, and of all."""
    losses = kind(SystemRuntime(), is_reporting=True, witness=lambda *_, **__: None)
    reports: list[sdk.Item | None] = []

    interleaving.run(
        lambda: losses.record("before_send", "error"),
        lambda: losses.record("before_send", "error", 2),
        lambda: reports.append(losses.report(is_forced=True)),
    )

    reports.append(losses.report(is_forced=True))
    assert reported_lost(reports) == {"error": 3}


def frames_read_by_two(interleaving: Any, *, kind: type[SourceLines] = SourceLines) -> None:
    """Two threads show the same line of source, which nobody has read before, and both see it."""
    lines = kind()

    both = interleaving.run(*(lambda: lines.around(__file__, 1, {}),) * 2)

    assert [excerpt is not None and excerpt.line.startswith('"""Races of clients') for excerpt in both] == [True, True]


def callback_that_waits(interleaving: Any, *, kind: type[sdk.Client] = sdk.Client) -> None:
    """A callback may take the application's lock while another thread captures with that lock held."""
    with untouched():
        memory = sdk.MemoryTransport()
        of_the_application = threading.RLock()

        def before_send(event: Any, _hint: Any) -> Any:
            with of_the_application:
                return event

        def report() -> None:
            hub.scope.set_tag("a", 1)
            hub.capture_message("first")

        def report_with_the_lock() -> None:
            with of_the_application:
                hub.capture_message("second")
                hub.scope.set_tag("b", 2)

        hub = sdk.Hub(client_to(memory, make=kind, before_send=before_send))

        interleaving.run(report, report_with_the_lock)

        assert delivered(memory) == ["first", "second"]
        assert hub.scope.tags == {"a": 1, "b": 2}


def initialised_again(interleaving: Any, *, kind: type[Closable] = Closable) -> None:
    """What is captured while the SDK is initialised again arrives once or is counted as lost once."""
    with untouched():
        old, new = kind(), kind()
        options: dict[str, Any] = {"environ": {}, "server_name": "here", "release": "1"}
        first = sdk.init(transport=old, **options)

        event_id, second = interleaving.run(
            lambda: sdk.capture_message("in between"), lambda: sdk.init(transport=new, **options)
        )

        arrived = len(delivered(old) + delivered(new))
        counted = sum((lost_by(first) + lost_by(second)).values())
        assert arrived + counted == 1
        assert event_id is not None or not arrived


RACES = (
    Race(
        ("sentry-go#1044", "sentry-go#1047"),
        "a client that two threads close is closed once",
        client_closed_twice,
        ("_client._client",),
        {"kind": ClosesTwice},
    ),
    Race(
        ("sentry-go#1288",),
        "a capture that meets the end of its client arrives, is counted as lost, or gets no id",
        closed_while_capturing,
        ("_client",),
        {"kind": Forgetful},
    ),
    Race(
        ("sentry-ruby 5.1.1 record_lost_event", "sentry-python M8"),
        "losses are read and reset in one step, and none is forgotten",
        losses_counted_and_reported,
        ("_pipeline._losses",),
        {"kind": ForgetsLosses},
    ),
    Race(
        ("sentry-go#55",),
        "what frames remember of source files is whole for every thread",
        frames_read_by_two,
        ("_stacktrace._source",),
        {"kind": HastyLines},
    ),
    Race(
        ("sentry-python#5586", "sentry-ruby#3083"),
        "no lock of the SDK is held while the user's code runs",
        callback_that_waits,
        ("_client._client", "_client._intake", "_client._routing", "_hub._hub", "_hub._stack"),
        {"kind": CapturesLocked},
    ),
    Race(
        ("O7: a second init",),
        "what is captured during a second init arrives once or is counted as lost once",
        initialised_again,
        ("_api", "_client._client", "_client._intake", "_client._routing", "_scope._process"),
        {"kind": Forgetful},
    ),
)
