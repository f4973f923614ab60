"""Our SDK against sentry_sdk: the same operations, in one run, in alternation.

Run `python tests/benchmarks/sdk.py [REPETITIONS]` where both are installed. Both SDKs have the same names for the
operations, so that each is written once. A captured event has 10 frames with locals and source lines and 20
breadcrumbs, and is encoded by a transport that sends nothing. A second table shows how our cost grows.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tracemalloc
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import sentry_sdk
from _measure import ROOT, alternate, operation_cpu_us, process_cpu_s, ratio, write_table
from sentry_sdk.transport import Transport

from pytest_errortrack import sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

FRAMES, BREADCRUMBS, SPANS = 10, 20, 10
KEPT = 200
GROWTH = (1, 2, 4, 8)
OPTIONS = {"traces_sample_rate": 1.0, "release": "bench@1"}
DSN = "https://key@example.org/1"


class NativeTransport:
    """Encodes what it is given; keeps the envelopes while `kept` is a list."""

    is_immediate = True

    def __init__(self) -> None:
        self.kept: list[object] | None = None

    def send(self, envelope: sdk.Envelope) -> None:
        """Encode, as sending would."""
        envelope.serialize()
        if self.kept is not None:
            self.kept.append(envelope)

    def flush(self, timeout: float) -> bool:
        """Have nothing to wait for."""
        return timeout >= 0

    def close(self, timeout: float) -> None:
        """Have nothing to close."""


class SentryTransport(Transport):
    """The same for sentry_sdk."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] | None = None

    def capture_envelope(self, envelope: sentry_sdk.envelope.Envelope) -> None:
        """Encode, as sending would."""
        envelope.serialize()
        if self.kept is not None:
            self.kept.append(envelope)


@dataclass(frozen=True, slots=True)
class Target:
    """What was aimed at: so many microseconds (or other units of the row), or such a part of the peer's cost."""

    most: float | None = None
    part: float | None = None

    def told(self) -> str:
        """Return it in words."""
        if self.part is not None:
            return f"<= 1/{1 / self.part:g}"
        return "" if self.most is None else f"<= {self.most:g}"

    def verdict(self, ours: float, share: float) -> str:
        """Return whether it was met."""
        if self.part is not None:
            return "met" if share <= self.part else "missed"
        return "" if self.most is None else "met" if ours <= self.most else "missed"


NONE = Target()
Operation = tuple[str, "Callable[[Any], Callable[[], object]]", Target]


def dive(depth: int) -> None:
    """Raise below so many frames, each with locals to show."""
    order = {"id": depth, "lines": ["tea", "pot"], "total": 25.5}
    if depth == 0:
        raise ValueError(f"cannot pay {order['total']}")
    dive(depth - 1)


def capture_exception(of: Any, frames: int = FRAMES) -> None:
    """Capture an exception from so many frames below."""
    try:
        dive(frames - 2)
    except ValueError as error:
        of.capture_exception(error)


def trace(of: Any, *, sampled: bool, spans: int = SPANS) -> None:
    """Trace so many pieces of work, each a child of the transaction."""
    with of.start_transaction(op="http.server", name="checkout", sampled=sampled) as transaction:
        for number in range(spans):
            with transaction.start_child(op="db", name=f"query {number}"):
                pass


def trace_current(of: Any) -> None:
    """Trace pieces of work, each a child of the current span."""
    with of.start_transaction(op="http.server", name="checkout", sampled=True):
        for number in range(SPANS):
            with of.start_span(op="db", name=f"query {number}"):
                pass


def enter(context_manager: Callable[[], Any]) -> None:
    """Enter a block and leave it."""
    with context_manager():
        pass


def span(of: Any) -> None:
    """Open and end a span inside whatever is the current one."""
    with of.start_span(op="db", name="query"):
        pass


def in_unsampled(of: Any) -> float:
    """Measure a span inside a transaction that is not sampled."""
    with of.start_transaction(op="http.server", name="checkout", sampled=False):
        return operation_cpu_us(partial(span, of))


GROUPS: tuple[tuple[str, Mapping[str, Any], tuple[Operation, ...]], ...] = (
    (
        "",
        OPTIONS,
        (
            (
                "`capture_exception`, 10 frames, 20 breadcrumbs",
                lambda of: partial(capture_exception, of),
                Target(part=1 / 8),
            ),
            ("`capture_message`, 20 breadcrumbs", lambda of: partial(of.capture_message, "hello"), NONE),
            ("`with isolation_scope()`", lambda of: partial(enter, of.isolation_scope), Target(most=3.0)),
            ("`with new_scope()`", lambda of: partial(enter, of.new_scope), NONE),
            ("`Scope.fork()`", lambda of: of.Scope().fork, Target(most=0.5)),
            ("`set_tag`", lambda of: partial(of.set_tag, "tenant", "nordic"), NONE),
            (
                "`add_breadcrumb`",
                lambda of: partial(of.add_breadcrumb, category="cart", message="cart priced"),
                Target(most=1.5),
            ),
            ("transaction, 10 spans by `start_child`", lambda of: partial(trace, of, sampled=True), Target(part=0.1)),
            ("transaction, 10 spans by `start_span`", lambda of: partial(trace_current, of), Target(part=0.1)),
            ("transaction, 10 spans, not sampled", lambda of: partial(trace, of, sampled=False), NONE),
        ),
    ),
    (
        ", without locals",
        {**OPTIONS, "include_local_variables": False},
        (("`capture_exception`", lambda of: partial(capture_exception, of), NONE),),
    ),
    (
        ", without source lines",
        {**OPTIONS, "include_source_context": False},
        (("`capture_exception`", lambda of: partial(capture_exception, of), NONE),),
    ),
    (
        ", without either",
        {**OPTIONS, "include_local_variables": False, "include_source_context": False},
        (("`capture_exception`", lambda of: partial(capture_exception, of), NONE),),
    ),
    (
        ", dropped by `sample_rate=0`",
        {**OPTIONS, "sample_rate": 0.0},
        (("`capture_exception`", lambda of: partial(capture_exception, of), NONE),),
    ),
    (", tracing off", {"release": "bench@1"}, (("`start_span`", lambda of: partial(span, of), NONE),)),
)


def initialised(options: Mapping[str, Any]) -> SimpleNamespace:
    """Initialise both with the same options; return their transports."""
    ours, theirs = NativeTransport(), SentryTransport()
    sdk.init(DSN, transport=ours, **options)
    sentry_sdk.init(DSN, transport=theirs, default_integrations=False, **options)
    return SimpleNamespace(ours=ours, theirs=theirs)


def measured(of: Any, operation: Callable[[], object], breadcrumbs: int = BREADCRUMBS) -> float:
    """Measure in an isolation scope of its own, with breadcrumbs."""
    with of.isolation_scope():
        for number in range(breadcrumbs):
            of.add_breadcrumb(category="cart", message=f"step {number}", data={"number": number})
        return operation_cpu_us(operation)


def kept_kib(of: Any, transport: Any) -> float:
    """Return the memory per captured event that its envelope keeps."""
    with of.isolation_scope():
        capture_exception(of)
        transport.kept = []
        gc.collect()
        tracemalloc.start()
        for _ in range(KEPT):
            capture_exception(of)
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        transport.kept = None
    return size / KEPT / 1024


def import_cpu_ms(statement: str) -> float:
    """Return the CPU milliseconds of an interpreter that executes this and ends; it sees this checkout."""
    return process_cpu_s([sys.executable, "-c", statement], cwd=ROOT) * 1000


Row = tuple[str, "dict[str, list[float]]", Target]


def calls(repetitions: int) -> Iterator[Row]:
    """Yield the rows of what a program calls."""
    disabled = {
        "ours": partial(operation_cpu_us, partial(sdk.capture_message, "nobody listens")),
        "theirs": partial(operation_cpu_us, partial(sentry_sdk.capture_message, "nobody listens")),
    }
    yield "`capture_message`, never initialised, us", alternate(disabled, repetitions=repetitions), Target(most=1.0)
    for suffix, options, operations in GROUPS:
        transports = initialised(options)
        for name, operation, target in operations:
            variants = {
                "ours": partial(measured, sdk, operation(sdk)),
                "theirs": partial(measured, sentry_sdk, operation(sentry_sdk)),
            }
            yield f"{name}{suffix}, us", alternate(variants, repetitions=repetitions), target
        if options is OPTIONS:
            variants = {"ours": partial(in_unsampled, sdk), "theirs": partial(in_unsampled, sentry_sdk)}
            yield (
                "`start_span` in a transaction that is not sampled, us",
                alternate(variants, repetitions=repetitions),
                Target(most=0.5),
            )
            memory = {
                "ours": partial(kept_kib, sdk, transports.ours),
                "theirs": partial(kept_kib, sentry_sdk, transports.theirs),
            }
            yield "memory kept per captured event, KiB", alternate(memory, repetitions=2), Target(part=1 / 2)


def imports(repetitions: int) -> Iterator[Row]:
    """Yield the rows of what it costs to have an SDK at all."""
    init = 'init("https://key@localhost/1")'
    for name, ours, theirs, target in (
        ("import", "pass", "pass", Target(most=45.0)),
        ("import and `init`", f"m.{init}", f"m.{init}; m.get_client().close(0)", NONE),
    ):
        variants = {
            "bare": partial(import_cpu_ms, "pass"),
            "ours": partial(import_cpu_ms, f"import pytest_errortrack.sdk as m; {ours}"),
            "theirs": partial(import_cpu_ms, f"import sentry_sdk as m; {theirs}"),
        }
        found = alternate(variants, repetitions=repetitions)
        bare = found.pop("bare")
        over = {who: [value - base for value, base in zip(spent, bare, strict=True)] for who, spent in found.items()}
        yield f"{name}, more than a bare interpreter, ms", over, target


def growth(repetitions: int) -> Iterator[tuple[object, ...]]:
    """Yield how much more our SDK spends on twice, four times, ... as much; a pure proportion would be 2, 4, ..."""
    initialised({**OPTIONS, "max_breadcrumbs": 200})
    kinds: dict[str, tuple[int, Callable[[int], float]]] = {
        "frames": (10, lambda size: measured(sdk, partial(capture_exception, sdk, size))),
        "breadcrumbs": (20, lambda size: measured(sdk, partial(sdk.capture_message, "hello"), size)),
        "spans": (10, lambda size: measured(sdk, partial(trace, sdk, sampled=True, spans=size))),
        "events": (25, lambda size: measured(sdk, lambda: [sdk.capture_message("hello") for _ in range(size)])),
    }
    for kind, (base, measure) in kinds.items():
        found = alternate({str(n): partial(measure, base * n) for n in GROWTH}, repetitions=repetitions)
        first = found["1"]
        yield kind, base, statistics.median(first), *(ratio(found[str(n)], first) for n in GROWTH[1:])


def main(repetitions: int) -> None:
    """Measure everything and write two tables."""
    rows = []
    for name, results, target in (*calls(repetitions), *imports(repetitions)):
        ours, theirs = statistics.median(results["ours"]), statistics.median(results["theirs"])
        share = ratio(results["ours"], results["theirs"])
        rows.append((name, ours, theirs, f"1/{1 / share:.1f}", target.told(), target.verdict(ours, share)))
    write_table(
        f"Our SDK and sentry_sdk {sentry_sdk.VERSION}, CPU time, median of {repetitions} alternating runs",
        ("operation", "ours", "sentry_sdk", "ours / theirs", "target", ""),
        rows,
    )
    write_table(
        "How the cost of our SDK grows",
        ("of", "so many", "us", *(f"times {n}" for n in GROWTH[1:])),
        growth(repetitions),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
