from __future__ import annotations

import pytest
from report_records import event, finding, interleaved, record

from pytest_errortrack.reporting._bounds import MOST_BYTES, MOST_NODEID, bounded
from pytest_errortrack.reporting._record import Step, canonical, read_record, written


def test_a_small_record_is_left_as_it_is():
    """Nothing is lost where there is room."""
    small = record(events=[event(tags={"tenant": "acme"})], findings=[finding()], interleaving=interleaved())

    assert bounded(small) == small


@pytest.mark.parametrize(
    "large",
    [
        record(events=[event(f"message {number}") for number in range(100_000)]),
        record(events=[event("x" * 3_000_000)]),
        record(events=[event(extra={f"key {number}": "v" * 100 for number in range(50_000)})]),
        record(findings=[finding("E   x\n" * 200_000)]),
        record(interleaving=interleaved(steps=[Step(actor=0, text="y" * 500, number=n) for n in range(5_000)])),
        record(nodeid="test_x.py::test[" + "p" * 1_000_000 + "]"),
    ],
    ids=["many events", "a huge message", "a huge mapping", "a huge failure", "many steps", "a huge node id"],
)
def test_a_large_record_fits_and_says_what_was_cut(large):
    """Whatever was captured, a record is at most 256 KiB; what is missing is counted, and something is left."""
    small = bounded(large)

    assert len(canonical(small)) <= MOST_BYTES
    assert len(small.events) + small.cut.get("events", 0) == len(large.events)
    assert bool(small.events) == bool(large.events)
    assert small.cut or len(large.nodeid) > MOST_NODEID or small.interleaving != large.interleaving
    assert read_record(written(small)) == small


def test_the_last_events_are_kept_as_well_as_the_first():
    """Of a flood one sees how it began and what it came to."""
    small = bounded(record(events=[event(f"message {number} {'z' * 500}") for number in range(5_000)]))

    said = [each["payload"]["message"].split()[1] for each in small.events]
    assert said[0] == "0"
    assert said[-1] == "4999"


def test_the_innermost_frames_are_kept():
    """Of a deep recursion the end is kept: that is where it happened."""
    frames = [{"function": f"f{number}", "lineno": number} for number in range(20_000)]
    small = bounded(record(events=[event(exception={"values": [{"stacktrace": {"frames": frames}}]})]))

    kept = small.events[0]["payload"]["exception"]["values"][0]["stacktrace"]["frames"]
    assert kept[-1]["function"] == "f19999"
    assert kept[0]["function"] == "f0"
    assert any(isinstance(each, str) and "more" in each for each in kept)
    assert small.cut["texts"]


def test_the_end_of_a_failure_is_kept():
    """A failure says what happened at its end."""
    small = bounded(record(findings=[finding("head\n" + "x\n" * 300_000 + "E   the point")]))

    (found,) = small.findings
    assert found.text.startswith("head")
    assert found.text.endswith("E   the point")
    assert "characters left out" in found.text


def test_node_ids_stay_different_when_they_are_shortened():
    """Two tests are two tests, however long the names of their parameters are."""
    first, second = (bounded(record(nodeid="t" * 5_000 + end)).nodeid for end in "ab")

    assert first != second
    assert len(first) < MOST_NODEID + 100


@pytest.mark.parametrize("name", ["password", "db_password", "apiKey", "Authorization", "session_id"])
def test_secrets_are_masked_by_their_names(name):
    """A report is kept and shown to others: the value of a secret is not in it, wherever it stood."""
    payload = {"extra": {name: "hunter2", "deep": [{name: "hunter2"}]}, "request": {"headers": {name: "hunter2"}}}
    line = written(bounded(record(events=[event(**payload)])))

    assert line.count(f'"{name}":"***"') == 3
    assert "hunter2" not in line


def test_secrets_are_masked_by_the_looks_of_a_text():
    """So it is with what a failure prints, and with the credentials of a URL; all else is left."""
    text = "connect(password='hunter2') to https://user:hunter2@example.org/ failed"
    small = bounded(record(events=[event(text)], findings=[finding(text)]))

    assert "hunter2" not in written(small)
    assert "example.org" in small.findings[0].text


def test_texts_that_no_file_can_hold_are_replaced():
    """Halves of surrogate pairs come from the names of files; a report can be written all the same."""
    small = bounded(record(nodeid="test_\udcff.py::test", events=[event("bad \ud800 name", extra={"\udc00": 2**90})]))

    assert read_record(written(small)) == small
    assert small.events[0]["payload"]["message"] == "bad ? name"


def test_counts_of_what_was_cut_before_are_kept():
    """A record that is bounded twice still tells how much was there."""
    once = bounded(record(events=[event(f"{number} {'z' * 900}") for number in range(3_000)], cut={"events": 7}))
    twice = bounded(once)

    assert len(twice.events) + twice.cut["events"] == 3_007
