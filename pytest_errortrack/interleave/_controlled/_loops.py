"""Event loops inside actors: waiting for descriptors becomes a wait that the schedule decides.

An asyncio loop that has nothing to do waits in C for its selector. In an actor it asks the selector without waiting,
and when nothing is ready it gives its turn away, until another actor wakes it or virtual time has come to its next
timer. What is ready at once is no scheduling point: a loop's rounds are the library's own.
"""

from __future__ import annotations

import selectors
import sys
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._accesses._access import UNKNOWN
from pytest_errortrack.interleave._errors import InterleaveError
from pytest_errortrack.interleave._running._actor import here
from pytest_errortrack.interleave._running._timing import OUTSIDE

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from pytest_errortrack.interleave._running._actor import Actor, Turns

    Ready = list[tuple[selectors.SelectorKey, int]]
    Select = Callable[[Any, float | None], Ready]

__all__ = ["replacements_for_loops"]

_NAMES = ("EpollSelector", "KqueueSelector", "DevpollSelector", "PollSelector", "SelectSelector")
_MICROSECOND = 1e-6
_WAKER = "_read_from_self"  # the callback of the pipe by which a loop is woken from other threads


class _Descriptors:
    """What one call of a selector waits for."""

    def __init__(self, selector: selectors.BaseSelector, select: Select) -> None:
        self.waiters = 0
        self._selector = selector
        self._select = select

    def is_ready(self, actor: Actor) -> bool:
        """Tell whether something is there to be read or written."""
        del actor
        return bool(self._select(self._selector, 0))

    def holder(self) -> str | None:
        """Return None if only other actors could wake the loop, else a word for the world."""
        keys = (self._selector.get_map() or {}).values()
        return None if all(_is_waker(key.data) for key in keys) else OUTSIDE

    def describe(self) -> str:
        """Return a noun phrase for messages."""
        return "something to do for its event loop" if self.holder() is None else "data from outside"


def _is_waker(data: object) -> bool:
    reader = data[0] if isinstance(data, tuple) and data else None
    return getattr(getattr(reader, "_callback", None), "__name__", "") == _WAKER


def replacements_for_loops() -> list[tuple[type, str, Callable[..., object]]]:
    """Return classes, the names of their methods, and functions to stand for these."""
    kinds = [getattr(selectors, name) for name in _NAMES if hasattr(selectors, name)]
    changes: list[tuple[type, str, Callable[..., object]]] = [
        (kind, "select", _select(vars(kind)["select"])) for kind in kinds if "select" in vars(kind)
    ]
    shared = getattr(selectors, "_PollLikeSelector", None)
    if shared is not None:
        changes.append((shared, "select", _select(vars(shared)["select"])))
    base_events = sys.modules.get("asyncio.base_events")
    if base_events is not None:
        kind = vars(base_events)["BaseEventLoop"]
        changes.append((kind, "call_soon_threadsafe", _call_soon_threadsafe(vars(kind)["call_soon_threadsafe"])))
    return changes


def _select(plain: Select) -> Select:
    def select(selector: Any, timeout: float | None = None) -> Ready:
        actor = here.actor
        if actor is None:
            return _select_outside_of_actors(plain, selector, timeout)
        turns = actor.run
        turns.note(UNKNOWN)
        ready = plain(selector, 0)
        if ready:
            return ready
        label = actor.at("select", sys._getframe(1))  # noqa: SLF001 - see Labels.reached
        if timeout is not None and timeout < _MICROSECOND / 2:
            _go_round(turns, label, timeout)
        else:
            # Whole microseconds, so that no rounding of the loop's sums decides which of two timers is first.
            rounded = None if timeout is None else round(timeout, 6)
            turns.enter(label, _Descriptors(selector, plain), rounded, is_timer=True)
        return plain(selector, 0)

    return select


def _select_outside_of_actors(plain: Select, selector: Any, timeout: float | None) -> Ready:
    ready = plain(selector, timeout)
    if here.run is not None and timeout is not None and not ready:
        here.run.now += max(0.0, timeout)  # or a loop in the scenario would find its timers never due
    return ready


def _go_round(turns: Turns, label: int, timeout: float) -> None:
    if timeout > 0:
        turns.now += _MICROSECOND  # what a clock of seconds as floats cannot tell apart must not be waited for
    else:
        turns.spin(label)


def _call_soon_threadsafe(plain: Callable[..., Any]) -> Callable[..., Any]:
    def call_soon_threadsafe(loop: asyncio.AbstractEventLoop, callback: Any, *args: Any, context: Any = None) -> Any:
        actor = here.actor
        if actor is None:
            return plain(loop, callback, *args, context=context)
        turns = actor.run
        turns.point(actor.at("call_soon_threadsafe", sys._getframe(1)))  # noqa: SLF001 - see Labels.reached
        turns.note(UNKNOWN)
        _check_thread(turns, loop)
        handle = plain(loop, callback, *args, context=context)
        turns.changed()
        return handle

    return call_soon_threadsafe


def _check_thread(turns: Turns, loop: object) -> None:
    """Refuse a loop that runs in a thread which nobody controls: what it does could not be repeated."""
    ident = getattr(loop, "_thread_id", None)
    if ident is None or turns.is_stopping or turns.knows_thread(ident):
        return
    turns.lose_control("an actor handed work to an event loop that no actor runs")
    raise InterleaveError(
        "an actor hands work to an event loop that runs in a thread which no actor started, so it cannot be "
        "scheduled; start the loop inside each actor: `TestClient(app).get(...)`, or "
        "`with TestClient(app) as client: client.get(...)`, instead of a `with` block or a fixture around the actors"
    )
