"""Threads that send in the background, so that whoever captures does not wait for a network.

They are started with the first parcel, are daemons, and hold nothing while they wait: each waits at a mailbox, into
which the worker itself is put once for each parcel. So a worker that its client was dropped with is free as soon as
all of its parcels are sent; its last act is to put in what ends its threads.

Where no thread can be started (the interpreter is shutting down, or the system has no more) parcels wait, and whoever
flushes sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from pytest_errortrack.sdk._delivery._line import WaitingLine
from pytest_errortrack.sdk._delivery._waiter import Waiter
from pytest_errortrack.sdk._runtime import log, this_thread, threads_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_errortrack.sdk._delivery._parcel import Parcel
    from pytest_errortrack.sdk._delivery._sender import Sender
    from pytest_errortrack.sdk._runtime import Mailbox, Runtime, Thread

__all__ = ["Worker"]

_CLOSED = "the client was closed before it could be sent"
_NO_ROOM = "too many were waiting to be sent"


class Worker:
    """Sends parcels in the background, by rank; nothing here ever makes the one who captures wait.

    No lock is held while anything is sent, counted or started.

    Args:
        sender: what sends one of them.
        runtime: clock, locks and threads.
        threads: how many of them send at the same time.
        bound: how many parcels may wait.
    """

    def __init__(self, sender: Sender, runtime: Runtime, *, threads: int, bound: int) -> None:
        self._sender = sender
        self._runtime = runtime
        self._thread_count = threads
        self._bound = bound
        self._is_closed = False
        self._begin()

    def _begin(self) -> None:
        self._lock = self._runtime.lock()
        self._line = WaitingLine(self._bound)
        self._unfinished: set[Parcel] = set()
        self._waiters: tuple[Waiter, ...] = ()
        self._threads: tuple[Thread, ...] = ()
        self._mailbox: Mailbox | None = None
        self._is_starting = False

    @property
    def pending(self) -> int:
        """How many parcels are waiting or being sent."""
        return len(self._unfinished)

    def submit(self, parcel: Parcel) -> None:
        """Take a parcel to be sent soon; what there is no room for is counted as lost."""
        mailbox = None
        with self._lock:
            surplus = None if self._is_closed else self._put(parcel)
            if surplus is not None and not surplus and self._is_running():
                mailbox = self._mailbox
            must_start = surplus is not None and mailbox is None and self._may_start()
        if surplus is None:
            self._sender.lose(parcel.envelope.items, "network_error", _CLOSED)
            return
        if mailbox is not None:
            mailbox.put(self)
        if must_start:
            self._start()
        self._give_up(surplus, "queue_overflow", _NO_ROOM)

    def flush(self, timeout: float, *, on_slow: Callable[[int], None] | None = None) -> bool:
        """Wait until all that is pending now has been sent (or lost); tell whether that was in time.

        Args:
            timeout: how many seconds to wait at most.
            on_slow: is called once, with how many are pending, when this takes longer than a moment.
        """
        if not self._unfinished:
            return True
        if this_thread.is_sending:  # it would wait for itself
            return False
        waiter = Waiter(self._runtime, timeout, on_slow=on_slow)
        with self._lock:
            waiter.begin(self._unfinished)
            self._waiters += (waiter,)
            mailbox = self._mailbox if self._is_running() else None
            waiting = len(self._line)
        try:
            if mailbox is None:
                self._drain(waiter)
            else:  # once more: who was interrupted between putting a parcel in line and saying so has not said so
                self._ring(mailbox, waiting)
            return waiter.wait()
        finally:
            self._forget(waiter)

    def close(self) -> None:
        """Count what is still waiting as lost, and end the threads; what comes later is lost as well."""
        with self._lock:
            self._is_closed = True
            left = self._line.clear()
            threads, self._threads = self._threads, ()
            mailbox = self._mailbox
        if mailbox is not None:
            self._end(mailbox, len(threads))
        self._give_up(left, "network_error", _CLOSED)

    def after_fork(self) -> None:
        """Begin anew in a forked child: the parent sends what is waiting, and the threads are the parent's."""
        self._begin()

    def send_next(self) -> None:
        """Send the parcel whose turn it is, if there is one; called in the worker's threads."""
        parcel = self._take()
        if parcel is None:
            return
        try:
            self._sender.send(parcel)
        except BaseException:  # noqa: BLE001 - counted by the sender; nobody is above this thread to hear of it
            log.error("the transport tried to end the worker's thread", exc_info=True)
        finally:
            self._finish((parcel,))

    def _put(self, parcel: Parcel) -> list[Parcel]:
        self._unfinished.add(parcel)
        return self._line.put(parcel)

    def _take(self) -> Parcel | None:
        with self._lock:
            return self._line.take()

    def _is_running(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _may_start(self) -> bool:
        """Claim the starting of the threads, unless they run or somebody else is at it."""
        if self._is_starting or self._is_running():
            return False
        self._is_starting = True
        return True

    def _start(self) -> None:
        """Start the threads, without a lock: starting one may run anybody's code."""
        threads = threads_of(self._runtime)
        mailbox = threads.mailbox()
        started: list[Thread] = []
        try:
            for number in range(self._thread_count):
                name = f"errortrack-worker-{number}"
                started.append(threads.start_thread(_serve, mailbox, ref(self, _ender_of(mailbox)), name=name))
        except RuntimeError as error:
            log.debug("no thread can be started (%s); what is captured is sent at the next flush", error)
        with self._lock:
            self._is_starting = False
            is_closed, waiting = self._is_closed, len(self._line)
            if not is_closed:
                self._mailbox, self._threads = mailbox, tuple(started)
        if is_closed:  # meanwhile; what was waiting has been given up
            self._end(mailbox, len(started))
        elif started:
            self._ring(mailbox, waiting)

    def _ring(self, mailbox: Mailbox, times: int) -> None:
        for _ in range(times):
            mailbox.put(self)

    @staticmethod
    def _end(mailbox: Mailbox, threads: int) -> None:
        for _ in range(threads):
            mailbox.put(None)

    def _drain(self, waiter: Waiter) -> None:
        """Send what is waiting in this thread, since there is no other one, for as long as the waiter may wait."""
        while not waiter.is_over() and (parcel := self._take()) is not None:
            try:
                self._sender.send(parcel, timeout=waiter.remaining())
            finally:
                self._finish((parcel,))

    def _give_up(self, parcels: Sequence[Parcel], reason: str, detail: str) -> None:
        for parcel in parcels:
            self._sender.lose(parcel.envelope.items, reason, detail)
        self._finish(parcels)

    def _finish(self, parcels: Sequence[Parcel]) -> None:
        with self._lock:
            self._unfinished.difference_update(parcels)
            waiters = self._waiters
        for waiter in waiters:
            waiter.note(parcels)

    def _forget(self, waiter: Waiter) -> None:
        with self._lock:
            self._waiters = tuple(each for each in self._waiters if each is not waiter)


def _ender_of(mailbox: Mailbox) -> Callable[[ref[Worker]], None]:
    """Return what ends a thread when its worker is gone; it must not hold the worker."""

    def end(_: object) -> None:
        mailbox.put(None)

    return end


def _serve(mailbox: Mailbox, _worker: ref[Worker]) -> None:
    """Serve whatever worker is put into the mailbox, until None is; the reference rings when the worker is gone."""
    while True:
        worker: Worker | None = mailbox.get()
        if worker is None:
            return
        worker.send_next()
        del worker  # while it waits, the thread keeps nobody alive
