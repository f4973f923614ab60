"""One record per attempt: made where the test ran, carried by its report, written by the controller alone.

A record travels as one bounded JSON string on the report that is logged next, which is the teardown's: so it crosses
from the workers of pytest-xdist, and a worker that dies takes nothing with it that had finished.
"""

from __future__ import annotations

import platform
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_errortrack.assertions import one_line
from pytest_errortrack.reporting._attempts import captured_lists, interleaved_of, late_lists
from pytest_errortrack.reporting._bounds import bounded
from pytest_errortrack.reporting._document import Document
from pytest_errortrack.reporting._record import (
    Finding,
    Record,
    ReportError,
    Run,
    canonical,
    read_record,
    written,
)
from pytest_errortrack.reporting.merging import check_writable, write_report

from ._attempt import attempt_of
from ._phases import Phases

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from pytest_errortrack.assertions import Payload

    from ._attempt import Attempt
    from ._settings import Settings

__all__ = ["Reports"]

CARRIED: Final = "errortrack_records"
"""The attribute of a report that carries records, one a line; and what a worker tells of late ones."""

MOST_LATE: Final = 200
"""How many late reports are kept; the others are counted."""

_WORDS: Final = 500


@dataclass(slots=True)
class _Seen:
    """What the reports of one attempt have said so far."""

    started: float | None = None
    phases: Phases = field(default_factory=Phases)
    findings: list[Finding] = field(default_factory=list)

    def take(self, report: pytest.TestReport) -> None:
        """Take note of one phase, or one subtest."""
        self.started = getattr(report, "start", None) if self.started is None else self.started
        self.phases.take(report)
        if report.failed:
            self.findings.append(Finding(when=report.when, text=report.longreprtext))


_seen: Final[pytest.StashKey[_Seen]] = pytest.StashKey()


class Reports:
    """The hooks that make records, carry them, and write them."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Judge at once whether the reports can be written.

        Raises:
            pytest.UsageError: they cannot.
        """
        self._paths = settings.reports
        self._worker: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._writes = self._worker is None and not config.option.collectonly
        self._run = _run(settings) if self._worker is None else _run_of_controller(self._worker)
        self._seed = config.getoption("--hypothesis-seed", None)
        self._pending: list[str] = []
        self._records: list[Record] = []
        self._late = _LateOnes()
        self._last: dict[str, tuple[int, str]] = {}
        self._problems: list[str] = []
        for path in settings.reports if self._writes else ():
            try:
                check_writable(path)
            except ReportError as error:
                raise pytest.UsageError(f"--errortrack-report: {error}") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist which run it is part of."""
        node.workerinput[CARRIED] = canonical(self._run).decode()

    def pytest_sessionstart(self) -> None:
        """Begin the files that grow as tests finish."""
        for path in self._growing():
            path.write_bytes(b"")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take note of each phase; with the last one, make the record."""
        report = yield
        if report.when == "setup":
            item.stash[_seen] = _Seen()
        seen = item.stash.setdefault(_seen, _Seen())
        seen.take(report)
        if report.when == "teardown":
            self._finish(item, seen, report)
        return report

    def _finish(self, item: pytest.Item, seen: _Seen, report: pytest.TestReport) -> None:
        attempt = attempt_of(item)
        del item.stash[_seen]
        if attempt is not None and (attempt.recorder.events or attempt.recorder.transactions):
            report.user_properties += _properties(attempt)
        if not self._paths:
            return
        number = attempt.number if attempt is not None else 1
        outcome = seen.phases.outcome
        self._last[item.nodeid] = number, outcome
        exploration = attempt.exploration if attempt is not None else None
        record = Record(
            nodeid=item.nodeid,
            outcome=outcome,
            run=self._run,
            attempt=number,
            worker=self._name,
            started=seen.started,
            duration=round(seen.phases.duration, 6),
            seed=None if self._seed is None else str(self._seed),
            findings=seen.findings,
            interleaving=None if exploration is None else interleaved_of(exploration),
            **({} if attempt is None else captured_lists(attempt.recorder)),
        )
        self._pending.append(written(bounded(record)))

    @property
    def _name(self) -> str:
        return str(self._worker["workerid"]) if self._worker is not None else ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send the records that are ready with a report, or take those that came with it."""
        waiting, self._pending = self._pending, []
        if waiting:
            setattr(report, CARRIED, "\n".join(waiting))
        if self._worker is not None:
            return
        self._take(_lines(report.__dict__.pop(CARRIED, "")))  # nobody else needs to keep them
        if str(report.when) == "???":  # how pytest-xdist reports the test that a worker died of
            self._take_crash(report)

    def _take_crash(self, report: pytest.TestReport) -> None:
        gateway = getattr(getattr(report, "node", None), "gateway", None)
        crash = Record(
            nodeid=report.nodeid,
            outcome="crashed",
            run=self._run,
            worker=str(getattr(gateway, "id", "")),
            findings=[Finding(when="crash", text=report.longreprtext)],
        )
        self._take([written(bounded(crash))])

    def _take(self, lines: list[str]) -> None:
        if not lines or not self._writes:
            return
        self._records += map(read_record, lines)
        for path in self._growing():
            try:
                with path.open("a", encoding="utf-8", newline="\n") as shard:
                    shard.writelines(f"{line}\n" for line in lines)
            except OSError as error:
                self._problem(f"{path}: {error.strerror or error}")

    def _growing(self) -> list[Path]:
        return [path for path in self._paths if path.suffix == ".jsonl"] if self._writes else []

    def _problem(self, problem: str) -> None:
        if problem not in self._problems:
            self._problems.append(problem)

    def take_late(self, late: Payload) -> None:
        """Take what was reported after its test had ended, in the thread that reports it."""
        if self._paths:
            self._late.take(late)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what came late in a worker."""
        self._take(_lines(getattr(node, "workeroutput", {}).get(CARRIED, "")))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a worker tell what came late; write the reports."""
        lines = [*self._pending, *(written(bounded(record)) for record in self._late_records())]
        self._pending = []
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[CARRIED] = "\n".join(lines)
            return
        self._take(lines)
        document = Document.of(self._records, runs=[self._run])
        for path in self._paths if self._writes else ():
            if path.suffix == ".jsonl":
                continue
            try:
                write_report(path, document)
            except ReportError as error:
                self._problem(str(error))

    def _late_records(self) -> list[Record]:
        records = []
        for nodeid, lists, more in self._late.by_test():
            number, outcome = self._last.get(nodeid, (1, "unknown"))
            cut = {"events": more} if more else {}
            record = Record(
                nodeid=nodeid,
                outcome=outcome,
                run=self._run,
                attempt=number,
                worker=self._name,
                late=True,
                cut=cut,
                events=lists.get("events", []),
                transactions=lists.get("transactions", []),
            )
            records.append(record)
        return records

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was written, and what could not be."""
        if not self._paths or not self._writes:
            return
        said = Document.of(self._records).headline()
        terminalreporter.section("errortrack reports", sep="-")
        for path in self._paths:
            failed = [problem for problem in self._problems if problem.startswith(f"{path}:")]
            for problem in failed:
                terminalreporter.write_line(f"NOT written: {problem}")
            if not failed:
                terminalreporter.write_line(f"{path} ({said})")


class _LateOnes:
    """Late reports by their test; threads add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[tuple[str, dict[str, list[dict[str, Any]]]]] = []
        self._more: dict[str, int] = {}

    def take(self, late: Payload) -> None:
        lists = late_lists(late)
        with self._lock:
            if len(self._kept) < MOST_LATE:
                self._kept.append((late.nodeid, lists))
            else:
                self._more[late.nodeid] = self._more.get(late.nodeid, 0) + 1

    def by_test(self) -> list[tuple[str, dict[str, list[dict[str, Any]]], int]]:
        """Return node id, lists and how many more there were."""
        with self._lock:
            found: dict[str, dict[str, list[dict[str, Any]]]] = {nodeid: {} for nodeid in self._more}
            for nodeid, lists in self._kept:
                for name, reports in lists.items():
                    found.setdefault(nodeid, {}).setdefault(name, []).extend(reports)
            return [(nodeid, lists, self._more.get(nodeid, 0)) for nodeid, lists in found.items()]


def _lines(carried: str) -> list[str]:
    """Take records apart: their texts may hold whatever else ends a line."""
    return [line for line in carried.split("\n") if line]


def _properties(attempt: Attempt) -> list[tuple[str, object]]:
    """Return what JUnit's file, and others who read a report's properties, are told: small."""
    events = attempt.recorder.events
    properties: list[tuple[str, object]] = [("errortrack_events", len(events))]
    if attempt.recorder.transactions:
        properties.append(("errortrack_transactions", len(attempt.recorder.transactions)))
    titles = "; ".join(one_line(event.title) for event in events[:10])
    if titles:
        more = f"; {len(events) - 10} more" if len(events) > 10 else ""  # noqa: PLR2004 - as many as are named
        properties.append(("errortrack_titles", f"{titles[:_WORDS]}{more}"))
    return properties


def _run(settings: Settings) -> Run:
    from pytest_errortrack import __version__  # noqa: PLC0415 - read from the installed files

    usual = {"strict": "off", "capture": "requested", "backend": "auto"}
    given = {name: str(getattr(settings, name)) for name in usual}
    options = {name: value for name, value in given.items() if value != usual[name]}
    return Run(
        id=uuid.uuid4().hex,
        started=round(time.time(), 3),
        python=platform.python_version(),
        platform=sys.platform,
        pytest=pytest.__version__,
        errortrack=__version__,
        options=options,
    )


def _run_of_controller(worker: dict[str, Any]) -> Run:
    """Read which run a worker is part of; the controller says so where reports are written."""
    import msgspec  # noqa: PLC0415 - where reports are made

    return msgspec.json.decode(worker[CARRIED], type=Run) if CARRIED in worker else Run(id="")
