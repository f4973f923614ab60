"""Active tests: a recording around each, its judgement, and what its report says.

A recording begins before the fixtures of a test are set up and ends after they are torn down, once per attempt.
Registered when the first active test is collected.
"""

from __future__ import annotations

import functools
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_errortrack._capture import is_capturing
from pytest_errortrack.assertions import hiding
from pytest_errortrack.reporting.delivery import Delivery

from ._attempt import Attempt, attempt_of, forget_attempt, keep_attempt
from ._bodies import EachRun, body_context, nothing, owned_body
from ._entry import FIXTURES, OUTPUT, draws_interleavings, is_active, is_interleaved
from ._late import LateReports
from ._markers import problems_of
from ._verdicts import judge_body, judge_set_up, judge_teardown, mark_unread, tell_unread

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from contextlib import AbstractContextManager

    from pytest_errortrack.assertions import Payload

    from ._settings import Settings

__all__ = ["ActiveTests"]


_UNTOUCHED: Final = EachRun(nothing, nothing)
"""For an interleaved test that captures nothing: the engine is told which test it is, and no more."""


class ActiveTests:
    """The hooks that run active tests; every other test passes through them untouched."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: Attempt | None = None
        self._late = LateReports(delivers=bool(self._settings.dsn))
        self._delivery = Delivery(self._settings.dsn) if self._settings.dsn else None

    @property
    def delivery(self) -> Delivery | None:
        """What sends reports to a server; None where no server was given."""
        return self._delivery

    def tell_of_late_reports(self, listener: Callable[[Payload], None]) -> None:
        """Call a function with each report that is made after its test has ended, in the thread that makes it."""
        self._late.listeners.append(listener)

    def problems_of(self, item: pytest.Item) -> Iterable[str]:
        """Tell what is wrong with the markers of a test."""
        return problems_of(item, settings=self._settings)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Keep the one test that is replayed."""
        if self._settings.replay is None:
            return
        kept = [item for item in items if item.nodeid == self._settings.replayed_test]
        if not kept:
            raise pytest.UsageError(
                f"--errortrack-replay: the token belongs to {self._settings.replayed_test}, which was not collected"
            )
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Begin the recording before any fixture is set up."""
        problem: Exception | None = None
        asks = is_active(item)
        if asks or (self._settings.makes_all_active and not is_capturing()):
            try:
                attempt = Attempt(item, settings=self._settings, on_late=self._late.take)
                attempt.recording.start()
            except Exception as error:  # noqa: BLE001 - raised below, once pytest's own set-up stands: its teardown counts on it
                problem = error
            else:
                self._running = attempt
                keep_attempt(attempt)
                self._late.began(item.nodeid)
        try:
            yield
        finally:
            if problem is not None:
                raise problem
        if not asks and self._running is not None and is_capturing(beside=self._running.recorder):
            self._give_way(item)

    def _give_way(self, item: pytest.Item) -> None:
        """Leave what a test reports to a `capture()` of wider scope: no setting of the run may take it from there."""
        self._stop()
        forget_attempt(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Run the body, each example and schedule of it with a recording of its own, and judge what it reported."""
        __tracebackhide__ = True
        attempt = attempt_of(item)
        if attempt is None:
            _refuse_late_markers(item)
            if is_interleaved(item) or draws_interleavings(item):
                with body_context(item, _UNTOUCHED, settings=self._settings):
                    yield
                return None
            return (yield)
        each = EachRun(
            before=attempt.recording.begin_schedule,
            judge=functools.partial(judge_body, attempt),
            before_all=functools.partial(judge_set_up, attempt),
        )
        with (
            attempt.body(),
            owned_body(item, attempt.recorder),
            body_context(item, each, settings=self._settings) as judged_within,
        ):
            yield
        if not judged_within:
            each.judge()
        return None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """End the recording after all fixtures are torn down, however that went; judge what came until then."""
        __tracebackhide__ = True
        attempt = attempt_of(item)
        try:
            yield
            if attempt is not None:
                judge_teardown(attempt)
                attempt.unread = tell_unread(attempt)
        finally:
            self._stop()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take note of how it went; deliver what was captured once the attempt is over.

        Around the other parts of the plugin, which still find the attempt.
        """
        attempt = attempt_of(item)
        if attempt is None:
            return (yield)
        with hiding(attempt.recorder.hidden):
            report = yield
        attempt.take(report)
        if report.when == "teardown":
            forget_attempt(item)
            mark_unread(report, attempt.unread)
            self._late.ended(item.nodeid, attempt=attempt.number, outcome=attempt.outcome)
            if self._delivery is not None:
                self._delivery.deliver(
                    attempt.recorder, nodeid=item.nodeid, attempt=attempt.number, outcome=attempt.outcome
                )
        return report

    def pytest_report_header(self) -> str | None:
        """Show where captured reports are delivered, without the key."""
        return f"errortrack: delivering to {self._delivery.shown}" if self._delivery is not None else None

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Let a fixture of wider scope set up, and tear down, the SDKs for all the tests that it serves."""
        if fixturedef.scope == "function" or fixturedef.argname in FIXTURES:
            return (yield)
        aside = ExitStack()
        fixturedef.addfinalizer(aside.close)
        try:
            with nullcontext() if self._running is None or self._running.is_in_call else self._unowned():
                return (yield)
        finally:
            # What is added last runs first: these two stand around the fixture's own teardown.
            fixturedef.addfinalizer(lambda: aside.enter_context(self._unowned()))

    def _unowned(self) -> AbstractContextManager[None]:
        return nullcontext() if self._running is None else self._running.recording.unowned()

    def _stop(self) -> None:
        attempt, self._running = self._running, None
        if attempt is not None:
            attempt.recording.stop()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Leave nothing behind, also after an interrupt; let a worker of pytest-xdist tell what it delivered."""
        self._stop()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[OUTPUT] = {"late": self._late.told}
        if self._delivery is not None:
            self._late.deliver(self._delivery)
            self._delivery.close()
            if output is not None:
                output[OUTPUT]["delivery"] = self._delivery.counts

    def add_from_worker(self, output: Mapping[str, Any]) -> None:
        """Add what a worker of pytest-xdist delivered, and what came late there."""
        self._late.add(output["late"])
        if self._delivery is not None and "delivery" in output:
            self._delivery.add(output["delivery"])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what came late, and what was delivered."""
        late = self._late.summary()
        if late:
            terminalreporter.section("late error reports", sep="-")
            terminalreporter.write_line("reported after the test had ended that started the thread, task or job:")
            for line in late:
                terminalreporter.write_line(f"  {line}")
        if self._delivery is not None:
            terminalreporter.section("errortrack", sep="-")
            terminalreporter.write_line(self._delivery.summary())


def _refuse_late_markers(item: pytest.Item) -> None:
    """Refuse a marker that came when the test had been set up without a recording: nothing of it can be judged."""
    if is_active(item):
        raise pytest.UsageError(
            f"{item.nodeid}: a marker of pytest-errortrack was added while the test was set up, too late for its "
            "reports to be captured; let the test, or the fixture that adds it, ask for captured_events as well"
        )
