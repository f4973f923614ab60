from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from report_records import RUN, event, record

from pytest_errortrack.reporting._document import Document, document_of, json_text, jsonl_text, merge
from pytest_errortrack.reporting._html import page
from pytest_errortrack.reporting._record import Run, read_record
from pytest_errortrack.sdk.protocol import decode

RUNS = [RUN, Run(id="r2", started=1_700_000_000.0, python="3.12.1"), Run(id="r0", started=1_800_000_000.0)]
RECORDS = st.builds(
    record,
    nodeid=st.sampled_from(["test_a.py::test_one", "test_a.py::test_two", "test_b.py::test_one"]),
    outcome=st.sampled_from(["passed", "failed", "skipped"]),
    run=st.sampled_from(RUNS),
    attempt=st.integers(1, 2),
    worker=st.sampled_from(["", "gw0"]),
    late=st.booleans(),
    events=st.lists(st.builds(event, st.sampled_from(["a", "b", "<b>"])), max_size=2),
)
SHARDS = st.lists(st.lists(RECORDS, max_size=4).map(Document.of), min_size=1, max_size=4)


@given(shards=SHARDS, seed=st.integers(), again=st.lists(st.integers(0, 3)))
def test_order_and_repetition_of_shards_make_no_difference(shards, seed, again):
    """Any permutation of the shards, any of them given again, is the same report byte for byte."""
    expected = merge(*shards)
    others = [*shards, *(shards[number % len(shards)] for number in again)]
    random.Random(seed).shuffle(others)  # noqa: S311 - no secret hangs on it

    actual = merge(*others)

    assert jsonl_text(actual) == jsonl_text(expected)
    assert json_text(actual) == json_text(expected)
    assert page(actual) == page(expected)


@given(shards=SHARDS)
def test_joining_in_steps_is_joining_at_once(shards):
    """Shards may be joined per job first and across jobs then, through files of either kind."""
    expected = merge(*shards)

    stepwise = Document.of([])
    for shard in shards:
        stepwise = document_of(decode(json_text(merge(stepwise, shard))))
    through_lines = Document.of(map(read_record, jsonl_text(expected).splitlines()), runs=expected.runs)

    assert json_text(stepwise) == json_text(expected)
    assert json_text(through_lines) == json_text(expected)


@given(shards=SHARDS)
def test_no_attempt_is_lost(shards):
    """Every attempt of every shard is in the joined report, once."""
    joined = [each.key for each in merge(*shards).records]

    assert sorted(joined) == sorted({each.key for shard in shards for each in shard.records})
