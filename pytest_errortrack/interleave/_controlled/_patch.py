"""What the standard library offers, replaced for the time of one exploration.

Only for actors and for the scenario's thread does anything change; every other thread gets the originals. Where
somebody else meanwhile put their own on top of ours, ours stays below it, and behaves as the original.
"""

from __future__ import annotations

import _thread
import logging
import os
import queue
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from pytest_errortrack.interleave._controlled._barriers import replacements_for_barriers
from pytest_errortrack.interleave._controlled._changes import Changes
from pytest_errortrack.interleave._controlled._conditions import replacements_for_conditions
from pytest_errortrack.interleave._controlled._events import ControlledEvent
from pytest_errortrack.interleave._controlled._executors import quiet_unwinding, replacements_for_executors
from pytest_errortrack.interleave._controlled._forks import replacements_for_forks
from pytest_errortrack.interleave._controlled._futures import replacements_for_futures
from pytest_errortrack.interleave._controlled._loops import replacements_for_loops
from pytest_errortrack.interleave._controlled._primitives import ControlledLock, SignalLock
from pytest_errortrack.interleave._controlled._queues import ControlledSimpleQueue
from pytest_errortrack.interleave._controlled._raw import replacements_for_raw
from pytest_errortrack.interleave._controlled._reentrant import ControlledRLock
from pytest_errortrack.interleave._controlled._shadows import Shadows
from pytest_errortrack.interleave._controlled._threads import Threads
from pytest_errortrack.interleave._running._actor import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType, FrameType, ModuleType
    from typing import Self

    from pytest_errortrack.interleave._running._actor import Turns
    from pytest_errortrack.interleave._running._pool import Observer
    from pytest_errortrack.interleave._scope import CodeScope

    Covers = Callable[[CodeType, Mapping[str, object]], bool]

__all__ = ["Patches"]

_NS = 1_000_000_000


class Patches:
    """Replaces what has to be controlled, as a context manager.

    Args:
        scope: the modules whose names bound by `from threading import Lock` are replaced as well.
        observer: what tells of the lines and instructions that the threads run which actors start.

    Attributes:
        has_thread_locals: whether the modules hold something that each thread has of its own, so that a thread which
            ran an actor before is no longer as a new one.
    """

    def __init__(self, scope: CodeScope, *, observer: Observer | None) -> None:
        self.has_thread_locals = False
        self._scope = scope
        self._observer = observer
        self._changes = Changes()
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        self._undo.callback(self._changes.undo)
        try:
            replacements = self._replace_library()
            modules = list(_modules_in(self._scope))
            names = frozenset([module.__name__ for module in modules])
            shadows = Shadows(names, self._changes, factories=_factories_of(replacements))
            for module in modules:
                self._replace_bound_names(module, replacements)
                shadows.cast(module)
            self.has_thread_locals = shadows.has_thread_locals
            self._shadow_logging()
            self._shadow_futures()
        except BaseException:
            self._undo.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _replace_library(self) -> dict[int, object]:
        """Replace what the modules offer; returns the replacements by the identity of the originals."""
        covers = self._scope.covers
        names = ("time", "monotonic", "perf_counter")
        clocks = {name: _clock(name, getattr(time, name), covers) for name in names}
        clocks |= {f"{name}_ns": _clock_ns(name, getattr(time, f"{name}_ns"), covers) for name in names}
        changes: list[tuple[Any, str, object]] = [
            (threading, "Lock", ControlledLock),
            (threading, "RLock", ControlledRLock),
            (threading, "Event", ControlledEvent),
            (threading, "_allocate_lock", SignalLock),
            *((threading.Thread, name, method) for name, method in Threads(self._observer).replacements().items()),
            *((_thread, name, function) for name, function in replacements_for_raw()),
            *((os, name, function) for name, function in replacements_for_forks()),
            (time, "sleep", _sleep(time.sleep)),
            *((time, name, clock) for name, clock in clocks.items()),
            (threading, "_time", clocks["monotonic"]),
            (queue, "time", clocks["monotonic"]),
            (queue, "SimpleQueue", ControlledSimpleQueue),
        ]
        replacements: dict[int, object] = {}
        for owner, name, new in changes:
            # threading.Lock and _allocate_lock may be one object; to a user it is the former.
            replacements.setdefault(id(vars(owner)[name]), new)
            self._changes.attribute(owner, name, new)
        for kind, name, function in (
            *replacements_for_loops(),
            *replacements_for_executors(),
            *replacements_for_futures(),
            *replacements_for_barriers(),
            *replacements_for_conditions(),
        ):
            self._changes.attribute(kind, name, function)
        return replacements

    def _replace_bound_names(self, module: ModuleType, replacements: dict[int, object]) -> None:
        for name, value in list(vars(module).items()):
            new = replacements.get(id(value))
            if new is not None:
                self._changes.attribute(module, name, new)

    def _shadow_futures(self) -> None:
        # A pool starts threads and fills its queue under this lock of its module.
        futures = sys.modules.get("concurrent.futures.thread")
        if futures is not None:
            lock = ControlledLock.controlled(vars(futures)["_global_shutdown_lock"])
            self._changes.attribute(futures, "_global_shutdown_lock", lock)
            self._undo.enter_context(quiet_unwinding())

    def _shadow_logging(self) -> None:
        # An actor that is switched away inside a handler would make the others block in C.
        self._changes.attribute(logging, "_lock", ControlledRLock.controlled(vars(logging)["_lock"], is_quiet=True))
        for reference in list(vars(logging)["_handlerList"]):
            handler = reference()
            lock = getattr(handler, "lock", None)
            if handler is not None and lock is not None and "lock" in vars(handler):
                self._changes.item(vars(handler), "lock", ControlledRLock.controlled(lock, is_quiet=True))


def _modules_in(scope: CodeScope) -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and scope.covers_module(name, file):
            yield module


def _factories_of(replacements: dict[int, object]) -> dict[int, object]:
    """Return, of the replacements, those that make primitives: code may keep the originals to make some later."""
    makers = (threading.Lock, threading.RLock, threading.Event, queue.SimpleQueue)  # replaced by now
    return {original: new for original, new in replacements.items() if any(new is maker for maker in makers)}


# To look at the clock is a scheduling point where the code under test does: others may sleep just before it. What the
# standard library works out of it, such as when a wait has to end, belongs to the operation that it is a part of.


def _clock(name: str, original: Callable[[], float], covers: Covers) -> Callable[[], float]:
    def clock() -> float:
        run = _at_clock(name, sys._getframe(1), covers)  # noqa: SLF001 - see Labels.reached
        return original() if run is None else run.read_clock(name) / _NS

    return clock


def _clock_ns(name: str, original: Callable[[], int], covers: Covers) -> Callable[[], int]:
    def clock() -> int:
        run = _at_clock(name, sys._getframe(1), covers)  # noqa: SLF001 - see Labels.reached
        return original() if run is None else run.read_clock(name)

    return clock


def _at_clock(name: str, frame: FrameType, covers: Covers) -> Turns | None:
    """Return the schedule whose clock is looked at, if any, after others could go on."""
    actor = here.actor
    if actor is None:
        return here.run
    if covers(frame.f_code, frame.f_globals):
        actor.run.point(actor.at(name, frame))
    return actor.run


def _sleep(original: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        actor = here.actor
        if actor is not None:
            if seconds < 0:
                raise ValueError("sleep length must be non-negative")
            turns = actor.run
            turns.sleep(actor.at("sleep", sys._getframe(1)), seconds)  # noqa: SLF001 - see Labels.reached
        elif here.run is not None:
            here.run.now += seconds
        else:
            original(seconds)

    return sleep
