"""All that is loaded in every pytest run: options, fixtures, markers, and the look that finds active tests.

Whatever costs more than that (the SDK, the assertions, the engine) is imported when the first active test is
collected: a run without one pays for two small modules and a look at its markers.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_errortrack._capture import ErrorTrack
    from pytest_errortrack.assertions import (
        CapturedBreadcrumbs,
        CapturedEnvelopes,
        CapturedEvents,
        CapturedTransactions,
    )

    from ._active import ActiveTests
    from ._receiver import ErrortrackReceiver

RECEIVER = "errortrack_receiver"
FIXTURES = frozenset(
    {"captured_events", "captured_transactions", "captured_breadcrumbs", "captured_envelopes", "errortrack", RECEIVER}
)
MARKERS = {
    "expect_event": "(level=, exception=, message=, match=, tags=, user=, extra=, breadcrumbs=, not_contains=, where=, "
    "count=1, ...): the test reports exactly one such event, or as many as `count` says, an int or (min, max); "
    "repeatable, and those of class and module add to it",
    "expect_no_events": "(level=, exception=, ...): the test reports no such event, without keywords none at all, but "
    "for those that an expect_event as near to the test or nearer asks for; judged after the body and after the "
    "teardown",
    "expect_transaction": "(name=, op=, status=, source=, tags=, data=, measurements=, spans=, count=1): the test "
    "reports exactly one such transaction, or as many as `count` says; repeatable",
    "allow_events": "(level=, exception=, ..., count=): strict mode lets such events pass, without keywords all of "
    "them, with `count` no more than that",
    "errortrack": "(backend=, strict=, deterministic=, modules=, **options): which SDK this test captures; from which "
    "level on an event that nothing claimed fails it; whether ids, times and sampling are the same in every run; whose "
    "lines its interleavings switch at; and options of `init`; merged by key, the nearest wins",
}
INTERLEAVINGS = "errortrack_interleavings"
UNREAD = "errortrack_unread"
OUTPUT = "errortrack"
_ACTIVE = "errortrack-active"
BACKENDS = ("auto", "native", "sentry_sdk")
SHOWN = ("failed", "all", "none")
_OPTIONS = ("dsn", "send-failures", "backend", "replay", "strict", "show", "report", "suggest", "interleavings")
_INI = ("dsn", "backend", "strict", "capture", "show", "report", "interleavings")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and settings."""
    group = parser.getgroup("errortrack", "captured error reports")
    group.addoption(
        "--errortrack-dsn",
        metavar="DSN",
        help="also deliver what tests capture to this server (environment: ERRORTRACK_DSN)",
    )
    group.addoption(
        "--errortrack-backend",
        choices=BACKENDS,
        help="which SDKs are captured; auto (the default): whichever are there",
    )
    group.addoption(
        "--errortrack-replay", metavar="TOKEN", help="run one recorded interleaving again, and its test alone"
    )
    group.addoption(
        "--errortrack-send-failures",
        action="store_true",
        default=None,
        help="also deliver each failing test itself, as an event; needs a DSN",
    )
    group.addoption(
        "--errortrack-strict",
        metavar="LEVEL",
        help="fail a test that reports an event of this level or above that nothing claimed; off (the default): none",
    )
    group.addoption(
        "--errortrack-show",
        choices=SHOWN,
        help="the section with what a test captured: of failed tests (the default), of all active tests, or none",
    )
    group.addoption(
        "--errortrack-report",
        metavar="PATH",
        action="append",
        help="write what the run captured to this file: .html, .json or .jsonl; repeatable",
    )
    group.addoption(
        "--errortrack-suggest",
        action="store_true",
        default=None,
        help="print the marker or call that would match what was captured, ready to paste",
    )
    group.addoption(
        "--errortrack-interleavings",
        metavar="N",
        help="how many schedules an interleaved test explores that sets no budget of its own",
    )
    parser.addini("errortrack_dsn", "also deliver what tests capture to this server", default="")
    parser.addini("errortrack_backend", "which SDKs are captured: auto, native or sentry_sdk", default="")
    parser.addini("errortrack_strict", "off, or the level from which an unclaimed event fails its test", default="")
    parser.addini("errortrack_capture", "requested (active tests alone) or all", default="")
    parser.addini("errortrack_show", "whose section is shown: failed, all or none", default="")
    parser.addini("errortrack_report", "files to write what was captured to", type="linelist", default=[])
    parser.addini("errortrack_interleavings", "schedule budget of interleaved tests that set none", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; judge the settings at once."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}{meaning}")
    options = [config.getoption(f"--errortrack-{name}") for name in _OPTIONS]
    elsewhere = (os.environ.get("ERRORTRACK_DSN"), *(config.getini(f"errortrack_{name}") for name in _INI))
    if any(value is not None for value in options) or any(elsewhere):
        _session(config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the markers of what was collected: a wrong one is a collection error of its module."""
    report = yield
    problems: list[str] = []
    for node in report.result if report.outcome == "passed" else ():
        if isinstance(node, pytest.Item) and (is_active(node) or is_interleaved(node) or draws_interleavings(node)):
            problems += _session(collector.config).problems_of(node)
    if problems:
        report.outcome = "failed"
        report.longrepr = "\n".join(problems)
        report.result = []
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Find the tests that became active after they were collected: another plugin may add markers."""
    if config.pluginmanager.has_plugin(_ACTIVE):
        return
    late = [item for item in items if is_active(item)]
    problems = [problem for item in late for problem in _session(config).problems_of(item)]
    if problems:
        raise pytest.UsageError("\n".join(problems))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist has to tell; the controller itself has no active test."""
    output = getattr(node, "workeroutput", {}).get(OUTPUT)
    if output is not None and (output["late"] or "delivery" in output):
        _session(node.config).add_from_worker(output)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what passed explorations prove, and what nobody looked at; it comes with the reports, from any process."""
    _tell_explorations(terminalreporter)
    _tell_unread(terminalreporter)


def _tell_explorations(terminalreporter: pytest.TerminalReporter) -> None:
    lines: dict[str, int] = {}
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == INTERLEAVINGS and report.when == "call":
                line = f"{report.nodeid}: {said}"
                lines[line] = lines.get(line, 0) + 1
    if lines and terminalreporter.verbosity >= -1:  # a pass that proves little must not look like a proof
        terminalreporter.section("interleavings", sep="-")
        for line, times in lines.items():
            terminalreporter.write_line(f"{line}, in each of {times} examples" if times > 1 else line)


def _tell_unread(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("")  # of set-ups and teardowns
    numbers = [number for report in passed if (number := getattr(report, UNREAD, 0))]
    if numbers and terminalreporter.verbosity >= -1:
        events, tests = sum(numbers), len(numbers)
        terminalreporter.write_line(
            f"errortrack: {events} error event{'s' * (events != 1)} in {tests} passed test{'s' * (tests != 1)}, at "
            f"which nothing looked; with --errortrack-strict error such tests fail"
        )


def is_active(item: pytest.Item) -> bool:
    """Tell whether a test asks for anything of ours."""
    if not FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    return any(marker.name in MARKERS for marker in item.iter_markers()) or _is_doctest_that_asks(item)


def _is_doctest_that_asks(item: pytest.Item) -> bool:
    """Tell whether a doctest asks for anything of ours by `getfixture`, which is known by its text alone."""
    examples = getattr(getattr(item, "dtest", None), "examples", ())
    return any("getfixture(" in each.source and any(name in each.source for name in FIXTURES) for each in examples)


def is_interleaved(item: pytest.Item) -> bool:
    """Tell whether a test was decorated with `@interleaved`, alone or below `@given`."""
    function = getattr(item, "obj", None)
    hypothesis = getattr(function, "hypothesis", None)
    return hasattr(getattr(hypothesis, "inner_test", function), "interleaved_options")


def draws_interleavings(item: pytest.Item) -> bool:
    """Tell whether a test under `@given` is given an interleaving."""
    hypothesis = getattr(getattr(item, "obj", None), "hypothesis", None)
    strategies = getattr(hypothesis, "_given_kwargs", {})
    return any(hasattr(strategy, "draws_interleavings") for strategy in strategies.values())


def _session(config: pytest.Config) -> ActiveTests:
    """Find the part that runs active tests; made and registered for the first of them."""
    from ._active import ActiveTests  # noqa: PLC0415 - for active tests alone
    from ._comparison import Comparisons  # noqa: PLC0415 - as above
    from ._locations import Locations  # noqa: PLC0415 - as above
    from ._receiver import Receivers  # noqa: PLC0415 - as above
    from ._replacements import Replacements  # noqa: PLC0415 - as above
    from ._sections import Sections  # noqa: PLC0415 - as above
    from ._settings import read_settings  # noqa: PLC0415 - as above
    from ._side_by_side import SideBySide  # noqa: PLC0415 - as above
    from ._suggestions import Suggestions  # noqa: PLC0415 - as above

    found = config.pluginmanager.get_plugin(_ACTIVE)
    if found is None:
        settings = read_settings(config)
        found = ActiveTests(settings)
        config.pluginmanager.register(found, _ACTIVE)
        sections = Sections(settings)
        found.tell_of_late_reports(sections.take_late)
        for part in (
            Replacements(),
            SideBySide(settings),
            sections,
            Comparisons(),
            Locations(),
            *([Suggestions()] if settings.suggests else []),
        ):
            config.pluginmanager.register(part)
        config.pluginmanager.register(Receivers(), RECEIVER)
        if settings.reports or getattr(config.option, "xmlpath", None):
            from ._reports import Reports  # noqa: PLC0415 - where something is written

            reports = Reports(config, settings)
            found.tell_of_late_reports(reports.take_late)
            config.pluginmanager.register(reports)
        if settings.sends_failures and found.delivery is not None:
            from ._failures import Failures  # noqa: PLC0415 - where failures are sent

            config.pluginmanager.register(Failures(found.delivery))
    assert isinstance(found, ActiveTests)
    return found


@pytest.fixture(scope="session")
def errortrack() -> ErrorTrack:
    """The handle on everything that this test captures.

    Session-scoped because the object is: what it shows is always the running test's. So fixtures of any scope, and
    tests under Hypothesis, can ask for it.
    """
    from pytest_errortrack._capture import ErrorTrack, current_recording  # noqa: PLC0415 - for active tests alone

    return ErrorTrack(current_recording)


@pytest.fixture(scope="session")
def captured_events(errortrack: ErrorTrack) -> CapturedEvents:
    """This test's error and message events: a live, read-only list that can be asked for what a test expects."""
    return errortrack.events


@pytest.fixture(scope="session")
def captured_transactions(errortrack: ErrorTrack) -> CapturedTransactions:
    """This test's transactions, each with `.spans` and `.span_tree()`."""
    return errortrack.transactions


@pytest.fixture(scope="session")
def captured_breadcrumbs(errortrack: ErrorTrack) -> CapturedBreadcrumbs:
    """Every breadcrumb that this test recorded, sent with an event or not."""
    return errortrack.breadcrumbs


@pytest.fixture(scope="session")
def captured_envelopes(errortrack: ErrorTrack) -> CapturedEnvelopes:
    """Every envelope that this test would have sent, parsed: headers and items."""
    return errortrack.envelopes


@pytest.fixture(scope="session")
def errortrack_receiver(request: pytest.FixtureRequest) -> ErrortrackReceiver:
    """A real HTTP receiver on loopback: what subprocesses, servers and forked workers send there is this test's."""
    from ._receiver import ErrortrackReceiver, Receivers  # noqa: PLC0415 - for active tests alone

    receivers = request.config.pluginmanager.get_plugin(RECEIVER)
    assert isinstance(receivers, Receivers)
    return ErrortrackReceiver(receivers)
