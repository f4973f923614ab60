"""How the calls of a captured sequence grow with the number of events in it: from 1,000 to 10,000.

Run `python tests/benchmarks/many_events.py [REPETITIONS]`. A call whose time is linear in their number has a growth of
about 10. "fails" is the same call where it fails, the composing of its message included.
"""

from __future__ import annotations

import contextlib
import gc
import statistics
import sys
import time
from typing import TYPE_CHECKING

from _measure import write_table

from pytest_errortrack.assertions import CapturedEvents, Recorder
from pytest_errortrack.sdk import Envelope, Item

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE = 1_000, 10_000

CALLS: dict[str, Callable[[CapturedEvents, str], object]] = {
    "one(message=, tags=)": lambda events, message: events.one(message=message, tags={"tenant": "acme"}),
    "one(exception=, frames=)": lambda events, message: events.one(message=message, frames=["charge"]),
    "one(breadcrumbs=)": lambda events, message: events.one(message=message, breadcrumbs=["a", "b"]),
    "one(not_contains=)": lambda events, message: events.one(message=message, not_contains="hunter2hunter2"),
    "matching(count=1)": lambda events, message: events.matching(message=message, count=1),
    "none()": lambda events, message: events.none(message=f"not {message}" if message != "nothing" else "report 5"),
    "wait_for(timeout=0)": lambda events, message: events.wait_for(message=message, timeout=0),
    "assert_ordered()": lambda events, message: events.assert_ordered([{"message": "report 1"}, {"message": message}]),
    "iteration": lambda events, _: list(events),
}


def recorded(count: int) -> CapturedEvents:
    """Record events with an exception, two breadcrumbs and some tags each."""
    recorder = Recorder()
    for number in range(count):
        payload = (
            f'{{"event_id":"{number:032x}","level":"error","tags":{{"tenant":"acme","n":"{number}"}},'
            f'"breadcrumbs":{{"values":[{{"message":"a"}},{{"message":"b"}}]}},'
            f'"exception":{{"values":[{{"type":"PaymentError","module":"shop","value":"report {number}",'
            f'"stacktrace":{{"frames":[{{"function":"charge","in_app":true}}]}}}}]}}}}'
        )
        recorder.receive(Envelope({}, (Item({"type": "event"}, payload.encode()),)).serialize(), sdk="native")
    return CapturedEvents(lambda: recorder)


def milliseconds(call: Callable[[], object], *, repetitions: int) -> float:
    """Return the median CPU time of a call, whether it fails or not."""
    times = []
    for _ in range(repetitions):
        gc.collect()
        start = time.process_time()
        with contextlib.suppress(AssertionError):  # its time is what is asked for
            call()
        times.append((time.process_time() - start) * 1e3)
    return statistics.median(times)


def main() -> None:
    """Measure and print."""
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    small, large = recorded(SMALL), recorded(LARGE)
    rows = []
    for name, call in CALLS.items():
        for ending, message in (("", "report 700"), (", fails", "nothing")):
            if name == "iteration" and ending:
                continue
            times = [
                milliseconds(lambda events=events, m=message, ask=call: ask(events, m), repetitions=repetitions)  # type: ignore[misc]
                for events in (small, large)
            ]
            rows.append((name + ending, *times, times[1] / times[0]))
    write_table("CPU milliseconds", ("call", f"{SMALL:,} events", f"{LARGE:,} events", "growth"), rows)


if __name__ == "__main__":
    main()
