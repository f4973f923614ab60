"""Tests whose body runs in several threads at once, as pytest-run-parallel does it.

Each thread's run is a recording of its own, within that of the test: the fixtures show what that thread reports, and
the markers are judged over each. What all of them captured is the test's in the end, for its report.
"""

from __future__ import annotations

import functools
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_errortrack._capture import Recording

from ._attempt import Attempt, attempt_of
from ._entry import is_active, is_interleaved

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ._settings import Settings

__all__ = ["SideBySide"]

_RUNNER: Final = "_run-parallel"
"""The name under which pytest-run-parallel registers what runs bodies in threads."""


class SideBySide:
    """Gives each thread that runs the body of an active test a recording of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_finish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Stand around the bodies before somebody else lets them run in threads."""
        if session.config.pluginmanager.has_plugin(_RUNNER):
            for item in session.items:
                if isinstance(item, pytest.Function) and self._is_meant(item):
                    item.obj = _apart(item)
        return (yield)

    def _is_meant(self, item: pytest.Function) -> bool:
        return (self._settings.makes_all_active or is_active(item)) and _is_plain(item)


def _is_plain(item: pytest.Function) -> bool:
    """Tell whether a body runs once where nobody else runs it in threads: no schedules, no examples, no loop."""
    body = item.obj
    is_run_often = is_interleaved(item) or hasattr(body, "hypothesis") or inspect.iscoroutinefunction(body)
    return not is_run_often and not getattr(item, "nofuncargs", False)


def _apart(item: pytest.Function) -> Callable[..., Any]:
    body: Any = item.obj
    run = functools.partial(_run, item, body)

    def runs_apart(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return run(*args, **kwargs)

    # With the names of the test's module around it, where conditions of its markers are looked up.
    of_module = FunctionType(runs_apart.__code__, body.__globals__, body.__name__, None, runs_apart.__closure__)
    return functools.update_wrapper(of_module, body)


def _run(item: pytest.Item, body: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    attempt = attempt_of(item)
    if attempt is None or attempt.recorder.witness.is_root_thread():
        return body(*args, **kwargs)
    attempt.runs_apart = True
    recording = Recording(backend=attempt.recording.backend, nodeid=item.nodeid)
    recording.start()
    try:
        result = body(*args, **kwargs)
        _judge(attempt, recording)
    finally:
        recording.stop()
        attempt.recorder.absorb(recording.recorder)
    return result


def _judge(attempt: Attempt, recording: Recording) -> None:
    __tracebackhide__ = True
    message = attempt.demands.terms.judge(recording.recorder)
    if message is not None:
        raise AssertionError(message)
