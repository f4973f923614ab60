"""The sections that a report gets: what the test captured, bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_errortrack.assertions import report_section

from ._attempt import attempt_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from ._settings import Settings

__all__ = ["Sections"]


class Sections:
    """The hook that adds them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Give a failing report its section."""
        report = yield
        attempt = attempt_of(item)
        if attempt is None or self._settings.show == "none":
            return report
        if report.failed or (self._settings.show == "all" and report.when == "call"):
            section = report_section(attempt.recorder)
            if section:
                report.sections.append(("Captured error reports", section))
        return report
