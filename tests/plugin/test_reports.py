from __future__ import annotations

import json
import re
import sys
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from pytest_errortrack.reporting._record import read_record
from pytest_errortrack.reporting.merging import read_report

SUITE = """
    import pytest
    from pytest_errortrack import sdk

    def test_passing():
        sdk.set_tag("tenant", "acme")
        sdk.set_extra("password", "hunter" + str(2))  # not in the source that the page shows
        sdk.add_breadcrumb(message="cart priced")
        try:
            raise KeyError("id")
        except KeyError as error:
            sdk.capture_exception(error)

    @pytest.mark.errortrack(traces_sample_rate=1.0)
    def test_failing():
        with sdk.start_transaction(name="checkout", op="task"), sdk.start_span(op="db", description="SELECT 1"):
            sdk.capture_message("from the failing one", level="warning")
        assert False, "as it must"

    @pytest.fixture
    def broken():
        yield
        raise RuntimeError("teardown broke")

    def test_with_a_broken_teardown(broken):
        pass

    @pytest.mark.skip(reason="not today")
    def test_skipped():
        pass

    @pytest.mark.xfail(strict=True)
    def test_expected_to_fail():
        assert False

    @pytest.mark.xfail(strict=False)
    def test_unexpectedly_passing():
        pass
"""


def summary_of(document):
    """What must not depend on how the tests were run: test, attempt, outcome and titles, in no order."""
    return Counter(
        (record.nodeid, record.attempt, record.outcome, tuple(event["title"] for event in record.events), record.late)
        for record in document.records
    )


def test_a_run_writes_all_kinds_of_reports(pytester):
    """Each attempt is in each of the files, with how it ended, what it captured and why it failed."""
    pytester.makepyfile(test_suite=SUITE)

    result = pytester.runpytest_subprocess(
        *("--errortrack-report", "out/run.jsonl"),
        *("--errortrack-report", "out/run.json"),
        *("--errortrack-report", "run.html"),
        "--errortrack-strict=off",
    )

    result.assert_outcomes(passed=2, failed=1, errors=1, skipped=1, xfailed=1, xpassed=1)
    result.stdout.fnmatch_lines(["*run.jsonl (6 attempts at 6 tests, 2 events, 1 transaction)", "*run.html (6 *"])
    lines, whole = (read_report(pytester.path / "out" / name) for name in ("run.jsonl", "run.json"))
    assert lines.records == whole.records
    records = {record.nodeid.partition("::")[2]: record for record in whole.records}
    assert {name: record.outcome for name, record in records.items()} == {
        "test_passing": "passed",
        "test_failing": "failed",
        "test_with_a_broken_teardown": "failed",
        "test_skipped": "skipped",
        "test_expected_to_fail": "xfailed",
        "test_unexpectedly_passing": "xpassed",
    }
    (event,) = records["test_passing"].events
    assert event["title"] == "error KeyError: 'id'"
    assert event["payload"]["tags"] == {"tenant": "acme"}
    assert event["captured_at"].endswith("test_suite.py:11")
    assert event["payload"]["extra"] == {"password": "***"} or event["payload"]["extra"] == {"password": "[Filtered]"}
    assert [crumb["message"] for crumb in records["test_passing"].breadcrumbs] == ["cart priced"]
    failing = records["test_failing"]
    assert [span["description"] for span in failing.transactions[0]["payload"]["spans"]] == ["SELECT 1"]
    assert [found.when for found in failing.findings] == ["call"]
    assert "AssertionError: as it must" in failing.findings[0].text
    assert failing.duration > 0
    assert failing.started > whole.runs[0].started - 1
    assert [
        (found.when, "teardown broke" in found.text) for found in records["test_with_a_broken_teardown"].findings
    ] == [("teardown", True)]
    page = (pytester.path / "run.html").read_text(encoding="utf-8")
    assert "from the failing one" in page
    assert "hunter2" not in page


def test_nobody_who_asks_for_no_report_gets_one(pytester):
    """Without the option there is no file, no word in the summary and no property."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_it(captured_events):
            sdk.capture_message("one")
            assert len(captured_events) == 1
    """)
    pytester.makeconftest("""
        def pytest_runtest_logreport(report):
            assert not report.user_properties
            assert not [name for name in vars(report) if name.startswith("errortrack")]
    """)

    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*errortrack reports*")
    assert not [path.name for path in pytester.path.iterdir() if path.suffix in {".html", ".json", ".jsonl", ".xml"}]


def test_junit_files_name_what_was_captured(pytester):
    """Each test that captured something has its number and titles as properties, bounded; the others have none."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_some(captured_events):
            try:
                raise ValueError("<x> & ]]>")
            except ValueError as error:
                sdk.capture_exception(error)

        def test_many(captured_events):
            for number in range(1_000):
                sdk.capture_message(f"message {number} " + "long " * 20)
            assert len(captured_events) == 1_000

        def test_none(captured_events):
            assert not captured_events
    """)

    pytester.runpytest_subprocess("--junitxml=junit.xml", "-W", "ignore")

    cases = ET.parse(pytester.path / "junit.xml").getroot().iter("testcase")  # noqa: S314 - our own file
    found = {
        case.get("name"): {each.get("name"): each.get("value") for each in case.iter("property")} for case in cases
    }
    assert found["test_some"] == {"errortrack_events": "1", "errortrack_titles": "error ValueError: <x> & ]]>"}
    assert found["test_many"]["errortrack_events"] == "1000"
    assert found["test_many"]["errortrack_titles"].endswith("; 990 more")
    assert len(found["test_many"]["errortrack_titles"]) < 600
    assert found["test_none"] == {}


@pytest.mark.parametrize("name", ["taken/report.html", "taken/report.jsonl", "taken/report.json"])
def test_a_file_that_cannot_be_written_is_told_before_any_test_runs(pytester, name):
    """A path below a file is a usage error that names it, and nothing has run."""
    pytester.makepyfile("def test_it(): open('ran', 'w').close()")
    (pytester.path / "taken").write_text("a file")

    result = pytester.runpytest_subprocess(f"--errortrack-report={name}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --errortrack-report: *{name}: *"])
    assert not (pytester.path / "ran").exists()


def test_a_page_without_its_extra_is_told_before_any_test_runs(pytester):
    """Without jinja2 a page is a usage error that names the install; the other kinds need none."""
    pytester.makepyfile("def test_it(): pass")
    hide = "import sys; sys.modules['jinja2'] = None; import pytest; raise SystemExit(pytest.main(sys.argv[1:]))"

    def run(name):
        return pytester.run(sys.executable, "-c", hide, "-p", "no:cacheprovider", f"--errortrack-report={name}")

    refused = run("report.html")

    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["*pip install 'pytest-errortrack?report?'*"])
    assert run("report.json").ret == pytest.ExitCode.OK


def test_looking_at_tests_alone_leaves_an_older_report_as_it_is(pytester):
    """`--collect-only` runs nothing, so it has nothing to write."""
    pytester.makepyfile("def test_it(): pass")
    older = pytester.path / "report.jsonl"
    older.write_text("older\n")

    pytester.runpytest_subprocess("--errortrack-report=report.jsonl", "--collect-only")

    assert older.read_text() == "older\n"


def test_a_new_run_replaces_the_report_of_the_last_one(pytester):
    """A report is of one run: what stood there is gone."""
    pytester.makepyfile("def test_it(): pass")

    for _ in range(2):
        pytester.runpytest_subprocess("--errortrack-report=report.jsonl", "--errortrack-report=report.json")

    assert len(read_report(pytester.path / "report.jsonl").records) == 1
    assert len(read_report(pytester.path / "report.json").runs) == 1


def test_a_killed_run_keeps_what_had_finished(pytester):
    """Each line of a `.jsonl` is there when its test has ended."""
    pytester.makepyfile("""
        import os
        from pytest_errortrack import sdk

        def test_first():
            sdk.capture_message("first")

        def test_second():
            os._exit(3)
    """)

    result = pytester.runpytest_subprocess("--errortrack-report=report.jsonl")

    assert result.ret == 3
    (record,) = read_report(pytester.path / "report.jsonl").records
    assert [event["title"] for event in record.events] == ["info 'first'"]


def test_a_worker_that_dies_takes_nothing_with_it_that_had_finished(pytester):
    """With pytest-xdist the test that killed its worker is a record as well, and all others are there."""
    pytester.makepyfile("""
        import os, pytest
        from pytest_errortrack import sdk

        @pytest.mark.parametrize("number", range(6))
        def test_before(number):
            sdk.capture_message(f"message {number}")

        def test_deadly():
            os._exit(3)
    """)

    pytester.runpytest_subprocess("-n1", "--errortrack-report=report.jsonl", "--errortrack-report=report.html")

    records = {
        record.nodeid.partition("::")[2]: record for record in read_report(pytester.path / "report.jsonl").records
    }
    assert sorted(event["title"] for record in records.values() for event in record.events) == [
        f"info 'message {number}'" for number in range(6)
    ]
    deadly = records["test_deadly"]
    assert (deadly.outcome, deadly.worker) == ("crashed", "gw0")
    assert "crashed while running" in deadly.findings[0].text
    assert "crashed while running" in (pytester.path / "report.html").read_text(encoding="utf-8")


def test_each_attempt_of_a_rerun_test_is_a_record(pytester):
    """What the first attempt captured is not the second one's; the page says that the test is flaky."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        attempts = []

        def test_flaky():
            attempts.append(1)
            sdk.capture_message(f"attempt {len(attempts)}")
            assert len(attempts) == 3, "too early"
    """)

    result = pytester.runpytest_subprocess(
        "--reruns=3", "--errortrack-report=report.json", "--errortrack-report=report.html"
    )

    result.assert_outcomes(passed=1)
    records = read_report(pytester.path / "report.json").records
    assert [(each.attempt, each.outcome, [event["title"] for event in each.events]) for each in records] == [
        (1, "failed", ["info 'attempt 1'"]),
        (2, "failed", ["info 'attempt 2'"]),
        (3, "passed", ["info 'attempt 3'"]),
    ]
    page = (pytester.path / "report.html").read_text(encoding="utf-8")
    assert re.search(r'data-outcome="flaky"', page)


LATE = """
    import threading
    from pytest_errortrack import sdk

    gate = threading.Event()
    threads = []

    def report():
        gate.wait(10)
        sdk.capture_message("too late", level="error")

    def test_starts_a_thread():
        threads.append(threading.Thread(target=report))
        threads[0].start()

    def test_after_it():
        gate.set()
        threads[0].join()
"""


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n1",), marks=pytest.mark.slow)], ids=["alone", "xdist"])
def test_a_late_report_is_a_record_of_its_test(pytester, arguments):
    """What comes after the end of its test is marked late, and no other test's."""
    pytester.makepyfile(LATE)

    pytester.runpytest_subprocess("--errortrack-report=report.jsonl", *arguments)

    records = read_report(pytester.path / "report.jsonl").records
    said = {(each.nodeid.partition("::")[2], each.late): [event["title"] for event in each.events] for each in records}
    assert said == {
        ("test_starts_a_thread", False): [],
        ("test_starts_a_thread", True): ["error 'too late'"],
        ("test_after_it", False): [],
    }


@pytest.mark.neighbours("hypothesispytest")
def test_an_interleaving_is_kept_step_by_step(pytester):
    """The shrunk schedule, its actors and its token are in the record; a pass keeps its claim; a seed is told."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk
        from pytest_errortrack.interleave import interleaved

        def handle(hub, name):
            with hub.configure_scope() as scope:
                scope.set_tag("request", name)
            hub.capture_message("failed")

        @interleaved
        def test_mixed(interleaving, captured_events):
            hub = sdk.Hub.current.clone()
            interleaving.run(A=lambda: handle(hub, "A"), B=lambda: handle(hub, "B"))
            captured_events.assert_isolated()

        @interleaved(max_preemptions=1)
        def test_repaired(interleaving, captured_events):
            hub = sdk.Hub.current
            interleaving.run(A=lambda: handle(hub.clone(), "A"), B=lambda: handle(hub.clone(), "B"))
            captured_events.assert_isolated()
    """)

    result = pytester.runpytest_subprocess("--errortrack-report=report.json", "--hypothesis-seed=7")

    result.assert_outcomes(passed=1, failed=1)
    mixed, repaired = (each.interleaving for each in read_report(pytester.path / "report.json").records)
    assert (mixed.failed, mixed.preemptions, mixed.actors) == (True, 1, ["A", "B"])
    numbered = [step for step in mixed.steps if step.number is not None]
    assert [step.number for step in numbered] == list(range(1, len(numbered) + 1))
    assert {step.actor for step in numbered} == {0, 1}
    assert any("preempted" in step.text for step in mixed.steps)
    replayed = pytester.runpytest_subprocess("--errortrack-replay", mixed.token)
    replayed.assert_outcomes(failed=1)
    assert repaired.summary.startswith("complete: <= 1 preemption")
    assert (repaired.failed, repaired.steps) == (False, [])
    assert {each.seed for each in read_report(pytester.path / "report.json").records} == {"7"}


PROJECT = """
    import pytest
    from pytest_errortrack import sdk

    attempts = {}

    def count(name):
        attempts[name] = attempts.get(name, 0) + 1
        return attempts[name]

    @pytest.mark.parametrize("number", range(4))
    def test_reports(number):
        for each in range(number):
            sdk.capture_message(f"message {each} of {number}", level="error" if each else "info")

    def test_fails(captured_events):
        sdk.capture_message("seen")
        captured_events.one(level="fatal")

    @pytest.mark.expect_event(level="warning")
    def test_marked():
        sdk.capture_message("low", level="warning")

    @pytest.mark.expect_event(level="fatal")
    def test_marked_wrongly():
        sdk.capture_message("low", level="warning")

    def test_flaky():
        sdk.capture_message("flaky")
        assert count("flaky") == 2

    class TestGroup:
        def test_quiet(self):
            pass

        def test_breaks_in_set_up(self, missing_fixture):
            pass

    def test_with_subtests(subtests):
        for number in range(3):
            with subtests.test(number=number):
                sdk.capture_message(f"sub {number}")
                assert number != 1

    def test_skips():
        sdk.capture_message("before the skip")
        pytest.skip("half way")
"""


@pytest.mark.slow
def test_the_findings_do_not_depend_on_how_the_tests_were_run(pytester):
    """Plain, in random order, with four workers: the same attempts, outcomes and titles in one report."""
    pytester.makepyfile(test_project=PROJECT)
    found = []

    for arguments in ((), ("--random-order", "--random-order-seed=5"), ("-n4",), ("-n2", "--random-order")):
        pytester.runpytest_subprocess("--reruns=1", "--errortrack-report=report.jsonl", *arguments)
        found.append(summary_of(read_report(pytester.path / "report.jsonl")))

    plain, *others = found
    assert len({name for name, *_ in plain}) == 12
    assert plain["test_project.py::test_flaky", 1, "failed", ("info 'flaky'",), False] == 1
    assert plain["test_project.py::test_flaky", 2, "passed", ("info 'flaky'",), False] == 1
    assert others == [plain] * len(others)


def test_texts_may_hold_whatever_ends_a_line_elsewhere(pytester):
    """Separators of Unicode, of which an event may hold any, are no end of a record, on one process or several."""
    pytester.makepyfile(r"""
        from pytest_errortrack import sdk

        def test_it():
            sdk.capture_message("a\u2028b\x85c\x0bd\u2029e\rf")
    """)

    for arguments in ((), ("-n1",)):
        result = pytester.runpytest_subprocess("--errortrack-report=report.jsonl", *arguments)

        result.assert_outcomes(passed=1)
        (record,) = read_report(pytester.path / "report.jsonl").records
        assert record.events[0]["payload"]["message"] == "a\u2028b\x85c\x0bd\u2029e\rf"


def test_a_subtest_counts_in_its_test(pytester):
    """A failed subtest fails the attempt, a skipped one does not skip it, and no time is counted twice."""
    pytester.makepyfile("""
        import pytest, time

        def test_failing(subtests):
            for number in range(2):
                with subtests.test(number=number):
                    assert number == 0, "the second"

        def test_skipping(subtests):
            with subtests.test():
                pytest.skip("not this one")

        def test_slow(subtests):
            began = time.perf_counter()
            with subtests.test():
                sum(range(10_000_000))
            with open("took", "w") as file:
                file.write(str(time.perf_counter() - began))
    """)

    pytester.runpytest_subprocess("--errortrack-report=report.json")

    failing, skipping, slow = read_report(pytester.path / "report.json").records
    assert failing.outcome == "failed"
    assert "the second" in failing.findings[0].text
    assert skipping.outcome == "passed"
    # set-up and teardown take a few milliseconds; the body is not counted for the subtest and for itself
    assert slow.duration < 1.9 * float((pytester.path / "took").read_text())


def test_every_line_is_one_bounded_record(pytester):
    """A test that reports a flood of large events is one line of at most 256 KiB that says what is missing."""
    pytester.makepyfile("""
        from pytest_errortrack import sdk

        def test_flood():
            for number in range(2_000):
                sdk.set_extra("blob", "x" * 5_000)
                sdk.capture_message(f"message {number}")
    """)

    pytester.runpytest_subprocess("--errortrack-report=report.jsonl")

    (line,) = (pytester.path / "report.jsonl").read_bytes().splitlines()
    assert len(line) <= 256 * 1024
    record = read_record(line)
    assert len(record.events) + record.cut["events"] == 2_000
    assert json.loads(line)["schema"] == 1


def test_what_sentry_sdk_reports_is_kept_alike(pytester):
    """Events, transactions, logs, check-ins and losses of the real SDK are in the record and on the page."""
    pytester.makepyfile("""
        import sentry_sdk
        from sentry_sdk.crons import capture_checkin
        from sentry_sdk.envelope import Envelope, Item, PayloadRef

        def drop(event, hint):
            return None if event.get("message") == "unwanted" else event

        def test_it(errortrack):
            sentry_sdk.init(dsn="", traces_sample_rate=1.0, before_send=drop, enable_logs=True)
            sentry_sdk.set_tag("tenant", "acme")
            with sentry_sdk.start_transaction(name="checkout", op="task"):
                with sentry_sdk.start_span(op="db", name="SELECT 1"):
                    pass
                try:
                    raise KeyError("id")
                except KeyError as error:
                    sentry_sdk.capture_exception(error)
            sentry_sdk.capture_message("unwanted")
            sentry_sdk.logger.warning("stock low")
            capture_checkin(monitor_slug="nightly", status="ok")
            said = {"type": "feedback", "contexts": {"feedback": {"message": "it hangs", "name": "Ada"}}}
            envelope = Envelope(headers={"event_id": "a" * 32})
            envelope.add_item(Item(PayloadRef(json=said), type="feedback"))
            sentry_sdk.get_client().transport.capture_envelope(envelope)
            errortrack.events.one(exception=KeyError)
            assert len(errortrack.logs) == 1
    """)

    result = pytester.runpytest_subprocess("--errortrack-report=report.json", "--errortrack-report=report.html")

    result.assert_outcomes(passed=1)
    (record,) = read_report(pytester.path / "report.json").records
    (event,), (transaction,) = record.events, record.transactions
    assert (event["sdk"], event["payload"]["tags"], event["source"]) == (
        "sentry_sdk",
        {"tenant": "acme"},
        "capture_exception",
    )
    assert [span["description"] for span in transaction["payload"]["spans"]] == ["SELECT 1"]
    assert [log["payload"]["body"] for log in record.logs] == ["stock low"]
    assert [each["payload"]["monitor_slug"] for each in record.check_ins] == ["nightly"]
    assert [(each["message"], each["name"]) for each in record.feedback] == [("it hangs", "Ada")]
    assert [(lost["reason"], lost["category"]) for lost in record.dropped if lost["category"] == "error"] == [
        ("before_send", "error")
    ]
    page = (pytester.path / "report.html").read_text(encoding="utf-8")
    for words in ("KeyError", "acme", "SELECT 1", "stock low", "nightly", "it hangs", "before_send"):
        assert words in page
