"""Our SDK against sentry_sdk: the same operations, in one run, in alternation.

Run `python tests/benchmarks/sdk.py [REPETITIONS]` where both are installed. Both SDKs have the same names for the
operations, so that each is written once. A captured event has 10 frames with locals and source lines and 20
breadcrumbs, and is encoded by a transport that sends nothing.
"""

from __future__ import annotations

import gc
import statistics
import sys
import tracemalloc
from functools import partial
from pathlib import Path

import sentry_sdk
from _measure import alternate, operation_cpu_us, process_cpu_s, ratio, write_table
from sentry_sdk.transport import Transport

from pytest_errortrack import sdk

FRAMES, BREADCRUMBS, SPANS = 10, 20, 10
KEPT = 200


class NativeTransport:
    """Encodes what it is given; keeps the envelopes while `kept` is a list."""

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


def dive(depth: int) -> None:
    """Raise below so many frames, each with locals to show."""
    order = {"id": depth, "lines": ["tea", "pot"], "total": 25.5}
    if depth == 0:
        raise ValueError(f"cannot pay {order['total']}")
    dive(depth - 1)


def capture_exception(sdk) -> None:
    try:
        dive(FRAMES - 2)
    except ValueError as error:
        sdk.capture_exception(error)


def trace(sdk, *, sampled: bool) -> None:
    with sdk.start_transaction(op="http.server", name="checkout", sampled=sampled) as transaction:
        for number in range(SPANS):
            with transaction.start_child(op="db", name=f"query {number}"):
                pass


def enter(context_manager) -> None:
    with context_manager():
        pass


def operations(sdk):
    """Return every operation of the table, in the words that both SDKs have."""
    scope = sdk.Scope()
    return {
        "`capture_exception`, 10 frames, 20 breadcrumbs": partial(capture_exception, sdk),
        "`capture_message`, 20 breadcrumbs": lambda: sdk.capture_message("hello"),
        "`with isolation_scope()`": partial(enter, sdk.isolation_scope),
        "`with new_scope()`": partial(enter, sdk.new_scope),
        "`Scope.fork()`": scope.fork,
        "`set_tag`": lambda: sdk.set_tag("tenant", "nordic"),
        "`add_breadcrumb`": lambda: sdk.add_breadcrumb(category="cart", message="cart priced"),
        "transaction, 10 spans": partial(trace, sdk, sampled=True),
        "transaction, 10 spans, not sampled": partial(trace, sdk, sampled=False),
    }


def measured(sdk, operation) -> float:
    """Measure in an isolation scope of its own, with 20 breadcrumbs."""
    with sdk.isolation_scope():
        for number in range(BREADCRUMBS):
            sdk.add_breadcrumb(category="cart", message=f"step {number}", data={"number": number})
        return operation_cpu_us(operation)


def kept_kib(sdk, transport) -> float:
    """Return the memory per captured event that its envelope keeps."""
    with sdk.isolation_scope():
        capture_exception(sdk)
        transport.kept = []
        gc.collect()
        tracemalloc.start()
        for _ in range(KEPT):
            capture_exception(sdk)
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        transport.kept = None
    return size / KEPT / 1024


def import_cpu_ms(statement: str) -> float:
    return process_cpu_s([sys.executable, "-c", statement], cwd=Path.home()) * 1000


def compare(repetitions: int):
    """Yield the rows: operation, ours, theirs, ratio."""
    disabled = {
        "ours": lambda: operation_cpu_us(lambda: sdk.capture_message("nobody listens")),
        "theirs": lambda: operation_cpu_us(lambda: sentry_sdk.capture_message("nobody listens")),
    }
    yield "`capture_message`, never initialised, us", alternate(disabled, repetitions=repetitions)
    ours, theirs = NativeTransport(), SentryTransport()
    dsn = "https://key@example.org/1"
    sdk.init(dsn, transport=ours, traces_sample_rate=1.0, release="bench@1")
    sentry_sdk.init(dsn, transport=theirs, traces_sample_rate=1.0, release="bench@1", default_integrations=False)
    native, real = operations(sdk), operations(sentry_sdk)
    for name in native:
        variants = {
            "ours": partial(measured, sdk, native[name]),
            "theirs": partial(measured, sentry_sdk, real[name]),
        }
        yield f"{name}, us", alternate(variants, repetitions=repetitions)
    memory = {"ours": partial(kept_kib, sdk, ours), "theirs": partial(kept_kib, sentry_sdk, theirs)}
    yield "memory kept per captured event, KiB", alternate(memory, repetitions=2)
    imports = {
        "bare": partial(import_cpu_ms, "pass"),
        "ours": partial(import_cpu_ms, "import pytest_errortrack.sdk"),
        "theirs": partial(import_cpu_ms, "import sentry_sdk"),
    }
    found = alternate(imports, repetitions=repetitions)
    bare = found.pop("bare")
    over = {name: [value - base for value, base in zip(values, bare, strict=True)] for name, values in found.items()}
    yield "import, more than a bare interpreter, ms", over


def main(repetitions: int) -> None:
    """Measure everything and write one table."""
    rows = []
    for name, results in compare(repetitions):
        ours, theirs = results["ours"], results["theirs"]
        rows.append((name, statistics.median(ours), statistics.median(theirs), ratio(ours, theirs)))
    write_table(
        f"Our SDK and sentry_sdk {sentry_sdk.VERSION}, CPU time, median of {repetitions} alternating runs",
        ("operation", "ours", "sentry_sdk", "ours / theirs"),
        rows,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
