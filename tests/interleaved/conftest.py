"""Every exploration leaves the process as it found it."""

from __future__ import annotations

import _thread
import asyncio.base_events
import concurrent.futures
import gc
import logging
import os
import queue
import selectors
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from pytest_errortrack import _points

SELECTORS = [kind for kind in vars(selectors).values() if isinstance(kind, type) and hasattr(kind, "select")]


def _world():
    return {
        "Lock": threading.Lock,
        "RLock": threading.RLock,
        "Event": threading.Event,
        "_allocate_lock": threading._allocate_lock,
        "threading._time": threading._time,
        "queue.time": queue.time,
        "start": threading.Thread.start,
        "join": threading.Thread.join,
        "is_alive": threading.Thread.is_alive,
        "sleep": time.sleep,
        **{f"_thread.{name}": getattr(_thread, name) for name in ("allocate_lock", "RLock", "start_new_thread")},
        "fork": getattr(os, "fork", None),
        "SimpleQueue": queue.SimpleQueue,
        **{f"Barrier.{name}": vars(threading.Barrier)[name] for name in ("n_waiting", "broken")},
        "filters": tuple(logging.getLogger("concurrent.futures").filters),
        **{name: getattr(time, name) for name in ("time", "monotonic", "perf_counter")},
        **{f"{name}_ns": getattr(time, f"{name}_ns") for name in ("time", "monotonic", "perf_counter")},
        **{f"{kind.__name__}.select": kind.select for kind in SELECTORS},
        "call_soon_threadsafe": asyncio.base_events.BaseEventLoop.call_soon_threadsafe,
        "pool": (ThreadPoolExecutor.__init__, ThreadPoolExecutor.submit, ThreadPoolExecutor.shutdown),
        "future": (Future.__init__, Future.add_done_callback, *vars(concurrent.futures._base)),
        "logging": logging._lock,
        "listeners": _points.listeners,
        "gc": gc.isenabled(),
        "trace": sys.gettrace(),
    }


@pytest.fixture(autouse=True)
def world():
    """Check that threads, patches, listeners, the trace function and the collector are as they were before."""
    before = _world()
    locks = [(handler, handler.lock) for handler in (reference() for reference in logging._handlerList) if handler]
    threads = set(threading.enumerate())
    yield
    after = _world()
    changed = [name for name in before if before[name] is not after[name] and before[name] != after[name]]
    assert changed == []
    assert all(handler.lock in (lock, None) for handler, lock in locks)
    assert set(threading.enumerate()) <= threads
