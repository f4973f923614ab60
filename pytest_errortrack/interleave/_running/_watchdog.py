"""Notices that the running actor is stuck where the engine cannot see it.

An actor in a long computation moves, or at least uses the processor; one that waits in C for something real does
neither. Telling them apart takes two looks at the same thread.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_errortrack.interleave._clock import real_clock

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LOOK_EVERY", "PATIENCE", "Watchdog", "signs_of_life", "strangers"]

PATIENCE = 1.0
LOOK_EVERY = 0.1
_LONGEST_COMPUTATION = 60.0

_HERE = str(Path(__file__).parent.parent)
_PLUMBING: Final = ("pytest_errortrack", "_pytest", "pytest", "execnet", "xdist", "sentry_sdk")
"""Whose threads never do what an actor waits for."""


class Watchdog:
    """Looks at one schedule from outside."""

    def __init__(self) -> None:
        self._step = -1
        self._since = self._still_since = real_clock()
        self._signs: tuple[int, ...] = ()

    def look(self, step: int, ident: int) -> str | None:
        """Return why the schedule should be given up, or None.

        Args:
            step: the number of the last step.
            ident: the thread that has the turn.
        """
        now = real_clock()
        signs = signs_of_life(ident)
        if step != self._step:
            self._step, self._since, self._still_since = step, now, now
        elif signs != self._signs:
            self._still_since = now
        self._signs = signs
        if now - self._still_since >= PATIENCE:
            return _reason(PATIENCE, "waits for something the engine does not control", ident)
        if now - self._since >= _LONGEST_COMPUTATION:
            return _reason(_LONGEST_COMPUTATION, "computes without a scheduling point", ident)
        return None


def _reason(seconds: float, what: str, ident: int) -> str:
    return f"no step for {seconds:g} s: the actor {what}\n{_stack(ident)}"


def strangers(known: Collection[int | None]) -> list[str]:
    """Name the threads that might do what an actor waits for, though no schedule says when.

    Args:
        known: the threads that a schedule controls.
    """
    # Not `threading.enumerate()`: an actor that was switched away may hold its lock.
    threads = list(vars(threading)["_active"].values())
    return [
        thread.name
        for thread in threads
        if thread.ident not in known and thread is not threading.main_thread() and not _is_plumbing(thread)
    ]


def _is_plumbing(thread: threading.Thread) -> bool:
    work = vars(thread).get("_target") or type(thread)
    return (getattr(work, "__module__", None) or "").startswith(_PLUMBING)


def signs_of_life(ident: int) -> tuple[int, ...]:
    """Return what changes while a thread does something: where it is, and the processor time it used."""
    frame = sys._current_frames().get(ident)  # noqa: SLF001 - the documented way to see another thread's frame
    return () if frame is None else (id(frame), frame.f_lasti, _processor_time(ident))


def _processor_time(ident: int) -> int:
    """Return a living thread's processor time in hundredths of a second, where the system tells it."""
    clock_of = getattr(time, "pthread_getcpuclockid", None)
    return 0 if clock_of is None else int(time.clock_gettime(clock_of(ident)) * 100)


def _stack(ident: int) -> str:
    frame = sys._current_frames().get(ident)  # noqa: SLF001 - as above
    if frame is None:
        return "(its thread is gone)"
    stack = traceback.extract_stack(frame)
    ours = [at for at, entry in enumerate(stack) if entry.filename.startswith(_HERE)]
    theirs = stack[max(ours, default=-1) + 1 :] or stack
    return "".join(traceback.format_list(theirs)).rstrip()
