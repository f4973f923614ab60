"""Thread pools that actors use: one that was made before the actors has threads, or counts on threads, of nobody's.

A pool made by the scenario or by an actor is controlled like any thread. A pool of the application's, made when its
module was imported, would let jobs run where no schedule reaches them, or, once a schedule is over, wait for threads
that are gone. It is refused at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pytest_errortrack.interleave._errors import InterleaveError
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["replacements_for_executors"]


def replacements_for_executors() -> list[tuple[type, str, Callable[..., object]]]:
    """Return classes, the names of their methods, and functions to stand for these."""
    futures = sys.modules.get("concurrent.futures.thread")
    if futures is None:
        return []
    kind = vars(futures)["ThreadPoolExecutor"]
    made_in: WeakKeyDictionary[object, object] = WeakKeyDictionary()
    return [
        (kind, "__init__", _noting(vars(kind)["__init__"], made_in)),
        (kind, "submit", _checking(vars(kind)["submit"], made_in)),
    ]


def _noting(plain: Callable[..., None], made_in: WeakKeyDictionary[object, object]) -> Callable[..., None]:
    def __init__(executor: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it stands in for one
        plain(executor, *args, **kwargs)
        made_in[executor] = _present_run()

    return __init__


def _checking(plain: Callable[..., Any], made_in: WeakKeyDictionary[object, object]) -> Callable[..., Any]:
    def submit(executor: Any, *args: Any, **kwargs: Any) -> Any:
        actor = here.actor
        if actor is not None and not actor.run.is_stopping and made_in.get(executor) is not actor.run:
            actor.run.lose_control("an actor handed work to a pool that was made before the actors")
            raise InterleaveError(
                "an actor hands work to a ThreadPoolExecutor that was made before the scenario began, whose threads no "
                "schedule can control; let the test put a pool of its own in its place: "
                "`monkeypatch.setattr(app, 'POOL', ThreadPoolExecutor(2))` in the body, not in a fixture"
            )
        return plain(executor, *args, **kwargs)

    return submit


def _present_run() -> object | None:
    return here.run if here.actor is None else here.actor.run
