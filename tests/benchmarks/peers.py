"""What an active test costs with `sentry_sdk`, beside the ways in which it is done without this plugin.

Run `python tests/benchmarks/peers.py [REPETITIONS]`, with Python 3.12 or later to have pytest-sentry-capture among
them. Each row is a file of many tests; the first tests warm up, and the CPU time of the process and its children is
read before and after the others. All rows are measured in alternation, in one run.

"Its own work" is the same event sent by `sentry_sdk` into a transport that does nothing, with no fixture at all: what
is beyond that is the price of capturing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from _measure import alternate, environment, process_cpu_s, write_table

MANY, FEW = 1000, 60
WARM_UP = 10
REQUIREMENTS = ("pytest>=8", "msgspec>=0.19", "sentry-sdk>=2")
PEER = "pytest-sentry-capture"
PEER_NEEDS = (3, 12)
OFF = ("-p", "no:errortrack")

CLOCK = """
import resource

warming_up = {warm_up}

def cpu_s():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)

def pytest_runtest_logstart():
    global warming_up, started
    warming_up -= 1
    if warming_up == -1:
        started = cpu_s()

def pytest_sessionfinish():
    with open("spent", "w") as file:
        file.write(str(cpu_s() - started))
"""

PLAIN = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_plain(number):
    assert number >= 0
"""

APPLICATION = """
import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

class Nowhere(Transport):
    def capture_envelope(self, envelope):
        pass

sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=Nowhere)
"""

UNUSED = (
    APPLICATION
    + """
@pytest.mark.parametrize("number", range({tests}))
def test_unused(number):
    assert number >= 0
"""
)

OWN_WORK = (
    APPLICATION
    + """
@pytest.mark.parametrize("number", range({tests}))
def test_own_work(number):
    sentry_sdk.capture_message(f"message {{number}}", level="error")
"""
)

OURS_IDLE = (
    APPLICATION
    + """
@pytest.mark.parametrize("number", range({tests}))
def test_ours(captured_events, number):
    assert not captured_events
"""
)

OURS = (
    APPLICATION
    + """
@pytest.mark.parametrize("number", range({tests}))
def test_ours(captured_events, number):
    sentry_sdk.capture_message(f"message {{number}}", level="error")
    assert captured_events[0].message == f"message {{number}}"
"""
)

THEIRS = """
import pytest
import sentry_sdk

@pytest.mark.parametrize("number", range({tests}))
def test_theirs(sentry_capture, number):
    sentry_sdk.capture_message(f"message {{number}}", level="error")
    sentry_capture.flush()
    [event] = sentry_capture.get_events()
    assert event["message"] == f"message {{number}}"
"""

BY_HAND = """
import pytest
import sentry_sdk
from sentry_sdk.transport import Transport

class Ignoring(Transport):
    def capture_envelope(self, envelope):
        pass

@pytest.fixture
def sentry_init():
    before = sentry_sdk.get_global_scope().client
    def init(**options):
        options.setdefault("transport", Ignoring())
        sentry_sdk.get_global_scope().set_client(sentry_sdk.Client(dsn="http://key@127.0.0.1:9/1", **options))
    yield init
    sentry_sdk.get_global_scope().set_client(before)

@pytest.fixture
def capture_events(monkeypatch):
    def start():
        events = []
        transport = sentry_sdk.get_client().transport
        send = transport.capture_envelope
        def capture(envelope):
            events.extend(item.payload.json for item in envelope if item.type == "event")
            return send(envelope)
        monkeypatch.setattr(transport, "capture_envelope", capture)
        return events
    return start

@pytest.mark.parametrize("number", range({tests}))
def test_by_hand(sentry_init, capture_events, number):
    sentry_init()
    events = capture_events()
    sentry_sdk.capture_message(f"message {{number}}", level="error")
    assert events[0]["message"] == f"message {{number}}"
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of test file.

    Attributes:
        label: what the table calls it.
        source: the file.
        python: the environment that it runs in.
        tests: how many tests it has.
        options: options of pytest.
    """

    label: str
    source: str
    python: Path
    tests: int = MANY
    options: tuple[str, ...] = ()

    def cpu_ms(self, folder: Path) -> float:
        """Run the file; return the CPU milliseconds of one test."""
        folder.mkdir(exist_ok=True)
        (folder / "conftest.py").write_text(CLOCK.format(warm_up=WARM_UP), encoding="utf-8")
        (folder / "test_generated.py").write_text(self.source.format(tests=WARM_UP + self.tests), encoding="utf-8")
        process_cpu_s([self.python, "-m", "pytest", "-q", *self.options], cwd=folder)
        return float((folder / "spent").read_text(encoding="utf-8")) / self.tests * 1000


def rows() -> list[Row]:
    """Return the rows of the table."""
    without = environment("peers-without", *REQUIREMENTS)
    project = environment("peers-project", *REQUIREMENTS, project=True)
    found = [
        Row("a test, plugin not installed", PLAIN, without),
        Row("a test, plugin installed, not used", PLAIN, project),
        Row("a test in an application with `sentry_sdk`, plugin not installed", UNUSED, without),
        Row("the same, plugin installed, not used", UNUSED, project),
        Row("one event, its own work - no fixture, no-op transport", OWN_WORK, project, options=OFF),
        Row("`captured_events`, no event", OURS_IDLE, project),
        Row("`captured_events`, one event", OURS, project),
        Row("copied `sentry_init` and `capture_events`, one event", BY_HAND, project, FEW, OFF),
    ]
    if sys.version_info >= PEER_NEEDS:
        theirs = environment("peers-capture", "pytest>=9,<10", "sentry-sdk>=2.64,<3", PEER)
        found.append(Row(f"`sentry_capture` of {PEER}, one event", THEIRS, theirs, FEW))
    return found


def main(repetitions: int) -> None:
    """Measure every row and write one table."""
    measured = rows()
    with tempfile.TemporaryDirectory() as name:
        variants = {row.label: partial(row.cpu_ms, Path(name) / str(number)) for number, row in enumerate(measured)}
        per_test = alternate(variants, repetitions=repetitions)
    base = per_test[measured[2].label]
    own_work = per_test[measured[4].label]
    write_table(
        f"An active test with `sentry_sdk`, Python {sys.version.split()[0]}, CPU time, "
        f"median of {repetitions} alternating runs",
        ("test", "ms per test", "more than the unused application, ms", "more than its own work, ms"),
        [
            (label, statistics.median(values), _difference(values, base), _difference(values, own_work))
            for label, values in per_test.items()
        ],
    )
    if sys.version_info < PEER_NEEDS:
        sys.stdout.write(f"\n{PEER} does not install on Python {sys.version.split()[0]}: it needs 3.12.\n")


def _difference(values: list[float], base: list[float]) -> float:
    return statistics.median(value - under for value, under in zip(values, base, strict=True))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
