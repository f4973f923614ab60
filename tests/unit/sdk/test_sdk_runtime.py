"""Tests of the seam to the world."""

from __future__ import annotations

import asyncio
import random
import sys
import threading

from pytest_errortrack.sdk._api._lifecycle import _renew_locks
from pytest_errortrack.sdk._runtime import SystemRuntime, ThreadToken, current_owner
from pytest_errortrack.sdk._scope import process


def test_ids_are_hexadecimal_and_never_repeat():
    """Ids have the length asked for, and do not follow the program's own seed."""
    runtime = SystemRuntime()
    ids = set()
    for _ in range(3):
        random.seed(0)
        ids |= {runtime.hex_id(32), runtime.hex_id(16)}

    assert len(ids) == 6
    assert {len(each) for each in ids} == {16, 32}
    assert all(set(each) <= set("0123456789abcdef") for each in ids)


def test_random_numbers_are_from_zero_to_one():
    """A random number is in [0, 1), and not always the same."""
    numbers = {SystemRuntime().random() for _ in range(100)}

    assert all(0 <= number < 1 for number in numbers)
    assert len(numbers) > 90


def test_clock_and_locks_are_real():
    """Time goes on, and locks are reentrant."""
    runtime = SystemRuntime()
    lock = runtime.lock()

    assert lock.acquire()
    assert lock.acquire()
    lock.release()
    lock.release()
    assert runtime.monotonic() <= runtime.monotonic()
    assert runtime.time() > 1_700_000_000


def test_owner_is_the_thread_or_the_task_or_the_loop():
    """C1: who runs is the task, between tasks the loop, and without a loop the thread."""
    owners = []

    async def main():
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        loop.call_soon(lambda: (owners.append(current_owner()), done.set()))
        await done.wait()
        return current_owner() is asyncio.current_task(), owners == [loop]

    assert asyncio.run(main()) == (True, True)
    assert isinstance(current_owner(), ThreadToken)
    assert current_owner() is current_owner()
    assert current_owner().is_main
    thread = threading.Thread(target=lambda: owners.append(current_owner()))
    thread.start()
    thread.join()
    assert not owners[1].is_main


def test_owner_without_asyncio(monkeypatch):
    """Where asyncio is not imported, or only half, the thread is the owner."""
    monkeypatch.delitem(sys.modules, "asyncio")
    assert isinstance(current_owner(), ThreadToken)
    monkeypatch.setitem(sys.modules, "asyncio", object())
    assert isinstance(current_owner(), ThreadToken)


def test_locks_are_free_after_a_fork():
    """T12: what another thread held when the process was forked is free in the child."""
    held = threading.Event()
    go = threading.Event()

    def hold():
        process.write_lock.acquire()
        held.set()
        go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    go.set()
    thread.join()
    assert not process.write_lock.acquire(blocking=False)

    _renew_locks()

    assert process.write_lock.acquire(blocking=False)
    process.write_lock.release()
