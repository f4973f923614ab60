"""Threads and thread pools: what is handed over runs in forks of the scopes of whoever handed it over.

A new thread has a fork of its starter's scopes, made when it is started; an item given to a pool has one made when it
was given. A pool's worker itself has no scopes of anybody's, so nothing of one item is there for the next.

Without this integration a new thread has forks of the process's root scopes, and so has a pool's worker.
"""

from __future__ import annotations

import threading
from functools import wraps
from typing import TYPE_CHECKING, Any

from pytest_errortrack.sdk._integration import client_with
from pytest_errortrack.sdk._scope import Carried, outside_of_all_scopes

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["ThreadingIntegration"]


class ThreadingIntegration:
    """Lets threads and items of `ThreadPoolExecutor` start with forks of the scopes of whoever started them."""

    identifier = "threading"

    def setup_once(self) -> None:
        """Stand before `Thread.start` and `ThreadPoolExecutor.submit`, which `map` and event loops go through."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - brings `logging`

        threading.Thread.start = _starting(threading.Thread.start)  # type: ignore[method-assign, assignment]  # meant
        ThreadPoolExecutor.submit = _submitting(ThreadPoolExecutor.submit)  # type: ignore[method-assign]  # as above


class _Run:
    """Stands for a thread's `run` until the thread runs; it does not know the thread, and so makes no cycle with it."""

    __slots__ = ("_carried", "_own")

    def __init__(self, carried: Carried, own: Callable[[], object] | None) -> None:
        self._carried = carried
        self._own = own

    def __call__(self) -> None:
        thread = threading.current_thread()
        self.leave(thread)
        self._carried.run(thread.run)

    def leave(self, thread: threading.Thread) -> None:
        """Put back what was there before."""
        if self._own is None:
            vars(thread).pop("run", None)
        else:
            vars(thread)["run"] = self._own


def _starting(original: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    @wraps(original)
    def start(self: threading.Thread) -> None:
        # A thread that was started already is refused by the original; its `run` must stay as it is.
        if client_with("threading") is None or self.ident is not None:
            original(self)
            return
        run = _Run(Carried(), vars(self).get("run"))
        vars(self)["run"] = run
        try:
            original(self)
        except BaseException:
            run.leave(self)
            raise

    return start


def _submitting(original: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    @wraps(original)
    def submit(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if client_with("threading") is None or not callable(fn):
            return original(self, fn, *args, **kwargs)
        # the worker that this may start serves whoever comes
        return outside_of_all_scopes(original, self, _Item(fn, Carried()), *args, **kwargs)

    return submit


class _Item:
    """A function that was given to a pool, with the scopes that it is to run under."""

    __slots__ = ("_carried", "_function")

    def __init__(self, function: Callable[..., Any], carried: Carried) -> None:
        self._function = function
        self._carried = carried

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._carried.run(self._function, *args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._function)
