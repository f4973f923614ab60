"""Telling those who wait that something has arrived."""

from __future__ import annotations

import threading

__all__ = ["Arrivals"]

# Bound now: while interleavings are explored, `threading.Lock` makes locks that the engine controls.
_new_lock = threading.Lock


class Arrivals:
    """Counts what arrives, and wakes who waits for more."""

    def __init__(self) -> None:
        self._number = 0
        self._lock = _new_lock()
        self._waiting: list[threading.Lock] = []

    @property
    def number(self) -> int:
        """How many there were so far."""
        return self._number

    def tell(self) -> None:
        """Take note of one more."""
        with self._lock:
            self._number += 1
            waiting, self._waiting = self._waiting, []
        for gate in waiting:
            gate.release()

    def wait_for_more(self, seen: int, *, timeout: float) -> int:
        """Block until there are more than `seen`, or `timeout` seconds passed; return how many there are by then."""
        gate = _new_lock()
        gate.acquire()
        with self._lock:
            if self._number > seen:
                return self._number
            self._waiting.append(gate)
        gate.acquire(timeout=max(timeout, 0))
        return self._number
