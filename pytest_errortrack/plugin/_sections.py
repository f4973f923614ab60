"""The sections that a report gets: what the test captured, bounded.

Of a failing test pytest itself prints them. Of one that passed it does so with `-rP` alone, among all else that such a
test wrote: with `--errortrack-show all` they are printed here instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack.assertions import NEVER_INITIALISED, NO_DSN, Payload, report_section

from ._attempt import attempt_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from ._attempt import Attempt
    from ._settings import Settings

__all__ = ["Sections"]

TITLE: Final = "Captured error reports"
_PASSED: Final = ("passed", "xfailed", "xpassed")
_shown: Final[pytest.StashKey[str]] = pytest.StashKey()


class Sections:
    """The hooks that add them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: Attempt | None = None

    def take_late(self, late: object) -> None:
        """Take note, for the test that runs now, of what another test reports although it has ended."""
        running = self._running
        if running is not None and isinstance(late, Payload) and late.nodeid != running.recorder.nodeid:
            running.recorder.meanwhile.append(late)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Take note of which test runs."""
        self._running = attempt_of(item)
        item.stash[_shown] = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Give a failing report its section."""
        report = yield
        attempt = attempt_of(item)
        if attempt is None or self._settings.show == "none":
            return report
        if report.failed or (self._settings.show == "all" and report.when == "call"):
            section = _without_note(report_section(attempt.recorder), report)
            if section and section != item.stash.get(_shown, ""):  # a teardown that fails as well has nothing to add
                report.sections.append((TITLE, section))
                item.stash[_shown] = section
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the sections of tests that passed, where they were asked for and pytest does not."""
        if self._settings.show != "all" or terminalreporter.hasopt("P"):
            return
        reports = [report for outcome in _PASSED for report in terminalreporter.getreports(outcome)]
        shown = [(report, dict(report.sections)[TITLE]) for report in reports if TITLE in dict(report.sections)]
        if shown:
            terminalreporter.section(f"{TITLE} of tests that passed", sep="-")
        for report, section in shown:
            terminalreporter.write_line(report.nodeid)
            for line in section.splitlines():
                terminalreporter.write_line(f"  {line}")


def _without_note(section: str, report: pytest.TestReport) -> str:
    """Leave out what the failure itself says already."""
    failure = " ".join(report.longreprtext.replace("\nE", " ").split())
    for note in (NEVER_INITIALISED, NO_DSN):
        if note in failure:
            section = section.removesuffix(note).rstrip("\n")
    return section
