"""Races of sending in the background: the worker, its line, its end, and the limits that servers set."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import ref

from pytest_errortrack import sdk
from pytest_errortrack.sdk._delivery import Parcel, Worker
from pytest_errortrack.sdk._delivery._worker import _serve
from pytest_errortrack.sdk._runtime import SystemRuntime
from pytest_errortrack.sdk.transport import HttpTransport, RateLimits
from pytest_errortrack.sdk.transport._connection import Answer
from sdk_races.race import Race

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RACES"]

_WORKER = ("_delivery._worker", "_delivery._waiter")


class Post:
    """Stands for the sender: keeps what was sent, and what was given up."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.lost: list[str] = []

    def send(self, parcel: Parcel, *, timeout: float | None = None) -> None:
        """Send it."""
        del timeout
        self.sent += [item.payload.decode() for item in parcel.envelope.items]

    def lose(self, items: Iterable[sdk.Item], reason: str, detail: str) -> None:
        """Count items as lost."""
        del reason, detail
        self.lost += [item.payload.decode() for item in items]


class Hiring(SystemRuntime):
    """Remembers the threads that it started."""

    def __init__(self) -> None:
        self.threads: list[Any] = []

    def start_thread(self, run: Any, *arguments: object, name: str) -> Any:
        """Start a thread."""
        thread = super().start_thread(run, *arguments, name=name)
        self.threads.append(thread)
        return thread


class AsksFirst(Worker):
    """Planted: asks whether it is closed, and puts the parcel in line in a second step."""

    def submit(self, parcel: Parcel) -> None:
        """Leave behind what was put in line after the end."""
        if self._is_closed:
            self._give_up((parcel,), "network_error", "closed")
            return
        self._put(parcel)
        if self._may_start():
            self._start()


class LooksAtTheLine(Worker):
    """Planted: takes an empty line for an end of all work."""

    def flush(self, timeout: float, **options: Any) -> bool:
        """Forget the parcel that is being sent."""
        return not len(self._line) or super().flush(timeout, **options)


class StartsRegardless(Worker):
    """Planted: does not look whether it was closed while its threads were starting."""

    def _start(self) -> None:
        """Keep a thread that nobody will ever end."""
        self._mailbox = self._runtime.mailbox()
        self._threads = (self._runtime.start_thread(_serve, self._mailbox, ref(self), name="worker"),)
        self._is_starting = False
        self._ring(self._mailbox, len(self._line))


class ForgetsLimits(HttpTransport):
    """Planted: joins limits by reading and writing."""

    def _judge(self, envelope: sdk.Envelope, answer: Answer) -> None:
        """Lose what another answer said in between."""
        del envelope
        known = self._limits
        told = RateLimits.of_response(answer.status, answer.headers, now=monotonic(), wall_clock=0.0)
        self._limits = known.merged_with(told)


def parcel_of(text: str) -> Parcel:
    """Return a parcel with one event."""
    return Parcel(sdk.Envelope({}, (sdk.Item({"type": "event"}, text.encode()),)))


def worker_with(kind: type[Worker]) -> tuple[Worker, Post, Hiring]:
    """Return a worker with one thread, what it sends to, and what it starts threads with."""
    post, runtime = Post(), Hiring()
    return kind(post, runtime, threads=1, bound=10), post, runtime  # type: ignore[arg-type]  # it has what a worker needs


def submitted_while_closing(interleaving: Any, *, kind: type[Worker] = Worker) -> None:
    """What is submitted while the worker closes is sent or given up, and once."""
    worker, post, _ = worker_with(kind)

    interleaving.run(lambda: worker.submit(parcel_of("late")), worker.close)

    assert post.sent + post.lost == ["late"]
    assert worker.pending == 0


def flushed_while_sending(interleaving: Any, *, kind: type[Worker] = Worker) -> None:
    """A flush that says that all was sent in time says so of all that was submitted before it."""
    worker, post, _ = worker_with(kind)

    def submit_and_flush() -> None:
        worker.submit(parcel_of("first"))
        if worker.flush(1.0):
            assert post.sent == ["first"]

    interleaving.run(submit_and_flush)


def closed_while_starting(interleaving: Any, *, kind: type[Worker] = Worker) -> None:
    """A worker that is closed while it starts leaves no thread behind."""
    worker, post, runtime = worker_with(kind)

    def submit_and_wait_for_the_end() -> None:
        worker.submit(parcel_of("last"))
        for thread in runtime.threads:
            thread.join()

    interleaving.run(submit_and_wait_for_the_end, worker.close)

    assert post.sent + post.lost == ["last"]


def limits_of_two_answers(interleaving: Any, *, kind: type[HttpTransport] = HttpTransport) -> None:
    """Two answers come in at once: the limits of both are kept."""
    transport = kind("http://key@server.example/1")
    nothing = sdk.Envelope({}, ())
    answers = [Answer(200, {"x-sentry-rate-limits": said}, b"") for said in ("60:error, 90:transaction", "2700:error")]

    interleaving.run(*(lambda each=each: transport._judge(nothing, each) for each in answers))

    left = sorted(deadline - monotonic() for deadline in transport._limits.deadlines.values())
    assert len(left) == 2
    assert left[0] < 100
    assert left[1] > 2000


RACES = (
    Race(
        ("sentry-go#1288", "sentry-go#140"),
        "what is submitted while the worker closes is sent or given up, and once",
        submitted_while_closing,
        _WORKER,
        {"kind": AsksFirst},
    ),
    Race(
        ("sentry-go#103",),
        "a flush that succeeded has sent all that came before it",
        flushed_while_sending,
        ("_delivery._worker",),
        {"kind": LooksAtTheLine},
        preemptions=2,
        is_slow=True,
    ),
    Race(
        ("sentry-go#731",),
        "a worker that is closed while it starts leaves no thread behind",
        closed_while_starting,
        _WORKER,
        {"kind": StartsRegardless},
    ),
    Race(
        ("sentry-go#141", "sentry-python M6"),
        "of limits that come in at once the later deadlines are kept",
        limits_of_two_answers,
        ("transport._http",),
        {"kind": ForgetsLimits},
    ),
)
