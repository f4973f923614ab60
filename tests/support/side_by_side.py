"""Threads that do what they are told, one thing at a time, and what must be as before when nobody records."""

from __future__ import annotations

import asyncio
import inspect
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from pytest_errortrack import _points, sdk
from pytest_errortrack.sdk._scope import StateCell, process


class Hand:
    """A thread that was started before anything was recorded, and does one thing after another in one context."""

    def __init__(self, name):
        self._orders, self._answers = queue.SimpleQueue(), queue.SimpleQueue()  # no carriers of anybody's ownership
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def __call__(self, function, *args, **kwargs):
        """Let the thread call a function; return or raise what came of it."""
        self._orders.put((function, args, kwargs))
        result, error = self._answers.get(timeout=30)
        if error is not None:
            raise error
        return result

    def dismiss(self):
        """End the thread."""
        self._orders.put(None)
        self._thread.join()

    def _serve(self):
        while (order := self._orders.get()) is not None:
            function, args, kwargs = order
            try:
                self._answers.put((function(*args, **kwargs), None))
            except BaseException as error:  # noqa: BLE001 - it is raised where it was ordered
                self._answers.put((None, error))


def replaceable():
    """Return everything that recordings replace, by identity: the same before the first and after the last."""
    found = [
        type(process),
        process.client,
        process.observation,
        process.journal,
        process.roots,
        StateCell.__dict__["state"],
        inspect.getattr_static(sdk.Hub, "_stack"),
        sdk.Client.__dict__.get("_observed"),
        _points.listeners,
        threading.Thread.start,
        queue.Queue.put,
        queue.Queue.get,
        asyncio.Queue.put_nowait,
        ThreadPoolExecutor.submit,
    ]
    return found if "sentry_sdk" not in sys.modules else [*found, *_of_sentry()]


def _of_sentry():
    from sentry_sdk import scope as sentry_scope
    from sentry_sdk.client import _Client

    names = ("_global_scope", "_isolation_scope", "_current_scope", "Scope", "global_event_processors")
    yield from (getattr(sentry_scope, name) for name in names)
    yield from (_Client.__dict__.get(name) for name in ("transport", "capture_event"))
    for name in ("add_breadcrumb", "__getattribute__", "__setattr__", "__copy__", "start_span", "set_tag"):
        yield sentry_scope.Scope.__dict__.get(name)
    yield tuple(sentry_scope.global_event_processors)
