"""`--errortrack-send-failures`: each failing attempt at a test is delivered as an event of its own.

It is delivered when the next test begins: only then is it known whether the test was run again, and how that ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pytest_errortrack.reporting._failed_test import FailedTest, failed_test, told_test

from ._attempt import attempt_of
from ._phases import Phases

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_errortrack.reporting.delivery import Delivery

__all__ = ["Failures"]

_phases: Final[pytest.StashKey[Phases]] = pytest.StashKey()
_failed: Final[pytest.StashKey[FailedTest]] = pytest.StashKey()


class Failures:
    """The hooks that notice them."""

    def __init__(self, delivery: Delivery) -> None:
        self._delivery = delivery
        self._waiting: list[FailedTest] = []
        self._outcomes: dict[str, str] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take note of the first failure of each attempt, and of how the attempt ended."""
        report = yield
        if report.when == "setup":
            item.stash[_phases] = Phases()
        item.stash.setdefault(_phases, Phases()).take(report)
        if report.failed and _failed not in item.stash:
            item.stash[_failed] = _failure(item, call, report)
        if report.when == "teardown":
            self._outcomes[item.nodeid] = item.stash[_phases].outcome
            if _failed in item.stash:
                self._waiting.append(item.stash[_failed])
                del item.stash[_failed]
        return report

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Deliver the failures of the tests before: they are not run again."""
        self._deliver(besides=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the test that a worker of pytest-xdist died of, which the controller alone can tell."""
        if str(report.when) == "???":
            text = report.longreprtext or "the worker crashed"
            self._delivery.deliver_failure(told_test(text, nodeid=report.nodeid, when="crash"), final_outcome="crashed")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Deliver what is left."""
        self._deliver(besides=None)

    def _deliver(self, *, besides: str | None) -> None:
        ready = [failure for failure in self._waiting if failure.nodeid != besides]
        self._waiting = [failure for failure in self._waiting if failure.nodeid == besides]
        for failure in ready:
            self._delivery.deliver_failure(failure, final_outcome=self._outcomes[failure.nodeid])


def _failure(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> FailedTest:
    attempt = attempt_of(item)
    number = 1 if attempt is None else attempt.number
    if call.excinfo is None:  # a strict xfail that passed
        return told_test(report.longreprtext, nodeid=item.nodeid, attempt=number, when=report.when)
    return failed_test(call.excinfo.value, nodeid=item.nodeid, attempt=number, when=report.when)
