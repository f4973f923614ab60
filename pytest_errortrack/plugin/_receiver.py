"""The receiver of a test: what other processes send there joins what the test captures itself."""

from __future__ import annotations

import os
import weakref
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Final, final

import pytest

from ._attempt import attempt_of
from ._entry import FIXTURES, RECEIVER

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pytest_errortrack.assertions import Recorder
    from pytest_errortrack.reporting._exchange import ReceivedRequest
    from pytest_errortrack.reporting._receiver import Receiver

__all__ = ["ErrortrackReceiver", "Receivers"]

MOST_REFUSED: Final = 5
_REFUSED: Final = 400
_NO_TEST: Final = "errortrack_receiver receives for a running test, and none has run yet"


class Receivers:
    """The hooks that open a receiver for each test that asks for one, and close it with that test.

    While a fixture of wider scope stands that has read the address, it stays open: a server process of a module goes
    on reporting there. What arrives then counts to the test that runs, marked as a stranger.
    """

    def __init__(self) -> None:
        self._receiver: Receiver | None = None
        self._recorder: Recorder | None = None
        self._last_before: ReceivedRequest | None = None
        self._setting_up: list[object] = []
        self._keepers: set[object] = set()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_weakly(self._forked))

    def receiver(self) -> Receiver:
        """Find the receiver that is open, for whoever wants its address."""
        if self._receiver is None:
            self._open()
        self._keepers.update(self._setting_up[-1:])
        assert self._receiver is not None
        return self._receiver

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Open a receiver before the fixtures are set up: a forked child needs it that never asks for its address."""
        problem: Exception | None = None
        attempt = attempt_of(item)
        if attempt is not None:
            self._recorder = attempt.recorder
            self._last_before = next(reversed(self._all_requests()), None)
            attempt.recorder.receiver_notes = self._notes if self._receiver is not None else None
            if self._receiver is None and RECEIVER in getattr(item, "fixturenames", ()):
                try:
                    self._open()
                except Exception as error:  # noqa: BLE001 - raised below: the teardown counts on pytest's own set-up
                    problem = error
        try:
            yield
        finally:
            if problem is not None:
                raise problem

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """Notice when a fixture of wider scope reads the address, and when it is torn down."""
        if fixturedef.scope == "function" or fixturedef.argname in FIXTURES:
            return (yield)
        keeper = object()
        fixturedef.addfinalizer(lambda: self._keepers.discard(keeper))
        self._setting_up.append(keeper)
        try:
            return (yield)
        finally:
            self._setting_up.remove(keeper)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell in a failing report what was refused: whoever waits in vain for a report may find it there."""
        report = yield
        if report.failed and self._receiver is not None:
            refused = _refused(self._requests())
            if refused:
                report.sections.append(("Refused by errortrack_receiver", "\n".join(refused)))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, None, None]:
        """Close the receiver once the fixtures are torn down, which may end a process that still reports."""
        try:
            yield
        finally:
            if not self._keepers:
                self._close()

    @pytest.hookimpl
    def pytest_sessionfinish(self) -> None:
        """Leave nothing open, also after an interrupt."""
        self._close()

    def _open(self) -> None:
        from pytest_errortrack.reporting._joining import Joining  # noqa: PLC0415 - for tests that ask for it alone
        from pytest_errortrack.reporting._receiver import Receiver, fresh_key  # noqa: PLC0415 - as above

        joining = Joining(self._current_recorder, is_stranger=lambda: bool(self._keepers))
        receiver = Receiver(joining.take, key=fresh_key())
        receiver.start()
        self._receiver = receiver

        if self._recorder is not None:
            self._recorder.receiver_notes = self._notes

    def _requests(self) -> list[ReceivedRequest]:
        """List the requests of the test that runs: the receiver may have been open before."""
        requests = self._all_requests()
        own = takewhile(lambda request: request is not self._last_before, reversed(requests))
        return list(own)[::-1]

    def _all_requests(self) -> list[ReceivedRequest]:
        return [] if self._receiver is None else self._receiver.requests

    def _notes(self) -> list[str]:
        """Say why the test may wait in vain."""
        requests = self._requests()
        if not requests:
            return ["note: the receiver got no request"]
        refused = _refusals(requests)
        notes = [f"note: the receiver refused {_times(number)}: {why}" for why, number in refused]
        return notes or [f"note: the receiver took {_times(len(requests))}"]

    def _close(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()

    def _current_recorder(self) -> Recorder:
        if self._recorder is None:
            raise RuntimeError(_NO_TEST)
        return self._recorder

    def _forked(self) -> None:
        """Let a forked child pass on to its parent what it captures: nobody reads the recorder there."""
        receiver, recorder = self._receiver, self._recorder
        if receiver is None or recorder is None:
            return
        from pytest_errortrack.reporting._passing_on import PassingOn  # noqa: PLC0415 - in a forked child alone

        recorder.elsewhere = PassingOn(port=receiver.port, key=receiver.key)
        receiver.abandon()


@final
class ErrortrackReceiver:
    """A real HTTP receiver on loopback for what cannot be captured in this process.

    What a subprocess, a server process, a forked worker or a program in another language sends there joins the
    sequences of the test.
    """

    def __init__(self, receivers: Receivers) -> None:
        self._receivers = receivers

    @property
    def dsn(self) -> str:
        """The DSN to report to, `http://<key>@127.0.0.1:<port>/1`; any other project number is taken as well."""
        return self._receivers.receiver().dsn

    @property
    def url(self) -> str:
        """Where it listens, `http://127.0.0.1:<port>`."""
        return self._receivers.receiver().url

    @property
    def env(self) -> dict[str, str]:
        """The variables that another program needs to find it: `SENTRY_DSN` and `ERRORTRACK_DSN`."""
        return self._receivers.receiver().env

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What came of each request so far, refused ones too: `method path status size detail`, for debugging."""
        return self._receivers.receiver().requests

    def __repr__(self) -> str:
        return f"<ErrortrackReceiver at {self.url}>"


def _refused(requests: list[ReceivedRequest]) -> list[str]:
    refused = Counter(
        f"{each.status} {each.method} {each.path}: {each.detail}" for each in requests if _is_refused(each)
    )
    lines = [f"{line} ({_times(number)})" if number > 1 else line for line, number in refused.items()]
    more = [f"... {len(lines) - MOST_REFUSED} more"] if len(lines) > MOST_REFUSED else []
    return [*map(_printable, lines[:MOST_REFUSED]), *more]


def _refusals(requests: list[ReceivedRequest]) -> list[tuple[str, int]]:
    """Count the refused by why they were, the most frequent first."""
    refused = Counter(f"{each.status} {each.detail}" for each in requests if _is_refused(each))
    return [(_printable(why), number) for why, number in refused.most_common(MOST_REFUSED)]


def _is_refused(request: ReceivedRequest) -> bool:
    return request.status >= _REFUSED


def _times(number: int) -> str:
    return f"{number} request{'s' * (number != 1)}"


def _printable(text: str) -> str:
    from pytest_errortrack.reporting._printable import printable  # noqa: PLC0415 - where something was received alone

    return printable(text)


def _weakly(method: Callable[[], None]) -> Callable[[], None]:
    """Call a method for as long as its object lives: what is registered to follow a fork stays so for good."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        found = reference()
        if found is not None:
            found()

    return call
