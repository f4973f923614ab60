from __future__ import annotations

import json

import pytest
from report_records import event, finding, interleaved, record

from pytest_errortrack.reporting._record import SCHEMA, ReportError, read_record, written


def test_a_record_reads_back_as_it_was_written():
    """One line of JSON holds everything."""
    full = record(
        outcome="failed",
        attempt=2,
        worker="gw1",
        duration=0.25,
        seed="7",
        findings=[finding()],
        interleaving=interleaved(),
        events=[event(tags={"tenant": "acme"})],
        dropped=[{"reason": "before_send", "category": "error", "quantity": 2}],
        cut={"events": 3},
    )

    line = written(full)

    assert "\n" not in line
    assert read_record(line) == full


def test_a_record_begins_with_its_schema():
    """Whoever opens the file sees first which version it is of."""
    assert written(record()).startswith(f'{{"schema":{SCHEMA},"nodeid":')


def test_equal_records_are_equal_bytes():
    """The order in which an application filled a mapping makes no difference."""
    first = record(events=[event(tags={"a": "1", "b": "2"})])
    second = record(events=[event(tags={"b": "2", "a": "1"})])

    assert written(first) == written(second)


COMPLETE = '{"schema": 1, "nodeid": "x", "outcome": "passed", "run": {"id": "r"}'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON"),
        ("[]", "has no 'schema'"),
        ('{"nodeid": "x"}', "has no 'schema'"),
        ('{"schema": 2, "nodeid": "x"}', "schema version 2; this version of pytest-errortrack reads 1"),
        ('{"schema": true, "nodeid": "x"}', "schema version True"),
        ('{"schema": 1, "nodeid": "x"}', "missing required field `outcome`"),
        ('{"schema": 1, "nodeid": 1, "outcome": "passed", "run": {"id": "r"}}', r"got `int` - at `\$.nodeid`"),
        ('{"schema": 1, "nodeid": "x", "outcome": "passed", "run": {"id": "r"}, "events": [1]}', r"\$.events\[0\]"),
        (f'{COMPLETE}, "cut": {{"events": -3}}}}', "its 'cut' says that -3 of 'events' were left out"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(line, message):
    """The message names what is wrong, and where."""
    with pytest.raises(ReportError, match=message):
        read_record(line)


def test_a_record_of_another_reader_may_say_more():
    """A name that this version does not know is passed over: a later one of the same schema may add some."""
    line = json.loads(written(record())) | {"added_later": 1}

    assert read_record(json.dumps(line)) == record()
