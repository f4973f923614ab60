"""What one test costs that captures and reads one event.

Run `python tests/benchmarks/per_test.py [REPETITIONS]`. Each row is a file of 500 tests; the time per test is that of
the whole process less that of the same file with one test, so that start-up does not count. The row "by hand" is what
a project writes that has no plugin: a fixture that calls `sentry_sdk.init` with a transport of its own.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from functools import partial
from pathlib import Path

from _measure import alternate, environment, process_cpu_s, write_table

TESTS = 500

BARE = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_bare(number):
    assert number >= 0
"""

NATIVE = """
import pytest
from pytest_errortrack import sdk

@pytest.mark.parametrize("number", range({tests}))
def test_native(captured_events, number):
    sdk.capture_message(f"message {{number}}", level="error")
    assert captured_events.one().message == f"message {{number}}"
"""

SENTRY = """
import pytest
import sentry_sdk

sentry_sdk.init()

@pytest.mark.parametrize("number", range({tests}))
def test_sentry(captured_events, number):
    sentry_sdk.capture_message(f"message {{number}}", level="error")
    assert captured_events.one().message == f"message {{number}}"
"""

BY_HAND = """
import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

class Collecting(Transport):
    def __init__(self, events):
        super().__init__()
        self.events = events

    def capture_envelope(self, envelope):
        self.events.append(envelope.get_event())

@pytest.fixture
def events():
    events = []
    sentry_sdk.init(dsn="https://key@example.org/1", transport=Collecting(events))
    yield events
    sentry_sdk.init()

@pytest.mark.parametrize("number", range({tests}))
def test_by_hand(events, number):
    sentry_sdk.capture_message(f"message {{number}}", level="error")
    assert events[0]["message"] == f"message {{number}}"
"""

FILES = {
    "bare test, plugin off": (BARE, ["-p", "no:errortrack"]),
    "bare test, plugin installed": (BARE, []),
    "`captured_events`, one event of our SDK": (NATIVE, []),
    "`captured_events`, one event of sentry_sdk": (SENTRY, []),
    "by hand: fixture with `sentry_sdk.init`": (BY_HAND, ["-p", "no:errortrack"]),
}


def main(repetitions: int) -> None:
    """Measure every kind of file, with 500 tests and with one, and write one table."""
    python = environment("per-test", "pytest>=8", "msgspec>=0.19", "sentry-sdk>=2", project=True)
    with tempfile.TemporaryDirectory() as name:
        variants = {}
        for number, (label, (source, options)) in enumerate(FILES.items()):
            for tests in (1, TESTS):
                folder = Path(name) / f"{number}-{tests}"
                folder.mkdir()
                (folder / "test_generated.py").write_text(source.format(tests=tests), encoding="utf-8")
                command = [python, "-m", "pytest", "-q", *options]
                variants[f"{label}/{tests}"] = partial(process_cpu_s, command, cwd=folder)
        results = alternate(variants, repetitions=repetitions)
    per_test = {
        label: [
            (many - one) / (TESTS - 1) * 1000
            for many, one in zip(results[f"{label}/{TESTS}"], results[f"{label}/1"], strict=True)
        ]
        for label in FILES
    }
    base = statistics.median(per_test["bare test, plugin off"])
    write_table(
        f"One test with one event, CPU time, median of {repetitions} alternating runs",
        ("test", "ms per test", "more than a bare test, ms"),
        [(label, statistics.median(values), statistics.median(values) - base) for label, values in per_test.items()],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
