from __future__ import annotations

import json
import sys

import pytest
from report_records import RUN, event, record

from pytest_errortrack.reporting._document import Document, jsonl_text
from pytest_errortrack.reporting._record import Run, written
from pytest_errortrack.reporting.cli import main
from pytest_errortrack.reporting.merging import ReportError, merge, read_report, write_report

OTHER = Run(id="r2", started=1_700_000_100.0, python="3.12.1", platform="darwin")


@pytest.fixture
def shards(tmp_path):
    """Two shards of a CI matrix, as two jobs left them."""
    first, second = tmp_path / "linux.jsonl", tmp_path / "macos.jsonl"
    first.write_bytes(jsonl_text(Document.of([record(events=[event()]), record("test_b.py::test_b")])))
    second.write_bytes(jsonl_text(Document.of([record(run=OTHER, outcome="failed")])))
    return first, second


@pytest.mark.parametrize("suffix", [".html", ".json", ".jsonl"])
def test_the_command_joins_shards(shards, tmp_path, capsys, suffix):
    """`errortrack merge` writes each kind of report by its name and says what is in it."""
    output = tmp_path / "out" / f"all{suffix}"

    status = main(["merge", *map(str, shards), "-o", str(output)])

    assert status == 0
    assert f"{output}: 2 runs, 3 attempts at 3 tests, 1 event, 0 transactions" in capsys.readouterr().out
    assert output.stat().st_size > 100


def test_what_was_joined_can_be_joined_again(shards, tmp_path):
    """A joined report is a report: `.json` and `.jsonl` can both be given, also together with their parts."""
    whole, lines, again = tmp_path / "all.json", tmp_path / "all.jsonl", tmp_path / "again.json"
    main(["merge", *map(str, shards), "-o", str(whole)])
    main(["merge", *map(str, shards), "-o", str(lines)])

    main(["merge", str(lines), str(whole), str(shards[1]), "-o", str(again)])

    assert again.read_bytes() == whole.read_bytes()


def test_a_report_may_be_joined_into_itself(shards):
    """The output may be one of the inputs: it is read before it is replaced."""
    main(["merge", *map(str, shards), "-o", str(shards[0])])

    assert len(read_report(shards[0]).records) == 3


def test_runs_without_tests_are_remembered(tmp_path):
    """A job that ran nothing is seen in the joined report."""
    empty = tmp_path / "empty.json"
    write_report(empty, Document.of([], runs=[OTHER]))

    joined = merge(read_report(empty), Document.of([record()]))

    assert [run.id for run in joined.runs] == [RUN.id, OTHER.id]


def test_a_shard_that_a_shell_wrote_may_begin_with_a_byte_order_mark(shards):
    """As some write it; lines may end as there, too."""
    content = shards[0].read_bytes()
    shards[1].write_bytes(b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"))

    assert read_report(shards[1]).records == read_report(shards[0]).records


def test_the_counts_of_a_document():
    """The head of a `.json` counts tests, attempts, outcomes and reports, also those that were cut."""
    document = Document.of(
        [
            record(outcome="failed", events=[event()], cut={"events": 4}),
            record(attempt=2, started=1_700_000_009.0),
            record(late=True, events=[event(), event()]),
            record(run=OTHER),
        ]
    )

    assert document.counts() == {
        "tests": 2,
        "attempts": 3,
        "failed": 1,
        "passed": 2,
        "events": 7,
        "transactions": 0,
        "late": 2,
    }


def test_a_line_that_was_cut_short_is_passed_over_and_told(shards, capsys, tmp_path):
    """A killed process leaves half a line: the rest of the report is there, and one line says so."""
    whole = shards[0].read_bytes()
    shards[0].write_bytes(whole[:-40])

    status = main(["merge", str(shards[0]), "-o", str(tmp_path / "all.json")])

    assert status == 0
    assert f"{shards[0]}: line 2 is cut short and was passed over" in capsys.readouterr().err
    assert len(read_report(tmp_path / "all.json").records) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"schema": 99}\n', "line 1: it is of schema version 99; this version of pytest-errortrack reads 1"),
        (b'{"schema": 99}', "line 1: it is of schema version 99"),
        (b"half a li\n" + written(record()).encode() + b"\n", "line 1: it is no JSON"),
        (b"\xff\xfe\n", "line 1: it is no JSON"),
    ],
)
def test_another_version_and_foreign_content_are_refused_by_name(tmp_path, capsys, content, message):
    """The file, the line and what is wrong are named; nothing is written."""
    shard, output = tmp_path / "shard.jsonl", tmp_path / "all.json"
    shard.write_bytes(content)

    status = main(["merge", str(shard), "-o", str(output)])

    assert status == 1
    assert f"errortrack merge: {shard}, {message}" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "it is no JSON"),
        (b"[]", "has no 'schema'"),
        (json.dumps({"schema": 3, "records": []}).encode(), "schema version 3"),
        (b'{"schema": 1}', "has no list 'records'"),
        (b'{"schema": 1, "records": [{"schema": 1}]}', "it is no record"),
        (b'{"schema": 1, "records": [], "runs": [1]}', "its runs cannot be read"),
    ],
)
def test_a_json_that_is_no_report_is_refused(tmp_path, content, message):
    """As for single lines: the file and the reason are named."""
    path = tmp_path / "report.json"
    path.write_bytes(content)

    with pytest.raises(ReportError, match=message) as caught:
        read_report(path)

    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_or_written_are_named(tmp_path, shards, capsys):
    """A missing input, an output in no folder that can be made, and a name without a kind."""
    missing, blocked = tmp_path / "missing.jsonl", shards[0] / "below" / "a.json"

    assert main(["merge", str(missing), "-o", str(tmp_path / "a.json")]) == 1
    assert main(["merge", str(shards[0]), "-o", str(blocked)]) == 1
    assert main(["merge", str(shards[0]), "-o", str(tmp_path / "a.txt")]) == 1

    said = capsys.readouterr().err.splitlines()
    assert f"{missing}: No such file or directory" in said[0]
    assert str(blocked) in said[1]
    assert "a.txt ends in none of .html, .json, .jsonl" in said[2]


def test_a_page_without_jinja2_names_the_install(tmp_path, shards, capsys, monkeypatch):
    """The extra is named before any work is done; the other kinds need none."""
    monkeypatch.setitem(sys.modules, "jinja2", None)

    assert main(["merge", str(shards[0]), "-o", str(tmp_path / "a.html")]) == 1
    assert main(["merge", str(shards[0]), "-o", str(tmp_path / "a.json")]) == 0

    assert "pip install 'pytest-errortrack[report]'" in capsys.readouterr().err


def test_a_report_that_cannot_be_replaced_leaves_no_draft(tmp_path):
    """What cannot be written says why, and leaves nothing half-written beside it."""
    path = tmp_path / "report.json"
    (path / "within").mkdir(parents=True)

    with pytest.raises(ReportError, match=r"report\.json: "):
        write_report(path, Document.of([record()]))

    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_a_merge_of_nothing_whole_fails(tmp_path, capsys):
    """Where all that was read is damaged, nothing is written and the exit code says so."""
    cut, output = tmp_path / "cut.jsonl", tmp_path / "all.html"
    cut.write_text('{"schema": 1, "nodeid": "test_a.py::te', encoding="utf-8")

    assert main(["merge", str(cut), "-o", str(output)]) == 1
    assert "no whole record is left" in capsys.readouterr().err
    assert not output.exists()
