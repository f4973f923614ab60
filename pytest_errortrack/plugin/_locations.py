"""Where the failure of a marker is shown: at its test, since no line of the test raised it.

Without this pytest would say that all traceback entries are hidden, as if there were something to see in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntry, ReprFileLocation  # there is no public name for them

from ._attempt import attempt_of

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["Locations"]

_MARGIN = 4
"""What pytest puts before each line of a message that no line of code belongs to."""


class Locations:
    """The hook that gives such a failure its place."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let a failure without a visible line point at the test."""
        report = yield
        if report.outcome != "passed" and attempt_of(item) is not None:
            _locate(report.longrepr, item)
        return report


def _locate(shown: object, item: pytest.Item) -> None:
    if not isinstance(shown, ExceptionChainRepr):
        return
    traceback, _, description = shown.chain[-1]
    if not (traceback.extraline or "").startswith("All traceback entries are hidden"):
        return
    path, line, _ = item.location
    traceback.extraline = None
    for entry in traceback.reprentries:
        if isinstance(entry, ReprEntry) and entry.lines:
            message = [line[_MARGIN:] for line in entry.lines]
            entry.lines = [f"E   {said}".rstrip() for said in message]
            place = ReprFileLocation(path, (line or 0) + 1, "\n".join(message).strip())
            entry.reprfileloc = ReprFileLocation(path, place.lineno, message[0].strip().partition(":")[0])
            shown.chain = [*shown.chain[:-1], (traceback, place, description)]
            shown.reprcrash = place
