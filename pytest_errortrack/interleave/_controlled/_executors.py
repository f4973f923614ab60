"""Thread pools that actors use.

A pool that the scenario or an actor made is controlled like any threads. One of the application's, made when its module
was imported, has threads, or counts on threads, that no schedule controls: in each schedule another pool like it stands
for it, and begins without threads.
"""

from __future__ import annotations

import functools
import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pytest_errortrack.interleave._errors import ActorAborted
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_errortrack.interleave._running._actor import Turns

__all__ = ["quiet_unwinding", "replacements_for_executors"]

_SETTINGS = ("_initializer", "_initargs", "_create_worker_context", "_resolve_work_item_task")
"""What a pool keeps of how its threads begin; which of these there are depends on the version of Python."""


def replacements_for_executors() -> list[tuple[type, str, Callable[..., object]]]:
    """Return classes, the names of their methods, and functions to stand for these."""
    futures = sys.modules.get("concurrent.futures.thread")
    if futures is None:
        return []
    kind, future = vars(futures)["ThreadPoolExecutor"], vars(futures)["_base"].Future
    pools = _Pools(kind)
    return [
        (kind, "__init__", pools.noting(vars(kind)["__init__"])),
        (kind, "submit", _handing_over(pools.redirecting(vars(kind)["submit"]))),
        (kind, "shutdown", pools.redirecting(vars(kind)["shutdown"])),
        (future, "add_done_callback", _handing_over(vars(future)["add_done_callback"])),
    ]


def _handing_over(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that says what is given to it to be called."""

    @functools.wraps(plain)
    def method(taker: object, function: object, /, *args: object, **kwargs: object) -> Any:
        actor = here.actor
        if actor is not None:
            actor.run.hand_over(function, *args, *kwargs.values())
        return plain(taker, function, *args, **kwargs)

    return method


@contextmanager
def quiet_unwinding() -> Iterator[None]:
    """Keep pools from logging that a worker of theirs was unwound."""
    logger = logging.getLogger("concurrent.futures")
    logger.addFilter(_is_of_the_users)
    try:
        yield
    finally:
        logger.removeFilter(_is_of_the_users)


def _is_of_the_users(record: logging.LogRecord) -> bool:
    return record.exc_info is None or record.exc_info[0] is not ActorAborted


class _InOrder(set[object]):
    """A pool's threads in the order in which they began.

    A plain set goes by their addresses, so a shutdown would join them in another order in every schedule.
    """

    def __init__(self) -> None:
        super().__init__()
        self._order: list[object] = []

    def add(self, thread: object, /) -> None:
        """Take in one more."""
        self._order.append(thread)
        super().add(thread)

    def __iter__(self) -> Iterator[object]:
        return iter(self._order)


class _Pools:
    """Knows in which schedule each pool was made."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._made_in: WeakKeyDictionary[object, object] = WeakKeyDictionary()
        self._doubles: WeakKeyDictionary[object, tuple[object, Any]] = WeakKeyDictionary()

    def noting(self, plain: Callable[..., None]) -> Callable[..., None]:
        """Return an `__init__` that remembers when."""

        def __init__(executor: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it stands in for one
            plain(executor, *args, **kwargs)
            self._made_in[executor] = run = _present_run()
            if run is not None:
                vars(executor)["_threads"] = _InOrder()
                _hand_over_beginning(run, executor)

        return __init__

    def redirecting(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that does its work on the pool that stands for this one, if one does."""

        def method(executor: Any, *args: Any, **kwargs: Any) -> Any:
            return plain(self._double_of(executor), *args, **kwargs)

        method.__name__ = plain.__name__
        return method

    def _double_of(self, executor: Any) -> Any:
        actor = here.actor
        if actor is None or actor.run.is_stopping or self._made_in.get(executor) is actor.run or _is_closed(executor):
            return executor
        run, double = self._doubles.get(executor, (None, None))
        if run is not actor.run:
            double = self._kind(vars(executor)["_max_workers"])
            settings = {name: vars(executor)[name] for name in _SETTINGS if name in vars(executor)}
            vars(double).update(settings, _thread_name_prefix=vars(executor)["_thread_name_prefix"])
            self._doubles[executor] = (actor.run, double)
            _hand_over_beginning(actor.run, double)
        return double


def _is_closed(executor: Any) -> bool:
    return bool(vars(executor)["_shutdown"])


def _hand_over_beginning(run: Turns, executor: Any) -> None:
    settings = vars(executor)
    initializer = settings.get("_initializer") or settings.get("_create_worker_context")  # the latter holds the former
    if initializer is not None:
        run.hand_over(initializer, *settings.get("_initargs", ()))


def _present_run() -> Turns | None:
    return here.run if here.actor is None else here.actor.run
