"""`--errortrack-suggest`: the expectations that would match what each test captured, ready to paste.

They travel with the test's report, so that they arrive from whichever process ran it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack.assertions import suggested_lines

from ._attempt import attempt_of

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Suggestions"]

_ATTRIBUTE: Final = "errortrack_suggestion"


class Suggestions:
    """The hooks that make and print them; registered where they are asked for."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the report of a test's body carry what would match."""
        report = yield
        attempt = attempt_of(item)
        if attempt is not None and report.when == "call" and report.nodeid == item.nodeid:
            module = getattr(getattr(item, "module", None), "__name__", "")
            setattr(report, _ATTRIBUTE, suggested_lines(attempt.recorder, module=module))
        return report

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print them, a test after the other."""
        told: dict[str, list[str]] = {}
        for reports in terminalreporter.stats.values():
            for report in reports:
                lines = getattr(report, _ATTRIBUTE, None)
                if lines:
                    told[report.nodeid] = lines
        if told:
            terminalreporter.section("suggested expectations", sep="-")
        for nodeid, lines in told.items():
            terminalreporter.write_line(nodeid, bold=True)
            for line in "\n".join(lines).splitlines():
                terminalreporter.write_line(f"    {line}".rstrip())
